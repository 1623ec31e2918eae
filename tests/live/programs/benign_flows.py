# SPDX-License-Identifier: Apache-2.0
"""Conversations of programs that are no miners and share words with them. Each is a port and its
turns: who speaks ("c" the client, "s" the server), and the bytes."""
import hashlib
import json
import struct

MASK = b"\x37\xfa\x21\x3d"
SUBSCRIBE = b'{"id": 1, "method": "mining.subscribe", "params": ["cpuminer/2.5.1"]}\n'
LOGIN = (
    b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4' + b"A" * 94 + b'","pass":"x",'
    b'"agent":"XMRig/6.26.0"}}\n'
)
TRANSCRIPT = SUBSCRIBE + (
    b'{"id":1,"result":[[["mining.set_difficulty","1"],["mining.notify","1"]],"08",4],"error":null}\n'
    b'{"id":null,"method":"mining.notify","params":["1"]}\n'
) + LOGIN


def line(value):
    return json.dumps(value).encode() + b"\n"


def call(number, method, params):
    return line({"jsonrpc": "2.0", "id": number, "method": method, "params": params})


def reply(number, result):
    return line({"jsonrpc": "2.0", "id": number, "result": result})


def request(body, path="/", head=b""):
    return (
        b"POST " + path.encode() + b" HTTP/1.1\r\nHost: node\r\n" + head
        + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )


def response(body):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(
        body
    ) + body


def frame(text, masks):
    size = len(text)
    head = bytes([0x81, (0x80 if masks else 0) | min(size, 126)])
    if size >= 126:
        head += struct.pack(">H", size)
    if not masks:
        return head + text
    return head + MASK + bytes(byte ^ MASK[i & 3] for i, byte in enumerate(text))


UPGRADE = [
    (
        "c",
        b"GET /ws HTTP/1.1\r\nHost: app\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ),
    (
        "s",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
    ),
]


def websocket(*turns):
    return UPGRADE + [(who, frame(text, who == "c")) for who, text in turns]


def log_line(text):
    return line({"ts": 1753900000, "level": "warn", "event": {"raw": text.decode()}, "msg": "seen"})


HTTP = [
    ("c", b"GET /transcript HTTP/1.1\r\nHost: files\r\n\r\n"),
    ("s", response(TRANSCRIPT * 40)),
]
WORK = ["0x" + "11" * 32, "0x" + "22" * 32, "0x" + "33" * 32]

FLOWS = {
    "Electrum": (
        3333,
        [
            ("c", call(0, "server.version", ["electrum/4.5", "1.4"])),
            ("s", reply(0, ["ElectrumX 1.16", "1.4"])),
            ("c", call(1, "blockchain.headers.subscribe", [])),
            ("s", reply(1, {"hex": "00" * 80, "height": 800000})),
            ("c", call(2, "blockchain.scripthash.subscribe", ["ab" * 32])),
            ("s", reply(2, None)),
            ("s", line({"jsonrpc": "2.0", "method": "blockchain.headers.subscribe",
                        "params": [{"hex": "00" * 80, "height": 800001}]})),
            ("c", call(3, "server.ping", [])),
            ("s", reply(3, None)),
        ],
    ),
    "Bitcoin Core": (
        4444,
        [
            ("c", request(call(1, "getblocktemplate", [{"rules": ["segwit"]}]),
                          head=b"Authorization: Basic dTpw\r\n")),
            ("s", response(reply(1, {"height": 1, "target": "00" * 32, "transactions": []}))),
            ("c", request(call(2, "getmininginfo", []))),
            ("s", response(reply(2, {"blocks": 1, "difficulty": 1}))),
            ("c", request(call(3, "submitblock", ["00" * 200]))),
            ("s", response(reply(3, None))),
        ],
    ),
    "geth": (
        5555,
        [
            ("c", request(call(1, "eth_getWork", []))),
            ("s", response(reply(1, WORK))),
            ("c", request(call(2, "eth_submitWork", ["0x" + "1" * 16, WORK[0], WORK[1]]))),
            ("s", response(reply(2, True))),
        ],
    ),
    "geth WebSocket": (
        8546,
        websocket(
            ("c", call(1, "eth_getWork", [])),
            ("s", reply(1, WORK)),
            ("c", call(2, "eth_subscribe", ["newHeads"])),
            ("s", reply(2, "0x1")),
        ),
    ),
    "geth plain": (8545, [("c", call(1, "eth_blockNumber", [])), ("s", reply(1, "0x1"))]),
    "LSP": (
        20001,
        [
            ("c", b"Content-Length: 70\r\n\r\n" + call(1, "initialize", {"processId": 1})),
            ("s", b"Content-Length: 50\r\n\r\n" + reply(1, {"capabilities": {}})),
        ],
    ),
    "Verto": (
        8081,
        websocket(
            ("c", call(1, "login", {"login": "1008@pbx", "passwd": "1234", "sessid": "a-b"})),
            ("s", reply(1, {"message": "logged in", "sessid": "a-b"})),
        ),
    ),
    "Verto plain": (
        20002,
        [
            ("c", call(1, "login", {"login": "1008@pbx", "passwd": "1234"})),
            ("s", reply(1, {"message": "logged in"})),
        ],
    ),
    "Meteor": (
        3000,
        websocket(
            ("c", line({"msg": "connect", "version": "1", "support": ["1"]})),
            ("s", line({"msg": "connected", "session": "x"})),
            ("c", line({"msg": "method", "method": "login", "id": "1",
                        "params": [{"user": {"username": "a"}, "password": {"digest": "d"}}]})),
            ("s", line({"msg": "result", "id": "1", "result": {"id": "u", "token": "t"}})),
        ),
    ),
    "LuCI": (
        20003,
        [
            ("c", request(call(1, "login", ["root", "pass"]), "/cgi-bin/luci/rpc/auth")),
            ("s", response(reply(1, "ab" * 16))),
        ],
    ),
    "LuCI plain": (20004, [("c", call(1, "login", ["root", "pass"])), ("s", reply(1, None))]),
    "HTTP POST": (20005, [("c", request(SUBSCRIBE)), ("s", response(reply(1, None)))]),
    "JSON log": (
        20006,
        [
            ("c", log_line(LOGIN) + log_line(SUBSCRIBE)),
            ("c", line({"msg": "mining.subscribe", "level": "info", "method": "GET"})),
            ("c", line({"event": {"method": "mining.submit", "params": []}, "level": "warn"})),
        ],
    ),
    "syslog": (
        601,
        [
            ("c", b"<14>1 2026-01-01T00:00:00Z host app 1 - - sent " + SUBSCRIBE),
            ("c", b"<14>1 2026-01-01T00:00:01Z host app 1 - - sent " + LOGIN),
        ],
    ),
    "Redis": (
        6379,
        [
            ("c", b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % len(LOGIN) + LOGIN + b"\r\n"),
            ("s", b"+OK\r\n"),
            ("c", b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"),
            ("s", b"$%d\r\n" % len(LOGIN) + LOGIN + b"\r\n"),
        ],
    ),
    "PostgreSQL": (
        5432,
        [
            ("c", struct.pack(">II", 41, 196608) + b"user\0app\0database\0jobs\0client\0psql\0\0"),
            ("s", b"R" + struct.pack(">II", 8, 0) + b"Z" + struct.pack(">I", 5) + b"I"),
            ("c", b"Q" + struct.pack(">I", 4 + len(TRANSCRIPT) + 1) + TRANSCRIPT + b"\0"),
            ("s", b"C" + struct.pack(">I", 13) + b"SELECT 1\0"),
        ],
    ),
    "batch queue": (
        20007,
        [("c", line({"method": "submit", "params": {"job": "nightly", "job_id": "7"}}))],
    ),
    "long line": (20008, [("c", line({"a": "x" * 20000}))]),
    "words": (20009, [("c", b"hello mining.subscribe mining.authorize login pass\n")]),
    "HTTP download": (8080, HTTP),
    "HTTP through SOCKS5": (
        1080,
        [
            ("c", b"\x05\x01\x00"),
            ("s", b"\x05\x00"),
            ("c", b"\x05\x01\x00\x03\x05files\x00\x50"),
            ("s", b"\x05\x00\x00\x01" + bytes(6)),
        ]
        + HTTP,
    ),
    "HTTP through CONNECT": (
        3128,
        [
            ("c", b"CONNECT files:80 HTTP/1.1\r\nHost: files:80\r\n\r\n"),
            ("s", b"HTTP/1.1 200 Connection established\r\n\r\n"),
        ]
        + HTTP,
    ),
    "random": (20010, [("c", b"".join(hashlib.sha256(bytes([i])).digest() for i in range(64)))]),
}
# Within TLS, for an ordinary name.
TLS_FLOWS = {"HTTPS": (443, HTTP)}
