# SPDX-License-Identifier: Apache-2.0
"""Stands for Hadoop YARN: takes applications over REST, as anybody may send them to a cluster
without authentication, and starts each as the real NodeManager does: three scripts that it writes
itself, run by bash as another user.

nodemanager.py PORT FOLDER
"""
import http.server
import json
import pathlib
import subprocess
import sys

USER = "65534"
PORT, FOLDER = int(sys.argv[1]), pathlib.Path(sys.argv[2])


def script(path, text):
    path.write_text("#!/bin/bash\n" + text)
    path.chmod(0o755)
    return path


def launch(number, command):
    folder = FOLDER / f"appcache/application_{number:04}/container_{number:04}_01_000001"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    pid = folder / "container.pid"
    quoted = command.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    container = script(folder / "launch_container.sh",
                       f'export USER="dr.who" HOME="{FOLDER}" LOGNAME="dr.who"\n'
                       f'cd "{folder}"\n'
                       f'exec /bin/bash -c "{quoted}"\n')
    session = script(folder / "default_container_executor_session.sh",
                     f'echo $$ > "{pid}.tmp"\n/bin/mv -f "{pid}.tmp" "{pid}"\n'
                     f'exec setsid /bin/bash "{container}"\n')
    executor = script(folder / "default_container_executor.sh",
                      f'/bin/bash "{session}"\nrc=$?\necho $rc > "{pid}.exitcode"\nexit $rc\n')
    with open(folder / "stdout", "w") as out:
        subprocess.Popen(["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups",
                          "/bin/bash", executor],
                         stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)


class Rest(http.server.BaseHTTPRequestHandler):
    applications = 0

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Rest.applications += 1
        launch(Rest.applications, body["am-container-spec"]["commands"]["command"])
        self.send_response(202)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", PORT), Rest)
(FOLDER / "ready").touch()
server.serve_forever()
