#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""basenames.py ROOT: whether each file of the program has a name of its own, so that it is found by
its name alone, and an #include or a sentence that has no folder in it means one file."""

import collections
import pathlib
import sys

from sources import source_files

FOLDERS = ("bpf/", "include/", "user/")
# Each room has one of these, and what is in it is the same kind of thing everywhere.
EVERYWHERE = ("CMakeLists.txt", "maps.h")


def main():
    folders = collections.defaultdict(list)
    for name in source_files(pathlib.Path(sys.argv[1])):
        path = pathlib.PurePosixPath(name)
        if name.startswith(FOLDERS) and path.name not in EVERYWHERE and path.name[0] != ".":
            folders[path.name].append(str(path.parent))
    faults = [f"{name} is in {', '.join(found)}: one of them needs another name"
              for name, found in sorted(folders.items()) if len(found) > 1]
    print(*faults, f"{len(folders)} names read, {len(faults)} faults", sep="\n")
    return 1 if faults else 0


sys.exit(main())
