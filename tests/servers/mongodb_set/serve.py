#!/usr/bin/env python3
"""A replica set for the tests: members that speak MongoDB's protocol, each on a free port of 127.0.0.1, over one DocumentDB engine. Beside
what FerretDB has: transactions with their conflicts, change streams, an election when the primary steps down, and fail points.
No passwords, and what $merge and $out write is not in a change stream.

    serve.py SOCKET MEMBERS FILE     SOCKET: the folder of the engine's socket; FILE gets the ports once all members take connections
    serve.py SOCKET router FILE      a mongos in place of a set (router.py)
    ... FOLDER                       with TLS, by the certificates there; who signs in does so by its own (MONGODB-X509)

Commands that MongoDB has for its own tests: replSetStepDown, configureFailPoint (failCommand; rsSyncApplyStop, a
member that falls behind), and replSetReconfig, which changes only the
addresses that members say they have.
"""
import os
import pathlib
import socket
import ssl
import struct
import sys
import threading

import bson

from engine import CODEC
from members import Member, Set
from router import Router

MESSAGE_MAX = 48_000_000  # bytes; what hello says
OP_QUERY, OP_REPLY, OP_MSG = 2004, 1, 2013
CHECKSUM, MORE_TO_COME = 1, 2


def read_exactly(link, size):
    parts = bytearray()
    while len(parts) < size:
        part = link.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise ConnectionError("the client is gone")
        parts += part
    return bytes(parts)


def sections(body, end):
    """The document of an OP_MSG, with its sequences of documents put in their place."""
    at, document, sequences = 4, None, {}
    while at < end:
        kind, size = body[at], struct.unpack_from("<i", body, at + 1)[0]
        part = body[at + 1:at + 1 + size]
        at += 1 + size
        if kind == 0:
            document = bson.decode(part, CODEC)
            continue
        name, _, rest = part[4:].partition(b"\0")
        sequences[name.decode()] = bson.decode_all(rest, CODEC)
    return {**document, **sequences}


def message(request, op, body):
    return struct.pack("<iiii", 16 + len(body), 0, request, op) + body


def serve_message(member, link, state):
    size, request, _, op = struct.unpack("<iiii", read_exactly(link, 16))
    if not 16 < size <= MESSAGE_MAX:
        raise ConnectionError("not a message")
    body = read_exactly(link, size - 16)
    if op == OP_QUERY:  # How a client begins.
        name, _, rest = body[4:].partition(b"\0")
        document = bson.decode(rest[8:8 + struct.unpack_from("<i", rest, 8)[0]], CODEC)
        document["$db"] = name.decode().split(".")[0]
        reply = bson.encode(member.answer(document, state), codec_options=CODEC)
        link.sendall(message(request, OP_REPLY, struct.pack("<iqii", 0, 0, 0, 1) + reply))
        return
    if op != OP_MSG:
        raise ConnectionError("not a message of today")
    flags = struct.unpack_from("<i", body)[0]
    document = sections(body, len(body) - (4 if flags & CHECKSUM else 0))
    reply = bson.encode(member.answer(document, state), codec_options=CODEC)
    if not flags & MORE_TO_COME:
        link.sendall(message(request, OP_MSG, struct.pack("<iB", 0, 0) + reply))


def subject(certificate):
    """As the user of MONGODB-X509 is called: the last part first."""
    short = {"commonName": "CN", "organizationName": "O"}
    return ",".join(f"{short[name]}={value}" for part in reversed(certificate["subject"]) for name, value in part)


def serve_link(member, link, tls):
    state = {}  # What a link is told by hello, and who has signed in.
    try:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            link = tls.wrap_socket(link, server_side=True)
            state["subject"] = subject(link.getpeercert())
        while True:
            serve_message(member, link, state)
    except (ConnectionError, OSError, struct.error, bson.errors.BSONError):
        pass
    finally:
        link.close()


def accept(member, listener, tls):
    while True:
        link, _ = listener.accept()
        threading.Thread(target=serve_link, args=(member, link, tls), daemon=True).start()


def read_certificates(folder):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")
    tls.load_verify_locations(f"{folder}/ca.crt")
    tls.verify_mode = ssl.CERT_REQUIRED
    return tls


def main():
    folder, what, file = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(1 if what == "router" else int(what))]
    ports = [listener.getsockname()[1] for listener in listeners]
    hosts = [f"127.0.0.1:{port}" for port in ports]
    if what == "router":
        members = [Router(folder, hosts[0])]
    else:
        whole = Set(folder, hosts)
        members = [Member(whole, place) for place in range(len(hosts))]
    tls = read_certificates(sys.argv[4]) if len(sys.argv) > 4 else None
    threads = [threading.Thread(target=accept, args=(*pair, tls)) for pair in zip(members, listeners)]
    for thread in threads:
        thread.start()
    part = file.with_suffix(f".{os.getpid()}")
    part.write_text(" ".join(map(str, ports)))
    part.rename(file)


main()
