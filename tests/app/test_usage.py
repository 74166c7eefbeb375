# SPDX-License-Identifier: MIT
"""Help, wrong usage, info: what a user sees first."""
import os
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
            for option in re.findall(r"--[a-z][a-z0-9-]+", usage):
                self.assertRegex(text.split("\n\n", 2)[2], re.escape(option) + r"\b", f"{command}: {option}")

    def test_wrong_usage_is_2_and_names_the_way_out(self):
        for args in ([], ["nonsense"], ["embed"], ["embed", "--nonsense", "x"], ["embed", "--threads", "0", "x"], ["embed", "--threads"],
                     ["embed", "--shard", "3/2", "x"], ["pixels", "a.jpg"], ["weights", "dance"], ["weights", "random"], ["info", "x"],
                     ["embed", "--output", "a", "--store", "b", "x"]):
            result = self.hmrec(*args, code=2)
            self.assertIn("help" if args else "usage:", result.err)
            self.assertEqual(result.out, "")

    def test_help_of_a_command_by_either_name(self):
        for command in self.commands():
            text = self.hmrec(command, "--help").out
            self.assertEqual(self.hmrec("help", command).out, text)
            self.assertEqual(self.hmrec("--help", command).out, text)
        self.assertIn("nonsense", self.hmrec("help", "nonsense", code=2).err)

    def test_help_tells_where_the_store_is_looked_for(self):
        for command in self.commands():
            text = self.hmrec(command, "--help").out
            if "--store" in text.split("\n\n", 2)[2] and command != "cypher":  # whose store is a server
                self.assertRegex(text, r"--store URI .*\$NEO4J_URI, else hmrec\.db", command)

    def test_bench_names_every_benchmark(self):
        for arguments in ((), ("nonsense",)):
            usage = self.hmrec("bench", *arguments, code=2).err
            for name in ("model", "kernels", "knn", "jpeg"):
                self.assertRegex(usage, rf"\n  {name} +\w+", arguments)

    def test_bench_refuses_what_it_would_pass_over(self):
        for benchmark, option in (("knn", "--layer=conv1"), ("kernels", "--precision=bf16"), ("jpeg", "--batch=2"), ("model", "--rows=9")):
            self.assertIn(f"{benchmark} takes no {option.split('=')[0]}", self.hmrec("bench", benchmark, option, code=2).err)
        self.assertIn("model takes no files", self.hmrec("bench", "model", "photo.jpg", code=2).err)
        self.assertIn('"fp8" for option --precision; should be f32 or bf16', self.hmrec("bench", "model", "--precision", "fp8", code=2).err)

    def test_weights_where_the_message_says(self):
        asked = re.search(r"hmrec weights random -o (\S+\.safetensors)", self.hmrec("embed", "x.jpg", code=1).err).group(1)
        self.hmrec("weights", "random", "-o", asked)
        self.hmrec("weights", "verify")
        with open(self.path("file"), "w"):
            pass
        self.assertIn("file/a: cannot be made: Not a directory", self.hmrec("weights", "random", "-o", "file/a/w.safetensors", code=1).err)

    def test_version(self):
        self.assertRegex(self.hmrec("--version").out, r"^hmrec \d+\.\d+\.\d+\n$")

    def test_info_tells_machine_and_what_is_missing(self):
        text = self.hmrec("info").out
        for word in ("cpu ", "isas ", "isa ", "threads ", "libjpeg-turbo", "weights    none: ", "store      none: "):
            self.assertIn(word, text)
        for library in ("libpng", "libwebp", "libarchive", "cairo", "pangocairo", "libedit"):
            self.assertRegex(text, r"(built with|without) .*\b%s\b" % library)

    def test_an_empty_name_of_a_file_is_wrong_usage(self):
        """As a script gives it whose variable is not set: gallery -o "" wrote into the root folder."""
        for args in (["gallery", "-o", ""], ["knn", "--store", ""], ["embed", ".", "-o", ""], ["similar", "1", "--weights", ""], ["gallery", "--images", ""]):
            self.assertRegex(self.hmrec(*args, code=2).err, 'invalid argument "" for option --[a-z]+; should be a [A-Z]+')

    def test_numbers_are_numbers(self):
        for number in ("nan", "inf", "-1", "1x", ""):
            self.assertIn("should be a number from 0", self.hmrec("bench", "knn", "--seconds", number, code=2).err)

    def test_a_bad_isa_is_wrong_usage_before_work_begins(self):
        for args in (["info"], ["embed", "x.jpg"], ["knn"], ["similar", "1"], ["gallery", "--images", "a", "-o", "b"], ["bench", "knn"]):
            self.assertIn('"mmx" for option --isa; should be baseline', self.hmrec(*args, "--isa", "mmx", code=2).err)
            self.assertIn('"mmx" for HMREC_ISA; should be baseline', self.hmrec(*args, code=2, HMREC_ISA="mmx").err)
        self.assertEqual(os.listdir(self.dir), [])

    def options(self, command):
        """(letter or None, name, metavar or None) of a command, from its help."""
        text = self.hmrec(command, "--help").out
        return [(letter or None, name, metavar or None)
                for letter, name, metavar in re.findall(r"^  (?:-(\w), )?--([a-z0-9-]+)(?: (\S+))?", text, re.M)]

    def test_a_letter_has_one_meaning(self):
        meanings = {}
        for command in self.commands():
            for letter, name, _ in self.options(command):
                if letter:
                    meanings.setdefault(letter, set()).add(name)
        self.assertEqual({letter: names for letter, names in meanings.items() if len(names) > 1}, {})
        with open(os.path.join(cli.ROOT, "CONTRIBUTING.md")) as page:
            listed = dict(re.findall(r"`-(\w)` `--([a-z0-9-]+)`", page.read()))
        self.assertEqual(listed, {letter: names.pop() for letter, names in meanings.items()})

    def test_endings_are_heeded(self):
        self.assertIn("should end in .svg", self.hmrec("eval", "-o", "plot.csv", code=2).err)
        self.assertIn("should end in .safetensors", self.hmrec("weights", "random", "-o", "w.h5", code=2).err)
        self.assertIn("should end in .npy", self.hmrec("pixels", "a.jpg", "-o", "a.csv", code=2).err)

    def test_an_option_is_named_as_it_was_typed(self):
        for args, expected in ((["similar", "-dash"], "unknown option -d"), (["similar", "1", "-kx"], '"x" for option --neighbours'),
                               (["load", "-t", "2"], "unknown option -t (did you mean --transactions?)"),
                               (["similar", "--fromat", "csv"], "unknown option --fromat (did you mean --format?)"),
                               (["similar", "--same"], "(did you mean --same-department or --same-index?)"),
                               (["similar", "--quiet=yes"], "option --quiet=yes takes no argument"),
                               (["similar", "1", "-k"], "option -k needs an argument"), (["similar", "--via"], "option --via needs"),
                               (["knn", "--engine", "x"], '"x" for option --engine; should be auto, exact or gds'),
                               (["smilar"], 'unknown command "smilar" (did you mean similar?); see hmrec --help')):
            self.assertIn(expected, self.hmrec(*args, code=2).err)

    def test_environment_is_listed_in_one_place(self):
        listed = re.findall(r"^  ([A-Z0-9_]+) +\w", self.hmrec("help", "environment").out, re.M)
        self.assertIn("HMREC_WEIGHTS", listed)
        with open(os.path.join(cli.ROOT, "docs", "environment.md")) as page:
            self.assertEqual(re.findall(r"^\| `([A-Z0-9_]+)` \|", page.read(), re.M), listed)
        for command in self.commands():
            for name in re.findall(r"\$([A-Z0-9_]+)", self.hmrec(command, "--help").out):
                self.assertIn(name, listed, command)


if __name__ == "__main__":
    cli.main()
