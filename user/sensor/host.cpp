// SPDX-License-Identifier: Apache-2.0
#include "sensor/host.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <sstream>

#include "base/files.h"
#include "base/unique_fd.h"
#include "davylamp/abi/numbers.h"
#include "sensor/cgroup.h"
#include "sensor/handles.h"

namespace davylamp {

namespace {

constexpr const char* kBtf = "/sys/kernel/btf/vmlinux";
constexpr const char* kBpffs = "/sys/fs/bpf";
constexpr const char* kTracefs = "/sys/kernel/tracing";
constexpr long kBpffsMagic = 0xcafe4a11;   // BPF_FS_MAGIC, linux/magic.h
constexpr long kTracefsMagic = 0x74726163; // TRACEFS_MAGIC

const btf* kernel_btf()
{
    static const Btf loaded(btf__load_vmlinux_btf());
    return loaded.get();
}

bool mounted(const char* path, long magic)
{
    struct statfs status {};
    return ::statfs(path, &status) == 0 && status.f_type == magic;
}

// Made for root alone, as systemd mounts it: a bpffs that everybody may write (its default) is a
// place where somebody else can have made the folder that root is about to use.
Result<> ensure_mounted(const char* type, const char* path, long magic)
{
    if (mounted(path, magic))
        return {};
    if (::mount(type, path, type, MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700") != 0)
        return fail(path, std::string(type) + " is not mounted and cannot be: " + errno_text(errno),
                    std::string("mount it: mount -t ") + type + " -o mode=0700 " + type + " " +
                        path);
    return {};
}

// r0 = 0; exit. The smallest program there is.
const bpf_insn kReturnZero[] = {
    {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
    {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
};

constexpr int kNotSupported = 524; // ENOTSUPP, linux/errno.h: no libc knows its text

// Loads an empty trampoline program for a kernel function, and attaches it for a moment: a kernel
// may take the one and not the other. What the kernel says is the detail.
HostFact try_trampoline(const char* name, bpf_prog_type type, bpf_attach_type attach,
                        const char* function)
{
    HostFact fact;
    fact.name = name;
    int id = kernel_btf() ? btf__find_by_name_kind(kernel_btf(), function, BTF_KIND_FUNC) : -ENOENT;
    if (id < 0) {
        fact.detail = std::string("the kernel's BTF knows no function ") + function;
        return fact;
    }
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    options.expected_attach_type = attach;
    options.attach_btf_id = static_cast<__u32>(id);
    UniqueFd program(bpf_prog_load(type, "davy_probe", "GPL", kReturnZero, 2, &options));
    int error = program ? 0 : errno;
    if (program) {
        UniqueFd link(bpf_raw_tracepoint_open(nullptr, program.get()));
        error = link ? 0 : errno;
    }
    fact.works = error == 0;
    const std::string what = std::string("an empty program for ") + function;
    fact.detail = fact.works ? what + " loads and attaches"
                             : (program ? "attaching " : "loading ") + what + " was refused: " +
                                   (error == kNotSupported ? "ENOTSUPP" : errno_text(error));
    if (error == kNotSupported)
        fact.mend = "the kernel has no BPF trampolines on this architecture yet (arm64: 6.4); the "
                    "portable backend serves instead";
    if (error == EPERM)
        fact.mend = "the kernel or its hypervisor forbids BPF trampolines; the portable backend "
                    "serves instead";
    return fact;
}

// Tried, and not asked of libbpf 1.1: it knows the verifier's refusal by words that 6.12 changed.
bool helper_works(bpf_prog_type type, bpf_attach_type attaches_to, std::int32_t helper,
                  std::int32_t argument)
{
    const bpf_insn program[] = {
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, argument},
        {BPF_JMP | BPF_CALL, 0, 0, 0, helper},
        {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    options.expected_attach_type = attaches_to;
    return static_cast<bool>(
        UniqueFd(bpf_prog_load(type, "davy_probe", "GPL", program, std::size(program), &options)));
}

} // namespace

std::vector<HostFact> host_needs()
{
    std::vector<HostFact> facts;
    LIBBPF_OPTS(bpf_prog_load_opts, options);
    options.expected_attach_type = BPF_CGROUP_INET4_CONNECT;
    UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "davy_probe", "GPL", kReturnZero,
                                   2, &options));
    int error = errno;
    facts.push_back(
        {"privilege", static_cast<bool>(program),
         program ? "BPF programs may be loaded"
                 : "this user may not load BPF programs: " + errno_text(error),
         program ? "" : "run as root (CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SYS_ADMIN)"});
    bool btf = ::access(kBtf, R_OK) == 0;
    facts.push_back({"BTF", btf,
                     btf ? std::string(kBtf) + " is there"
                         : std::string(kBtf) + " cannot be read: " + errno_text(errno),
                     btf ? "" : "boot a kernel built with CONFIG_DEBUG_INFO_BTF (Debian's are)"});
    auto mount = cgroup2_mount();
    facts.push_back({"cgroup v2", mount.has_value(),
                     mount ? "mounted at " + *mount : mount.error().what,
                     mount ? "" : mount.error().mend});
    return facts;
}

Result<> require_host()
{
    for (const HostFact& need : host_needs()) {
        if (!need.works)
            return fail(need.name, need.detail, need.mend);
    }
    return {};
}

std::vector<HostFact> host_offers()
{
    std::vector<HostFact> facts;
    facts.push_back(trampoline_fact(DAVY_BACKEND_LSM, "bpf_lsm_inode_unlink"));
    facts.push_back(trampoline_fact(DAVY_BACKEND_FMOD_RET, "security_inode_unlink"));
    facts.push_back(
        try_trampoline("fentry programs", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, "vfs_unlink"));
    auto lsm = read_file("/sys/kernel/security/lsm");
    bool named = lsm && lsm_list_has_bpf(*lsm);
    facts.push_back(
        {"bpf in the LSM list", named,
         lsm ? "/sys/kernel/security/lsm says " + *lsm : lsm.error().text(),
         named ? "" : "add bpf to lsm= on the kernel's command line, and mount securityfs"});
    bool own = signal_in_connect_works();
    facts.push_back(
        {"bpf_send_signal in cgroup/connect", own,
         own ? "the helper is allowed there" : "the kernel does not allow it there (6.18 does)",
         own ? "" : "userspace kills by pidfd; the connect is refused all the same"});
    bool retval = set_retval_works();
    facts.push_back(
        {"bpf_set_retval in cgroup/connect", retval,
         retval ? "a refused downloader gets ECONNREFUSED, at which wget gives up"
                : "the kernel does not allow it there (5.18 does)",
         retval ? "" : "a refused downloader gets EPERM; if it tries again, userspace ends it"});
    bool other = signal_other_works();
    facts.push_back({"bpf_send_signal_task", other,
                     other ? "the kernel has it" : "the kernel does not have it (6.18 does)",
                     other ? "" : "userspace kills the other end by pidfd"});
    auto tracefs = ensure_tracefs();
    facts.push_back({"tracefs", tracefs.has_value(),
                     tracefs ? std::string(kTracefs) + " is mounted" : tracefs.error().what,
                     tracefs ? "" : tracefs.error().mend});
    auto bpffs = ensure_bpffs();
    facts.push_back({"bpffs", bpffs.has_value(),
                     bpffs ? std::string(kBpffs) + " is mounted" : bpffs.error().what,
                     bpffs ? "" : bpffs.error().mend});
    return facts;
}

Result<> ensure_bpffs() { return ensure_mounted("bpf", kBpffs, kBpffsMagic); }

bool bpffs_is_mounted() { return mounted(kBpffs, kBpffsMagic); }

Result<> ensure_tracefs() { return ensure_mounted("tracefs", kTracefs, kTracefsMagic); }

HostFact trampoline_fact(std::uint8_t backend, const char* function)
{
    return backend == DAVY_BACKEND_LSM
               ? try_trampoline("LSM programs", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, function)
               : try_trampoline("fmod_ret programs", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN,
                                function);
}

bool fexit_works(const char* function)
{
    return try_trampoline("", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, function).works;
}

// "lockdown,capability,bpf", by whole names.
bool lsm_list_has_bpf(const std::string& list)
{
    std::istringstream names(list);
    for (std::string name; std::getline(names, name, ',');) {
        if (name == "bpf" || name == "bpf\n")
            return true;
    }
    return false;
}

bool signal_in_connect_works()
{
    return helper_works(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT,
                        BPF_FUNC_send_signal, SIGKILL);
}

bool set_retval_works()
{
    return helper_works(BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT,
                        BPF_FUNC_set_retval, -EPERM);
}

bool ancestor_id_works()
{
    return helper_works(BPF_PROG_TYPE_TRACEPOINT, {}, BPF_FUNC_get_current_ancestor_cgroup_id, 0);
}

namespace {

bool kernel_has(const char* function)
{
    return kernel_btf() && btf__find_by_name_kind(kernel_btf(), function, BTF_KIND_FUNC) > 0;
}

} // namespace

bool signal_other_works() { return kernel_has("bpf_send_signal_task"); }

bool has_tracepoint(const char* name)
{
    const std::string type = std::string("btf_trace_") + name;
    return kernel_btf() && btf__find_by_name_kind(kernel_btf(), type.c_str(), BTF_KIND_TYPEDEF) > 0;
}

// The kernel that first let a program call its global functions meanwhile brought the resilient
// lock as well; before it, tracepoints could not be preempted either.
bool cpu_can_be_held()
{
    return kernel_has("bpf_preempt_disable") && kernel_has("bpf_res_spin_lock");
}

} // namespace davylamp
