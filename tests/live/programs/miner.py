# SPDX-License-Identifier: Apache-2.0
"""A mining client as the real ones are on the wire, without the mining.

It logs in, takes jobs, submits shares until so many were accepted, and writes what became of its
connections to a JSON file. Its exit status is 0 where all shares were accepted."""
import argparse
import errno
import json
import os
import select
import socket
import ssl
import struct
import sys
import threading
import time

from layers import Reader, Tcp, Tls, WebSocket, errno_of

AGENTS = {
    "cryptonote": "XMRig/6.26.0 (Linux x86_64) libuv/1.44.2 gcc/12.2.0",
    "bitcoin": "cpuminer/2.5.1",
    "nicehash": "cpuminer-opt-26.1-x64L",
    "ethereum": "",
}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--dialect", choices=AGENTS, default="cryptonote")
    parser.add_argument("--user", default="4" + "A" * 94)
    parser.add_argument("--password", default="x")
    parser.add_argument("--shares", type=int, default=2)
    parser.add_argument("--result", help="file for the outcome, written at the end")
    parser.add_argument("--retry", type=float, help="seconds until it connects again, as xmrig does")
    parser.add_argument("--tries", type=int, default=1000, help="connects at most, with --retry")
    parser.add_argument("--bytewise", action="store_true", help="a byte a segment")
    parser.add_argument("--padding", type=int, default=0, help="bytes of harmless lines first")
    parser.add_argument("--wait", help="file to wait for between connect and login")
    parser.add_argument("--hold", help="file to wait for between login and the first share")
    parser.add_argument("--ready", help="file to make once the login was answered")
    parser.add_argument("--timeout", type=float, default=10, help="patience with an answer")
    way = parser.add_mutually_exclusive_group()
    for proxy in ("--socks4a", "--socks5", "--connect"):
        way.add_argument(proxy, metavar="HOST:PORT", help="the proxy; HOST goes there as it is")
    parser.add_argument("--auth", action="store_true", help="user and password for the SOCKS proxy")
    parser.add_argument("--websocket", action="store_true")
    parser.add_argument("--fragments", type=int, default=1, help="frames of a WebSocket message")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--sni", help="server name for TLS; none without")
    parser.add_argument("--alpn", help="protocol for TLS")
    parser.add_argument("--resolver", help="ask this address, port 53, for the host")
    parser.add_argument("--dns-tcp", action="store_true", help="and ask by TCP")
    return parser.parse_args()


def question(name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return b"\x12\x34\x01\0\0\x01" + bytes(6) + labels + b"\0\0\x01\0\x01"


def resolve(name, resolver, by_tcp):
    """The address of the last record of the answer."""
    kind = socket.SOCK_STREAM if by_tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(5)
        sock.connect((resolver, 53))
        message = question(name)
        if by_tcp:
            sock.sendall(struct.pack(">H", len(message)) + message)
            reader = Reader(Tcp(sock))
            (size,) = struct.unpack(">H", reader.take(2))
            answer = reader.take(size)
        else:
            sock.send(message)
            answer = sock.recv(4096)
    if answer[7] == 0:
        raise OSError(errno.ENOENT, "no such name")
    return socket.inet_ntoa(answer[-4:])


def open_socket(host, port):
    """Nonblocking connect, as xmrig and cpuminer do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setblocking(False)
    error = sock.connect_ex((host, port))
    if error == errno.EINPROGRESS:
        select.select([], [sock], [], 10)
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error:
        sock.close()
        raise OSError(error, os.strerror(error))
    return sock


def socks4a(layer, host, port, auth):
    user = b"user" if auth else b""
    layer.send(struct.pack(">BBH", 4, 1, port) + b"\0\0\0\x01" + user + b"\0" + host.encode() + b"\0")
    if layer.take(8)[1] != 0x5A:
        raise OSError(errno.ECONNREFUSED, "the SOCKS4a proxy refuses")


def socks5(layer, host, port, auth):
    layer.send(b"\x05\x02\x00\x02" if auth else b"\x05\x01\x00")
    method = layer.take(2)[1]
    if method == 2:
        layer.send(b"\x01\x04user\x06secret")
        layer.take(2)
    try:
        where = b"\x01" + socket.inet_aton(host)
    except OSError:
        where = b"\x03" + bytes([len(host)]) + host.encode()
    layer.send(b"\x05\x01\x00" + where + struct.pack(">H", port))
    if layer.take(10)[1] != 0:
        raise OSError(errno.ECONNREFUSED, "the SOCKS5 proxy refuses")


def http_connect(layer, host, port, auth):
    layer.send(
        f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        "User-Agent: cpuminer/2.5.1\r\nProxy-Connection: Keep-Alive\r\n\r\n".encode()
    )
    if b" 200 " not in layer.until(b"\r\n\r\n").split(b"\r\n")[0]:
        raise OSError(errno.ECONNREFUSED, "the HTTP proxy refuses")


def websocket(layer, host, fragments):
    layer.send(
        f"GET / HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    if b" 101 " not in layer.until(b"\r\n\r\n").split(b"\r\n")[0]:
        raise OSError(errno.EPROTO, "no WebSocket")
    return WebSocket(layer, masks=True, fragments=fragments)


class Session:
    """One connection: what it sent, what it got, how it ended."""

    def __init__(self, wanted, outcome):
        self.wanted, self.outcome, self.lines = wanted, outcome, b""
        self.last_id, self.layer = 0, None

    def connect(self):
        proxy = self.wanted.socks4a or self.wanted.socks5 or self.wanted.connect
        host, port = self.wanted.host, self.wanted.port
        if proxy:
            first, _, at = proxy.rpartition(":")
            sock = open_socket(first.strip("[]"), int(at))
        else:
            if self.wanted.resolver:
                host = resolve(host, self.wanted.resolver, self.wanted.dns_tcp)
            sock = open_socket(host, port)
        self.outcome["connect"] = 0
        self.outcome["local_port"] = sock.getsockname()[1]
        sock.settimeout(self.wanted.timeout)
        return sock

    def wrap(self, sock):
        wanted = self.wanted
        layer = Reader(Tcp(sock, wanted.bytewise))
        if wanted.socks4a or wanted.socks5 or wanted.connect:
            shake = socks4a if wanted.socks4a else socks5 if wanted.socks5 else http_connect
            shake(layer, wanted.host, wanted.port, wanted.auth)
        if wanted.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            if wanted.alpn:
                context.set_alpn_protocols([wanted.alpn])
            layer = Reader(Tls(layer, context, name=wanted.sni))
        if wanted.websocket:
            layer = websocket(layer, wanted.host, wanted.fragments)
        self.layer = layer

    def send(self, text):
        try:
            self.layer.send(text.encode() + b"\n")
        except OSError as error:
            self.outcome["send"] = errno_of(error)
            raise

    def receive(self):
        """The next message; None at the end of the connection."""
        while b"\n" not in self.lines:
            try:
                data = self.layer.recv()
            except OSError as error:
                self.outcome["recv"] = errno_of(error)
                raise
            if not data:
                self.outcome["recv"] = 0
                return None
            self.lines += data
        line, _, self.lines = self.lines.partition(b"\n")
        return json.loads(line)

    def answer(self, number):
        """The answer to message `number`; pushes that come meanwhile are looked at."""
        while True:
            message = self.receive()
            if message is None:
                raise EOFError
            if message.get("id") == number and "method" not in message:
                return message
            self.pushed(message)

    def pushed(self, message):
        if message.get("method") in ("job", "mining.notify"):
            self.outcome["jobs"] += 1

    def ready(self):
        if self.wanted.ready:
            open(self.wanted.ready, "w").close()
        wait_for(self.wanted.hold)

    def accepted(self, answer):
        if answer.get("error") is None:
            self.outcome["shares"] += 1


class CryptoNote(Session):
    def mine(self):
        user, password, agent = self.wanted.user, self.wanted.password, AGENTS["cryptonote"]
        self.send(
            '{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"%s","pass":"%s",'
            '"agent":"%s","algo":["cn/0","cn/1","cn/2","cn/r","rx/0","rx/wow","argon2/chukwa"]}}'
            % (user, password, agent)
        )
        result = self.answer(1)["result"]
        self.outcome["jobs"] += "job" in result
        self.ready()
        for number in range(2, self.wanted.shares + 2):
            self.send(
                '{"id":%d,"jsonrpc":"2.0","method":"submit","params":{"id":"%s","job_id":"%s",'
                '"nonce":"deadbeef","result":"%s"}}'
                % (number, result["id"], result["job"]["job_id"], "ab" * 32)
            )
            self.accepted(self.answer(number))
        number = self.wanted.shares + 2
        self.send(
            '{"id":%d,"jsonrpc":"2.0","method":"keepalived","params":{"id":"%s"}}'
            % (number, result["id"])
        )
        self.answer(number)


class Bitcoin(Session):
    def mine(self):
        nicehash = self.wanted.dialect == "nicehash"
        agent = AGENTS[self.wanted.dialect]
        self.send('{"id": 1, "method": "mining.subscribe", "params": ["%s"]}' % agent)
        self.answer(1)
        if nicehash:
            self.send('{"id": 3, "method": "mining.extranonce.subscribe", "params": []}')
            self.answer(3)
        self.send(
            '{"id": 2, "method": "mining.authorize", "params": ["%s", "%s"]}'
            % (self.wanted.user, self.wanted.password)
        )
        self.answer(2)
        self.ready()
        for _ in range(self.wanted.shares):  # another thread than the one that connected
            failure = []
            thread = threading.Thread(target=self.submit, args=(failure,))
            thread.start()
            thread.join()
            if failure:
                raise failure[0]
            self.accepted(self.answer(4))

    def submit(self, failure):
        try:
            self.send(
                '{"method": "mining.submit", "params": ["%s", "1", "00000000", "5f5e1000", '
                '"deadbeef"], "id":4}' % self.wanted.user
            )
        except OSError as error:
            failure.append(error)


class Ethereum(Session):
    def mine(self):
        self.send(
            '{"id":1,"method":"eth_submitLogin","params":["%s","%s"],"worker":"rig"}'
            % (self.wanted.user, self.wanted.password)
        )
        self.answer(1)
        self.send('{"id":5,"method":"eth_getWork","params":[]}')
        self.answer(5)
        self.outcome["jobs"] += 1
        self.ready()
        for number in range(40, 40 + self.wanted.shares):
            self.send(
                '{"id":%d,"method":"eth_submitWork","params":["0x%s","0x%s","0x%s"]}'
                % (number, "1" * 16, "ab" * 32, "cd" * 32)
            )
            self.accepted(self.answer(number))
        self.send('{"id":9,"jsonrpc":"2.0","method":"eth_submitHashrate","params":["0x1","0x2"]}')
        self.answer(9)


DIALECTS = {
    "cryptonote": CryptoNote,
    "bitcoin": Bitcoin,
    "nicehash": Bitcoin,
    "ethereum": Ethereum,
}


def wait_for(file):
    while file and not os.path.exists(file):
        time.sleep(0.005)


def pad(session, size):
    line = '{"jsonrpc":"2.0","id":7,"method":"server.ping","params":["%s"]}' % ("p" * 400)
    for _ in range(0, size, len(line) + 1):
        session.send(line)


def run(wanted, outcome):
    """One connection; True where it went as a miner wants it."""
    outcome.update(connect=None, send=None, recv=None)
    session = DIALECTS[wanted.dialect](wanted, outcome)
    begun, sock = time.monotonic(), None
    try:
        try:
            sock = session.connect()
        except OSError as error:
            outcome["connect"] = errno_of(error)
            return False
        wait_for(wanted.wait)
        begun = time.monotonic()
        try:
            session.wrap(sock)
        except EOFError:
            outcome["recv"] = 0
            return False
        except OSError as error:
            outcome["recv"] = errno_of(error)
            return False
        pad(session, wanted.padding)
        session.mine()
        return outcome["shares"] >= wanted.shares
    except (OSError, EOFError):
        return False
    finally:
        outcome["ms"] = int((time.monotonic() - begun) * 1000)
        if sock:
            sock.close()


def main():
    wanted = options()
    outcome = {"pid": os.getpid(), "shares": 0, "jobs": 0, "tries": 0, "forbidden": 0}
    done, begun = False, time.monotonic()
    while not done:
        outcome["tries"] += 1
        done = run(wanted, outcome)
        outcome["forbidden"] += outcome["connect"] == errno.EPERM
        if wanted.retry is None or outcome["tries"] >= wanted.tries:
            break
        if not done:
            time.sleep(wanted.retry)
    outcome["all_ms"] = int((time.monotonic() - begun) * 1000)
    if wanted.result:
        with open(wanted.result + ".new", "w") as file:
            json.dump(outcome, file)
        os.rename(wanted.result + ".new", wanted.result)
    return 0 if done else 1


sys.exit(main())
