# SPDX-License-Identifier: Apache-2.0
"""Stands for Hadoop's NodeManager with the DefaultContainerExecutor: one process that stays connected
to its ResourceManager, localises what a container needs (FSDownload, in the same process), writes
the three scripts of each container and runs the first.

nodemanager.py HOST:PORT WEB FOLDER
"""
import json
import pathlib
import shlex
import socket
import subprocess
import sys
import urllib.request

HOST, PORT = sys.argv[1].rsplit(":", 1)
WEB, FOLDER = sys.argv[2], pathlib.Path(sys.argv[3])


def script(path, text):
    path.write_text("#!/bin/bash\n" + text)
    path.chmod(0o700)
    return path


def localise(folder, name):
    cache = FOLDER / "filecache" / folder.name / name.strip("/")
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_name(cache.name + "_tmp")
    with urllib.request.urlopen(WEB + name) as source, open(partial, "wb") as target:
        target.write(source.read())
    partial.chmod(0o755)
    partial.rename(cache)
    return cache


def launch(job):
    folder = FOLDER / "appcache" / job["application"] / job["container"]
    private = FOLDER / "nmPrivate" / job["container"]
    folder.mkdir(parents=True)
    private.mkdir(parents=True)
    links = "".join(f'ln -sf -- "{localise(folder, name)}" "{name.strip("/")}"\n'
                    for name in job["resources"])
    exports = "".join(f"export {name}={shlex.quote(value)}\n"
                      for name, value in job["environment"].items())
    command = f'{job["command"]} 1>{folder}/stdout 2>{folder}/stderr'.replace('"', '\\"')
    command = command.replace(" 1>", " ; } 1>", 1)
    pid = private / "container.pid"
    # ContainerLaunch.java writes launch_container.sh into nmPrivate; the executor copies it.
    written = script(private / "launch_container.sh",
                     "set -o pipefail -e\n" + exports + f'cd "{folder}"\n' + links +
                     f'exec /bin/bash -c "{{ {command}"\n')
    container = script(folder / "launch_container.sh", written.read_text().split("\n", 1)[1])
    session = script(folder / "default_container_executor_session.sh",
                     f'echo $$ > "{pid}.tmp"\n/bin/mv -f "{pid}.tmp" "{pid}"\n'
                     f'exec setsid /bin/bash "{container}"\n')
    executor = script(folder / "default_container_executor.sh",
                      f'/bin/bash "{session}"\nrc=$?\necho $rc > "{pid}.exitcode.tmp"\n'
                      f'/bin/mv -f "{pid}.exitcode.tmp" "{pid}.exitcode"\nexit $rc\n')
    return subprocess.run(["bash", str(executor)], stdin=subprocess.DEVNULL, cwd=folder).returncode


# Shell.java finds out at start what this system can do.
subprocess.run(["bash", "-c", "echo $PPID"], check=True, stdout=subprocess.DEVNULL)
subprocess.run(["setsid", "bash", "-c", "echo $$"], check=True, stdout=subprocess.DEVNULL)
resource_manager = socket.create_connection((HOST, int(PORT)))
lines = resource_manager.makefile("rw")
lines.write("nodemanager\n")
lines.flush()
for line in lines:
    job = json.loads(line)
    status = launch(job)
    state = "COMPLETE" if status == 0 else f"FAILED({status})"
    lines.write(json.dumps({"container": job["container"], "state": state}) + "\n")
    lines.flush()
