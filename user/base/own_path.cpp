// SPDX-License-Identifier: Apache-2.0
#include "base/own_path.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <deque>
#include <utility>
#include <vector>

#include "base/files.h"

namespace davylamp {

namespace {

constexpr int kLinksMost = 40;                     // as the kernel's (MAXSYMLINKS)
constexpr mode_t kOthersWrite = S_IWGRP | S_IWOTH; // with an ACL, the group's bits are its mask

// The owner of what has none in our user namespace, root of the host among them: nobody there can
// be told from another. A sensor does not run in one.
bool is_unmapped(uid_t uid)
{
    constexpr uid_t kOverflow = 65534;
    static const bool initial = [] {
        auto map = read_file("/proc/self/uid_map");
        unsigned inside = 0, outside = 0, count = 0;
        return !map || std::sscanf(map->c_str(), "%u %u %u", &inside, &outside, &count) != 3 ||
               (inside == 0 && outside == 0 && count == UINT_MAX);
    }();
    return uid == kOverflow && !initial;
}

bool is_ours(uid_t uid) { return uid == 0 || uid == ::geteuid() || is_unmapped(uid); }

std::string chown_to_us() { return "chown it to uid " + std::to_string(::geteuid()); }

class Walk {
public:
    Walk(std::string path, Links links) : whole_(std::move(path)), links_(links) {}

    // All of the path; at() is then what it leads to.
    Result<> whole()
    {
        if (auto begun = begin(); !begun)
            return begun;
        while (!ahead_.empty()) {
            if (auto done = step(); !done)
                return done;
        }
        return {};
    }

    // All but the last name, which is returned.
    Result<std::string> but_last()
    {
        if (auto begun = begin(); !begun)
            return fail(std::move(begun.error()));
        while (ahead_.size() > 1) {
            if (auto done = step(); !done)
                return fail(std::move(done.error()));
        }
        if (ahead_.empty() || ahead_.front() == "..")
            return fail(whole_, "is no name of a file", "give one");
        // Who makes a name in a sticky folder owns it.
        if (auto good = holds(at(), ::geteuid(), ahead_.front()); !good)
            return fail(std::move(good.error()));
        return ahead_.front();
    }

    struct Place {
        UniqueFd fd; // O_PATH
        std::string path;
        struct stat status {};
        bool handed = false; // by /proc/PID/fd
    };
    Place& at() { return places_.back(); }

    tl::unexpected<Error> refuse(const Place& place, const std::string& what,
                                 const std::string& mend) const
    {
        const bool is_whole = place.path == whole_;
        return fail(whole_, is_whole ? what : place.path + " " + what,
                    mend + ", or give a path that nobody else can change");
    }

private:
    tl::unexpected<Error> cannot(int error) const
    {
        return fail(whole_, "cannot open: " + errno_text(error));
    }

    Result<> begin()
    {
        std::string path = whole_;
        if (path.empty())
            return cannot(ENOENT);
        if (path.front() != '/') {
            char folder[PATH_MAX];
            if (!::getcwd(folder, sizeof folder))
                return cannot(errno);
            path = std::string(folder) + "/" + path;
        }
        put_ahead(path);
        return enter(UniqueFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), "/", false);
    }

    // The names of a path, before those that are ahead already.
    void put_ahead(const std::string& path)
    {
        std::vector<std::string> names;
        for (std::size_t from = 0; from < path.size();) {
            std::size_t to = std::min(path.find('/', from), path.size());
            std::string name = path.substr(from, to - from);
            if (!name.empty() && name != ".")
                names.push_back(std::move(name));
            from = to + 1;
        }
        ahead_.insert(ahead_.begin(), names.begin(), names.end());
    }

    Result<> enter(UniqueFd fd, std::string path, bool handed)
    {
        Place place{std::move(fd), std::move(path), {}, handed};
        if (!place.fd || ::fstat(place.fd.get(), &place.status) != 0)
            return cannot(errno);
        places_.push_back(std::move(place));
        return {};
    }

    // Whether nobody else can exchange the entry `name` of `owner` in this folder.
    Result<> holds(const Place& folder, uid_t owner, const std::string& name) const
    {
        if (!is_ours(folder.status.st_uid))
            return refuse(folder,
                          "belongs to uid " + std::to_string(folder.status.st_uid) +
                              ", who can exchange what lies in it",
                          chown_to_us());
        if (!(folder.status.st_mode & kOthersWrite))
            return {};
        if (!(folder.status.st_mode & S_ISVTX))
            return refuse(folder,
                          "has mode " + mode_text(folder.status.st_mode) +
                              ", so that others can exchange what lies in it",
                          "chmod go-w " + folder.path);
        if (!is_ours(owner)) {
            const std::string path = child_of(folder, name);
            return fail(whole_,
                        (path == whole_ ? "" : path + " ") + "belongs to uid " +
                            std::to_string(owner) + ", in a folder that is open to all",
                        "look at it and remove it, or give a path that nobody else can change");
        }
        return {};
    }

    static std::string child_of(const Place& folder, const std::string& name)
    {
        return folder.path == "/" ? "/" + name : folder.path + "/" + name;
    }

    Result<> step()
    {
        const std::string name = std::move(ahead_.front());
        ahead_.pop_front();
        if (!S_ISDIR(at().status.st_mode))
            return cannot(ENOTDIR);
        if (name == "..") {
            if (places_.size() > 1)
                places_.pop_back();
            return {};
        }
        UniqueFd fd(::openat(at().fd.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            return cannot(errno);
        if (auto good = holds(at(), status.st_uid, name); !good)
            return good;
        if (S_ISLNK(status.st_mode))
            return follow(fd.get(), name);
        return enter(std::move(fd), child_of(at(), name), false);
    }

    Result<> follow(int link, const std::string& name)
    {
        if (links_ == Links::refused)
            return fail(whole_, child_of(at(), name) + " is a symbolic link",
                        "look at it and remove it");
        if (links_left_-- == 0)
            return cannot(ELOOP);
        struct statfs filesystem {};
        if (::fstatfs(link, &filesystem) != 0)
            return cannot(errno);
        char target[PATH_MAX];
        ssize_t size = ::readlinkat(link, "", target, sizeof target);
        if (size <= 0 || size == static_cast<ssize_t>(sizeof target))
            return cannot(size < 0 ? errno : ENAMETOOLONG);
        std::string path(target, static_cast<std::size_t>(size));
        // Its links to descriptors lead to the things themselves, and their text is no path then.
        if (filesystem.f_type == PROC_SUPER_MAGIC && at().path.ends_with("/fd"))
            return enter(UniqueFd(::openat(at().fd.get(), name.c_str(), O_PATH | O_CLOEXEC)),
                         child_of(at(), name), true);
        if (path.front() == '/')
            places_.erase(places_.begin() + 1, places_.end());
        put_ahead(path);
        return {};
    }

    std::string whole_;
    Links links_;
    int links_left_ = kLinksMost;
    std::deque<std::string> ahead_;
    std::vector<Place> places_; // from the root on
};

Result<> belongs_to_us(Walk& walk)
{
    const Walk::Place& place = walk.at();
    if (!is_ours(place.status.st_uid))
        return walk.refuse(
            place, "belongs to uid " + std::to_string(place.status.st_uid) + ", who can change it",
            chown_to_us());
    if (place.status.st_mode & kOthersWrite)
        return walk.refuse(
            place, "has mode " + mode_text(place.status.st_mode) + ", so that others can change it",
            "chmod go-w " + place.path);
    return {};
}

} // namespace

Result<UniqueFd> open_own_folder(const std::string& path, Links links)
{
    Walk walk(path, links);
    if (auto done = walk.whole(); !done)
        return fail(std::move(done.error()));
    if (auto good = belongs_to_us(walk); !good)
        return fail(std::move(good.error()));
    UniqueFd fd(::openat(walk.at().fd.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        return fail(path, "cannot open: " + errno_text(errno));
    return fd;
}

Result<OwnPlace> open_own_place(const std::string& path)
{
    Walk walk(path, Links::followed);
    auto name = walk.but_last();
    if (!name)
        return fail(std::move(name.error()));
    return OwnPlace{std::move(walk.at().fd), std::move(*name)};
}

Result<UniqueFd> open_own_file(const std::string& path, int flags)
{
    Walk walk(path, Links::followed);
    if (auto done = walk.whole(); !done)
        return fail(std::move(done.error()));
    const Walk::Place& place = walk.at();
    if (S_ISREG(place.status.st_mode) || (S_ISFIFO(place.status.st_mode) && !place.handed)) {
        if (auto good = belongs_to_us(walk); !good)
            return fail(std::move(good.error()));
    }
    // The file that was looked at, whatever has its name by now.
    const std::string again = "/proc/self/fd/" + std::to_string(place.fd.get());
    UniqueFd fd(::open(again.c_str(), flags | O_CLOEXEC));
    if (!fd)
        return fail(path, "cannot open: " + errno_text(errno));
    return fd;
}

Result<UniqueFd> open_to_read(const std::string& path, Trust trust, int flags)
{
    if (trust == Trust::ours)
        return open_own_file(path, flags);
    UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd)
        return fail(path, "cannot open: " + errno_text(errno));
    return fd;
}

} // namespace davylamp
