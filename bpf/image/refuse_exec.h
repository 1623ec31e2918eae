/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The exec of an image without a file, or of a denied one, is refused. */
#pragma once

#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "../compat.h"
#include "../enforce.h"
#include "../facts/binprm.h"
#include "../place.h"
#include "nameless.h"

#include "davylamp/rules/image.h"

#include <asm-generic/errno-base.h>

/* Userspace has just attached a program, and waits to see whether it runs: an attached one may not.
 * A flag for each hook, since any process may come by. */
extern volatile __u32 hook_probe;
extern volatile __u32 hook_ran[DAVY_HOOK_COUNT];

static __always_inline void hook_runs(u32 hook)
{
    if (hook_probe)
        hook_ran[hook] = 1;
}

/* The kernel's own check of a program that it is about to run, at each step of `#!` as well: a
 * script is judged before its interpreter. 1: refuse. Global, as the next one is: with numbers
 * alone, which is all that 5.10 passes to such. */
__noinline int davy_exec_judged(u64 bprm_address, u32 backend)
{
    struct linux_binprm *bprm = (struct linux_binprm *)bprm_address;
    u8 mode = settings.mode[DAVY_DETECTION_IMAGE];
    struct davy_event_image *event;
    struct davy_image image = {};
    u16 did = DAVY_DID_REFUSE, rule;
    u32 verdict;

    davy_image_of(NULL, davy_binprm_file(bprm), &image, DAVY_NUMBER);
    if ((image.flags & DAVY_IMAGE_SEALED) && davy_own_descriptor(davy_binprm_name_begins(bprm)) &&
        davy_is_starter(davy_current()))
        image.flags |= DAVY_IMAGE_EXEMPT; /* hooks/exec.bpf.c remembers it when it has started */
    if (davy_binprm_is_script(bprm))
        image.flags |= DAVY_IMAGE_SCRIPT;
    rule = davy_exec_rule(&image);
    verdict = davy_judge_image(&image, rule, mode);
    if (!davy_enforced(verdict))
        return 0;
    if (verdict == DAVY_KILL)
        did |= davy_end_current();
    event = davy_alert_of_current(sizeof(*event));
    if (!event)
        return 1;
    davy_image_finding(event, &image, rule, verdict, did);
    event->decision.backend = backend;
    davy_current_process(&event->process);
    davy_state_of((u64)davy_current(), &event->state);
    bpf_probe_read_kernel_str(event->filename, DAVY_PATH_MAX, davy_binprm_name(bprm));
    davy_alert_submit(event);
    return 1;
}

/* Where nothing is refused, tp_btf/sched_process_exec reports what did start. */
static __always_inline int exec_begins(struct linux_binprm *bprm, u32 backend)
{
    int refused;

    hook_runs(DAVY_HOOK_EXEC);
    if (settings.mode[DAVY_DETECTION_IMAGE] < DAVY_MODE_BLOCK || !davy_in_scope())
        return 0;
    if (davy_binprm_is_named(bprm)) {
        struct davy_image_row *row;

        if (!settings.has_denied)
            return 0;
        row = davy_policy_row(davy_inode_of(davy_binprm_file(bprm)));
        if (!row || !(row->roles & DAVY_ROLE_DENIED))
            return 0;
    }
    davy_hold_cpu();
    refused = davy_exec_judged(davy_number_of(bprm), backend);
    davy_let_go_of_cpu();
    return refused ? -EPERM : 0;
}
