# SPDX-License-Identifier: Apache-2.0
"""Stands for a build agent: connected to its server, it gets each step's script as JSON and runs it:
from a file that it writes (GitHub's runner: `bash -e FILE`), or through a shell's standard input
(GitLab's shell executor).

ci_agent.py HOST:PORT FOLDER file|stdin
"""
import json
import pathlib
import socket
import subprocess
import sys

HOST, PORT = sys.argv[1].rsplit(":", 1)
FOLDER, WAY = pathlib.Path(sys.argv[2]), sys.argv[3]
(FOLDER / "_temp").mkdir(parents=True)


def run(job, log):
    if WAY == "stdin":
        return subprocess.run(["bash", "--noprofile"], input="set -eo pipefail\n" + job["script"],
                              text=True, cwd=FOLDER, stdout=log, stderr=log).returncode
    path = FOLDER / "_temp" / f"{job['step']}.sh"
    path.write_text(job["script"])
    status = subprocess.run(["bash", "-e", str(path)], cwd=FOLDER, stdin=subprocess.DEVNULL,
                            stdout=log, stderr=log).returncode
    path.unlink()
    return status


server = socket.create_connection((HOST, int(PORT)))
lines = server.makefile("rw")
lines.write("agent\n")
lines.flush()
with open(FOLDER / "log", "w") as log:
    for line in lines:
        job = json.loads(line)
        lines.write(json.dumps({"step": job["step"], "result": run(job, log)}) + "\n")
        lines.flush()
