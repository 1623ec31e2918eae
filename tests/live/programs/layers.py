# SPDX-License-Identifier: Apache-2.0
"""What a connection is made of, for miner.py and pool.py: TCP, TLS over it, a proxy's handshake,
WebSocket frames. Each layer has send(bytes) and recv(), which gives b'' at the end."""
import fcntl
import os
import socket
import ssl
import struct


class Tcp:
    """The socket itself; `keep` is handed every byte that comes in, before anybody reads it."""

    def __init__(self, sock, bytewise=False, keep=None):
        self.sock, self.bytewise, self.keep = sock, bytewise, keep

    def send(self, data):
        if self.bytewise:  # TCP_NODELAY is set: a segment each
            for i in range(len(data)):
                self.sock.sendall(data[i : i + 1])
        else:
            self.sock.sendall(data)

    def recv(self):
        data = self.sock.recv(65536)
        if self.keep:
            self.keep(data)
        return data


class Reader:
    """A layer whose bytes can be read in exact numbers, by line, and put back."""

    def __init__(self, below):
        self.below, self.kept = below, b""

    def send(self, data):
        self.below.send(data)

    def recv(self):
        data, self.kept = self.kept or self.below.recv(), b""
        return data

    def more(self):
        data = self.below.recv()
        if not data:
            raise EOFError
        self.kept += data

    def peek(self, size):
        while len(self.kept) < size:
            self.more()
        return self.kept[:size]

    def take(self, size):
        data = self.peek(size)
        self.kept = self.kept[size:]
        return data

    def until(self, end):
        while end not in self.kept:
            self.more()
        return self.take(self.kept.index(end) + len(end))


class Tls:
    def __init__(self, below, context, server=False, name=None):
        self.below, self.incoming, self.outgoing = below, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server, name)
        self._through(self.tls.do_handshake)

    def _flush(self):
        if self.outgoing.pending:
            self.below.send(self.outgoing.read())

    def _through(self, step, *words):
        while True:
            try:
                result = step(*words)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                data = self.below.recv()
                if not data:
                    raise EOFError
                self.incoming.write(data)

    def send(self, data):
        self._through(self.tls.write, data)

    def recv(self):
        try:
            return self._through(self.tls.read, 65536)
        except (EOFError, ssl.SSLZeroReturnError):
            return b""


class WebSocket:
    """Frames once the handshake is done; a client masks what it sends (RFC 6455 5.3). `below` is a
    Reader; with `fragments` a message goes in as many frames, with a ping before each (5.4)."""

    def __init__(self, below, masks, fragments=1):
        self.below, self.masks, self.fragments = below, masks, fragments

    def send(self, data):
        each = len(data) // self.fragments + 1
        for at in range(0, len(data), each):
            if self.fragments > 1:
                self.frame(0x89, b"still there?")
            last = 0x80 if at + each >= len(data) else 0
            self.frame(last | (0 if at else 1), data[at : at + each])  # text, then continuations

    def frame(self, first, data):
        size = len(data)
        mask = os.urandom(4) if self.masks else b""
        head = bytes([first])
        bit = 0x80 if self.masks else 0
        if size < 126:
            head += bytes([bit | size])
        elif size < 65536:
            head += struct.pack(">BH", bit | 126, size)
        else:
            head += struct.pack(">BQ", bit | 127, size)
        if self.masks:
            data = bytes(byte ^ mask[i & 3] for i, byte in enumerate(data))
        self.below.send(head + mask + data)

    def recv(self):
        try:
            first, second = self.below.take(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", self.below.take(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self.below.take(8))
            mask = self.below.take(4) if second & 0x80 else b""
            data = self.below.take(size)
        except EOFError:
            return b""
        if first & 0x0F == 8:  # close
            return b""
        if first & 0x0F == 9:  # a ping; nobody here waits for its pong
            return self.recv()
        return bytes(byte ^ mask[i & 3] for i, byte in enumerate(data)) if mask else data


def errno_of(error):
    """The errno behind an exception; a deadline that passed counts as ETIMEDOUT."""
    if isinstance(error, (socket.timeout, TimeoutError)):
        return 110
    return error.errno or 5


def bring_up_loopback():
    """In a new network namespace lo is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
