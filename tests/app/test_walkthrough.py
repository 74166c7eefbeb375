# SPDX-License-Identifier: MIT
"""docs/walkthrough.md, the part that needs no server: its commands print what it says."""
import os

import cli
import transcript


class Walkthrough(cli.Case):
    def test_one_file(self):
        if len(cli.PROGRAM) > 1:
            self.skipTest("the commands of a document run without an emulator")
        os.symlink(cli.SAMPLE, self.path("sample"))
        path = os.path.dirname(cli.PROGRAM[0]) + ":" + os.environ["PATH"]
        transcript.check(self, "docs/walkthrough.md", "One file", cli.environment(PATH=path))


if __name__ == "__main__":
    cli.main()
