# SPDX-License-Identifier: MIT
"""What libhmrec exports: hm_* and bolt_* functions, the same from both libraries, and those of symbols.txt."""
import os
import subprocess
import unittest

import cli

BUILD = os.environ["HM_BUILD"]
LIST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "symbols.txt")
CHANGED = """what libhmrec exports has changed. If that is meant, write the new list and say it in CHANGELOG.md:
    nm -D --defined-only {}/libhmrec.so | cut -d' ' -f3 | LC_ALL=C sort > tests/library/symbols.txt"""


def symbols(*args):
    """Name to kind (T: a function) of the defined symbols that other files can link to."""
    lines = subprocess.run([os.environ["HM_NM"], "--defined-only", *args], capture_output=True, check=True, text=True).stdout.splitlines()
    return {name: kind for _, kind, name in (line.split() for line in lines if len(line.split()) == 3)}


class Symbols(unittest.TestCase):
    def setUp(self):
        self.shared = symbols("-D", os.path.join(BUILD, "libhmrec.so"))
        self.static = symbols("-g", os.path.join(BUILD, "libhmrec.a"))

    def test_only_functions_of_the_two_prefixes(self):
        for name, kind in {**self.shared, **self.static}.items():
            self.assertRegex(name, "^(hm|bolt)_")
            self.assertEqual(kind, "T", f"{name} is not a function")

    def test_both_libraries_export_the_same(self):
        self.assertEqual(sorted(self.shared), sorted(self.static))

    def test_the_list_that_is_checked_in(self):
        with open(LIST, encoding="ascii") as file:
            expected = file.read().split()
        found = sorted(self.shared)
        message = CHANGED.format(os.path.relpath(BUILD, cli.ROOT))
        message += "".join(f"\n+ {s}" for s in found if s not in expected) + "".join(f"\n- {s}" for s in expected if s not in found)
        self.assertTrue(found == expected, message)

    def test_every_symbol_is_declared_in_a_public_header(self):
        folder = os.path.join(cli.ROOT, "include", "hmrec")
        text = ""
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text += file.read()
        for name in self.shared:
            self.assertRegex(text, rf"\b{name}\(")

    def test_soname(self):
        head = subprocess.run([os.environ["HM_READELF"], "-d", os.path.join(BUILD, "libhmrec.so")], capture_output=True, check=True, text=True)
        self.assertIn("soname: [libhmrec.so.0]", head.stdout)


if __name__ == "__main__":
    cli.main()
