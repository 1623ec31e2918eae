// SPDX-License-Identifier: Apache-2.0
#include "sensor/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <sstream>
#include <string_view>

#include "base/files.h"

namespace davylamp {

namespace {

// The caller's place in the unified hierarchy, from the line "0::/path" of /proc/self/cgroup.
Result<std::string> own_cgroup()
{
    auto text = read_file("/proc/self/cgroup");
    if (!text)
        return fail(text.error());
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("0::", 0) == 0)
            return line.substr(3) == "/" ? std::string() : line.substr(3);
    }
    return fail("/proc/self/cgroup", "this process is in no cgroup v2",
                "boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1) or mount it");
}

} // namespace

Result<std::string> cgroup2_mount()
{
    auto mounts = read_file("/proc/self/mounts");
    if (!mounts)
        return fail(mounts.error());
    std::istringstream lines(*mounts);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string device, folder, type;
        fields >> device >> folder >> type;
        if (type == "cgroup2")
            return folder;
    }
    return fail("/proc/self/mounts", "no cgroup v2 hierarchy is mounted",
                "mount one: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 "
                "/sys/fs/cgroup/unified");
}

Result<Scope> open_scope(const std::string& path)
{
    auto mount = cgroup2_mount();
    if (!mount)
        return fail(mount.error());
    Scope scope;
    bool absolute = path.rfind(*mount, 0) == 0;
    scope.path = absolute ? path : *mount + "/" + path;
    while (scope.path.size() > mount->size() && scope.path.back() == '/')
        scope.path.pop_back();
    scope.folder = UniqueFd(::open(scope.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!scope.folder || ::fstat(scope.folder.get(), &status) != 0)
        return fail(path, "is no cgroup: " + errno_text(errno), "give a folder below " + *mount);
    if (::access((scope.path + "/cgroup.procs").c_str(), F_OK) != 0)
        return fail(path, "is no cgroup (it has no cgroup.procs)", "give a folder below " + *mount);
    std::string below = scope.path.substr(mount->size());
    scope.level = 0;
    for (std::size_t i = 0; i < below.size(); i++) {
        if (below[i] == '/' && i + 1 < below.size() && below[i + 1] != '/')
            scope.level++;
    }
    // kernfs: the inode number of a cgroup's folder is its id (kernfs_id(), fs/kernfs).
    scope.id = scope.level == 0 ? 0 : status.st_ino;
    return scope;
}

namespace {

constexpr int kCgroupNamesTried = 1000;
constexpr int kKernfsHandle = 0xfe; // FILEID_KERNFS, include/linux/exportfs.h

// The cgroup's folder by its id, wherever it lies; -1 with errno set: ESTALE where there is none.
int open_cgroup(std::uint64_t id)
{
    auto mount = cgroup2_mount();
    UniqueFd hierarchy(mount ? ::open(mount->c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1);
    alignas(file_handle) char bytes[sizeof(file_handle) + sizeof id];
    auto* handle = reinterpret_cast<file_handle*>(bytes);
    handle->handle_bytes = sizeof id;
    handle->handle_type = kKernfsHandle;
    std::memcpy(handle->f_handle, &id, sizeof id);
    return ::open_by_handle_at(hierarchy.get(), handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

// "" where nobody but root moves processes across this cgroup; else who does.
std::string who_moves_across(const std::string& cgroup)
{
    for (const char* name : {"", "/cgroup.procs", "/cgroup.threads"}) {
        struct stat status {};
        const std::string path = cgroup + name;
        if (::lstat(path.c_str(), &status) != 0)
            continue; // a mount's root may lack files
        if (status.st_uid != 0)
            return path + " belongs to uid " + std::to_string(status.st_uid);
        if (status.st_mode & (S_IWGRP | S_IWOTH))
            return path + " has mode " + mode_text(status.st_mode);
    }
    return {};
}

// The lowest of `below`'s folders, from the mount on, down to which nobody but root moves.
Result<std::string> roots_own(const std::string& mount, const std::string& below)
{
    std::string found, next = mount, who;
    for (std::size_t at = 0; (who = who_moves_across(next)).empty();) {
        found = next;
        if (at >= below.size())
            return found;
        std::size_t end = std::min(below.find('/', at + 1), below.size());
        next += below.substr(at, end - at);
        at = end;
    }
    if (found.empty())
        return fail(mount,
                    "a guard cannot hold its command here, who could leave its cgroup: " + who,
                    "start it where the cgroups above it are root's alone");
    return found;
}

} // namespace

CgroupState state_of_cgroup(std::uint64_t id)
{
    UniqueFd folder(open_cgroup(id));
    if (!folder)
        return errno == ESTALE || errno == ENOENT ? CgroupState::gone : CgroupState::unknown;
    UniqueFd events(::openat(folder.get(), "cgroup.events", O_RDONLY | O_CLOEXEC));
    char text[512];
    ssize_t size = events ? ::read(events.get(), text, sizeof text) : -1;
    if (size < 0)
        return errno == ENODEV || errno == ENOENT ? CgroupState::gone : CgroupState::unknown;
    return std::string_view(text, static_cast<std::size_t>(size)).find("populated 0") !=
                   std::string_view::npos
               ? CgroupState::empty
               : CgroupState::populated;
}

void remove_cgroup(std::uint64_t id)
{
    UniqueFd folder(open_cgroup(id));
    if (!folder)
        return;
    const std::string link = "/proc/self/fd/" + std::to_string(folder.get());
    char path[PATH_MAX];
    ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    if (size > 0 && size < static_cast<ssize_t>(sizeof path))
        ::rmdir(std::string(path, static_cast<std::size_t>(size)).c_str());
}

Result<GuardCgroup> GuardCgroup::create()
{
    auto mount = cgroup2_mount();
    if (!mount)
        return fail(mount.error());
    auto own = own_cgroup();
    if (!own)
        return fail(own.error());
    if (own->starts_with("/.."))
        return fail("/proc/self/cgroup", "this process lies outside the hierarchy at " + *mount,
                    "mount the hierarchy of its own cgroup namespace");
    auto parent = roots_own(*mount, *own);
    if (!parent)
        return fail(std::move(parent.error()));
    // Another one's in another pid namespace may have the name already.
    const std::string first = *parent + "/davylamp-guard-" + std::to_string(::getpid());
    std::string path = first;
    int error = ::mkdir(path.c_str(), 0755) == 0 ? 0 : errno;
    for (int i = 2; error == EEXIST && i < kCgroupNamesTried; i++) {
        path = first + "-" + std::to_string(i);
        error = ::mkdir(path.c_str(), 0755) == 0 ? 0 : errno;
    }
    struct stat status {};
    if (error || ::stat(path.c_str(), &status) != 0)
        return fail(path, "the guard's cgroup cannot be made: " + errno_text(error ? error : errno),
                    "run as root, on a host where cgroup v2 is writable");
    return GuardCgroup(path, *mount + *own, status.st_ino);
}

GuardCgroup::GuardCgroup(GuardCgroup&& other) noexcept
    : path_(std::move(other.path_)), caller_(std::move(other.caller_)), id_(other.id_)
{
    other.path_.clear();
}

GuardCgroup::~GuardCgroup()
{
    if (path_.empty())
        return;
    for (pid_t pid : processes())
        (void)!write_file(caller_ + "/cgroup.procs", std::to_string(pid));
    ::rmdir(path_.c_str());
}

Result<> GuardCgroup::add(pid_t pid) const
{
    return write_file(path_ + "/cgroup.procs", std::to_string(pid));
}

bool GuardCgroup::empty() const
{
    auto events = read_file(path_ + "/cgroup.events");
    return events && events->find("populated 0") != std::string::npos;
}

std::vector<pid_t> GuardCgroup::processes() const
{
    std::vector<pid_t> pids;
    if (auto text = read_file(path_ + "/cgroup.procs")) {
        std::istringstream lines(*text);
        for (pid_t pid; lines >> pid;)
            pids.push_back(pid);
    }
    return pids;
}

} // namespace davylamp
