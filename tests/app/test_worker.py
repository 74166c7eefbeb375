# SPDX-License-Identifier: MIT
"""hmrec worker: bits and order of its answers in every format, pictures that are none, senders that pause, cut or lie, readers that go away."""
import glob
import hashlib
import json
import os
import random
import re
import select
import struct
import subprocess
import time
import unittest

import arrow_file
import cli

SEED = int(os.environ.get("HM_TEST_SEED", "17"), 0)
PICTURES = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "**", "*.jpg"), recursive=True))[:11]
PATH = 0xFFFFFFFF


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


def frame(key, content):
    """A request; content PATH: the key is the path of a picture."""
    key = os.fsencode(key)
    return struct.pack("<II", len(key), PATH if content == PATH else len(content)) + key + (b"" if content == PATH else content)


def answers_of_frames(data):
    """[(key, vector's bytes or the reason as str)]"""
    out, at = [], 0
    while at < len(data):
        key, n = struct.unpack_from("<II", data, at)
        at += 8 + key
        length = n & 0x7FFFFFFF
        content = data[at:at + length]
        assert len(content) == length and (n & 0x80000000 or length == 8192)
        out.append((data[at - key:at], content.decode() if n & 0x80000000 else content))
        at += length
    return out


def answers_of_stream(data):
    """Rows of an Arrow stream, and the schema's metadata."""
    rows, columns, metadata = [], None, None
    for message, body, _, _ in arrow_file.messages(data):
        if message.number(1, "B") == 1:
            columns, metadata = arrow_file.read_schema(message.table(2))
        else:
            rows += arrow_file.read_batch(message.table(2), body, columns)
    return rows, metadata


class Worker(cli.Case):
    @classmethod
    def setUpClass(cls):
        cls.shared = cli.tempfile.TemporaryDirectory(prefix="hmrec-test-")
        cls.addClassCleanup(cls.shared.cleanup)
        cls.weights = os.path.join(cls.shared.name, "w.safetensors")
        run = lambda *args: subprocess.run([*cli.PROGRAM, *args], cwd=cls.shared.name, env=cli.environment(), check=True, capture_output=True)  # noqa: E731
        run("weights", "random", "--seed", "1", "-o", cls.weights)
        run("embed", "-o", "e.npy", "--weights", cls.weights, *PICTURES)
        with open(os.path.join(cls.shared.name, "e.npy"), "rb") as file:
            vectors = file.read()[-8192 * len(PICTURES):]
        with open(os.path.join(cls.shared.name, "e.npy.codes"), encoding="utf-8") as file:
            codes = file.read().splitlines()
        cls.embedded = {code: vectors[8192 * i:8192 * (i + 1)] for i, code in enumerate(codes)}  # by hmrec embed

    def work(self, text, *args, code=0):
        done = subprocess.run([*cli.PROGRAM, "worker", "-q", "--weights", self.weights, *args], cwd=self.dir, env=cli.environment(), input=text,
                              capture_output=True, timeout=600)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def bytes_of(self, path):
        with open(path, "rb") as file:
            return file.read()

    def code_of(self, path):
        return os.path.basename(path)[:-4]

    def test_bits_and_order_are_those_of_embed(self):
        order = random.Random(SEED).sample(PICTURES, len(PICTURES))
        expected = [(self.code_of(path).encode(), self.embedded[self.code_of(path)]) for path in order]
        text = b"".join(frame(self.code_of(path), self.bytes_of(path)) for path in order)
        for args in ([], ["-t", "1", "-b", "1"], ["-t", "3", "-b", "2"], ["--linger", "0"]):
            with self.subTest(args):
                done = self.work(text, "--output", "frames", *args)
                self.assertEqual(answers_of_frames(done.stdout), expected)
                rows, metadata = answers_of_stream(self.work(text, *args).stdout)
                self.assertEqual([(row[0].encode(), row[2]) for row in rows], expected)
                self.assertEqual([row[1] for row in rows], [hashlib.sha256(self.bytes_of(path)).hexdigest() for path in order])
                self.assertRegex(metadata["model"], "^[0-9a-f]{64}$")

    def test_paths(self):
        for end, name in ((b"\n", "paths"), (b"\0", "paths0")):
            for last in (end, b""):
                text = end.join(os.fsencode(path) for path in PICTURES[:3]) + last
                lines = [json.loads(line) for line in self.work(text, "--input", name, "--output", "ndjson").stdout.decode().splitlines()]
                self.assertEqual([line["key"] for line in lines], PICTURES[:3])
                for line in lines:
                    self.assertEqual(struct.pack("<2048f", *line["embedding"]), self.embedded[self.code_of(line["key"])])
        done = self.work(b"".join(frame(path, PATH) for path in PICTURES[:3]), "--output", "frames")
        self.assertEqual([vector for _, vector in answers_of_frames(done.stdout)], [self.embedded[self.code_of(path)] for path in PICTURES[:3]])

    def test_what_cannot_be_embedded_is_an_answer(self):
        good = self.bytes_of(PICTURES[0])
        wrong = [("empty", b"", "empty"), ("text", b"this is no picture", "JPEG"), ("cut", good[:100], ""), ("there/is/none", PATH, "o such file"),
                 ("a\0b", PATH, "NUL"), ("", PATH, ""), (b"Latin-1 \xe9", PATH, "o such file")]
        text = b"".join(frame(key, content) + frame("ok", good) for key, content, _ in wrong)
        answers = answers_of_frames(self.work(text, "--output", "frames", "-b", "3").stdout)
        self.assertEqual(len(answers), 2 * len(wrong))
        for (key, _, reason), (answered, why), (_, vector) in zip(wrong, answers[::2], answers[1::2]):
            self.assertEqual(answered, os.fsencode(key))
            self.assertIsInstance(why, str)
            self.assertIn(reason, why)
            self.assertEqual(vector, self.embedded[self.code_of(PICTURES[0])])
        rows, _ = answers_of_stream(self.work(text).stdout)
        self.assertEqual([bool(row[2]) for row in rows], [False, True] * len(wrong))
        self.assertEqual([bool(row[3]) for row in rows], [True, False] * len(wrong))
        self.assertEqual(rows[-2][0], "Latin-1 \\xe9")
        lines = [json.loads(line) for line in self.work(text, "--output", "ndjson").stdout.decode().splitlines()]
        self.assertEqual(["error" in line for line in lines], [True, False] * len(wrong))

    def test_nothing_at_all(self):
        for name in ("frames", "paths", "paths0"):
            rows, metadata = answers_of_stream(self.work(b"", "--input", name).stdout)
            self.assertEqual((rows, len(metadata)), ([], 2))
            self.assertEqual(self.work(b"", "--input", name, "--output", "ndjson").stdout, b"")

    def test_a_sender_that_pauses_gets_its_answers(self):
        whole = frame("first", self.bytes_of(PICTURES[0]))
        second = frame("second", self.bytes_of(PICTURES[1]))
        process = subprocess.Popen([*cli.PROGRAM, "worker", "-q", "--weights", self.weights, "--output", "frames", "-t", "2"], cwd=self.dir,
                                   env=cli.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with process:
            process.stdin.write(whole + second[:50])  # and half of another
            process.stdin.flush()
            answer = b""
            while len(answer) < 8 + 5 + 8192:
                ready, _, _ = select.select([process.stdout], [], [], 120)
                self.assertTrue(ready, "no answer while the sender pauses")
                answer += os.read(process.stdout.fileno(), 1 << 16)
            self.assertEqual(answers_of_frames(answer), [(b"first", self.embedded[self.code_of(PICTURES[0])])])
            rest, err = process.communicate(second[50:], timeout=120)
            self.assertEqual(process.returncode, 0, err)
            self.assertEqual(answers_of_frames(rest), [(b"second", self.embedded[self.code_of(PICTURES[1])])])

    def test_streams_that_end_too_soon_or_are_none(self):
        good = frame("good", self.bytes_of(PICTURES[0]))
        for rest, reason in ((b"\1", "ends inside of frame 2: 1 of 8 bytes"), (good[:10], "2 of the key and"), (good[:-1], "1 of the picture are missing"),
                             (struct.pack("<II", 65537, 5), "found a key of 65537 bytes, expected at most 65536"),
                             (struct.pack("<II", PATH, PATH), "found a key of 4294967295 bytes"),
                             (struct.pack("<II", 3, 0xFFFFFFFE) + b"big" + b"x" * 1000, "4294966294 of the picture are missing")):
            for output in ("frames", "arrow"):
                done = self.work(good + rest, "--output", output, code=1)
                self.assertIn(reason, done.stderr.decode())
                if output == "frames":
                    self.assertEqual([key for key, _ in answers_of_frames(done.stdout)], [b"good"])
                else:  # what is there can be read, but nothing says that it is all
                    rows, _ = answers_of_stream(done.stdout + struct.pack("<Ii", 0xFFFFFFFF, 0))
                    self.assertEqual([row[0] for row in rows], ["good"])
                    self.assertNotEqual(done.stdout[-8:], struct.pack("<Ii", 0xFFFFFFFF, 0))

    @unittest.skipUnless(cli.PLAIN, "its memory is the emulator's or the sanitizer's, too")
    def test_memory_does_not_grow_by_what_is_said(self):
        """A gigabyte that is refused is passed over, and a length that is claimed is not allocated."""
        script = ("import os, sys, resource, subprocess\n"
                  "p = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
                  "p.stdin.write((3).to_bytes(4, 'little') + (2**30 + 1).to_bytes(4, 'little') + b'big')\n"
                  "for _ in range(1024): p.stdin.write(bytes(1 << 20))\n"
                  "p.stdin.write(b'x' + (1).to_bytes(4, 'little') + (2**30).to_bytes(4, 'little') + b'k')\n"
                  "out, _ = p.communicate()\n"
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, p.returncode, len(out))\n")
        done = subprocess.run([cli.sys.executable, "-c", script, *cli.PROGRAM, "worker", "-t", "1", "-b", "2", "--weights", self.weights, "--output", "frames"],
                              cwd=self.dir, env=cli.environment(), capture_output=True, text=True, timeout=600)
        peak_kb, code, length = map(int, done.stdout.split())
        self.assertEqual(code, 1)
        self.assertIn("1073741824 of the picture are missing", done.stderr)
        self.assertGreater(length, 40)  # the first one's reason
        self.assertLess(peak_kb, 500 << 10)

    def test_a_reader_that_goes_away_ends_it(self):
        process = subprocess.Popen([*cli.PROGRAM, "worker", "-q", "--weights", self.weights], cwd=self.dir, env=cli.environment(), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.read(8)
        process.stdout.close()
        start = time.monotonic()
        try:
            for _ in range(40):
                process.stdin.write(frame("k", self.bytes_of(PICTURES[0])))
                process.stdin.flush()
                time.sleep(0.05)
        except BrokenPipeError:
            pass
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass
        self.assertNotEqual(process.wait(timeout=60), 0)
        process.stderr.close()
        self.assertLess(time.monotonic() - start, 60)

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_output_that_cannot_be_written_ends_it_while_the_sender_pauses(self):
        for args in (["-t", "1"], ["-t", "2"]):
            with open("/dev/full", "wb") as full:
                process = subprocess.Popen([*cli.PROGRAM, "worker", "-q", "--weights", self.weights, "--output", "frames", *args], cwd=self.dir,
                                           env=cli.environment(), stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE)
            process.stdin.write(frame("k", self.bytes_of(PICTURES[0])))
            process.stdin.flush()
            self.assertEqual(process.wait(timeout=120), 1)
            self.assertIn(b"No space left", process.stderr.read())
            process.stdin.close()
            process.stderr.close()

    def test_a_signal_ends_it_while_it_waits(self):
        process = subprocess.Popen([*cli.PROGRAM, "worker", "-q", "--weights", self.weights, "--output", "frames"], cwd=self.dir, env=cli.environment(),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with process:
            process.stdin.write(frame("k", self.bytes_of(PICTURES[0])))
            process.stdin.flush()
            answer = process.stdout.read(8 + 1 + 8192)
            process.terminate()
            self.assertEqual(process.wait(timeout=60), 143)
        self.assertEqual(answers_of_frames(answer)[0][0], b"k")

    def test_the_recipe(self):
        """The piece of Python in docs/worker.md, as it stands there."""
        with open(os.path.join(cli.ROOT, "docs", "worker.md"), encoding="utf-8") as page:
            text = re.search(r"```python\n(.*?)^```$", page.read(), re.M | re.S).group(1)
        os.symlink(PICTURES[0], self.path("photo.jpg"))
        with open(self.path("hmrec"), "w", encoding="utf-8") as script:
            script.write(f"#!/bin/sh\nexec {cli.shlex.join(cli.PROGRAM)} \"$@\"\n")
        os.chmod(self.path("hmrec"), 0o755)
        done = subprocess.run([cli.sys.executable, "-c", text], cwd=self.dir, capture_output=True, text=True, timeout=600,
                              env=cli.environment(PATH=self.dir + ":" + os.environ["PATH"], HMREC_WEIGHTS=self.weights))
        if "ModuleNotFoundError" in done.stderr:
            raise unittest.SkipTest(done.stderr.strip().splitlines()[-1])
        self.assertEqual((done.returncode, done.stdout), (0, "['a key']\n"), done.stderr)

    def test_wrong_usage(self):
        for args, reason in ((["--linger", "-1"], "expected milliseconds"), (["--linger", "x"], "expected milliseconds"), (["--batch", "5000"], "1 to 1024"),
                             (["--input", "tar"], "frames, paths or paths0"), (["x.jpg"], "unexpected argument")):
            self.assertIn(reason, self.hmrec("worker", *args, code=2).err)


if __name__ == "__main__":
    cli.main()
