// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <unistd.h>

#include <sstream>
#include <string>

#include "base/files.h"

namespace davylamp {

std::optional<ProcessStat> parse_stat(std::string_view text)
{
    // The name in parentheses may hold anything, a parenthesis too; the last one ends it.
    std::size_t end = text.rfind(')');
    if (end == text.npos)
        return std::nullopt;
    std::istringstream fields{std::string(text.substr(end + 1))};
    ProcessStat stat;
    std::string field;
    for (int i = 3; i < 9; i++)
        fields >> field;
    fields >> stat.flags;
    for (int i = 10; i < 22; i++)
        fields >> field;
    if (!(fields >> stat.start_ticks))
        return std::nullopt;
    return stat;
}

std::optional<ProcessUsers> process_users(pid_t pid, const std::string& proc)
{
    constexpr std::string_view kLine = "\nUid:\t";
    auto text = read_file(proc + "/" + std::to_string(pid) + "/status");
    std::size_t at = text ? text->find(kLine) : std::string::npos;
    if (at == std::string::npos)
        return std::nullopt;
    std::istringstream fields{text->substr(at + kLine.size())};
    ProcessUsers users;
    if (!(fields >> users.real >> users.effective >> users.saved))
        return std::nullopt;
    return users;
}

std::optional<std::uint64_t> start_ticks(pid_t pid, const std::string& proc)
{
    auto text = read_file(proc + "/" + std::to_string(pid) + "/stat");
    if (!text)
        return std::nullopt;
    auto stat = parse_stat(*text);
    return stat ? std::optional(stat->start_ticks) : std::nullopt;
}

namespace {

std::uint64_t tick_ns()
{
    static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    return 1'000'000'000 / per_second;
}

} // namespace

std::uint64_t ticks_of(std::uint64_t start_ns) { return start_ns / tick_ns(); }

std::uint64_t tick_start_ns(std::uint64_t ticks) { return ticks * tick_ns(); }

} // namespace davylamp
