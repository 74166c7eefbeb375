# SPDX-License-Identifier: MIT
"""docs/walkthrough.md, the part that needs no server: its commands print what it says."""
import cli
import transcript


class Walkthrough(cli.Case):
    def test_one_file(self):
        if len(cli.PROGRAM) > 1:
            self.skipTest("the commands of a document run without an emulator")
        transcript.check(self, "docs/walkthrough.md", "One file")


if __name__ == "__main__":
    cli.main()
