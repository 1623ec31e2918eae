#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""licences.py ROOT: whether each file names the licence that LICENSE gives its folder."""

import pathlib
import re
import sys

from sources import source_files

KERNEL = "GPL-2.0-only OR BSD-2-Clause"
OTHER = "Apache-2.0"
KERNEL_FOLDERS = ("bpf/", "include/")
# The line comes first, but for what must stand before it (#!, an opening brace).
FIRST_LINES = 2
LINE = re.compile(r"SPDX-License-Identifier: (.+?)\s*(?:\*/|-->|\"[,}]*)?$", re.MULTILINE)


def without_line(name):
    """Files that have no place for such a line: LICENSE says what is theirs."""
    return (name == "LICENSE" or name.startswith("LICENSES/")
            or re.fullmatch(r"tests/replay/[^/]+\.(davy|alerts\.txt|alerts\.jsonl)", name))


def fault(root, name):
    """What is wrong with a file, or None."""
    wanted = KERNEL if name.startswith(KERNEL_FOLDERS) else OTHER
    with open(root / name, encoding="utf-8", errors="replace") as file:
        begin = "".join(line for line, _ in zip(file, range(FIRST_LINES)))
    found = LINE.findall(begin)
    if not found:
        return f"no SPDX-License-Identifier in its first {FIRST_LINES} lines; {wanted} is its folder's"
    if found != [wanted]:
        return f"is under {' and '.join(found)}; {wanted} is its folder's"
    return None


def main():
    root = pathlib.Path(sys.argv[1])
    names = [name for name in source_files(root) if not without_line(name)]
    faults = [(name, fault(root, name)) for name in names]
    faults = [f"{name}: {what}" for name, what in faults if what]
    print(*faults, f"{len(names)} files read, {len(faults)} faults", sep="\n")
    return 1 if faults else 0


sys.exit(main())
