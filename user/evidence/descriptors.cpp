// SPDX-License-Identifier: Apache-2.0
#include "evidence/descriptors.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/files.h"
#include "base/text.h"

namespace davylamp {

namespace {

struct Table {
    const char* name;
    int inode; // its field, from 0
};
constexpr Table kTables[] = {
    {"tcp", 9}, {"tcp6", 9}, {"udp", 9}, {"udp6", 9}, {"unix", 6},
};

std::string_view field(std::string_view line, int number)
{
    for (;; number--) {
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        std::string_view word = line.substr(0, line.find(' '));
        if (number == 0)
            return word;
        line.remove_prefix(word.size());
    }
}

// "pos:\t0\nflags:\t02\n…" → what stands behind `key`.
std::string_view value(std::string_view info, std::string_view key)
{
    std::size_t at = info.find(key);
    if (at == info.npos)
        return "?";
    info.remove_prefix(at + key.size());
    info.remove_prefix(std::min(info.find_first_not_of(" \t"), info.size()));
    return info.substr(0, info.find('\n'));
}

// The beginning of a small file.
std::string_view beginning(int file, std::span<char> buffer)
{
    ssize_t size = ::read(file, buffer.data(), buffer.size());
    return {buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
}

// False: the item takes no more.
bool write_table(int file, const Table& table, const std::set<std::string>& sockets,
                 std::span<char> buffer, const Budget& budget, ItemWriter& out)
{
    std::string rest; // a line that is not whole yet
    bool heading = true;
    for (;;) {
        if (budget.time_up()) {
            out.cut(kTimeUp);
            return false;
        }
        ssize_t size = ::read(file, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0) {
            out.cut(std::string(table.name) + " cannot be read: " + errno_text(errno));
            return false;
        }
        if (size == 0)
            return true;
        rest.append(buffer.data(), static_cast<std::size_t>(size));
        std::size_t begin = 0;
        for (std::size_t end; (end = rest.find('\n', begin)) != rest.npos; begin = end + 1) {
            std::string_view line(rest.data() + begin, end + 1 - begin);
            bool wanted = heading || sockets.count(std::string(
                                         field(line.substr(0, line.size() - 1), table.inode))) != 0;
            heading = false;
            if (wanted && !out.add(line))
                return false;
        }
        rest.erase(0, begin);
    }
}

} // namespace

void write_descriptors(const ProcessDir& process, const Budget& budget, ItemWriter& out,
                       std::set<std::string>& sockets, const Piece& piece)
{
    constexpr std::string_view kSocket = "socket:[";
    for (int number : process.descriptors()) {
        if (budget.time_up())
            return out.cut(kTimeUp);
        std::string name = std::to_string(number);
        std::string target = process.link(("fd/" + name).c_str());
        if (target.empty())
            target = "? " + errno_text(errno); // closed since, or its process has ended
        if (target.starts_with(kSocket) && target.ends_with(']'))
            sockets.insert(target.substr(kSocket.size(), target.size() - kSocket.size() - 1));
        char info[1024]; // pos and flags come first
        UniqueFd file = process.file(("fdinfo/" + name).c_str());
        std::string_view head = file ? beginning(file.get(), info) : std::string_view();
        std::string line = name + "\t" + std::string(value(head, "flags:")) + "\t" +
                           std::string(value(head, "pos:")) + "\t" + escape_for_terminal(target) +
                           "\n";
        if (!out.add(line))
            return;
        piece(out.size());
    }
}

void write_sockets(const ProcessDir& process, const std::set<std::string>& sockets,
                   std::span<char> buffer, const Budget& budget, ItemWriter& out,
                   const Piece& piece)
{
    if (sockets.empty())
        return; // the tables hold every socket of the namespace: they are not read for nothing
    for (const Table& table : kTables) {
        UniqueFd file = process.file((std::string("net/") + table.name).c_str());
        int error = errno;
        if (!file && error == ENOENT && process.runs())
            continue; // a kernel without IPv6
        if (!file)
            return out.cut(std::string(table.name) + " cannot be opened: " + errno_text(error));
        if (!out.add(std::string(table.name) + "\n") ||
            !write_table(file.get(), table, sockets, buffer, budget, out))
            return;
        piece(out.size());
    }
}

} // namespace davylamp
