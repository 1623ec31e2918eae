// SPDX-License-Identifier: Apache-2.0
// Words of a policy file as errors show them, and the known word that is nearest to a wrong one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace davylamp {

// In quotes, safe for a terminal, and cut where it is long: the file may hold anything.
std::string in_quotes(std::string_view raw);

// The word of `known` that is at most two typing errors away (one for a short word); empty where
// none is near. Case counts for nothing, and '-' is '_'.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// "a", "b" or "c"
std::string listed(std::span<const std::string_view> words);

} // namespace davylamp
