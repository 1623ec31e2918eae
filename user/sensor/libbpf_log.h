// SPDX-License-Identifier: Apache-2.0
// What libbpf said last, for errors and reasons.
#pragma once

#include <bpf/libbpf.h>

#include <cstdarg>
#include <string>

namespace davylamp {

// Its callback has no context pointer, hence one for all.
std::string& libbpf_log();
// For libbpf_set_print().
int keep_libbpf_log(libbpf_print_level level, const char* format, va_list args) noexcept;
// The lines of a verifier's log that say something: its last few.
std::string libbpf_log_end();

} // namespace davylamp
