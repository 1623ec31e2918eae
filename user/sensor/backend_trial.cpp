// SPDX-License-Identifier: Apache-2.0
#include "sensor/backend_trial.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/own_path.h"
#include "base/unique_fd.h"
#include "davylamp/abi/numbers.h"
#include "sensor/host.h"
#include "sensor/libbpf_log.h"
#include "sensor/old_verifier.h"

namespace davylamp {

namespace {

// The object once more with these programs alone, over the maps that are there. A program that the
// kernel refuses would take the whole object with it, and every portable program.
Skeleton load_beside(const std::vector<std::string_view>& programs, davy_bpf& skeleton,
                     std::string& reason)
{
    libbpf_log().clear();
    Skeleton beside(davy_bpf__open());
    if (!beside) {
        reason = "the object cannot be opened: " + errno_text(errno);
        return nullptr;
    }
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, beside->obj)
    {
        bool wanted = std::find(programs.begin(), programs.end(), bpf_program__name(program)) !=
                      programs.end();
        bpf_program__set_autoload(program, wanted);
    }
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, beside->obj)
    {
        const bpf_map* there = bpf_object__find_map_by_name(skeleton.obj, bpf_map__name(map));
        int fd = there ? bpf_map__fd(there) : -1;
        bpf_map__set_autocreate(map, fd >= 0); // what was not made there is not needed here
        int error = fd < 0 ? 0 : bpf_map__reuse_fd(map, fd);
        if (error) {
            reason = std::string("its map ") + bpf_map__name(map) +
                     " cannot be shared: " + errno_text(-error);
            return nullptr;
        }
    }
    suit_verifier(*beside);
    if (int error = davy_bpf__load(beside.get())) {
        reason = "the kernel refuses to load it: " + errno_text(-error) + "\n" + libbpf_log_end();
        return nullptr;
    }
    return beside;
}

std::vector<std::string_view> programs_of(std::uint8_t backend)
{
    std::vector<std::string_view> programs;
    for (const BackendRow& row : backend_rows()) {
        if (row.backend == backend)
            programs.push_back(row.program);
    }
    return programs;
}

// A folder of our own where a file may be run and removed; "" where there is none.
std::string trial_folder()
{
    for (const char* place : {"/tmp", "/var/tmp", "/run", "/dev/shm", "/var/lib", "/root"}) {
        struct statvfs status {};
        if (::statvfs(place, &status) != 0 || (status.f_flag & (ST_NOEXEC | ST_RDONLY)))
            continue;
        std::string folder = std::string(place) + "/davylamp-XXXXXX";
        // We run a file in it: it must not be anybody else's by then.
        if (open_own_place(folder) && ::mkdtemp(folder.data()))
            return folder;
    }
    return {};
}

// Does what the hook is asked about, to empty files of our own. An exec of an empty file fails
// (ENOEXEC), behind the hook and before anything of this process has changed.
std::string fire(std::uint16_t hook)
{
    const std::string folder = trial_folder();
    if (folder.empty())
        return "nowhere may a file be run: every place for temporary files is mounted noexec";
    const std::string file = folder + "/trial", other = folder + "/other";
    std::string reason;
    UniqueFd made(::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700));
    if (!made)
        reason = file + " cannot be made: " + errno_text(errno);
    made.reset(); // an open writer is ETXTBSY
    if (reason.empty() && hook == DAVY_HOOK_EXEC) {
        char name[] = "davylamp-trial";
        char* const words[] = {name, nullptr};
        char* const environment[] = {nullptr};
        ::execve(file.c_str(), words, environment);
    } else if (reason.empty() && hook == DAVY_HOOK_RENAME) {
        if (::rename(file.c_str(), other.c_str()) != 0)
            reason = file + " cannot be renamed: " + errno_text(errno);
    }
    ::unlink(file.c_str());
    ::unlink(other.c_str());
    ::rmdir(folder.c_str());
    return reason;
}

// Some kernels attach LSM programs and never call them.
std::string why_silent(const BackendRow& row)
{
    std::string reason = "attached, but never ran";
    if (row.backend != DAVY_BACKEND_LSM)
        return reason + ": the kernel does not call it";
    auto list = read_file("/sys/kernel/security/lsm");
    if (!list)
        return reason + ": bpf is probably not in the LSM list (" + list.error().text() + ")";
    if (lsm_list_has_bpf(*list))
        return reason + ", although the LSM list names bpf: " + *list;
    return reason + ": bpf is not in the LSM list (" + *list +
           "); add it to lsm= on the kernel's command line";
}

} // namespace

bpf_program* BackendTrials::loaded(const BackendRow& row, std::string& reason)
{
    auto [at, first] = together_.try_emplace(row.backend);
    if (first) {
        std::string refused;
        at->second = load_beside(programs_of(row.backend), skeleton_, refused);
    }
    davy_bpf* object = at->second.get();
    if (!object) {
        alone_ = load_beside({row.program}, skeleton_, reason);
        object = alone_.get();
    }
    return object ? bpf_object__find_program_by_name(object->obj, row.program) : nullptr;
}

Link BackendTrials::try_row(const BackendRow& row, std::string& reason)
{
    // An empty program first: if the kernel takes none, the rest need not be tried.
    HostFact allowed = trampoline_fact(row.backend, row.function);
    if (!allowed.works) {
        reason = allowed.detail;
        return nullptr;
    }
    bpf_program* program = loaded(row, reason);
    if (!program)
        return nullptr;
    Link link(bpf_program__attach(program));
    if (!link) {
        reason = "cannot be attached: " + errno_text(errno) + "\n" + libbpf_log_end();
        return nullptr;
    }
    auto& ran = skeleton_.bss->hook_ran[row.hook];
    ran = 0;
    skeleton_.bss->hook_probe = 1;
    reason = fire(row.hook);
    skeleton_.bss->hook_probe = 0;
    if (reason.empty() && !ran)
        reason = why_silent(row);
    if (!reason.empty())
        link.reset();
    return link;
}

} // namespace davylamp
