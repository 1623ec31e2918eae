# SPDX-License-Identifier: Apache-2.0
"""Writes the index (Packages) of a folder of .deb files, for apt: packages.py FOLDER"""
import hashlib
import pathlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
with open(folder / "Packages", "w") as index:
    for deb in sorted(folder.glob("*.deb")):
        control = subprocess.run(["dpkg-deb", "-f", deb], check=True, capture_output=True, text=True)
        data = deb.read_bytes()
        index.write(f"{control.stdout.rstrip()}\nFilename: ./{deb.name}\nSize: {len(data)}\n"
                    f"SHA256: {hashlib.sha256(data).hexdigest()}\n\n")
