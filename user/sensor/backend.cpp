// SPDX-License-Identifier: Apache-2.0
#include "sensor/backend.h"

#include <array>

#include "davylamp/abi/numbers.h"

namespace davylamp {

namespace {

struct HookRow {
    const char* name;
    const char* portable; // where the portable programs attach
    std::vector<std::string_view> replaced;
};

// An exec that was refused never gets as far as the portable program, which has more to do: it
// stays in any case.
const std::array<HookRow, DAVY_HOOK_COUNT>& hooks()
{
    static const std::array<HookRow, DAVY_HOOK_COUNT> rows{{
        {"exec", "tp_btf/sched_process_exec", {}},
        {"unlink",
         "tp/syscalls/sys_enter_unlink, _unlinkat",
         {"davy_unlink_in", "davy_unlinkat_in", "davy_unlink_out"}},
        {"rename",
         "tp/syscalls/sys_enter_rename, _renameat, _renameat2",
         {"davy_rename_in", "davy_renamea_in", "davy_rename_out"}},
    }};
    return rows;
}

} // namespace

std::uint8_t HookChoice::backend() const
{
    return row ? row->backend : static_cast<std::uint8_t>(DAVY_BACKEND_PORTABLE);
}

std::string HookChoice::served_by() const
{
    return row ? row->attaches_to : hooks()[hook % DAVY_HOOK_COUNT].portable;
}

// LSM before fmod_ret: the kernel skips an fmod_ret program that is already running on that
// processor (bpf_prog_check_recur(), include/linux/bpf_verifier.h), as in a preempted task.
const std::vector<BackendRow>& backend_rows()
{
    static const std::vector<BackendRow> rows{
        {DAVY_HOOK_EXEC, DAVY_BACKEND_LSM, "davy_lsm_exec", "lsm/bprm_check_security",
         "bpf_lsm_bprm_check_security"},
        {DAVY_HOOK_EXEC, DAVY_BACKEND_FMOD_RET, "davy_mod_exec", "fmod_ret/security_bprm_check",
         "security_bprm_check"},
        {DAVY_HOOK_UNLINK, DAVY_BACKEND_LSM, "davy_lsm_unlink", "lsm/inode_unlink",
         "bpf_lsm_inode_unlink"},
        {DAVY_HOOK_UNLINK, DAVY_BACKEND_FMOD_RET, "davy_mod_unlink",
         "fmod_ret/security_inode_unlink", "security_inode_unlink"},
        {DAVY_HOOK_RENAME, DAVY_BACKEND_LSM, "davy_lsm_rename", "lsm/inode_rename",
         "bpf_lsm_inode_rename"},
        {DAVY_HOOK_RENAME, DAVY_BACKEND_FMOD_RET, "davy_mod_rename",
         "fmod_ret/security_inode_rename", "security_inode_rename"},
    };
    return rows;
}

std::vector<HookChoice> choose_backends(const std::vector<BackendRow>& rows,
                                        const TryBackend& try_row)
{
    std::vector<HookChoice> choices(DAVY_HOOK_COUNT);
    for (std::uint16_t hook = 0; hook < DAVY_HOOK_COUNT; hook++)
        choices[hook].hook = hook;
    for (const BackendRow& row : rows) {
        HookChoice& choice = choices[row.hook % DAVY_HOOK_COUNT];
        if (choice.row)
            continue;
        std::string reason = try_row(row);
        if (reason.empty())
            choice.row = &row;
        else
            choice.refusals.push_back({&row, std::move(reason)});
    }
    return choices;
}

const HookChoice* replaces(const std::vector<HookChoice>& choices, std::string_view program)
{
    for (const HookChoice& choice : choices) {
        if (!choice.row)
            continue;
        for (std::string_view replaced : hooks()[choice.hook % DAVY_HOOK_COUNT].replaced) {
            if (replaced == program)
                return &choice;
        }
    }
    return nullptr;
}

const char* hook_name(std::uint16_t hook) { return hooks()[hook % DAVY_HOOK_COUNT].name; }

const char* backend_label(std::uint8_t backend)
{
    switch (backend) {
    case DAVY_BACKEND_LSM: return "LSM";
    case DAVY_BACKEND_FMOD_RET: return "fmod_ret";
    default: return "portable";
    }
}

} // namespace davylamp
