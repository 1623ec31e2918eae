#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kernels.py [--write] PAGE LOG...: docs/kernels.md's tables, from what doctor said in each guest.

Each LOG is a guest's console (guest.sh) and bears the guest's name. With --write the tables of PAGE
are made anew; without, they are compared with PAGE and the status is 1 where they differ. Of the
newest kernel, which is another one next month, nothing is compared: its differences stand apart.
"""

import difflib
import pathlib
import re
import sys

BEGIN = "<!-- Made by tests/vm/kernels.py from a run of the vm tests; not by hand. -->"
END = "<!-- End of what is made. -->"
ANSWERS = {"yes": "yes", "no": "**no**", "-": "replaced"}


def fail(text):
    sys.exit("kernels.py: error: " + text)


def doctor(log):
    """What doctor said in a console's text: sections of rows, each a name and an answer."""
    lines = log.read_text(errors="replace").replace("\r", "").split("\n")
    found = {"kernel": None, "offered": {}, "programs": {}, "hooks": {}, "abilities": {}}
    section = None
    for line in lines:
        if line.startswith("kernel "):
            found["kernel"] = line.split()[1]
        elif line.startswith("[==========]") or "Running main()" in line:
            break
        elif re.match(r"\w.*:$", line):
            section = line.split(":")[0].split(" (")[0]
        elif section == "offered" and (row := re.match(r"  (yes|no ) ([^:]+): ", line)):
            found["offered"][row[2]] = ANSWERS[row[1].strip()]
        elif section == "programs" and (row := re.match(r"  (yes|no |-  ) (\S+ at [^:]+(?::[^ :]+)?)",
                                                        line)):
            found["programs"][row[2]] = ANSWERS[row[1].strip()]
        elif section == "who serves each hook" and (row := re.match(r"  (\w+): (\w+)", line)):
            found["hooks"][row[1]] = row[2]
        elif section == "what each detection can do here" and (
                row := re.match(r"  (.+?) \[(\w+)\]: (.*)", line)):
            found["abilities"][(row[1], row[2])] = row[3]
    if not all(found.values()):
        missing = [name for name, value in found.items() if not value]
        fail(f"{log}: doctor's answer lacks {', '.join(missing)}; did the guest boot?")
    return found


def table(heads, rows):
    lines = [heads, ["---"] * len(heads)] + rows
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def matrix(title, guests, section):
    names = dict.fromkeys(name for found in guests.values() for name in found[section])
    rows = [[name] + [found[section].get(name, "") for found in guests.values()] for name in names]
    return table([title] + list(guests), rows)


def abilities(guests):
    """By answer and not by guest: most kernels give the same."""
    kernels = {}
    for guest, found in guests.items():
        for (what, mode), answer in found["abilities"].items():
            kernels.setdefault((mode, what), {}).setdefault(answer, []).append(guest)
    rows = []
    for (mode, what), answers in kernels.items():
        for answer, where in answers.items():
            everywhere = len(where) == len(guests)
            rows.append([what, mode, answer, "all" if everywhere else ", ".join(where)])
    return table(["what happens", "mode", "the answer", "where"], rows)


def made(guests):
    parts = [matrix("offered", guests, "offered"), matrix("program", guests, "programs"),
             matrix("who serves", guests, "hooks"), abilities(guests)]
    return "\n\n".join(parts)


def differences(newest, other):
    """What the newest kernel answers otherwise than the newest that has a name."""
    rows = []
    for section in ("offered", "programs", "hooks", "abilities"):
        for name in newest[section] | other[section]:
            pair = [found[section].get(name, "") for found in (other, newest)]
            if pair[0] != pair[1]:
                rows.append([" ".join(name) if isinstance(name, tuple) else name] + pair)
    heads = ["", other["kernel"], newest["kernel"]]
    return table(heads, rows or [["everything", "the same", "the same"]])


def main():
    words = sys.argv[1:]
    write = words[:1] == ["--write"]
    words = words[write:]
    if len(words) < 2:
        fail("kernels.py [--write] PAGE LOG...")
    page = pathlib.Path(words[0])
    guests = {}
    for log in map(pathlib.Path, words[1:]):
        if not log.exists():
            fail(f"{log} is not there: run the guests first (ctest -L vm)")
        guests[log.stem] = doctor(log)
    newest = guests.pop("newest", None)
    marked = re.compile(re.escape(BEGIN) + "(.*?)" + re.escape(END), re.DOTALL)
    text = page.read_text()
    regions = marked.findall(text)
    if len(regions) != 2:
        fail(f"{page} has {len(regions)} pairs of the lines between which tables stand, not 2")
    tables = [made(guests), regions[1].strip()]
    if newest:
        stock = [found for guest, found in guests.items() if " " not in guest]
        tables[1] = differences(newest, stock[-1])
    if write:
        parts = iter(tables)
        page.write_text(marked.sub(lambda _: f"{BEGIN}\n\n{next(parts)}\n\n{END}", text))
        return 0
    changes = list(difflib.unified_diff(regions[0].strip().split("\n"), tables[0].split("\n"),
                                        str(page), "this run", lineterm="", n=0))
    if changes:
        print("\n".join(changes))
        fail(f"{page} is not what the guests say; if it should be: kernels.py --write {page} LOG...")
    return 0


sys.exit(main())
