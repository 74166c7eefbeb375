# SPDX-License-Identifier: MIT
"""A reader of Arrow IPC files that shares nothing with the writer: flatbuffers by their vtables, columns by the schema. For the types that hmrec
writes. Standard library only."""
import array
import struct

MAGIC = b"ARROW1"
UTF8, FLOAT, FIXED_SIZE_LIST = 5, 3, 16


class Table:
    """A flatbuffers table; what is not there is None."""

    def __init__(self, buffer, at):
        self.buffer, self.at = buffer, at
        self.vtable = at - struct.unpack_from("<i", buffer, at)[0]
        assert 0 <= self.vtable < len(buffer) and at % 4 == 0
        self.size = struct.unpack_from("<H", buffer, self.vtable)[0]

    @staticmethod
    def root(buffer):
        return Table(buffer, struct.unpack_from("<I", buffer, 0)[0])

    def place(self, field):
        entry = 4 + 2 * field
        offset = struct.unpack_from("<H", self.buffer, self.vtable + entry)[0] if entry < self.size else 0
        return self.at + offset if offset else None

    def number(self, field, form):
        at = self.place(field)
        if at is None:
            return None
        assert at % struct.calcsize(form) == 0, "a number that is not aligned"
        return struct.unpack_from("<" + form, self.buffer, at)[0]

    def follow(self, field):
        at = self.place(field)
        return None if at is None else at + struct.unpack_from("<I", self.buffer, at)[0]

    def table(self, field):
        return Table(self.buffer, self.follow(field))

    def text(self, field):
        at = self.follow(field)
        n = struct.unpack_from("<I", self.buffer, at)[0]
        assert self.buffer[at + 4 + n] == 0
        return self.buffer[at + 4:at + 4 + n].decode()

    def elements(self, field):
        at = self.follow(field)
        return at + 4, struct.unpack_from("<I", self.buffer, at)[0]

    def tables(self, field):
        at, n = self.elements(field)
        return [Table(self.buffer, at + 4 * i + struct.unpack_from("<I", self.buffer, at + 4 * i)[0]) for i in range(n)]

    def structs(self, field, form):
        at, n = self.elements(field)
        assert at % 8 == 0, "structs that are not aligned"
        size = struct.calcsize("<" + form)
        return [struct.unpack_from("<" + form, self.buffer, at + size * i) for i in range(n)]


def read_schema(schema):
    """[(name, type, list size)], {metadata}"""
    assert schema.number(0, "h") in (None, 0), "not little-endian"
    columns = []
    for field in schema.tables(1):
        kind, size = field.number(2, "B"), None
        if kind == FIXED_SIZE_LIST:
            size = field.table(3).number(0, "i")
            item, = field.tables(5)
            assert (item.number(2, "B"), item.table(3).number(0, "h")) == (FLOAT, 1)
        columns.append((field.text(0), kind, size))
    return columns, {pair.text(0): pair.text(1) for pair in schema.tables(2)}


def messages(data):
    """(message, body, where it begins, bytes of metadata) up to the end of the stream."""
    at = 0
    while True:
        assert at % 8 == 0
        mark, size = struct.unpack_from("<Ii", data, at)
        assert mark == 0xFFFFFFFF
        if size == 0:
            return
        message = Table.root(data[at + 8:at + 8 + size])
        assert message.number(0, "h") == 4, "not version 5 of the metadata"
        length = message.number(3, "q")
        body = data[at + 8 + size:at + 8 + size + length]
        assert len(body) == length
        yield message, body, at, 8 + size
        at += 8 + size + length


def read_batch(batch, body, columns):
    rows = batch.number(0, "q")
    nodes, buffers = iter(batch.structs(1, "qq")), iter(batch.structs(2, "qq"))

    def take():
        offset, length = next(buffers)
        assert offset % 8 == 0 and offset + length <= len(body)
        return body[offset:offset + length]

    out = []
    for _, kind, size in columns:
        n, nulls = next(nodes)
        assert n == rows
        validity = take()
        there = [not nulls or validity[i // 8] >> i % 8 & 1 for i in range(n)]
        assert sum(not ok for ok in there) == nulls
        if kind == UTF8:
            ends = array.array("i", take())
            text = take()
            values = [text[ends[i]:ends[i + 1]].decode() for i in range(n)]
        else:
            assert next(nodes) == (n * size, 0)
            take()
            numbers = take()
            values = [numbers[4 * size * i:4 * size * (i + 1)] for i in range(n)]
        out.append([value if ok else None for value, ok in zip(values, there)])
    assert not list(nodes) and not list(buffers)
    return [list(row) for row in zip(*out)]


def read(data):
    """columns, metadata, rows of a whole file; vectors as bytes."""
    assert data[:8] == MAGIC + b"\0\0" and data[-6:] == MAGIC
    size = struct.unpack_from("<i", data, len(data) - 10)[0]
    footer = Table.root(data[len(data) - 10 - size:len(data) - 10])
    stream = data[8:len(data) - 10 - size]
    rows, blocks, columns, metadata = [], [], None, None
    for message, body, at, bytes_of_metadata in messages(stream):
        kind, header = message.number(1, "B"), message.table(2)
        if kind == 1:
            columns, metadata = read_schema(header)
        else:
            rows += read_batch(header, body, columns)
            blocks.append((at + 8, bytes_of_metadata, 0, len(body)))
    assert read_schema(footer.table(1)) == (columns, metadata)
    assert footer.structs(3, "qiiq") == blocks
    return columns, metadata, rows
