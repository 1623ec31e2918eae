#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mentions.py ROOT: whether what a comment or a page mentions is there: the files and folders of the
tree, and the names that begin with davy_ or DAVY_. A path is one of ours if its first folder is."""

import pathlib
import re
import sys

from sources import source_files

C = (".c", ".h", ".cpp")
HASH = (".py", ".sh", ".cmake", "CMakeLists.txt", ".clang-tidy")  # comments begin with #
# Headers of others that are named without a folder.
FOREIGN = {"bpf_tracing.h", "elf.h"}
HOMES = ("bpf", "user", "include/davylamp", "tests", "tests/unit")
# A string, which may hold what looks like a comment, or a comment.
COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(//[^\n]*|/\*.*?\*/)', re.DOTALL)
PATH = re.compile(r"(?<![\w./$}@<-])(?:\.\./)*([\w-]+(?:/[\w.-]*\w)+)(?![\w{/*]|\.\w)")
ALONE = re.compile(r"(?<![\w./$}@<*-])([\w-]+(?:\.bpf\.c|\.h|\.cpp))(?![\w/]|\.\w)")
NAME = re.compile(r"\b(?:davy|DAVY)_\w+")


def split(name, text):
    """Comments and code, each with the lines of the text."""
    if name.endswith(".md"):
        return text, ""
    if name.endswith(HASH):
        lines = text.split("\n")
        return ("\n".join(line if line.lstrip().startswith("#") else "" for line in lines),
                "\n".join("" if line.lstrip().startswith("#") else line for line in lines))
    if not name.endswith(C):
        return "", text
    blank = re.compile(r"[^\n]")
    code = COMMENT.sub(lambda m: blank.sub(" ", m[0]) if m[1] else m[0], text)
    return "".join(" " if kept == was and was != "\n" else was for kept, was in zip(code, text)), code


def parts(path):
    """Each run of folders and name that a path may be mentioned by."""
    words = path.split("/")
    return {"/".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}


def begins(names, prefix):
    """DAVY_ROLE_* stands for all that begin so."""
    return any(name.startswith(prefix) for name in names)


def main():
    root = pathlib.Path(sys.argv[1])
    names = source_files(root)
    known = set().union(*map(parts, names))
    ours = {"bpf", "docs", "scripts", "tests", "user"} | {
        name[len(home) + 1:].split("/")[0]
        for name in names for home in HOMES if name.startswith(home + "/")}
    comments, defined = {}, set()
    for name in names:
        comments[name], code = split(name, (root / name).read_text(errors="replace"))
        defined.update(NAME.findall(code))
    read, faults = 0, []
    for name, text in comments.items():
        for number, line in enumerate(text.split("\n"), 1):
            paths = [path for path in PATH.findall(line)
                     if path.split("/")[0] in ours or path.startswith("include/davylamp/")]
            paths += [path for path in ALONE.findall(line) if path not in FOREIGN]
            # NAME.cpp stands for any.
            paths = [path for path in paths if not re.search(r"\b[A-Z]+\b", path)]
            mentioned = NAME.findall(line)
            read += len(paths) + len(mentioned)
            faults += [f"{name}:{number}: there is no {what}" for what in paths if what not in known]
            faults += [f"{name}:{number}: nothing is named {what}" for what in mentioned
                       if what not in defined and not (what[-1] == "_" and begins(defined, what))]
    print(*faults, f"{read} mentions read, {len(faults)} faults", sep="\n")
    return 1 if faults or not read else 0


sys.exit(main())
