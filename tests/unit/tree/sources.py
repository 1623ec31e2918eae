# SPDX-License-Identifier: Apache-2.0
"""The files of the source tree, for the tests that read each of them."""

import os
import pathlib
import subprocess
import sys


def _by_git(root):
    """What git tracks and what is new and not ignored; None where this is no checkout of ours, or
    git does not read it (another user's, for one)."""
    if not (root / ".git").exists():
        return None
    try:
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return listed.stdout.decode().split("\0")[:-1]


def _by_walking(root):
    """All files but those of build trees and of folders whose names begin with a dot, .ci apart:
    what a tarball holds."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders
                      if (name == ".ci" or not name.startswith("."))
                      and name != "__pycache__"
                      and not os.path.exists(os.path.join(folder, name, "CMakeCache.txt"))]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return found


def source_files(root):
    """Paths below `root`, sorted. Ends the test where it found none in a folder that has some: a
    test that looked at nothing has not passed."""
    root = pathlib.Path(root).resolve()
    files = _by_git(root)
    if files is None:
        files = _by_walking(root)
    files = sorted(name for name in set(files) if (root / name).is_file())
    for folder in ("bpf", "docs", "include", "scripts", "tests", "user"):
        if not any(name.startswith(folder + "/") for name in files):
            sys.exit(f"error: no file found in {root}/{folder}; is {root} the source tree?")
    return files
