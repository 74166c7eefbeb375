# SPDX-License-Identifier: MIT
"""Manual pages and completions: made from the option tables, so that each option is in all of them; read by groff, bash, zsh, fish."""
import os
import re
import shutil
import subprocess
import unittest

import cli


class Pages(cli.Case):
    def setUp(self):
        super().setUp()
        self.hmrec("--generate", "pages")

    def read(self, *parts):
        with open(self.path("pages", *parts), encoding="utf-8") as page:
            return page.read()

    def commands(self):
        return re.findall(r"^  (\w+) ", self.hmrec("--help").out, re.M)

    def options(self, command):
        """{name: letter or ""} from the help; the help is made from the same table by other code."""
        found = re.findall(r"^  (?:-(\w), )?--([a-z0-9-]+)", self.hmrec(command, "--help").out, re.M)
        return {name: letter for letter, name in found}

    def test_every_command_has_a_page_with_every_option(self):
        names = sorted(os.listdir(self.path("pages", "man1")))
        self.assertEqual(names, sorted(["hmrec.1"] + [f"hmrec-{c}.1" for c in self.commands()]))
        for command in self.commands():
            page = self.read("man1", f"hmrec-{command}.1").replace("\\-", "-")
            for name, letter in self.options(command).items():
                self.assertIn((f"\\fB-{letter}\\fR, " if letter else "\n") + f"\\fB--{name}\\fR", page)
            self.assertIn(f"hmrec-{command} (1)", self.read("man1", "hmrec.1").replace("\\-", "-"))
        self.assertIn("HMREC_WEIGHTS", self.read("man1", "hmrec.1"))

    def test_pages_are_the_same_each_time(self):
        first = {name: self.read("man1", name) for name in os.listdir(self.path("pages", "man1"))}
        self.hmrec("--generate", "pages")
        self.assertEqual(first, {name: self.read("man1", name) for name in first})

    @unittest.skipUnless(shutil.which("groff"), "no groff: pages are not formatted")
    def test_groff_has_nothing_to_say(self):
        for name in os.listdir(self.path("pages", "man1")):
            done = subprocess.run(["groff", "-man", "-ww", "-Kutf8", "-Tutf8", self.path("pages", "man1", name)], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=False)
            self.assertEqual((done.returncode, done.stderr.decode()), (0, ""), name)
            self.assertIn("EXIT STATUS", re.sub("\x1b\\[[0-9;]*m|.\x08", "", done.stdout.decode()))

    def complete(self, *words):
        """What bash offers for the last word."""
        script = self.path("pages", "bash", "hmrec")
        quoted = " ".join("'" + w + "'" for w in words)
        run = f'source "{script}"; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _hmrec; printf "%s\\n" "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "--norc", "-c", run], cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
        self.assertEqual(done.stderr, b"")
        return [line for line in done.stdout.decode().split("\n") if line]

    @unittest.skipUnless(shutil.which("bash"), "no bash: its completion is not run")
    def test_bash(self):
        self.assertEqual(sorted(self.complete("hmrec", "")), sorted(self.commands() + ["help"]))
        self.assertEqual(self.complete("hmrec", "emb"), ["embed"])
        self.assertEqual(self.complete("hmrec", "--v"), ["--version"])
        for command in self.commands():
            self.assertEqual(sorted(self.complete("hmrec", command, "--")), sorted("--" + name for name in self.options(command)))
        self.assertEqual(self.complete("hmrec", "similar", "--format", ""), ["table", "csv", "json", "ndjson"])
        self.assertEqual(self.complete("hmrec", "similar", "-F", "n"), ["ndjson"])
        self.assertEqual(self.complete("hmrec", "similar", "--format", "=", "c"), ["csv"])
        self.assertEqual(self.complete("hmrec", "similar", "--format", "="), ["table", "csv", "json", "ndjson"])
        self.assertEqual(self.complete("hmrec", "weights", "v"), ["verify"])
        self.assertEqual(self.complete("hmrec", "similar", "-k", ""), [])
        with open(self.path("a photo.jpg"), "w"):
            pass
        self.assertEqual(self.complete("hmrec", "embed", "a"), ["a photo.jpg"])
        self.assertEqual(self.complete("hmrec", "embed", "--weights", "a"), ["a photo.jpg"])

    def check_all_options(self, text, pattern):
        for command in self.commands():
            for name in self.options(command):
                self.assertRegex(text, pattern.format(command=command, name=re.escape(name)), command)

    def test_zsh(self):
        text = self.read("zsh", "_hmrec")
        for command in self.commands():
            part = re.search(rf"^    {command}\)\n(.*?)^        ;;", text, re.M | re.S).group(1)
            for name in self.options(command):
                self.assertRegex(part, rf"--{name}[='\[}}]", command)
        if not shutil.which("zsh"):
            self.skipTest("no zsh: its completion is not parsed")
        subprocess.run(["zsh", "-n", self.path("pages", "zsh", "_hmrec")], check=True)

    def test_fish(self):
        text = self.read("fish", "hmrec.fish")
        self.check_all_options(text, r"(?m)^complete -c hmrec -n '__fish_seen_subcommand_from {command}' -l {name} ")
        if not shutil.which("fish"):
            self.skipTest("no fish: its completion is not run")
        subprocess.run(["fish", "-n", self.path("pages", "fish", "hmrec.fish")], check=True)
        done = subprocess.run(["fish", "-c", f"source {self.path('pages', 'fish', 'hmrec.fish')}; complete -C 'hmrec similar --format '"],
                              env=cli.environment(HOME=self.dir), stdout=subprocess.PIPE, check=True)
        self.assertEqual({line.split("\t")[0] for line in done.stdout.decode().splitlines()}, {"table", "csv", "json", "ndjson"})

    def test_a_folder_that_cannot_be_made(self):
        with open(self.path("file"), "w"):
            pass
        self.assertIn("file/man1: cannot be made", self.hmrec("--generate", "file", code=1).err)


if __name__ == "__main__":
    cli.main()
