# SPDX-License-Identifier: MIT
"""What a release build defends itself with, read from the binaries."""
import os
import subprocess
import unittest

import cli

BUILD = os.environ["HM_BUILD"]
BINARIES = [os.environ["HMREC_BIN"], os.path.join(BUILD, "libhmrec.so")]


def readelf(*args):
    return subprocess.run([os.environ["HM_READELF"], "-W", *args], capture_output=True, check=True, text=True).stdout


class Hardening(unittest.TestCase):
    def test_full_relro(self):
        for binary in BINARIES:
            self.assertIn("GNU_RELRO", readelf("-l", binary), binary)
            self.assertRegex(readelf("-d", binary), r"BIND_NOW|FLAGS_1.*\bNOW\b", binary)

    def test_no_executable_stack(self):
        for binary in BINARIES:
            self.assertRegex(readelf("-l", binary), r"GNU_STACK .* RW  ", binary)

    def test_position_independent_program(self):
        self.assertRegex(readelf("-h", BINARIES[0]), r"Type: +DYN")
        self.assertRegex(readelf("-d", BINARIES[0]), r"FLAGS_1.*\bPIE\b")

    def test_stack_protector_and_fortify(self):
        for binary in BINARIES:
            symbols = readelf("--dyn-syms", binary)
            self.assertIn("__stack_chk_fail", symbols, binary)
            self.assertRegex(symbols, r"__mem(cpy|set|move)_chk", binary)
            self.assertRegex(symbols, r"__v?snprintf_chk", binary)

    def test_control_flow_protection(self):
        """Of our own objects: the linker drops the mark from a program when the C library's start files lack it, as Debian's do."""
        notes = readelf("-n", os.path.join(BUILD, "libhmrec.o"))
        if os.environ["HM_MACHINE"] in ("x86_64", "AMD64"):
            self.assertRegex(notes, r"x86 feature:.*IBT")
            self.assertRegex(notes, r"x86 feature:.*SHSTK")
        else:
            self.assertRegex(notes, r"AArch64 feature:.*BTI")
            self.assertRegex(notes, r"AArch64 feature:.*PAC")


if __name__ == "__main__":
    cli.main()
