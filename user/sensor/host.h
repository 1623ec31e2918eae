// SPDX-License-Identifier: Apache-2.0
// What this host offers, answered by trying: BTF, mounts, trampolines, helpers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace davylamp {

// One answer, with the kernel's own reason where it is no.
struct HostFact {
    std::string name; // "BTF", "bpf_send_signal in cgroup/connect"
    bool works = false;
    std::string detail; // what was tried, or why it does not work
    std::string mend;   // empty where there is none
};

// The conditions without which nothing runs: root's capabilities, BTF, cgroup v2, in that order.
std::vector<HostFact> host_needs();
// The first of them that fails, as an error.
Result<> require_host();
// What decides how much can be refused, ended and pinned: trampolines (LSM, fmod_ret, fentry),
// signals, tracefs, bpffs.
std::vector<HostFact> host_offers();

// Mounts bpffs and tracefs at their usual places if they are not; each says what it did or why not.
Result<> ensure_bpffs();
bool bpffs_is_mounted();
Result<> ensure_tracefs();

// Whether an empty program of this backend (DAVY_BACKEND_LSM, _FMOD_RET) loads and attaches
// for a function of the kernel.
HostFact trampoline_fact(std::uint8_t backend, const char* function);
bool fexit_works(const char* function); // the same of a program at a function's end
// Whether what /sys/kernel/security/lsm says has bpf among its names.
bool lsm_list_has_bpf(const std::string& list);

bool set_retval_works();               // bpf_set_retval() in cgroup/connect (5.18)
bool signal_in_connect_works();        // bpf_send_signal() in cgroup/connect (6.18)
bool signal_other_works();             // bpf_send_signal_task() (6.18)
bool has_tracepoint(const char* name); // for programs with typed arguments; some are x86's alone
// bpf_preempt_disable() in a program with global functions (6.15)
bool cpu_can_be_held();
bool ancestor_id_works(); // bpf_get_current_ancestor_cgroup_id() in tracepoints (5.11)

} // namespace davylamp
