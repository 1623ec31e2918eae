/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Download, then run: how a download differs from what a service writes for itself. */
#pragma once

#include "davylamp/abi/chain_record.h"

/* Whether a file that a net-fed process wrote counts as a download when it runs.
 *
 * A service that uses the network and runs its own scripts is no downloader: Hadoop's NodeManager,
 * a CI agent, a configuration manager. Each is an ancestor of the shell that reads the script. An
 * image that it wrote itself does count: no service writes machine code, a dropper does. A shell
 * and a one-liner are downloaders in either case; nobody runs a service in one. What an interpreter
 * writes that runs a program from a file (pip, npm, cloud-init) never counts: such files are
 * installed programs by the hundred. docs/limits.md says what that costs. */
static inline __u8 davy_is_download(const struct davy_file_facts *facts)
{
    switch (facts->writer) {
    case DAVY_WRITER_SHELL:
    case DAVY_WRITER_ONE_LINER: return 1;
    case DAVY_WRITER_PROGRAM: return facts->image || !facts->own;
    default: return 0;
    }
}
