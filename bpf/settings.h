/* What userspace fixed before load, and whether the current task is in the scope. */
#pragma once

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "davylamp/abi/policy.h"

extern const volatile struct davy_settings settings;

/* A scope is a cgroup subtree. The id of the ancestor at the scope's own depth tells membership in
 * one comparison, however deep the task sits. Fails closed: a task above the scope is outside. */
static __always_inline bool davy_in_scope(void)
{
    if (!settings.scope_cgroup)
        return true;
    return bpf_get_current_ancestor_cgroup_id(settings.scope_level) == settings.scope_cgroup;
}
