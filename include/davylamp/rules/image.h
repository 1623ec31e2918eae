/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The deleted executable: a process whose image was unlinked, or never had a name. */
#pragma once

#include "davylamp/abi/image_record.h"
#include "davylamp/rules/verdict.h"

/* i_nlink 0: unlinked, or never named (memfd, O_TMPFILE). A second hard link keeps it above 0, and
 * there is no finding. A package manager's replacement and a policy row are none either. */
static inline __u8 davy_image_certainty(const struct davy_image *image, __u16 rule)
{
    if (rule == DAVY_RULE_IMAGE_DENIED)
        return image->flags & DAVY_IMAGE_DENIED ? DAVY_CERTAIN : 0;
    if (image->nlink != 0 || (image->flags & (DAVY_IMAGE_EXEMPT | DAVY_IMAGE_REPLACED)))
        return 0;
    /* A program that is removed after it ended was a temporary file. */
    if (rule == DAVY_RULE_IMAGE_REMOVED && !(image->flags & DAVY_IMAGE_RUNNING))
        return 0;
    return DAVY_CERTAIN;
}

/* Whose image another user took away is reported, and pays for nothing that he does without it: he
 * has no part in that (rules/reach.h). A sweep only reports an image that was gone when we came:
 * others decided to run it. What a sweep finds later slipped past a hook (io_uring), and gets the
 * full verdict. */
static inline __u32 davy_judge_image(const struct davy_image *image, __u16 rule, __u8 mode)
{
    __u32 verdict = davy_verdict(davy_image_certainty(image, rule), mode);

    if (!davy_enforced(verdict))
        return verdict;
    if (rule == DAVY_RULE_IMAGE_FOUND && (image->flags & DAVY_IMAGE_BEFORE_US))
        return DAVY_ALERT;
    if ((rule == DAVY_RULE_IMAGE_FOUND || rule == DAVY_RULE_IMAGE_TALKING ||
         rule == DAVY_RULE_IMAGE_STARTING) &&
        (image->flags & DAVY_IMAGE_TAKEN))
        return DAVY_ALERT;
    return verdict;
}

/* Which rule judges an exec. A row that denies the file comes first: it counts even where the file
 * still has a name, or a runtime is exempt. */
static inline __u16 davy_exec_rule(const struct davy_image *image)
{
    return image->flags & DAVY_IMAGE_DENIED ? DAVY_RULE_IMAGE_DENIED : DAVY_RULE_IMAGE_FILELESS;
}

/* No runtime's helper is so busy; in thousandths of one processor since its start. A miner takes
 * 1,000 for each of its threads. */
#define DAVY_QUIET_CPU 250

/* Whether a process that ran without an image when we came belongs to a runtime. We can no longer
 * see what started it, so all of this must be true: its image is a memfd that nobody can change;
 * init or a listed runtime is its parent; it is root's, in the cgroup of pid 1 or below a listed
 * runtime, and came from no login; and it hardly computes. Its name proves nothing. What starts
 * later is judged by who starts it (hooks/exec.bpf.c). */
static inline __u8 davy_image_is_quiet(const struct davy_process *process,
                                       const struct davy_image_state *state, __u64 lived_ns)
{
    __u16 sealed = DAVY_IMAGE_MEMFD | DAVY_IMAGE_SEALED;
    __u32 started = DAVY_STATE_STARTER | DAVY_STATE_INITS_CGROUP;

    return (process->image.flags & sealed) == sealed && (state->flags & started) == started &&
           process->uid == 0 && process->image.owner == 0 && process->auid == 0xffffffffu &&
           state->cpu_ns < lived_ns / 1000 * DAVY_QUIET_CPU;
}
