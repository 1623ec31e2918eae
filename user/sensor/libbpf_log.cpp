// SPDX-License-Identifier: Apache-2.0
#include "sensor/libbpf_log.h"

#include <cstdio>

namespace davylamp {

namespace {

constexpr std::size_t kLogKept = 65536;

} // namespace

std::string& libbpf_log()
{
    static std::string log;
    return log;
}

int keep_libbpf_log(libbpf_print_level level, const char* format, va_list args) noexcept
{
    if (level == LIBBPF_DEBUG)
        return 0;
    // A verifier's log comes as one argument of many KiB, and its end is what matters.
    va_list again;
    va_copy(again, args);
    int size = std::vsnprintf(nullptr, 0, format, again);
    va_end(again);
    if (size <= 0)
        return 0;
    std::string line(static_cast<std::size_t>(size) + 1, '\0');
    std::vsnprintf(line.data(), line.size(), format, args);
    line.pop_back();
    std::string& log = libbpf_log();
    log += line;
    if (log.size() > kLogKept)
        log.erase(0, log.size() - kLogKept);
    return 0;
}

std::string libbpf_log_end()
{
    const std::string& log = libbpf_log();
    std::size_t at = log.size();
    for (int lines = 0; lines < 12 && at > 0; lines++)
        at = log.rfind('\n', at - 1) == std::string::npos ? 0 : log.rfind('\n', at - 1);
    return log.substr(at);
}

} // namespace davylamp
