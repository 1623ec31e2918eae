# SPDX-License-Identifier: Apache-2.0
"""A mining pool, and whatever may stand before one: each connection is taken for what its first
bytes are: SOCKS4a, SOCKS5 or HTTP CONNECT (every name leads here), TLS, WebSocket, then JSON lines
of any dialect.

pool.py FOLDER PORTS NETWORK [CERTIFICATE KEY]: listens at so many ports of 127.0.0.1 and [::1], or,
where NETWORK is "own", of every address of the network namespace, whose lo it brings up; at none of
the environment's GIVEN_PORTS. Writes to FOLDER: `ports` once they are open; for a connection to its port P from port C `P-C.raw` (bytes
as they came), `P-C.text` (unwrapped), and when it has ended `P-C.json`. A file `push-P` makes it
send a job to whoever is connected to P."""
import base64
import hashlib
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time

from layers import Reader, Tcp, Tls, WebSocket, bring_up_loopback

JOB = {
    "blob": "10" * 76,
    "job_id": "1",
    "target": "b88d0600",
    "algo": "rx/0",
    "height": 3000000,
    "seed_hash": "cd" * 32,
}
WORK = ["0x" + "11" * 32, "0x" + "22" * 32, "0x" + "33" * 32]
NOTIFY = ["1", "ab" * 32, "01" * 60, "02" * 60, [], "20000000", "1d00ffff", "5f5e1000", True]


def result(message, value):
    return {"id": message.get("id"), "jsonrpc": "2.0", "error": None, "result": value}


def answers(message):
    """What a pool says to a message, in order."""
    method = message.get("method", "")
    if method == "login":
        yield result(message, {"id": "rig", "job": JOB, "extensions": ["keepalive"], "status": "OK"})
        yield {"jsonrpc": "2.0", "method": "job", "params": JOB}
    elif method == "mining.subscribe":
        subscriptions = [["mining.set_difficulty", "1"], ["mining.notify", "1"]]
        yield {"id": message.get("id"), "result": [subscriptions, "08000002", 4], "error": None}
    elif method == "mining.authorize":
        yield {"id": message.get("id"), "result": True, "error": None}
        yield {"id": None, "method": "mining.set_difficulty", "params": [0.01]}
        yield {"params": NOTIFY, "id": None, "method": "mining.notify"}
    elif method == "eth_getWork":
        yield result(message, WORK)
    elif method == "submit":
        yield result(message, {"status": "OK"})
        yield {"jsonrpc": "2.0", "method": "job", "params": JOB}
    elif method == "keepalived":
        yield result(message, {"status": "KEEPALIVED"})
    elif method == "mining.submit":
        yield {"id": message.get("id"), "result": True, "error": None}
        yield {"params": NOTIFY, "id": None, "method": "mining.notify"}
    else:
        yield result(message, True)


class Connection:
    all = []

    def __init__(self, sock, stem, context):
        self.sock, self.stem, self.context = sock, stem, context
        self.end = {"wraps": [], "asked": [], "shares": 0, "sni": None, "alpn": None, "error": None}
        self.port, self.layer, self.job = sock.getsockname()[1], None, None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        Connection.all.append(self)

    def serve(self):
        with open(self.stem + ".raw", "wb", 0) as raw, open(self.stem + ".text", "wb", 0) as text:
            try:
                self.layer = self.unwrap(Reader(Tcp(self.sock, keep=raw.write)))
                self.talk(text)
            except (OSError, EOFError) as error:
                self.end["error"] = repr(error)
            self.sock.close()
        with open(self.stem + ".new", "w") as file:
            json.dump(self.end, file)
        os.rename(self.stem + ".new", self.stem + ".json")

    def unwrap(self, layer):
        while True:
            first = layer.peek(1)
            if first == b"\x04":
                self.socks4a(layer)
            elif first == b"\x05":
                self.socks5(layer)
            elif first == b"C":
                self.http_connect(layer)
            elif first == b"G":
                return self.websocket(layer)
            elif first == b"\x16" and self.context:
                self.end["wraps"].append("tls")
                tls = Tls(layer, self.context, server=True)
                self.end["sni"] = getattr(tls.tls, "name", None)
                self.end["alpn"] = tls.tls.selected_alpn_protocol()
                layer = Reader(tls)
            else:
                return layer

    def asked(self, wrap, host, port):
        self.end["wraps"].append(wrap)
        self.end["asked"].append(f"{host}:{port}")

    def socks4a(self, layer):
        port, address = struct.unpack(">H4s", layer.take(8)[2:])
        layer.until(b"\0")
        host = socket.inet_ntoa(address)
        if host.startswith("0.0.0."):
            host = layer.until(b"\0")[:-1].decode()
        self.asked("socks4", host, port)
        layer.send(b"\0\x5a" + bytes(6))

    def socks5(self, layer):
        methods = layer.take(layer.peek(2)[1] + 2)[2:]
        if b"\x02" in methods:
            layer.send(b"\x05\x02")
            user = layer.peek(2)[1]
            layer.take(2 + user + 1 + layer.peek(3 + user)[2 + user])
            layer.send(b"\x01\0")
        else:
            layer.send(b"\x05\0")
        kind = layer.take(4)[3]
        if kind == 3:
            host = layer.take(layer.take(1)[0]).decode()
        else:
            family = socket.AF_INET if kind == 1 else socket.AF_INET6
            host = socket.inet_ntop(family, layer.take(4 if kind == 1 else 16))
        (port,) = struct.unpack(">H", layer.take(2))
        self.asked("socks5", host, port)
        layer.send(b"\x05\0\0\x01" + bytes(6))

    def http_connect(self, layer):
        host, _, port = layer.until(b"\r\n\r\n").split()[1].decode().rpartition(":")
        self.asked("connect", host, port)
        layer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")

    def websocket(self, layer):
        for line in layer.until(b"\r\n\r\n").split(b"\r\n"):
            if line.lower().startswith(b"sec-websocket-key:"):
                key = line.split(b":")[1].strip()
        self.end["wraps"].append("websocket")
        proof = base64.b64encode(
            hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        )
        layer.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n"
        )
        return WebSocket(layer, masks=False)

    def say(self, message):
        self.layer.send(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def talk(self, text):
        lines = b""
        while data := self.layer.recv():
            text.write(data)
            lines += data
            while b"\n" in lines:
                line, _, lines = lines.partition(b"\n")
                if not line.strip():
                    continue
                message = json.loads(line)
                self.end["shares"] += message.get("method") in (
                    "submit",
                    "mining.submit",
                    "eth_submitWork",
                )
                for answer in answers(message):
                    if "method" in answer:
                        self.job = answer
                    self.say(answer)


def note_name(tls, name, context):
    tls.name = name


def listeners(own):
    """At one port of both families, which the kernel picks, and which no pool had before."""
    while True:
        four = socket.create_server(("0.0.0.0" if own else "127.0.0.1", 0), backlog=128)
        try:
            port = four.getsockname()[1]
            if str(port) in os.environ.get("GIVEN_PORTS", "").split():
                raise OSError("given before")
            host = "::" if own else "::1"
            six = socket.create_server((host, port), family=socket.AF_INET6, backlog=128)
            return four, six, port
        except OSError:
            four.close()


def accept(listener, folder, context):
    while True:
        sock, peer = listener.accept()
        stem = f"{sock.getsockname()[1]}-{peer[1]}"
        connection = Connection(sock, os.path.join(folder, stem), context)
        threading.Thread(target=connection.serve, daemon=True).start()


def push(folder):
    pushed = set()
    while True:
        for connection in list(Connection.all):
            file = os.path.join(folder, f"push-{connection.port}")
            if connection.job and connection.port not in pushed and os.path.exists(file):
                pushed.add(connection.port)
                connection.say(connection.job)
        time.sleep(0.01)


def main():
    folder, count, own = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "own"
    if own:
        bring_up_loopback()
    context = None
    if len(sys.argv) > 5:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[4], sys.argv[5])
        context.set_alpn_protocols(["stratum", "http/1.1"])
        context.sni_callback = note_name
    ports, threads = [], []
    for _ in range(count):
        four, six, port = listeners(own)
        ports.append(port)
        for listener in (four, six):
            thread = threading.Thread(target=accept, args=(listener, folder, context), daemon=True)
            thread.start()
            threads.append(thread)
    threading.Thread(target=push, args=(folder,), daemon=True).start()
    with open(os.path.join(folder, "ports.new"), "w") as file:
        file.write("".join(f"{port}\n" for port in ports))
    os.rename(os.path.join(folder, "ports.new"), os.path.join(folder, "ports"))
    threads[0].join()


main()
