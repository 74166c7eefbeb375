# SPDX-License-Identifier: MIT
"""hmrec embed --output: whole or not there, killed, out of room, gone on with; endings; what a name may not hold."""
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time

import cli

PICTURE = os.path.join(cli.SAMPLE, "images", "039", "0399223001.jpg")
HEADER, ROW = 128, 2048 * 4


def setUpModule():
    global weights, scratch
    scratch = tempfile.TemporaryDirectory(prefix="hmrec-test-")
    weights = {}
    for seed in "1", "2":
        weights[seed] = os.path.join(scratch.name, seed + ".safetensors")
        subprocess.run(cli.PROGRAM + ["weights", "random", "--seed", seed, "-o", weights[seed], "-q"], check=True, env=cli.environment())


def tearDownModule():
    scratch.cleanup()


def content(path):
    with open(path, "rb") as file:
        return file.read()


def pair(path, ending=""):
    """Code to row of FILE.npy and FILE.npy.codes, as far as the header counts."""
    data, lines = content(path + ending), content(path + ".codes" + ending).split(b"\n")
    header = data[10:HEADER].decode()
    assert data[:8] == b"\x93NUMPY\1\0" and header.startswith("{'descr': '<f4', 'fortran_order': False, 'shape': ("), header
    n = int(header.split("(")[1].split(",")[0])
    assert len(data) >= HEADER + n * ROW and len(lines) > n, (n, len(data), len(lines))
    return {lines[i].decode(): data[HEADER + i * ROW:HEADER + (i + 1) * ROW] for i in range(n)}


def lines(path):
    """Code to row of complete JSON lines."""
    rows = [json.loads(line) for line in content(path).split(b"\n")[:-1]]
    return {row["code"]: struct.pack("<2048f", *row["embedding"]) for row in rows}


class Output(cli.Case):
    def setUp(self):
        super().setUp()
        source = content(PICTURE)
        os.mkdir(self.path("images"))
        for i in range(12):
            with open(self.path("images", f"{i:02}.jpg"), "wb") as out:
                out.write(source + b"%d" % i)

    def embed(self, *args, code=0, seed="1", **env):
        return self.hmrec("embed", "images", "-t", "1", "-b", "2", *args, code=code, HMREC_WEIGHTS=weights[seed], **env)

    def kill_when(self, path, size, *args):
        """Start a run and SIGKILL it as soon as its file has that size; whether it was still running."""
        run = self.start("embed", "images", "-t", "1", "-b", "2", *args, HMREC_WEIGHTS=weights["1"])
        while run.poll() is None and (not os.path.exists(path) or os.path.getsize(path) < size):
            time.sleep(0.002)
        run.kill()
        run.communicate()
        return run.returncode == -signal.SIGKILL

    def test_killed_runs_leave_a_readable_pair_and_are_gone_on_with(self):
        self.embed("-o", "whole.npy")
        whole, out = pair(self.path("whole.npy")), self.path("out.npy")
        with open(out, "wb") as yesterday, open(out + ".codes", "w") as codes:
            yesterday.write(b"yesterday's")
            codes.write("yesterday's\n")
        for rows in 0, 2, 5, 9:
            self.assertTrue(self.kill_when(out + ".part", HEADER + rows * ROW, "-o", "out.npy", "--resume" if rows else "-q"))
            if os.path.exists(out + ".part"):
                kept = pair(out, ".part") if os.path.getsize(out + ".part") >= HEADER and os.path.exists(out + ".codes.part") else {}
                self.assertEqual({**whole, **kept}, whole)  # what is there is right
            self.assertEqual(content(out), b"yesterday's")
        self.assertGreaterEqual(len(kept), 8)
        result = self.embed("-o", "out.npy", "--resume")
        self.assertIn(f"{12 - len(kept)} embedded, {len(kept)} unchanged, 0 failed", result.err)
        self.assertEqual(pair(out), whole)
        self.assertEqual(sorted(n for n in os.listdir(self.dir) if n.endswith(".part")), [])

    def test_a_torn_end_is_cut_off(self):
        self.embed("-o", "whole.npy")
        self.embed("-o", "whole.ndjson")
        for name in ("whole.npy", "whole.npy.codes", "whole.ndjson"):
            with open(self.path(name.replace("whole", "out") + ".part"), "wb") as part:
                part.write(content(self.path(name))[:-3])
        self.embed("-o", "out.npy", "--resume")
        self.assertEqual(pair(self.path("out.npy")), pair(self.path("whole.npy")))
        self.assertEqual(content(self.path("out.npy")), content(self.path("whole.npy")))
        self.assertIn("1 embedded, 11 unchanged", self.embed("-o", "out.ndjson", "--resume").err)
        self.assertEqual(lines(self.path("out.ndjson")), lines(self.path("whole.ndjson")))
        self.assertEqual(lines(self.path("out.ndjson")), pair(self.path("out.npy")))

    def test_a_finished_file_is_gone_on_with(self):
        os.rename(self.path("images", "03.jpg"), self.path("later.jpg"))
        for name in "out.npy", "out.ndjson":
            self.assertIn("11 embedded", self.embed("-o", name).err)
        os.rename(self.path("later.jpg"), self.path("images", "03.jpg"))
        for name in "out.npy", "out.ndjson":
            self.assertIn("1 embedded, 11 unchanged", self.embed("-o", name, "--resume").err)
            self.assertIn("0 embedded, 12 unchanged", self.embed("-o", name, "--resume").err)
        self.assertEqual(len(pair(self.path("out.npy"))), 12)
        self.assertEqual(lines(self.path("out.ndjson")), pair(self.path("out.npy")))

    def test_other_weights_are_not_mixed_in(self):
        os.rename(self.path("images", "03.jpg"), self.path("later.jpg"))
        for name in "out.npy", "out.ndjson":
            self.embed("-o", name)
        os.rename(self.path("later.jpg"), self.path("images", "03.jpg"))
        for name in "out.npy", "out.ndjson":
            before = content(self.path(name))
            result = self.embed("-o", name, "--resume", seed="2", code=1)
            self.assertIn(f"{name}: to be resumed, but its embedding of 0", result.err)
            self.assertEqual(content(self.path(name)), before)

    def test_what_is_not_hmrecs_is_left_alone(self):
        for name in "out.npy", "out.ndjson", "out.ndjson.part":
            with open(self.path(name), "w") as file:
                file.write("someone's notes\n")
        self.assertIn("found other content", self.embed("-o", "out.npy", "--resume", code=1).err)
        self.assertIn("found other content", self.embed("-o", "out.ndjson", "--resume", code=1).err)
        for name in "out.npy", "out.ndjson", "out.ndjson.part":
            self.assertEqual(content(self.path(name)), b"someone's notes\n")

    def test_full_disk_keeps_yesterdays_file(self):
        self.embed("-o", "whole.npy")
        for name in "out.npy", "out.npy.codes", "out.ndjson":
            with open(self.path(name), "w") as file:
                file.write("yesterday's")

        def room():  # a limit is as good as a full disk: write() fails, and what it did not take is lost
            resource.setrlimit(resource.RLIMIT_FSIZE, (HEADER + 5 * ROW, HEADER + 5 * ROW))

        for name in "out.npy", "out.ndjson":
            run = subprocess.run(cli.PROGRAM + ["embed", "images", "-t", "1", "-b", "2", "-o", name], cwd=self.dir, preexec_fn=room,
                                 restore_signals=False, env=cli.environment(HMREC_WEIGHTS=weights["1"]), capture_output=True)
            self.assertEqual(run.returncode, 1, run)
            self.assertIn(f"write {os.path.realpath(self.path(name))}.part: File too large".encode(), run.stderr)
            self.assertEqual(content(self.path(name)), b"yesterday's")
        self.assertEqual(len(pair(self.path("out.npy"), ".part")), 4)
        self.assertIn("8 embedded, 4 unchanged", self.embed("-o", "out.npy", "--resume").err)
        self.assertEqual(pair(self.path("out.npy")), pair(self.path("whole.npy")))

    def test_nothing_done_keeps_yesterdays_file(self):
        self.embed("-o", "out.npy")
        before = content(self.path("out.npy"))
        os.mkdir(self.path("bad"))
        with open(self.path("bad", "x.jpg"), "w") as bad:
            bad.write("no picture")
        self.hmrec("embed", "bad", "-o", "out.npy", code=1, HMREC_WEIGHTS=weights["1"])
        self.assertEqual(content(self.path("out.npy")), before)
        self.assertFalse(os.path.exists(self.path("out.npy.part")))

    def test_interrupted_run_says_so_and_is_gone_on_with(self):
        out = self.path("out.ndjson")
        run = self.start("embed", "images", "-t", "1", "-b", "1", "-o", "out.ndjson", HMREC_WEIGHTS=weights["1"])
        while run.poll() is None and (not os.path.exists(out + ".part") or not os.path.getsize(out + ".part")):
            time.sleep(0.002)
        run.send_signal(signal.SIGHUP)
        self.assertIn("interrupted", run.communicate()[1].decode())
        self.assertEqual(run.returncode, 129)
        self.assertFalse(os.path.exists(out))
        self.assertIn("made anew", self.hmrec("embed", "images/00.jpg", "-o", "out.ndjson", HMREC_WEIGHTS=weights["1"]).err)

    def test_a_link_stays_a_link_and_a_pipe_is_written_to(self):
        os.mkdir(self.path("real"))
        open(self.path("real", "x.npy"), "w").close()
        os.symlink("real/x.npy", self.path("out.npy"))
        self.embed("-o", "out.npy")
        self.assertTrue(os.path.islink(self.path("out.npy")))
        self.assertEqual(os.path.getsize(self.path("real", "x.npy")), HEADER + 12 * ROW)
        os.mkfifo(self.path("pipe.ndjson"))
        with subprocess.Popen(["cat", self.path("pipe.ndjson")], stdout=subprocess.PIPE) as reader:
            self.hmrec("embed", "images/00.jpg", "-o", "pipe.ndjson", HMREC_WEIGHTS=weights["1"])
            self.assertEqual(reader.communicate()[0].count(b"\n"), 1)
        self.assertIn("no regular file", self.embed("-o", "pipe.ndjson", "--resume", code=1).err)

    def test_endings(self):
        for name in "out.csv", "out", "out.json", "out.npy.gz":
            result = self.hmrec("embed", "images", "-o", name, code=2, HMREC_WEIGHTS=weights["1"])
            self.assertRegex(result.err, f'found "{name}", expected .*\\.npy.*\\.ndjson')
        self.assertIn("should end in .npy", self.hmrec("pixels", PICTURE, "-o", "out.csv", code=2).err)
        self.assertEqual([n for n in os.listdir(self.dir) if n.startswith("out")], [])
        self.hmrec("embed", "images/00.jpg", "-o", "OUT.JSONL", HMREC_WEIGHTS=weights["1"])
        self.assertEqual(list(lines(self.path("OUT.JSONL"))), ["00"])

    def test_newline_in_a_name(self):
        for end in "\n", "\r", "\u2028":  # Python's readlines ends a line at the first two, splitlines at all
            shutil.copy(PICTURE, self.path("images", f"two{end}lines.jpg"))
        result = self.embed("-o", "out.npy", code=1)
        self.assertIn("its name holds a newline", result.err)
        self.assertIn("12 embedded, 0 unchanged, 3 failed", result.err)
        self.assertEqual(len(pair(self.path("out.npy"))), 12)
        self.embed("-o", "out.ndjson")
        self.assertIn("two\nlines", lines(self.path("out.ndjson")))
        self.assertIn("0 embedded, 15 unchanged", self.embed("-o", "out.ndjson", "--resume").err)

    def test_pixels_are_whole_or_not_there(self):
        with open(self.path("out.npy"), "w") as file:
            file.write("yesterday's")
        run = subprocess.run(cli.PROGRAM + ["pixels", PICTURE, PICTURE, "-o", "out.npy"], cwd=self.dir, restore_signals=False,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000)), env=cli.environment(), capture_output=True)
        self.assertEqual(run.returncode, 1)
        self.assertEqual(content(self.path("out.npy")), b"yesterday's")
        self.hmrec("pixels", PICTURE, PICTURE, "-o", "out.npy")
        self.assertEqual(os.path.getsize(self.path("out.npy")), HEADER + 2 * 224 * 224 * 3)


if __name__ == "__main__":
    cli.main()
