/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* bash is about to run a string: eval, source, -c, a trap. Every build of bash since 4.0 exports
 * parse_and_execute(string, from_file, flags) (builtins/evalstring.c). A uprobe there costs a trap
 * where bash evaluates, else nothing. dash and the other shells export nothing (docs/limits.md).
 * SIGKILL takes effect on the way back to user mode, before the string is parsed. */
#include "../vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "../chain/evaluated.h"
#include "../compat.h"

SEC("uprobe")
int BPF_KPROBE(davy_evaluate, u64 string, u64 from)
{
    if (!settings.mode[DAVY_DETECTION_CHAIN] || !davy_fed_lately() || !davy_in_scope())
        return 0;
    davy_hold_cpu();
    evaluated(string, from);
    davy_let_go_of_cpu();
    return 0;
}
