/* The deleted executable: a process whose image was unlinked, or never had a name. */
#pragma once

#include "davylamp/abi/event.h"
#include "davylamp/rules/verdict.h"

/* i_nlink 0: unlinked, or never named (memfd, O_TMPFILE). A second hard link keeps it above 0 and
 * the rule silent. A package manager's replacement and a policy row are no findings. */
static inline __u8 davy_image_certainty(const struct davy_image *image, __u16 rule)
{
    if (image->nlink != 0 || (image->flags & (DAVY_IMAGE_EXEMPT | DAVY_IMAGE_REPLACED)))
        return 0;
    /* A program that is removed after it ended was somebody's temporary file. */
    if (rule == DAVY_RULE_IMAGE_REMOVED && !(image->flags & DAVY_IMAGE_RUNNING))
        return 0;
    return DAVY_CERTAIN;
}

/* A sweep meets processes that ran before we came: it reports, and never takes. */
static inline __u32 davy_judge_image(const struct davy_image *image, __u16 rule, __u8 mode)
{
    __u32 verdict = davy_verdict(davy_image_certainty(image, rule), mode);

    if (rule == DAVY_RULE_IMAGE_FOUND && davy_enforced(verdict))
        return DAVY_ALERT;
    return verdict;
}
