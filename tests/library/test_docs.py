# SPDX-License-Identifier: MIT
"""Every piece of code in docs/library.md is quoted from examples/, line for line, and names every public header."""
import os
import re
import textwrap
import unittest

import cli

SOURCES = {"c": ["nearest.c", "query.c"], "cmake": ["CMakeLists.txt"], "make": ["Makefile"]}


def read(*path):
    with open(os.path.join(cli.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def lines(text):
    return [line.strip() for line in textwrap.dedent(text).splitlines() if line.strip()]


def holds(source, block):
    """Whether the block's lines stand in the source one after the other."""
    return any(source[i:i + len(block)] == block for i in range(len(source)))


class Docs(unittest.TestCase):
    def test_code_is_quoted_from_the_examples(self):
        blocks = re.findall(r"^```(\w+)\n(.*?)^```$", read("docs", "library.md"), re.M | re.S)
        self.assertGreater(len(blocks), 5)
        for language, block in blocks:
            self.assertIn(language, SOURCES)
            self.assertTrue(any(holds(lines(read("examples", name)), lines(block)) for name in SOURCES[language]),
                            f"not in examples/{' or '.join(SOURCES[language])}:\n{block}")

    def test_every_header_has_a_row(self):
        text = read("docs", "library.md")
        for header in os.listdir(os.path.join(cli.ROOT, "include", "hmrec")):
            self.assertTrue(f"`{header}`" in text, f"no {header} among the headers of docs/library.md")


if __name__ == "__main__":
    cli.main()
