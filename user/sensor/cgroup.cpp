// SPDX-License-Identifier: Apache-2.0
#include "sensor/cgroup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

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

Result<GuardCgroup> GuardCgroup::create()
{
    auto mount = cgroup2_mount();
    if (!mount)
        return fail(mount.error());
    auto own = own_cgroup();
    if (!own)
        return fail(own.error());
    std::string parent = *mount + *own;
    std::string path = parent + "/davylamp-guard-" + std::to_string(::getpid());
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST)
        return fail(path, "the guard's cgroup cannot be made: " + errno_text(errno),
                    "run as root, on a host where cgroup v2 is writable");
    return GuardCgroup(path, parent);
}

GuardCgroup::GuardCgroup(GuardCgroup&& other) noexcept
    : path_(std::move(other.path_)), parent_(std::move(other.parent_))
{
    other.path_.clear();
}

GuardCgroup::~GuardCgroup()
{
    if (path_.empty())
        return;
    for (pid_t pid : processes())
        (void)!write_file(parent_ + "/cgroup.procs", std::to_string(pid));
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
