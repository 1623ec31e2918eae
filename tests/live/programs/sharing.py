# SPDX-License-Identifier: Apache-2.0
"""Connections that more than one process has a part in.

  sharing.py handed PORT MESSAGE RESULT [cork]: connects, hands the socket over, writes MESSAGE, ends.
      Who was handed it only reads, and writes how that ended to RESULT. With cork, a timer of the
      kernel sends the message, after the writer has ended.
  sharing.py forks PORT MESSAGE RESULT HOW: connects, forks, and says MESSAGE. HOW: "ends" (and ends at once),
      "stays", "inherits" (it ends in silence, and the fork speaks). The fork writes to RESULT that it lived on.
  sharing.py relay FOLDER PORT [HOW]: passes what comes in on a port of its own on to PORT. HOW: "fork" (in a
      process for each connection), "forward" (it takes one message, closes that connection, and connects once
      FOLDER/go is there), "lines" (each line that comes goes out on a connection of its own), "user" (it
      listens as root, becomes a user, and does as in "forward"). Writes its own port to FOLDER/relay.port.
  sharing.py proxy FOLDER PORT: the same, for clients that ask it by HTTP CONNECT. PORT is not used.
  sharing.py itself FOLDER PORT MESSAGE: a miner that plays relay to itself: the same process connects
      to its own relay, and speaks.
  sharing.py given PORT MESSAGE FOLDER [pieces]: connects as root, and forks twice. One fork holds the connection, the
      other becomes a user and says MESSAGE. Root's then connect there once more, and write to FOLDER how it went.
      With pieces, the user says it by four bytes.
  sharing.py accepted PORT MESSAGE RESULT: accepts a connection of its own, connects that socket to PORT, and
      speaks.
  sharing.py forgotten PORT MESSAGE RESULT LISTENER: connects, then so often to LISTENER, then speaks."""
import ctypes
import os
import select
import socket
import sys
import time

LOCAL = "127.0.0.1"


def read(name):
    with open(name, "rb") as file:
        return file.read()


def write(name, text):
    with open(name + ".new", "w") as file:
        file.write(text)
    os.rename(name + ".new", name)


def handed(port, message, result, cork=None):
    here, there = socket.socketpair()
    if os.fork() == 0:
        pool = socket.create_connection((LOCAL, port))
        if cork:
            pool.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        socket.send_fds(there, [b"x"], [pool.fileno()])
        there.recv(1)  # the other has it
        pool.sendall(read(message))
        if not cork:
            pool.recv(1)
        os._exit(0)
    _, fds, _, _ = socket.recv_fds(here, 1, 1)
    pool = socket.socket(fileno=fds[0])
    here.send(b"x")
    pool.settimeout(20)
    try:
        ended = "closed" if not pool.recv(1000) else "answered"
    except OSError as error:
        ended = error.strerror
    write(result, ended)


def forks(port, message, result, how):
    pool = socket.create_connection((LOCAL, port))
    parent = os.getpid()
    if os.fork() != 0:
        if how != "inherits":
            pool.sendall(read(message))
        if how == "stays":
            time.sleep(20)
        os._exit(0)
    if how == "inherits":
        while os.getppid() == parent:  # until nobody but this one has the socket
            time.sleep(0.01)
        pool.sendall(read(message))
    time.sleep(8)
    write(result, "lived on")


def passes(one, other):
    """Both ways, until either side ends."""
    ends = {one: other, other: one}
    while True:
        for ready in select.select(list(ends), [], [])[0]:
            try:
                data = ready.recv(65536)
                if not data:
                    return
                ends[ready].sendall(data)
            except OSError:
                return


def forward_one(listener, port, go):
    with listener.accept()[0] as client:
        message = client.recv(65536)
    while not os.path.exists(go):
        time.sleep(0.01)
    with socket.create_connection((LOCAL, port)) as pool:
        pool.settimeout(3)
        try:
            pool.sendall(message)
            pool.recv(1)
        except OSError:
            pass


def lines_one(listener, port):
    with listener.accept()[0] as client:
        for line in client.makefile("rb"):
            with socket.create_connection((LOCAL, port)) as pool:
                pool.settimeout(0.3)
                try:
                    pool.sendall(line)
                    pool.recv(1)
                except OSError:
                    pass


def become_user():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def relay_one(listener, port):
    client, _ = listener.accept()
    with client, socket.create_connection((LOCAL, port)) as pool:
        passes(client, pool)


def relay(folder, port, how=None):
    listener = socket.create_server((LOCAL, 0))
    write(folder + "/relay.port", str(listener.getsockname()[1]) + "\n")
    if how == "user":
        become_user()
        while not os.path.exists(folder + "/accept"):
            time.sleep(0.01)
    while True:
        if how == "lines":
            lines_one(listener, port)
            continue
        if how in ("forward", "user"):
            forward_one(listener, port, folder + "/go")
            continue
        if how != "fork":
            relay_one(listener, port)
            continue
        client, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            with client, socket.create_connection((LOCAL, port)) as pool:
                passes(client, pool)
            os._exit(0)
        client.close()


def proxy_one(listener):
    client, _ = listener.accept()
    with client:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096) or b"\r\n\r\n"
        target = head.split()[1].decode().removeprefix("http://").rstrip("/")
        host, port = target.rsplit(":", 1)
        host = host.strip("[]")
        try:
            server = socket.create_connection((host, int(port)))
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        with server:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            passes(client, server)


def proxy(folder, _):
    listener = socket.create_server((LOCAL, 0))
    write(folder + "/relay.port", str(listener.getsockname()[1]) + "\n")
    while True:
        proxy_one(listener)


def itself(folder, port, message):
    listener = socket.create_server((LOCAL, 0))
    own = socket.create_connection(listener.getsockname())
    client, _ = listener.accept()
    own.sendall(read(message))
    with socket.create_connection((LOCAL, port)) as pool:
        try:
            client.settimeout(3)
            pool.sendall(client.recv(65536))
            pool.recv(1)
        except OSError:
            pass
    write(folder + "/survived", "yes")


def given(port, message, folder, how=""):
    pool = socket.create_connection((LOCAL, port))
    text = read(message)
    worker = os.fork()
    if worker == 0:
        time.sleep(5)
        write(folder + "/worker", "lived on")
        os._exit(0)
    user = os.fork()
    if user == 0:
        become_user()
        size = 4 if how == "pieces" else len(text)
        for at in range(0, len(text), size):
            os.write(pool.fileno(), text[at : at + size])
        time.sleep(20)
        os._exit(0)
    _, ended = os.waitpid(user, 0)
    write(folder + "/user", "ended" if os.WIFSIGNALED(ended) else "lived on")
    time.sleep(1)
    try:
        socket.create_connection((LOCAL, port)).close()
        write(folder + "/another", "connected")
    except OSError as error:
        write(folder + "/another", error.strerror)
    os.waitpid(worker, 0)


def accepted(port, message, result):
    listener = socket.create_server((LOCAL, 0))
    own = socket.create_connection(listener.getsockname())
    pool, _ = listener.accept()
    own.send(b"{")
    pool.recv(1)
    nobody = ctypes.create_string_buffer(16)  # AF_UNSPEC
    if ctypes.CDLL(None).connect(pool.fileno(), nobody, 16) != 0:
        sys.exit("the socket cannot be taken back")
    pool.connect((LOCAL, port))
    pool.settimeout(5)
    pool.send(read(message))
    write(result, "spoke")
    try:
        pool.recv(1)
    except OSError:
        pass


def forgotten(port, message, result, listener):
    pool = socket.create_connection((LOCAL, port))
    for _ in range(17000):
        with socket.socket() as other:
            other.setblocking(False)
            other.connect_ex((LOCAL, int(listener)))
    pool.sendall(read(message))
    try:
        pool.recv(1)
    except OSError:
        pass
    write(result, "lived on")


words = sys.argv[2:]
if sys.argv[1] in ("relay", "proxy", "itself"):
    words[1] = int(words[1])
else:
    words[0] = int(words[0])
{"handed": handed, "forks": forks, "relay": relay, "proxy": proxy, "itself": itself, "given": given,
 "accepted": accepted, "forgotten": forgotten}[sys.argv[1]](*words)
