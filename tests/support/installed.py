# SPDX-License-Identifier: MIT
"""An hmrec that `cmake --install` put into a folder of its own, and the examples built with that and nothing else."""
import os
import shutil
import subprocess
import tempfile

import cli

BUILD = os.environ["HM_BUILD"]
CMAKE = os.environ["HM_CMAKE"]


def run(*args, **more):
    """A command that must succeed; what it printed."""
    done = subprocess.run(args, capture_output=True, text=True, timeout=300, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Installed:
    """self.prefix: installed elsewhere, then moved here. self.examples: a copy of examples/, away from this tree."""

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="hmrec-installed-")
        first, self.prefix = os.path.join(self.scratch.name, "first"), os.path.join(self.scratch.name, "moved")
        run(CMAKE, "--install", BUILD, "--prefix", first)
        os.rename(first, self.prefix)
        self.examples = os.path.join(self.scratch.name, "examples")
        shutil.copytree(os.path.join(cli.ROOT, "examples"), self.examples)
        self.library = os.path.dirname(self.find("libhmrec.so"))
        self.environment = {**os.environ, "CC": os.environ["HM_CC"], "LD_LIBRARY_PATH": self.library,
                            "PKG_CONFIG_PATH": os.path.join(self.library, "pkgconfig")}

    def find(self, name):
        for folder, _, files in os.walk(self.prefix):
            if name in files:
                return os.path.join(folder, name)
        raise AssertionError(f"{name} was not installed")

    def make(self, *args):
        """The folder with the programs."""
        run("make", "-s", "clean", "all", *args, cwd=self.examples, env=self.environment)
        return self.examples

    def cmake(self, name, *args):
        build = os.path.join(self.scratch.name, name)
        run(CMAKE, "-S", self.examples, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}", *args, env=self.environment)
        run(CMAKE, "--build", build, env=self.environment)
        return build
