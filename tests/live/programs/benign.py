# SPDX-License-Identifier: Apache-2.0
"""benign.py serve FOLDER CERTIFICATE KEY: brings lo up, answers the flows of benign_flows.py, each
at its port, and makes FOLDER/serving. benign.py talk FOLDER: is their client, in whole writes and a
byte at a time. Both check every byte that comes; what did not come stands in FOLDER/broken, and the
client's exit status is 1."""
import os
import socket
import ssl
import sys
import threading

from benign_flows import FLOWS, TLS_FLOWS
from layers import bring_up_loopback

ALL = {**FLOWS, **TLS_FLOWS}


def say(sock, data, bytewise):
    if bytewise:
        for i in range(len(data)):
            sock.sendall(data[i : i + 1])
    else:
        sock.sendall(data)


def hear(sock, wanted):
    got = b""
    while len(got) < len(wanted):
        data = sock.recv(len(wanted) - len(got))
        if not data:
            break
        got += data
    if got != wanted:
        raise ValueError(f"{len(got)} of {len(wanted)} bytes came, or others")


def play(sock, who, turns, bytewise):
    for speaker, data in turns:
        if speaker == who:
            say(sock, data, bytewise)
        else:
            hear(sock, data)
    # Each hears the other's end, so that everything has come.
    if not isinstance(sock, ssl.SSLSocket):
        sock.shutdown(socket.SHUT_WR)
        if sock.recv(1):
            raise ValueError("more came than was sent")


def serve_one(sock, name, context, folder):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(20)
    try:
        if name in TLS_FLOWS:
            sock = context.wrap_socket(sock, server_side=True)
        play(sock, "s", ALL[name][1], bytewise=False)
    except (OSError, ValueError) as error:
        with open(os.path.join(folder, "broken"), "a") as file:
            file.write(f"server of {name}: {error!r}\n")
    sock.close()


def accept(listener, name, context, folder):
    while True:
        sock, _ = listener.accept()
        words = (sock, name, context, folder)
        threading.Thread(target=serve_one, args=words, daemon=True).start()


def serve(folder, certificate, key):
    bring_up_loopback()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    threads = []
    for name, (port, _) in ALL.items():
        listener = socket.create_server(("127.0.0.1", port))
        words = (listener, name, context, folder)
        threads.append(threading.Thread(target=accept, args=words, daemon=True))
        threads[-1].start()
    open(os.path.join(folder, "serving"), "w").close()
    threads[0].join()


def talk(folder):
    failures = 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, (port, turns) in ALL.items():
        for bytewise in (False, True):
            try:
                sock = socket.create_connection(("127.0.0.1", port), 20)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if name in TLS_FLOWS:
                    sock = context.wrap_socket(sock, server_hostname="files.example")
                play(sock, "c", turns, bytewise)
                sock.close()
            except (OSError, ValueError) as error:
                failures += 1
                with open(os.path.join(folder, "broken"), "a") as file:
                    file.write(f"client of {name}, bytewise {bytewise}: {error!r}\n")
    return 1 if failures else 0


sys.exit(serve(*sys.argv[2:]) if sys.argv[1] == "serve" else talk(sys.argv[2]))
