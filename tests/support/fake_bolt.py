# SPDX-License-Identifier: MIT
"""A Bolt server of a few lines that answers as a test tells it: what a real server does only rarely, or only in some versions."""
import socket
import struct
import threading

import cli

NAMES = {0x01: "HELLO", 0x02: "GOODBYE", 0x0F: "RESET", 0x10: "RUN", 0x11: "BEGIN", 0x12: "COMMIT", 0x13: "ROLLBACK", 0x2F: "DISCARD",
         0x3F: "PULL", 0x66: "ROUTE", 0x6A: "LOGON", 0x6B: "LOGOFF"}
SUCCESS, RECORD, IGNORED, FAILURE = 0x70, 0x71, 0x7E, 0x7F


class Struct:
    def __init__(self, tag, *fields):
        self.tag, self.fields = ord(tag) if isinstance(tag, str) else tag, fields


class Failure(Exception):
    """FAILURE with this code and message."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


class Answer:
    """Rows (any iterable of lists, or of whole messages) under these names, then a summary."""

    def __init__(self, fields=(), rows=(), **summary):
        self.fields, self.rows, self.summary = list(fields), iter(rows), summary


def sized(small, large, n):
    """The head of something with n parts: small (a marker with the size in it) or large (for 1, 2, 4 bytes of size)."""
    if small is not None and n < 16:
        return bytes([small | n])
    for i, form in enumerate((">B", ">H", ">I")):
        if large[i] is not None and n < 256 ** (1 << i):
            return bytes([large[i]]) + struct.pack(form, n)
    raise ValueError(n)


def pack(value):
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return struct.pack(">b", value) if -16 <= value < 128 else b"\xcb" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xc1" + struct.pack(">d", value)
    if isinstance(value, str):
        text = value.encode()
        return sized(0x80, (0xD0, 0xD1, 0xD2), len(text)) + text
    if isinstance(value, bytes):
        return sized(None, (0xCC, 0xCD, 0xCE), len(value)) + value
    if isinstance(value, (list, tuple)):
        return sized(0x90, (0xD4, 0xD5, 0xD6), len(value)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        return sized(0xA0, (0xD8, 0xD9, 0xDA), len(value)) + b"".join(pack(k) + pack(v) for k, v in value.items())
    return bytes([0xB0 | len(value.fields), value.tag]) + b"".join(map(pack, value.fields))


def message(tag, *fields):
    """In chunks. message(RECORD, row) made once is a row that costs no time when it is sent often."""
    data, parts = pack(Struct(tag, *fields)), []
    for i in range(0, len(data), 0xFFFF):
        part = data[i:i + 0xFFFF]
        parts.append(len(part).to_bytes(2, "big") + part)
    return b"".join(parts) + b"\0\0"


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, n, signed=False):
        return int.from_bytes(self.take(n), "big", signed=signed)

    def value(self):
        marker = self.number(1)
        if marker < 0x80 or marker >= 0xF0:
            return marker - 256 if marker >= 0xF0 else marker
        if marker in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[marker]
        if marker == 0xC1:
            return struct.unpack(">d", self.take(8))[0]
        if 0xC8 <= marker <= 0xCB:
            return self.number(1 << (marker - 0xC8), signed=True)
        if 0xCC <= marker <= 0xCE:
            return self.take(self.number(1 << (marker - 0xCC)))
        kind = marker & 0xF0 if marker < 0xC0 else {0xD0: 0x80, 0xD4: 0x90, 0xD8: 0xA0}[marker & 0xFC]
        n = marker & 0x0F if marker < 0xC0 else self.number(1 << (marker & 3))
        if kind == 0x80:
            return self.take(n).decode()
        if kind == 0x90:
            return [self.value() for _ in range(n)]
        if kind == 0xA0:
            return {self.value(): self.value() for _ in range(n)}
        return Struct(self.number(1), *[self.value() for _ in range(n)])


def hang_up(listener):
    """Close it; a thread that waits in accept() wakes up, which close() alone would not do."""
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


class Server:
    """answer(query, parameters) gives an Answer or raises a Failure. seen: every message that came, (name, fields)."""

    def __init__(self, answer, version=(5, 4), agent="Neo4j/5.26.25"):
        self.answer, self.version, self.agent, self.seen = answer, version, agent, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = "bolt://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def hears(self, conversation):
        return True

    def logon(self, auth):
        """The metadata of its answer, or a Failure."""
        return {}

    def close(self):
        hang_up(self.listener)

    def names(self):
        return [name for name, _ in self.seen]

    def runs(self):
        return [fields[0] for name, fields in self.seen if name == "RUN"]

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        try:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with peer, peer.makefile("rwb") as stream:
                Conversation(self, stream).run()
        except (OSError, EOFError):
            pass  # the client went away


class Conversation:
    def __init__(self, server, stream):
        self.server, self.stream, self.result, self.failed, self.in_tx = server, stream, None, False, False

    def read(self, n):
        data = self.stream.read(n)
        if len(data) < n:
            raise EOFError
        return data

    def handshake(self):
        major, minor = self.server.version
        if self.read(20)[:4] != b"\x60\x60\xb0\x17":
            raise EOFError  # no Bolt: hang up, as Neo4j does
        if self.server.version < (5, 7):
            self.stream.write(bytes([0, 0, minor, major]))
        else:  # a manifest: one range, no capabilities
            self.stream.write(bytes([0, 0, 1, 0xFF, 1, 0, 0, minor, major, 0]))
            self.stream.flush()
            self.read(5)
        self.stream.flush()

    def receive(self):
        data = b""
        while True:
            size = int.from_bytes(self.read(2), "big")
            if size == 0 and data:
                return Reader(data).value()
            data += self.read(size)

    def send(self, tag, *fields):
        self.stream.write(message(tag, *fields))

    def run(self):
        self.handshake()
        while True:
            request = self.receive()
            name = NAMES[request.tag]
            self.server.seen.append((name, request.fields))
            if not self.server.hears(self):
                continue
            if name == "GOODBYE":
                return
            if name == "RESET":
                self.failed = self.in_tx = False
                self.send(SUCCESS, {})
            elif self.failed:
                self.send(IGNORED)
            else:
                self.reply(name, request.fields)
            self.stream.flush()

    def reply(self, name, fields):
        try:
            if name == "RUN":
                self.result = self.server.answer(fields[0], fields[1])
                self.send(SUCCESS, {"fields": self.result.fields, "t_first": 1})
            elif name in ("PULL", "DISCARD"):
                self.pull(fields[0]["n"], name == "PULL")
            elif name == "LOGON":
                self.send(SUCCESS, self.server.logon(fields[0]))
            elif name == "HELLO":
                self.send(SUCCESS, {"server": self.server.agent, "connection_id": "bolt-1"})
            else:
                self.send(SUCCESS, {"bookmark": "bookmark:1"} if name == "COMMIT" else {})
        except Failure as failure:
            self.failed = True
            self.send(FAILURE, {"code": failure.code, "message": failure.message})

    def pull(self, n, wanted):
        for row in self.result.rows:
            if wanted:
                self.stream.write(row if isinstance(row, bytes) else message(RECORD, row))
            n -= 1
            if n == 0:
                self.send(SUCCESS, {"has_more": True})
                return
        self.send(SUCCESS, {"t_last": 1, "db": "neo4j", **self.result.summary})


class Hole(Server):
    """Its first connection falls silent behind so many requests, as if a firewall had forgotten it; later ones do not."""

    def __init__(self, answer, requests):
        super().__init__(answer)
        self.left, self.first = requests, None

    def hears(self, conversation):
        self.first = self.first or conversation
        self.left -= conversation is self.first
        return conversation is not self.first or self.left >= 0


class Case(cli.Case):
    def serve(self, answer, version=(5, 4)):
        server = Server(answer, version)
        self.addCleanup(server.close)
        return server

    def cypher(self, server, *args, **more):
        return self.hmrec("cypher", "--uri", server if isinstance(server, str) else server.uri, *args, **{"NEO4J_PASSWORD": "secret", **more})
