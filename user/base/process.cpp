#include "base/process.h"

#include <unistd.h>

#include <sstream>
#include <string>

#include "base/files.h"

namespace davylamp {

std::optional<std::uint64_t> start_ticks(pid_t pid)
{
    auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (!text)
        return std::nullopt;
    // The name in parentheses may hold anything, a parenthesis too; the last one ends it.
    std::size_t end = text->rfind(')');
    if (end == std::string::npos)
        return std::nullopt;
    std::istringstream fields(text->substr(end + 1));
    std::string field;
    for (int i = 3; i < 22; i++)
        fields >> field;
    std::uint64_t ticks = 0;
    if (!(fields >> ticks))
        return std::nullopt;
    return ticks;
}

std::uint64_t ticks_of(std::uint64_t start_ns)
{
    static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return start_ns / (1000000000ull / per_second);
}

} // namespace davylamp
