# SPDX-License-Identifier: MIT
"""sample/ is what tools/make_sample.py makes, in the competition's formats; and --check sees what is not."""
import collections
import csv
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import cli

TOOL = os.path.join(cli.ROOT, "tools", "make_sample.py")
SAMPLE = pathlib.Path(cli.SAMPLE)


def check(folder):
    return subprocess.run([sys.executable, TOOL, "--check", "--out", str(folder)], capture_output=True, text=True, check=False)


def rows(name):
    with open(SAMPLE / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


class Tables(unittest.TestCase):
    def test_articles(self):
        articles = rows("articles.csv")
        self.assertEqual(25, len(articles[0]))
        codes = [row["article_id"] for row in articles]
        self.assertEqual(sorted(set(codes)), codes)
        for row in articles:
            self.assertRegex(row["article_id"], r"^0\d{9}$")
            self.assertEqual(row["article_id"][:7], row["product_code"])
            self.assertNotIn(None, row.values())
        photos = {path.stem for path in SAMPLE.glob("images/*/*.jpg")}
        self.assertTrue(photos < set(codes))
        self.assertGreaterEqual(len(photos), 60)

    def test_one_name_per_number(self):
        for number, name in (("product_type_no", "product_type_name"), ("department_no", "department_name"),
                             ("section_no", "section_name"), ("garment_group_no", "garment_group_name"),
                             ("index_code", "index_name"), ("index_group_no", "index_group_name"),
                             ("colour_group_code", "colour_group_name"),
                             ("graphical_appearance_no", "graphical_appearance_name"),
                             ("perceived_colour_value_id", "perceived_colour_value_name"),
                             ("perceived_colour_master_id", "perceived_colour_master_name")):
            names = collections.defaultdict(set)
            for row in rows("articles.csv"):
                names[row[number]].add(row[name])
            self.assertEqual({}, {k: v for k, v in names.items() if len(v) > 1}, number)

    def test_purchases_refer_to_what_exists(self):
        articles = {row["article_id"] for row in rows("articles.csv")}
        customers = {row["customer_id"] for row in rows("customers.csv")}
        bought = rows("transactions_train.csv")
        self.assertTrue({row["article_id"] for row in bought} <= articles)
        self.assertTrue({row["customer_id"] for row in bought} < customers)
        self.assertEqual(sorted(row["t_dat"] for row in bought), [row["t_dat"] for row in bought])
        self.assertLess(len({tuple(row.values()) for row in bought}), len(bought), "no identical rows")
        self.assertTrue(all(0 < float(row["price"]) < 1 for row in bought))


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(SAMPLE, self.folder, dirs_exist_ok=True)
        self.photo = sorted(self.folder.glob("images/*/*.jpg"))[0]

    def assert_fault(self, text):
        result = check(self.folder)
        self.assertEqual(1, result.returncode, result.stderr)
        self.assertEqual(1, len(result.stdout.splitlines()), result.stdout)
        self.assertIn(text, result.stdout)

    def test_the_committed_sample_is_right(self):
        result = check(SAMPLE)
        self.assertEqual((0, ""), (result.returncode, result.stderr), result.stdout)

    def test_changed_table(self):
        with open(self.folder / "customers.csv", "a", encoding="utf-8") as file:
            file.write("\n")
        self.assert_fault("customers.csv: missing, or not what")

    def test_missing_photo(self):
        self.photo.unlink()
        self.assert_fault("No such file")

    def test_photo_cut_off(self):
        self.photo.write_bytes(self.photo.read_bytes()[:-100])
        self.assert_fault("no end marker")

    def test_not_a_photo(self):
        self.photo.write_bytes(b"not a JPEG file\xff\xd9")
        self.assert_fault("no frame header")

    def test_other_kind_of_photo(self):
        small = next(self.folder.glob("images/069/0697564002.jpg"))
        shutil.copyfile(small, self.photo)
        self.assert_fault("found ((600, 900), '4:2:0', False), expected ((1166, 1750)")

    def test_photo_without_article(self):
        shutil.copyfile(self.photo, self.photo.with_name("0110065999.jpg"))
        self.assert_fault("no article with a photo")

    def test_too_large(self):
        (self.folder / "padding").write_bytes(bytes(1_000_000))
        self.assert_fault("at most 4000000 expected")


if __name__ == "__main__":
    unittest.main()
