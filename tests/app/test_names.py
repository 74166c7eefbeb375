# SPDX-License-Identifier: MIT
"""hmrec embed: which files of a folder or a list are pictures, and what their products' codes are."""
import json
import os
import shutil
import subprocess
import tempfile

import cli

PICTURE = os.path.join(cli.SAMPLE, "images", "039", "0399223001.jpg")


def setUpModule():
    global weights, scratch
    scratch = tempfile.TemporaryDirectory(prefix="hmrec-test-")
    weights = os.path.join(scratch.name, "random.safetensors")
    subprocess.run(cli.PROGRAM + ["weights", "random", "--seed", "1", "-o", weights, "-q"], check=True, env=cli.environment())


def tearDownModule():
    scratch.cleanup()


class Names(cli.Case):
    def picture(self, *parts):
        path = self.path(*parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(PICTURE, path)
        return path

    def codes(self, *args, code=0, stdin=b""):
        """The codes that were embedded, and what was said."""
        result = self.hmrec("embed", *args, "-o", "-", code=code, stdin=stdin, HMREC_WEIGHTS=weights)
        return [json.loads(line)["code"] for line in result.out.splitlines()], result.err

    def test_kinds_of_pictures_in_a_folder(self):
        for name in "a.jpg", "b.JPEG", "c.jpe", "d.JFIF", "e.gif", "f.GIF", "g.heic", "h.txt", ".i.jpg", ".hidden/j.jpg":
            self.picture("images", name)
        codes, err = self.codes("images")
        self.assertEqual(codes, ["a", "b", "c", "d"])
        self.assertRegex(err, r"hmrec: (2 \.gif, 1 \.heic|1 \.heic, 2 \.gif) passed over\n")
        os.mkdir(self.path("others"))
        self.picture("others", "x.tiff")
        err = self.codes("others", code=1)[1]
        self.assertIn("1 .tiff passed over", err)
        self.assertIn("no pictures found", err)
        self.assertEqual(self.codes("images/e.gif")[0], ["e.gif"])  # named itself, and a JPEG in truth

    def test_codes(self):
        for name in "A/1.jpg", "B/1.jpg", "B/1.jpeg":
            self.picture("images", name)
        codes, err = self.codes("images", code=1)
        self.assertEqual(codes, ["1"])
        self.assertIn("--code path or name tells them apart", err)
        for folder in "images", "./images/", os.path.join(self.dir, "images"):
            self.assertEqual(self.codes(folder + "/A", folder + "/B/1.jpeg", "--code", "name")[0], ["1.jpeg", "1.jpg"])
            codes, err = self.codes(folder, "--code", "path", code=1)
            self.assertEqual(codes, ["A/1", "B/1"])
            self.assertIn("product B/1 has a picture already", err)
        self.assertEqual(self.codes("./images/A/1.jpg", "--code", "path")[0], ["images/A/1"])
        self.assertIn("stem, name or path", self.hmrec("embed", "images", "--code", "sku", code=2).err)

    def test_one_file_by_two_spellings(self):
        self.picture("d", "1.jpg")
        os.symlink("d", self.path("linked"))
        os.mkdir(self.path("more"))
        os.symlink("../d/1.jpg", self.path("more", "1.jpg"))
        os.symlink("..", self.path("d", "circle"))
        for how in "stem", "name":
            codes, err = self.codes("d", "./d", "d/../d", "linked", "more", self.path("d", "1.jpg"), "--code", how)
            self.assertEqual(len(codes), 1, err)

    def test_lists(self):
        paths = [self.picture("images", name) for name in ("a.jpg", "b.jpg", "c\nd.jpg")]
        nulls = "".join(p + "\0" for p in paths).encode()
        codes, err = self.codes("--files-from", "-", "--null", stdin=nulls)
        self.assertEqual(codes, ["a", "b", "c\nd"])
        self.assertEqual(self.codes("--files-from", "-", "-0", stdin=nulls[:-1])[0], codes)
        codes, err = self.codes("--files-from", "-", code=1, stdin=nulls)
        self.assertEqual(codes, [])
        self.assertIn("--files-from -: line 1 holds a NUL; a list of find -print0 needs --null", err)
        text = "\r\n".join(paths[:2]).encode()
        self.assertEqual(self.codes("--files-from", "-", stdin=b"\xef\xbb\xbf" + text)[0], ["a", "b"])
        self.assertIn("--null needs --files-from", self.hmrec("embed", "images", "-0", code=2).err)
        self.assertIn("--files-from images: can't read", self.codes("--files-from", "images", code=1)[1])

    def test_names_that_are_no_codes(self):
        self.picture("images", "good.jpg")
        self.picture("images", "x" * 250 + ".jpg")
        shutil.copy(PICTURE, os.path.join(os.fsencode(self.path("images")), b"caf\xe9.jpg"))
        codes, err = self.codes("images", code=1)
        self.assertEqual(codes, ["good", "x" * 250])
        self.assertIn("its name is not UTF-8 (byte E9), a product code must be", err)
        self.assertIn("2 embedded, 0 unchanged, 1 failed", err)
        for folder in "p", "q":
            self.picture("deep", "x" * 200, folder, "y" * 60 + ".jpg")
        codes, err = self.codes("deep", "--code", "path", code=1)
        self.assertEqual(codes, [])
        self.assertIn("263 bytes long, a product code has at most 255", err)

    def test_the_gallery_finds_photos_by_codes_of_each_kind(self):
        for name in "A/1.jpg", "B/2.jpg":
            self.picture("images", name)
        for how in "path", "name":
            store = ("--store", how + ".db")
            folder = "images" if how == "path" else "flat"
            if how == "name":
                for name in "1.jpg", "2.jpg":
                    self.picture("flat", name)
            self.hmrec("embed", folder, "--code", how, *store, HMREC_WEIGHTS=weights)
            self.hmrec("knn", "-k", "1", *store)
            self.hmrec("gallery", *store, "--images", folder, "-o", how)
            with open(self.path(how, "index.html"), encoding="utf-8") as page:
                self.assertNotIn("No photo of", page.read(), how)

    def test_what_is_not_there(self):
        self.picture("images", "a.jpg")
        os.symlink("nowhere", self.path("images", "b.jpg"))
        os.symlink("nowhere", self.path("images", "notes"))
        codes, err = self.codes("images", "NOWHERE", code=1)
        self.assertEqual(codes, ["a"])
        self.assertIn("hmrec: NOWHERE: no such file or folder", err)
        self.assertIn("hmrec: images/b.jpg: no such file or folder", err)
        self.assertIn("1 embedded, 0 unchanged, 2 failed", err)
        if os.geteuid() != 0:  # root may read everything
            os.mkdir(self.path("locked"), 0)
            self.assertIn("can't read the folder", self.codes("locked", "images/a.jpg", code=1)[1])


if __name__ == "__main__":
    cli.main()
