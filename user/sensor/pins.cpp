// SPDX-License-Identifier: Apache-2.0
#include "sensor/pins.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "base/files.h"
#include "base/process.h"
#include "sensor/cgroup.h"
#include "sensor/host.h"

namespace davylamp {

namespace fs = std::filesystem;

namespace {

const char* const kRoot = "/sys/fs/bpf/davylamp";

struct InstanceName {
    std::string name;
    pid_t pid = 0;
    std::uint64_t start = 0;
};

bool parse_instance(const std::string& folder, InstanceName& out)
{
    std::size_t second = folder.rfind('-');
    std::size_t first = second == std::string::npos || second == 0 ? std::string::npos
                                                                   : folder.rfind('-', second - 1);
    if (first == std::string::npos)
        return false;
    out.name = folder.substr(0, first);
    const char* text = folder.c_str();
    return std::from_chars(text + first + 1, text + second, out.pid).ec == std::errc() &&
           std::from_chars(text + second + 1, text + folder.size(), out.start).ec == std::errc();
}

// The guard's cgroup is named for its pid; it may lie anywhere in the hierarchy.
std::string guard_cgroup(pid_t pid)
{
    auto mount = cgroup2_mount();
    if (!mount)
        return {};
    std::error_code error;
    const std::string wanted = "davylamp-guard-" + std::to_string(pid);
    for (fs::recursive_directory_iterator at(*mount, error), end; at != end && !error;
         at.increment(error)) {
        if (at->is_directory(error) && at->path().filename() == wanted)
            return at->path();
    }
    return {};
}

// `before_end` is told the cgroup that is about to go, and its filters with it.
bool still_serves(const InstanceName& instance, const CgroupHandler& before_end)
{
    if (start_ticks(instance.pid) == instance.start)
        return true;
    if (instance.name != "guard")
        return false;
    std::string cgroup = guard_cgroup(instance.pid);
    if (cgroup.empty())
        return false;
    auto events = read_file(cgroup + "/cgroup.events");
    if (events && events->find("populated 1") != std::string::npos)
        return true;
    struct stat status {};
    if (::stat(cgroup.c_str(), &status) == 0)
        before_end(status.st_ino);
    ::rmdir(cgroup.c_str());
    return false;
}

void remove_instance(const std::string& folder)
{
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; at != end && !error; at.increment(error))
        ::unlink(at->path().c_str());
    ::rmdir(folder.c_str());
}

} // namespace

Result<Instance> Instance::create(const std::string& name)
{
    if (auto mounted = ensure_bpffs(); !mounted)
        return fail(mounted.error());
    auto start = start_ticks(::getpid());
    std::string folder = std::string(kRoot) + "/" + name + "-" + std::to_string(::getpid()) + "-" +
                         std::to_string(start.value_or(0));
    if ((::mkdir(kRoot, 0700) != 0 && errno != EEXIST) || ::mkdir(folder.c_str(), 0700) != 0)
        return fail(folder, "cannot be made: " + errno_text(errno),
                    "bpffs must be writable for the programs to outlive the sensor");
    return Instance(folder);
}

Instance::~Instance()
{
    if (!folder_.empty())
        remove_instance(folder_);
}

int remove_stale_instances(const CgroupHandler& before_end)
{
    int removed = 0;
    std::error_code error;
    for (fs::directory_iterator at(kRoot, error), end; at != end && !error; at.increment(error)) {
        InstanceName instance;
        if (parse_instance(at->path().filename(), instance) &&
            !still_serves(instance, before_end)) {
            remove_instance(at->path());
            removed++;
        }
    }
    return removed;
}

} // namespace davylamp
