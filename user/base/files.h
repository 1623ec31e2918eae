// SPDX-License-Identifier: Apache-2.0
// Small files of /proc, /sys and the like, read whole.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace davylamp {

// The whole of a small file (at most 1 MiB); the error names the file and errno's text.
Result<std::string> read_file(const std::string& path);
// One write() of the whole text, as cgroup and sysctl files want it.
Result<> write_file(const std::string& path, const std::string& text);
// All of the text, to a file that is open. Waits where it would block: whoever shares a pipe or a
// terminal with us can set O_NONBLOCK for both. Error: the text, or its end, was not written.
Result<> write_whole(int file, std::string_view text);
// errno's text, without the thread-unsafe strerror().
std::string errno_text(int error);
// A mode's permissions as chmod(1) takes them: "0755".
std::string mode_text(mode_t mode);

} // namespace davylamp
