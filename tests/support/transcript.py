# SPDX-License-Identifier: MIT
"""Documents whose console blocks are run and compared: "    $ COMMAND", then what it prints. With HMREC_UPDATE_DOCS=1 the real output is
written into the document instead. A block behind the line "<!-- needs WORD -->" runs only when WORD is among the words given."""
import os
import re
import subprocess

import cli

MARGIN = "    "
PROGRESS = re.compile(r"^hmrec: \d+(/\d+)? [a-z ]+, [\d.]+/s.*\n", re.M)
TIMES = [(re.compile(r"\d+\.\d+ s\b"), "N s"), (re.compile(r"\(?[\d.]+/s\)?"), "N/s"), (re.compile(r"\d+ ms\b"), "N ms")]


def plain(lines):
    """Without figures of time and trailing blanks."""
    text = "\n".join(line.rstrip() for line in lines)
    for pattern, word in TIMES:
        text = pattern.sub(word, text)
    return text.strip("\n")


class Step:
    """A command of the document and what stands below it as its output: lines [first, end)."""

    def __init__(self, command, first, needs):
        self.command, self.first, self.end, self.needs = command, first, first, needs


def steps(lines, heading):
    """The commands below "## HEADING"."""
    found, inside, needs = [], False, None
    for i, line in enumerate(lines):
        if line.startswith("## "):
            inside = line[3:] == heading
        elif not inside:
            continue
        elif line.startswith("<!-- needs "):
            needs = line.split()[2]
        elif line.startswith(MARGIN + "$ "):
            found.append(Step(line[len(MARGIN) + 2:], i + 1, needs))
        elif line.startswith(MARGIN) and found and found[-1].end == i:
            found[-1].end = i + 1
        elif line.strip():
            needs = None
    return found


def check(case, document, heading, words=(), same=None, **env):
    """Run the steps in case.dir, beside the sample and with hmrec in the PATH, one after the other, and compare. same: addresses of this run
    -> those of the document."""
    update = os.environ.get("HMREC_UPDATE_DOCS") == "1"
    os.symlink(cli.SAMPLE, case.path("sample"))
    environment = cli.environment(PATH=os.path.dirname(cli.PROGRAM[0]) + ":" + os.environ["PATH"], **env)
    path = os.path.join(cli.ROOT, document)
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    chosen = [s for s in steps(lines, heading) if not s.needs or s.needs in words]
    case.assertGreater(len(chosen), 0, f"{document}: no steps below \"{heading}\"")
    real = []
    for step in chosen:
        done = subprocess.run(["sh", "-c", step.command], cwd=case.dir, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=300)
        text = done.stdout.decode()
        for ours, theirs in (same or {}).items():
            text = text.replace(ours, theirs)
        real.append(PROGRESS.sub("", text).splitlines())
        if not update:
            expected = [line[len(MARGIN):] for line in lines[step.first:step.end]]
            case.assertEqual(plain(real[-1]), plain(expected), f"{document}: $ {step.command}")
    if update:
        for step, output in reversed(list(zip(chosen, real))):
            lines[step.first:step.end] = [(MARGIN + line).rstrip() for line in output]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
