# SPDX-License-Identifier: Apache-2.0
"""The other end of the services, outside the guard: a ResourceManager or a build server. Whoever
connects says what it is, gets its jobs one JSON object a line, and answers each with its result.

dispatcher.py FOLDER: writes FOLDER/dispatcher (host:port) and FOLDER/results.jsonl
"""
import json
import pathlib
import socketserver
import sys

FOLDER = pathlib.Path(sys.argv[1])


def containers():
    for number in range(1, 21):
        yield {"container": f"container_1700000000000_{number:04}_01_000001",
               "application": f"application_1700000000000_{number:04}", "user": "dr.who",
               "resources": ["/mapper.py", "/numbers.txt"],
               "environment": {"JAVA_HOME": "/usr/lib/jvm", "CONTAINER": str(number)},
               "command": "echo container && python3 mapper.py <numbers.txt && echo done"}


def steps():
    yield {"step": "checkout", "script": 'git clone -q "$REPOSITORY" checkout\n'}
    yield {"step": "build", "script": "cd checkout\n./build.sh\nsh build.sh | tee ../built.txt\n"}
    yield {"step": "test", "script": "set -u\nfor i in 1 2 3; do echo test $i; done | grep -c test\n"}
    yield {"step": "version", "script": 'v=$(git -C checkout log -1 --format=%h)\n'
                                        'bash -c "echo building $v"\n'}
    yield {"step": "python", "script": "python3 - <<'END'\nprint('checked')\nEND\n"}
    yield {"step": "clean", "script": "rm -rf checkout built.txt\n"}


class Service(socketserver.StreamRequestHandler):
    def handle(self):
        jobs = {"nodemanager": containers, "agent": steps}[self.rfile.readline().decode().strip()]
        with open(FOLDER / "results.jsonl", "a") as results:
            for job in jobs():
                self.wfile.write(json.dumps(job).encode() + b"\n")
                results.write(self.rfile.readline().decode())
                results.flush()
        self.rfile.readline()  # the service stays connected, as long as it lives


server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Service)
server.daemon_threads = True
(FOLDER / "dispatcher.new").write_text(f"127.0.0.1:{server.server_address[1]}")
(FOLDER / "dispatcher.new").rename(FOLDER / "dispatcher")
server.serve_forever()
