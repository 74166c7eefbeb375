# SPDX-License-Identifier: MIT
"""The first SIGTERM or SIGINT ends a command soon, with 128 + its number: while a server is silent, while another process writes to
the store, between photos."""
import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import cli
import stores

SOON_S = 2.0 if cli.PLAIN else 20.0
PHOTO = os.path.join(cli.SAMPLE, "images", "039", "0399223001.jpg")
ARTICLE = "article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,graphical_appearance_no," \
    "graphical_appearance_name,colour_group_code,colour_group_name,perceived_colour_value_id,perceived_colour_value_name," \
    "perceived_colour_master_id,perceived_colour_master_name,department_no,department_name,index_code,index_name,index_group_no," \
    "index_group_name,section_no,section_name,garment_group_no,garment_group_name,detail_desc\n" \
    "0108775015,0108775,Vest,253,Vest,Upper,1,Solid,9,Black,4,Dark,5,Black,1676,Jersey,A,Ladies,1,Ladies,16,Basics,1002,Jersey,d\n"


class Signals(cli.Case):
    def setUp(self):
        super().setUp()
        stores.make(self.path("hmrec.db"), {"%03d" % i: {0: 3, 1 + i % 4: 2, 10 + i: 1} for i in range(20)})
        with open(self.path("a.csv"), "w", encoding="ascii") as out:
            out.write(ARTICLE)

    def ends(self, number, *args, when=lambda process: time.sleep(0.5), **env):
        """Start a command; when() returns once it is in the midst of its work."""
        process = self.start(*args, **env)
        try:
            when(process)
            self.assertIsNone(process.poll(), f"{args} has ended by itself: {process.stderr.read() if process.poll() is not None else ''}")
            start = time.monotonic()
            process.send_signal(number)
            try:
                _, err = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                self.fail(f"{args}: the signal was not seen")
            self.assertEqual(process.returncode, 128 + number, (args, err))
            self.assertLess(time.monotonic() - start, SOON_S, args)
            return err.decode()
        finally:
            process.kill()
            process.wait()

    def test_a_silent_server(self):
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
            uri = "bolt://127.0.0.1:%d" % server.getsockname()[1]
            taken = []

            def when_connected(_):
                taken.append(server.accept()[0])
                self.assertTrue(taken[-1].recv(20))  # the handshake

            for args in (["similar", "001"], ["knn"], ["load", "--articles", "a.csv"], ["remove", "001"],
                         ["prune", "--catalogue"], ["gallery", "--images", cli.SAMPLE, "-o", "g"]):
                for number in (signal.SIGTERM, signal.SIGINT):
                    with self.subTest(args=args, number=number):
                        err = self.ends(number, *args, "--store", uri, when=when_connected, NEO4J_USERNAME="")
                        self.assertIn("interrupted", err)
            for connection in taken:
                connection.close()

    def test_another_writer(self):
        with contextlib.closing(sqlite3.connect(self.path("hmrec.db"), isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            for args in (["load", "--articles", "a.csv"], ["knn"], ["remove", "001"]):
                with self.subTest(args=args):
                    err = self.ends(signal.SIGTERM, *args)
                    self.assertIn("interrupted while another process was writing to it", err)
            db.execute("ROLLBACK")
        self.hmrec("knn")  # and nothing of them is left

    def test_between_photos(self):
        self.hmrec("weights", "random", "-o", "w.safetensors")
        self.hmrec("embed", PHOTO, "-w", "w.safetensors", "--store", "p.db")
        err = self.ends(signal.SIGTERM, "similar", *[PHOTO] * 2000, "-w", "w.safetensors", "--store", "p.db", when=lambda _: time.sleep(1.5))
        self.assertIn("stopped by a signal", err)

    def files(self, folder):
        found = {}
        for where, _, names in os.walk(self.path(folder)):
            for name in names:
                with open(os.path.join(where, name), "rb") as file:
                    found[os.path.relpath(os.path.join(where, name), self.path(folder))] = file.read()
        return found

    def begun(self, folder):
        """Returns once a gallery has written some of its files there."""
        def when(_):
            deadline = time.monotonic() + 60
            while not sum(map(len, self.files(folder).values())) and time.monotonic() < deadline:
                time.sleep(0.01)
        return when

    def test_a_gallery_is_whole_or_as_before(self):
        codes = ["%04d" % i for i in range(1000)]
        stores.make(self.path("g.db"), {code: {0: 3, 1 + i % 40: 2, 50 + i: 1} for i, code in enumerate(codes)})
        os.makedirs(self.path("photos"))
        for code in codes[:40]:
            shutil.copy(PHOTO, self.path("photos", code + ".jpg"))
        make = ["gallery", "--store", "g.db", "--images", "photos", "-o"]
        err = self.ends(signal.SIGTERM, *make, "new", "--random", "1000", when=self.begun("new"))
        self.assertIn("stopped by a signal; new is as before", err)
        self.assertFalse(os.path.exists(self.path("new")))
        self.hmrec(*make, "g", *codes[:4])
        before = self.files("g")
        self.ends(signal.SIGINT, *make, "g", "--random", "1000", when=self.begun("g/gallery.part"))
        self.assertEqual(self.files("g"), before)
        killed = self.start(*make, "g", "--random", "1000")
        self.begun("g/gallery.part")(killed)
        killed.kill()
        killed.communicate()
        after = self.files("g")
        self.assertEqual({name: after[name] for name in before}, before)
        self.assertTrue([name for name in after if name.startswith("gallery.part/")])
        self.hmrec(*make, "g", *codes[:4])  # and the next one clears away what the killed one left
        self.assertEqual(self.files("g"), before)
        self.assertNotIn("gallery.part", os.listdir(self.path("g")))


if __name__ == "__main__":
    cli.main()
