// SPDX-License-Identifier: Apache-2.0
#include "monitor/host_path.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "base/files.h"

namespace davylamp {

namespace {

constexpr const char* kTable = "/proc/self/mountinfo";

// Blank, tab, line end and backslash stand as \ooo.
std::string unescaped(std::string_view text)
{
    auto octal = [](char c) { return c >= '0' && c <= '7'; };
    std::string out;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
            octal(text[i + 3])) {
            out += static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                                     (text[i + 3] - '0'));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

// What of `path` lies behind the folder `root`: "/x" or ""; false where it lies elsewhere.
bool is_below(std::string_view path, std::string_view root, std::string_view& rest)
{
    if (root == "/")
        root = {};
    if (!path.starts_with(root))
        return false;
    rest = path.substr(root.size());
    return rest.empty() || rest.front() == '/';
}

} // namespace

std::vector<MountLine> parse_mountinfo(std::string_view text)
{
    std::vector<MountLine> out;
    std::istringstream lines{std::string(text)};
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string id, parent, device, root, point;
        unsigned major = 0, minor = 0;
        char end = 0;
        if (!(words >> id >> parent >> device >> root >> point) ||
            std::sscanf(device.c_str(), "%u:%u%c", &major, &minor, &end) != 2 || major > 0xfff ||
            minor > 0xfffff)
            continue;
        out.push_back({major << 20 | minor, unescaped(root), unescaped(point)});
    }
    return out;
}

std::vector<std::string> seen_at(const std::vector<MountLine>& mounts, std::uint32_t device,
                                 std::string_view inside)
{
    struct Place {
        std::size_t root;
        std::string path;
    };
    std::vector<Place> places;
    for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) {
        std::string_view rest;
        if (mount->device != device || !is_below(inside, mount->root, rest))
            continue;
        std::string path = mount->point == "/" ? std::string() : mount->point;
        places.push_back({mount->root.size(), path.append(rest)});
    }
    std::stable_sort(places.begin(), places.end(),
                     [](const Place& a, const Place& b) { return a.root > b.root; });
    std::vector<std::string> out;
    for (Place& place : places)
        out.push_back(std::move(place.path));
    return out;
}

HostPaths::HostPaths() : mounts_fd_(::open(kTable, O_RDONLY | O_CLOEXEC)) {}

void HostPaths::refresh()
{
    pollfd changed{mounts_fd_.get(), POLLPRI, 0};
    if (read_ && ::poll(&changed, 1, 0) == 0)
        return;
    if (auto text = read_file(kTable)) {
        mounts_ = parse_mountinfo(*text);
        read_ = true;
    }
}

std::string HostPaths::find(std::uint32_t device, std::uint64_t inode, std::string_view inside)
{
    if (inside.empty())
        return {};
    refresh();
    std::vector<std::string> places = seen_at(mounts_, device, inside);
    for (const std::string& path : places) {
        struct stat file {};
        if (::lstat(path.c_str(), &file) == 0 && file.st_ino == inode)
            return path;
    }
    return places.empty() ? std::string() : places.front(); // it may be gone
}

} // namespace davylamp
