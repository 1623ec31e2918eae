# SPDX-License-Identifier: Apache-2.0
"""git over http: `git http-backend` behind a small server, as apache or nginx would run it.

git_server.py FOLDER PORT_FILE
"""
import http.server
import os
import pathlib
import subprocess
import sys
import urllib.parse

FOLDER, PORT_FILE = os.path.realpath(sys.argv[1]), pathlib.Path(sys.argv[2])


class Git(http.server.BaseHTTPRequestHandler):
    def serve(self):
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        environment = dict(os.environ, GIT_PROJECT_ROOT=FOLDER, GIT_HTTP_EXPORT_ALL="1",
                           PATH_INFO=urllib.parse.unquote(url.path), QUERY_STRING=url.query,
                           REQUEST_METHOD=self.command, REMOTE_ADDR=self.client_address[0],
                           REMOTE_USER="corpus", CONTENT_LENGTH=str(len(body)),
                           CONTENT_TYPE=self.headers.get("Content-Type", ""),
                           HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
                           GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
        answer = subprocess.run(["git", "http-backend"], input=body, env=environment,
                                stdout=subprocess.PIPE).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200)
        self.send_response(status)
        for name, value in fields:
            if name != "Status":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = serve

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Git)
PORT_FILE.with_suffix(".new").write_text(str(server.server_port))
PORT_FILE.with_suffix(".new").rename(PORT_FILE)
server.serve_forever()
