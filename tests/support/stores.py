# SPDX-License-Identifier: MIT
"""SQLite stores made for tests: products with names and vectors, as hmrec load and hmrec embed leave them. Standard library only."""
import array
import contextlib
import os
import sqlite3

import cli

DIM = 2048


def blob(vector):
    """{place: value} as 2048 little-endian f32."""
    numbers = array.array("f", bytes(4 * DIM))
    for place, value in vector.items():
        numbers[place] = value
    return numbers.tobytes()


def score(a, b):
    """(1 + cosine) / 2 of two {place: value}."""
    length = lambda v: sum(x * x for x in v.values()) ** 0.5  # noqa: E731
    both = length(a) * length(b)
    return (1 + sum(x * b.get(p, 0) for p, x in a.items()) / both) / 2 if both else 0.5


def _number(db, table, key, name, extra=()):
    """Row of a node by its name, or (number, name); made when it is not there."""
    if not name:
        return None
    if isinstance(name, tuple):
        db.execute(f"INSERT OR IGNORE INTO {table} ({key}, name) VALUES (?, ?)", name)
        return name[0]
    row = db.execute(f"SELECT {key} FROM {table} WHERE name = ?", (name,)).fetchone()
    if row:
        return row[0]
    number = 1 + db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    columns = "".join(", " + c for c, _ in extra)
    db.execute(f"INSERT INTO {table} ({key}, name{columns}) VALUES (?, ?{', ?' * len(extra)})", (number, name, *(v for _, v in extra)))
    return number


def make(path, vectors, names=None):
    """vectors: {code: {place: value}}, {} for a product without a photo, None for one that was never embedded;
    names: {code: {"name", "type", "group", "department", "index", "appearance", "colour"}}, each of which may be missing;
    department and index also as (number, name), which several may share."""
    db = sqlite3.connect(path)
    with open(os.path.join(cli.ROOT, "store", "sqlite", "schema.sql"), encoding="utf-8") as schema:
        db.executescript(schema.read())
    db.executescript("PRAGMA journal_mode = WAL;"
                     "INSERT INTO model VALUES (1, 'model A'); INSERT INTO meta VALUES ('model', 1), ('revision', 1);")
    with db:
        for code, vector in vectors.items():
            n = (names or {}).get(code, {})
            group = n.get("group")
            if group:
                db.execute("INSERT OR IGNORE INTO product_group VALUES (?)", (group,))
            kind = _number(db, "product_type", "number", n.get("type"), (("product_group", group),))
            db.execute("INSERT INTO product (code, name, product_type, department, index_code, graphical_appearance, colour_group) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)",
                       (code, n.get("name"), kind, _number(db, "department", "number", n.get("department")),
                        _number(db, "index_", "code", n.get("index")), _number(db, "graphical_appearance", "number", n.get("appearance")),
                        _number(db, "colour_group", "code", n.get("colour"))))
            if vector is not None:
                db.execute("INSERT INTO embedding SELECT id, 1, 1, ?, 0, 0, ? FROM product WHERE code = ?",
                           ("d" if vector else "", blob(vector), code))
    db.close()
    return path


def put(path, vectors):
    """As one run of hmrec embed would: one more revision."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
        for code, vector in vectors.items():
            db.execute("INSERT OR IGNORE INTO product (code) VALUES (?)", (code,))
            db.execute("INSERT OR REPLACE INTO embedding SELECT id, (SELECT value FROM meta WHERE key = 'model'), "
                       "(SELECT value FROM meta WHERE key = 'revision'), ?, 0, 0, ? FROM product WHERE code = ?",
                       ("d" if vector else "", blob(vector), code))


def run(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.executescript(sql)


def ask(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as db:
        return db.execute(sql).fetchall()


NEW_MODEL = "INSERT INTO model VALUES (2, 'model B'); UPDATE meta SET value = 2 WHERE key = 'model'; UPDATE meta SET value = 0 WHERE key = 'knn_revision'"
