# SPDX-License-Identifier: MIT
"""The walls between the rooms: with the very flags that a room's files are compiled with, an include of what the room may see
compiles, and one of what it may not see does not."""
import json
import os
import subprocess
import tempfile
import unittest

import cli

# A file of the room, what it may include, what it may not: (file, allowed, forbidden)
ROOMS = [
    ("base/mem.c", ["hmrec/status.h"], ["hmrec/image.h", "hmrec/bolt.h", "hmrec/pipeline.h", "cypher.h"]),
    ("image/decode/jpeg.c", ["hmrec/image.h", "mem.h", "decode/idct.h"], ["hmrec/weights.h", "hmrec/model.h", "hmrec/store.h"]),
    ("weights/weights.c", ["hmrec/weights.h", "mem.h"], ["hmrec/image.h", "hmrec/model.h", "isa/kernels.h", "hmrec/bolt.h"]),
    ("nn/model/model.c", ["hmrec/weights.h", "isa/kernels.h"], ["hmrec/bolt.h", "wire/wire.h", "hmrec/store.h", "hmrec/image.h"]),
    ("nn/isa/kernels.c", ["isa/kernels.h"], ["hmrec/weights.h", "mem.h"]),
    ("bolt/session/session.c", ["hmrec/bolt.h", "wire/wire.h"], ["hmrec/model.h", "hmrec/weights.h", "isa/kernels.h", "hmrec/store.h"]),
    ("cypher/split.c", ["cypher.h", "mem.h"], ["hmrec/bolt.h", "hmrec/store.h"]),
    ("store/store.c", ["hmrec/store.h", "hmrec/bolt.h", "cypher.h"], ["hmrec/model.h", "wire/wire.h", "hmrec/pipeline.h"]),
    ("pipeline/embed.c", ["hmrec/pipeline.h", "hmrec/store.h", "hmrec/model.h"], ["app.h", "commands.h", "isa/kernels.h", "wire/wire.h", "hmrec/bolt.h"]),
    ("app/main.c", ["app.h", "hmrec/pipeline.h"], ["isa/kernels.h", "decode/idct.h", "wire/wire.h", "sqlite/sqlite.h"]),
]


class Walls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path = os.path.join(os.environ["HM_BUILD"], "compile_commands.json")
        if not os.path.exists(path):
            cli.skip(f"no {path}: this test reads from it how each file is compiled (-DCMAKE_EXPORT_COMPILE_COMMANDS=ON)")
        with open(path, encoding="utf-8") as file:
            cls.rows = {os.path.relpath(row["file"], cli.ROOT): row for row in json.load(file)}

    def compiles(self, file, include):
        self.assertIn(file, self.rows)
        row = self.rows[file]
        with tempfile.NamedTemporaryFile("w", suffix=".c") as source:
            source.write(f'#include "{include}"\nextern int unused;\n')
            source.flush()
            command = cli.shlex.split(row["command"].replace(row["file"], source.name))
            cut = command.index("-o")
            command = [*command[:cut], *command[cut + 2:], "-fsyntax-only"]
            done = subprocess.run(command, cwd=row["directory"], capture_output=True, text=True)
        if done.returncode != 0:
            self.assertRegex(done.stderr, f"{include}.*(No such file|not found)")
        return done.returncode == 0

    def test_right_includes(self):
        for file, allowed, _ in ROOMS:
            for include in allowed:
                self.assertTrue(self.compiles(file, include), f"{file} cannot include {include}")

    def test_wrong_includes(self):
        for file, _, forbidden in ROOMS:
            for include in forbidden:
                self.assertFalse(self.compiles(file, include), f"{file} can include {include}")

    def test_what_is_forbidden_exists(self):
        rooms = {file.split("/")[0] for file, _, _ in ROOMS} | {"include"}
        names = [os.path.join(folder, name) for room in rooms for folder, _, files in os.walk(os.path.join(cli.ROOT, room)) for name in files]
        for _, _, forbidden in ROOMS:
            for include in forbidden:
                self.assertTrue(any(name.endswith("/" + include) for name in names), f"no header {include}: this test shows nothing of it")


if __name__ == "__main__":
    cli.main()
