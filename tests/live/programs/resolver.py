# SPDX-License-Identifier: Apache-2.0
"""resolver.py ADDRESS READY NAME=ADDRESS…: a name server at port 53 of ADDRESS, by UDP and TCP, that
knows these names and no others. Makes the file READY once it can be asked."""
import socket
import struct
import sys
import threading

from layers import Reader, Tcp


def answer(message, names):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1 : at + 1 + message[at]].decode().lower())
        at += 1 + message[at]
    question = message[12 : at + 5]
    known = names.get(".".join(labels))
    flags = b"\x81\x80" if known else b"\x81\x83"  # no error, or no such name
    head = message[:2] + flags + b"\0\1" + struct.pack(">H", 1 if known else 0) + bytes(4)
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(known) if known else b""
    return head + question + record


def by_udp(sock, names):
    while True:
        message, peer = sock.recvfrom(4096)
        sock.sendto(answer(message, names), peer)


def by_tcp(listener, names):
    while True:
        sock, _ = listener.accept()
        reader = Reader(Tcp(sock))
        try:
            while True:
                (size,) = struct.unpack(">H", reader.take(2))
                reply = answer(reader.take(size), names)
                sock.sendall(struct.pack(">H", len(reply)) + reply)
        except (OSError, EOFError):
            sock.close()


def main():
    here, ready = sys.argv[1:3]
    names = dict(word.split("=") for word in sys.argv[3:])
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((here, 53))
    tcp = socket.create_server((here, 53))
    threading.Thread(target=by_tcp, args=(tcp, names), daemon=True).start()
    open(ready, "w").close()
    by_udp(udp, names)


main()
