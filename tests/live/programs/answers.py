# SPDX-License-Identifier: Apache-2.0
"""answers.py CASE NAME ADDRESS SERVER [RESULT]: a client and a name server (SERVER, port 53) in one, or
whoever pretends to be it. The client hears that NAME is ADDRESS, in a way that CASE names. With
RESULT, the client then connects to ADDRESS, port 9, and the file gets the error's number."""
import ipaddress
import os
import socket
import struct
import sys
import time

CASE, NAME, ADDRESS, SERVER = sys.argv[1:5]
ID, A, AAAA = 0x1234, 1, 28
FAMILY = socket.AF_INET6 if ":" in SERVER else socket.AF_INET
UDP_SEGMENT, IPV6_DSTOPTS = 103, 59


def question(name=NAME, number=ID, kind=A):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack(">xHH", kind, 1)


def answer(asked, address=ADDRESS):
    record = struct.pack(">HHHIH", 0xC00C, A, 1, 60, 4) + ipaddress.ip_address(address).packed
    return asked[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + asked[12:] + record


def datagrams(address="", port=0):
    sock = socket.socket(FAMILY, socket.SOCK_DGRAM)
    sock.settimeout(10)
    sock.bind((address, port))
    return sock


server = datagrams(SERVER, 53)
client = datagrams(SERVER)


def ask(message=question(), sock=client):
    sock.sendto(message, (SERVER, 53))
    return server.recvfrom(4096)


def tell(message, sender=server, receiver=client):
    sender.sendto(message, receiver.getsockname())
    receiver.recv(4096)


def asked():
    tell(answer(ask()[0]))


def by_another_user():
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setresuid(65534, 65534, 65534)
        client.sendto(question(), (SERVER, 53))
        os._exit(0)
    os.waitpid(child, 0)
    server.recvfrom(4096)
    tell(answer(question()))


def connected():
    client.connect((SERVER, 53))
    client.send(question())
    tell(answer(server.recv(4096)))


def asked_in_mixed_case():
    ask(question(NAME.swapcase()))
    tell(answer(question()))


def asked_again():
    ask()
    time.sleep(1)
    asked()


def two_at_once():
    first, second = ask()[0], ask(question(number=7, kind=AAAA))[0]
    tell(answer(second))
    tell(answer(first))


def unasked():
    tell(answer(question()))


def another_server():
    ask()
    other = datagrams(str(ipaddress.ip_address(SERVER) + 1), 53)
    tell(answer(question()), sender=other)


def another_port():
    ask()
    tell(answer(question()), sender=datagrams(SERVER, 5353))


def another_id():
    ask()
    tell(answer(question(number=ID ^ 1)))


def another_name():
    ask(question("elsewhere.test"))
    tell(answer(question()))


def another_listed_name():
    ask(question("deeper." + NAME))
    tell(answer(question()))


def another_type():
    ask(question(kind=AAAA))
    tell(answer(question()))


def another_socket():
    ask()
    tell(answer(question()), receiver=datagrams(SERVER))


def another_answer():
    tell(answer(ask()[0], "192.0.2.9"))
    tell(answer(question()))


def late():
    ask()
    time.sleep(9)
    tell(answer(question()))


def flood():
    for number in range(50):
        ask(question(number=number + 1000, name=f"n{number}." + NAME))


def in_a_flood():
    asked_first = ask()[0]
    flood()
    tell(answer(asked_first))


def in_a_flood_of_another_server():
    ask()
    flood()
    other = datagrams(str(ipaddress.ip_address(SERVER) + 1), 53)
    tell(answer(question()), sender=other)


def in_a_flood_on_another_socket():
    asked_first = ask(sock=(mine := datagrams(SERVER)))[0]
    flood()
    tell(answer(asked_first), receiver=mine)


def two_in_one_datagram():
    first, second = question("else." + NAME, 1), question(number=2)
    second += bytes(len(first) - len(second))
    client.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, len(first))
    ask(first + second)
    server.recv(4096)
    tell(answer(question(number=2)))


def with_options():
    if FAMILY == socket.AF_INET6:
        client.setsockopt(socket.IPPROTO_IPV6, IPV6_DSTOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
    else:
        client.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes([1, 1, 1, 0]))
    asked()


def by_tcp(asked, answered):
    listener = socket.create_server((SERVER, 53), family=FAMILY)
    sock = socket.create_connection((SERVER, 53))
    peer, _ = listener.accept()
    for sender, message in ((sock, asked), (peer, answered)):
        sender.sendall(struct.pack(">H", len(message)) + message)
    sock.recv(4096)


def tcp():
    by_tcp(question(), answer(question()))


def tcp_another_id():
    by_tcp(question(), answer(question(number=9)))


def tcp_another_name():
    by_tcp(question("elsewhere.test"), answer(question()))


globals()[CASE]()
if len(sys.argv) > 5:
    with open(sys.argv[5], "w") as result:
        result.write(str(socket.socket().connect_ex((ADDRESS, 9))))
