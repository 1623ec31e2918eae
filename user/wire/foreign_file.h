// SPDX-License-Identifier: Apache-2.0
// What a file is that is no recording, by its first bytes, so that a wrong file name gets a better
// answer than "bad magic".
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace davylamp {

// `head`: the first bytes of the file, all of them where it is short. nullopt where they may be the
// beginning of a recording, even one cut short.
std::optional<std::string> foreign_file(std::span<const std::byte> head);

} // namespace davylamp
