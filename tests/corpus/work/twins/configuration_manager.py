# SPDX-License-Identifier: Apache-2.0
"""Stands for a configuration manager's agent (puppet, chef, ansible-pull): fetches templates from its
server, renders a file and the script that applies it, and runs the script where the file is new.

configuration_manager.py WEB STATE TARGET PORT
"""
import hashlib
import pathlib
import subprocess
import sys
import urllib.request

WEB, STATE, TARGET, PORT = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4]


def rendered(name):
    with urllib.request.urlopen(f"{WEB}/{name}.template") as template:
        text = template.read().decode()
    return text.replace("{{ name }}", "corpus").replace("{{ port }}", PORT)


wanted = STATE / "service.conf"
wanted.write_text(rendered("service.conf"))
digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
applied = STATE / "digest"
if not applied.exists() or applied.read_text() != digest:
    script = STATE / "apply.sh"
    script.write_text(rendered("apply.sh"))
    script.chmod(0o755)
    subprocess.run([script, wanted, TARGET], check=True)
    subprocess.run(["sh", "-c", "test -s \"$1\"", "sh", TARGET], check=True)
    applied.write_text(digest)
    with open(STATE / "log", "a") as log:
        log.write(f"applied {digest}\n")
