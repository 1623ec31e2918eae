#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kernel_reads.py ROOT: whether kernel structs are read in bpf/facts and bpf/compat.h alone. What a
hook gets as a typed argument it may read itself; that needs no macro, and is not looked for."""

import pathlib
import re
import sys

from sources import source_files

READ = re.compile(r"\b(BPF_CORE_READ\w*|bpf_core_\w+|DAVY_READ) ?\(")
# compat.h: what differs between kernels; read.h is in bpf/facts.
ALLOWED = ("bpf/facts/", "bpf/compat.h", "bpf/vmlinux.h")


def main():
    root = pathlib.Path(sys.argv[1])
    faults, files = [], 0
    for name in source_files(root):
        if not name.startswith("bpf/") or name.startswith(ALLOWED):
            continue
        files += 1
        for number, line in enumerate((root / name).read_text().split("\n"), 1):
            found = READ.search(line)
            if found:
                faults.append(f"{name}:{number}: {found[1]}: put what it reads into bpf/facts")
    if not files:
        faults.append("no file of bpf/ was read")
    print(*faults, f"{files} files read, {len(faults)} faults", sep="\n")
    return 1 if faults else 0


sys.exit(main())
