// SPDX-License-Identifier: Apache-2.0
#include "sensor/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/own_path.h"
#include "base/process.h"
#include "sensor/cgroup.h"
#include "sensor/host.h"

namespace davylamp {

namespace {

const char* const kRoot = "/sys/fs/bpf/davylamp";
constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kNamesTried = 1000;
constexpr std::chrono::seconds kDying{1};
constexpr std::chrono::seconds kPatience{10}; // others hold the root's lock for milliseconds

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> names_in(int folder)
{
    std::vector<std::string> names;
    UniqueFd copy(::openat(folder, ".", kFolder)); // fdopendir() takes it over
    std::unique_ptr<DIR, CloseFolder> entries(copy ? ::fdopendir(copy.get()) : nullptr);
    if (!entries)
        return names;
    (void)copy.release();
    while (dirent* entry = ::readdir(entries.get())) {
        std::string name(entry->d_name);
        if (name != "." && name != "..")
            names.push_back(std::move(name));
    }
    return names;
}

// flock(2) belongs to the open file, and goes when its last descriptor is closed: at the latest
// with the process, however that ends, and in whatever namespace anybody looks.
bool lock(int folder) { return ::flock(folder, LOCK_EX | LOCK_NB) == 0; }

bool lock_in_time(int folder)
{
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!lock(folder)) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

// The folder of all instances, or an invalid descriptor where there is none and `make` is not set.
// Who could write in it could pin, rename and remove as he likes, and a symbolic link in it would
// have us remove elsewhere.
Result<UniqueFd> open_root(bool make)
{
    auto place = open_own_place(kRoot);
    if (!place)
        return fail(std::move(place.error()));
    if (make && ::mkdirat(place->folder.get(), place->name.c_str(), 0700) != 0 && errno != EEXIST)
        return fail(kRoot, "cannot be made: " + errno_text(errno),
                    "bpffs must be writable for the programs to outlive the sensor");
    if (::faccessat(place->folder.get(), place->name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return UniqueFd();
    auto root = open_own_folder(kRoot, Links::refused);
    if (!root)
        return fail(std::move(root.error()));
    struct stat status {};
    struct statfs filesystem {};
    if (::fstat(root->get(), &status) != 0 || ::fstatfs(root->get(), &filesystem) != 0)
        return fail(kRoot, "cannot be looked at: " + errno_text(errno));
    if ((status.st_mode & 0777) != 0700)
        return fail(kRoot, "has mode " + mode_text(status.st_mode) + ", which lets others in",
                    "chmod 0700 " + std::string(kRoot));
    if (filesystem.f_type != BPF_FS_MAGIC)
        return fail(kRoot, "lies on no bpffs", "unmount what hides it");
    return root;
}

// The number behind the last hyphen; the name is before the first.
std::optional<std::uint64_t> guarded_cgroup(const std::string& instance)
{
    if (!instance.starts_with("guard-"))
        return std::nullopt;
    std::uint64_t id = 0;
    const char *begin = instance.data() + instance.rfind('-') + 1,
               *end = instance.data() + instance.size();
    auto read = std::from_chars(begin, end, id);
    return read.ec == std::errc() && read.ptr == end ? std::optional(id) : std::nullopt;
}

// Whom the instance stopped and did not get to end; how many.
int end_condemned(const std::string& instance, const ProcessHandler& end)
{
    const std::string pin = std::string(kRoot) + "/" + instance + "/" + kCondemnedPin;
    UniqueFd map(::bpf_obj_get(pin.c_str()));
    int count = 0;
    davy_process_id id{};
    for (std::uint32_t *last = nullptr, next = 0;
         map && bpf_map_get_next_key(map.get(), last, &next) == 0; last = &id.tgid) {
        id.tgid = next;
        if (bpf_map_lookup_elem(map.get(), &next, &id.start_ns) != 0)
            continue;
        end(id);
        count++;
    }
    return count;
}

// Processes that were just killed take a moment to leave.
CgroupState state_after_a_while(std::uint64_t cgroup)
{
    const auto end = std::chrono::steady_clock::now() + kDying;
    CgroupState state = state_of_cgroup(cgroup);
    while (state == CgroupState::populated && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        state = state_of_cgroup(cgroup);
    }
    return state;
}

// Of an instance that nobody holds, which left `condemned` processes to be ended. `before_end` is
// told the cgroup that is about to go, and its filters with it.
bool still_serves(const std::string& instance, int condemned, const CgroupHandler& before_end)
{
    auto id = guarded_cgroup(instance);
    if (!id)
        return false;
    switch (condemned ? state_after_a_while(*id) : state_of_cgroup(*id)) {
    case CgroupState::gone: return false;
    case CgroupState::populated:
    case CgroupState::unknown: return true;
    case CgroupState::empty: break;
    }
    before_end(*id);
    remove_cgroup(*id);
    return false;
}

void remove_instance(int root, int folder, const std::string& name)
{
    for (const std::string& pin : names_in(folder))
        ::unlinkat(folder, pin.c_str(), 0);
    ::unlinkat(root, name.c_str(), AT_REMOVEDIR);
}

} // namespace

Instance::Instance(std::string name, UniqueFd root, UniqueFd locked)
    : folder_(std::string(kRoot) + "/" + name), name_(std::move(name)), root_(std::move(root)),
      locked_(std::move(locked))
{
}

Instance::Instance(Instance&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), name_(std::move(other.name_)),
      root_(std::move(other.root_)), locked_(std::move(other.locked_))
{
}

Result<Instance> Instance::create(const std::string& name, std::uint64_t cgroup)
{
    if (auto mounted = ensure_bpffs(); !mounted)
        return fail(mounted.error());
    auto root = open_root(true);
    if (!root)
        return fail(std::move(root.error()));
    // Nobody looks for dead instances between the making of the folder and its lock.
    if (!lock_in_time(root->get()))
        return fail(kRoot, "another davylamp has locked it for too long",
                    "look for one that hangs or is stopped");
    const std::string start = name + "-" + std::to_string(::getpid()) + "-" +
                              std::to_string(start_ticks(::getpid()).value_or(0)) + "-";
    std::string made = start + std::to_string(cgroup);
    int error = ::mkdirat(root->get(), made.c_str(), 0700) == 0 ? 0 : errno;
    // The same pid and start, in another pid namespace.
    for (int i = 1; error == EEXIST && cgroup == 0 && i < kNamesTried; i++) {
        made = start + std::to_string(i);
        error = ::mkdirat(root->get(), made.c_str(), 0700) == 0 ? 0 : errno;
    }
    UniqueFd folder(error ? -1 : ::openat(root->get(), made.c_str(), kFolder));
    if (!folder || !lock(folder.get()))
        return fail(std::string(kRoot) + "/" + made,
                    "cannot be made: " + errno_text(error ? error : errno),
                    "bpffs must be writable for the programs to outlive the sensor");
    ::flock(root->get(), LOCK_UN);
    return Instance(std::move(made), std::move(*root), std::move(folder));
}

Instance::~Instance()
{
    if (!folder_.empty())
        remove_instance(root_.get(), locked_.get(), name_);
}

Result<int> remove_stale_instances(const CgroupHandler& before_end, const ProcessHandler& end)
{
    if (!bpffs_is_mounted())
        return 0;
    auto root = open_root(false);
    if (!root)
        return fail(std::move(root.error()));
    if (!*root || !lock(root->get())) // who holds it looks after the dead, or is just starting
        return 0;
    int removed = 0;
    for (const std::string& name : names_in(root->get())) {
        UniqueFd folder(::openat(root->get(), name.c_str(), kFolder));
        if (!folder || !lock(folder.get()) ||
            still_serves(name, end_condemned(name, end), before_end))
            continue;
        remove_instance(root->get(), folder.get(), name);
        removed++;
    }
    return removed;
}

} // namespace davylamp
