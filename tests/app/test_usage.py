# SPDX-License-Identifier: MIT
"""Help, wrong usage, info: what a user sees first."""
import re

import cli


class Usage(cli.Case):
    def commands(self):
        text = self.hmrec("--help").out
        return re.findall(r"^  (\w+) ", text, re.M)

    def test_help_lists_every_command_and_each_has_help(self):
        commands = self.commands()
        self.assertIn("embed", commands)
        for command in commands:
            text = self.hmrec(command, "--help").out
            self.assertIn(f"usage: hmrec {command} ", text)
            self.assertIn("--quiet", text)

    def test_synopsis_names_only_options_that_exist(self):
        for command in self.commands():
            text = self.hmrec(command, "--help").out
            usage = re.search(r"^usage: (.*)$", text, re.M).group(1)
            for option in re.findall(r"--[a-z][a-z-]+", usage):
                self.assertRegex(text.split("\n\n", 2)[2], re.escape(option) + r"\b", f"{command}: {option}")

    def test_wrong_usage_is_2_and_names_the_way_out(self):
        for args in ([], ["nonsense"], ["embed"], ["embed", "--nonsense", "x"], ["embed", "--threads", "0", "x"], ["embed", "--threads"],
                     ["embed", "--shard", "3/2", "x"], ["pixels", "a.jpg"], ["weights", "dance"], ["weights", "random"], ["info", "x"],
                     ["embed", "--output", "a", "--store", "b", "x"]):
            result = self.hmrec(*args, code=2)
            self.assertIn("help" if args else "usage:", result.err)
            self.assertEqual(result.out, "")

    def test_version(self):
        self.assertRegex(self.hmrec("--version").out, r"^hmrec \d+\.\d+\.\d+\n$")

    def test_info_tells_machine_and_what_is_missing(self):
        text = self.hmrec("info").out
        for word in ("cpu ", "isas ", "isa ", "threads ", "libjpeg-turbo", "weights    none: ", "store      none: "):
            self.assertIn(word, text)
        self.assertIn("nonsense", self.hmrec("info", "--isa", "nonsense").out)


if __name__ == "__main__":
    cli.main()
