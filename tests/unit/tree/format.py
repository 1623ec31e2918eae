#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""format.py CLANG_FORMAT ROOT: whether each C and C++ file stands as clang-format would set it."""

import re
import subprocess
import sys

from sources import source_files

# Another version sets some lines otherwise, so that the tree would never be right for everybody.
VERSION = 14


def main():
    program, root = sys.argv[1:]
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"version (\d+)\.", said)
    if not version or int(version[1]) != VERSION:
        print(f"error: {program} is not clang-format {VERSION}, Debian 12's: {said.strip()}")
        return 1
    names = [name for name in source_files(root) if name.endswith((".c", ".cpp", ".h"))]
    if not names:
        print(f"error: no C or C++ file found in {root}")
        return 1
    # One call reads .clang-format once; the tree's names fit on one command line.
    checked = subprocess.run([program, "--style=file", "--dry-run", "--Werror", *names], cwd=root)
    print(f"{len(names)} files read; clang-format -i mends what is named above"
          if checked.returncode else f"{len(names)} files read")
    return 1 if checked.returncode else 0


sys.exit(main())
