# SPDX-License-Identifier: Apache-2.0
"""The world outside of a story: a web server over one folder, and a Stratum pool.

internet.py FOLDER WEB_PORT POOL_PORT READY
"""
import functools
import http.server
import json
import pathlib
import socketserver
import sys
import threading

SHARES_A_SESSION = 4  # then the pool hangs up, as pools do when they restart


class Pages(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Session(socketserver.StreamRequestHandler):
    def say(self, **message):
        self.wfile.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def handle(self):
        job = {"blob": "0e0e" + "a5" * 74, "job_id": "7", "target": "b88d0600", "algo": "rx/0",
               "height": 3100000, "seed_hash": "5c" * 32}
        shares = 0
        for line in self.rfile:
            request = json.loads(line)
            if request["method"] == "login":
                self.say(id=request["id"], error=None,
                         result={"id": "1f2e3d", "job": job, "status": "OK"})
            else:
                self.say(id=request["id"], error=None, result={"status": "OK"})
                shares += 1
            if shares == SHARES_A_SESSION:
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main(folder, web_port, pool_port, ready):
    pages = Server(("127.0.0.1", int(web_port)), functools.partial(Pages, directory=folder))
    pool = Server(("127.0.0.1", int(pool_port)), Session)
    threading.Thread(target=pool.serve_forever, daemon=True).start()
    pathlib.Path(ready).touch()
    pages.serve_forever()


main(*sys.argv[1:])
