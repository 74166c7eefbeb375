# SPDX-License-Identifier: MIT
"""hmrec load: what lands in the store, bad rows, loading again, going on after an interruption or a kill."""
import bz2
import collections
import gzip
import io
import lzma
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
import zipfile

import cli
import stores

SEED = int(os.environ.get("HM_TEST_SEED", "3"), 0)
ARTICLES = """\
article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,graphical_appearance_no,\
graphical_appearance_name,colour_group_code,colour_group_name,perceived_colour_value_id,perceived_colour_value_name,\
perceived_colour_master_id,perceived_colour_master_name,department_no,department_name,index_code,index_name,index_group_no,\
index_group_name,section_no,section_name,garment_group_no,garment_group_name,detail_desc
0108775015,0108775,Strap top,253,Vest top,Garment Upper body,1010016,Solid,9,Black,4,Dark,5,Black,1676,Jersey Basic,A,Ladieswear,1,\
Ladieswear,16,Womens Everyday Basics,1002,Jersey Basic,"Jersey top, with ""narrow"" straps."
0110065001,0110065,"Ribbänd <b>&",-1,Unknown,Unknown,1010016,Solid,9,Black,4,Dark,5,Black,1339,Clean Lingerie,B,Lingeries/Tights,1,\
Ladieswear,61,Womens Lingerie,1017,"Under-, Nightwear",
"""


def purchases(rows):
    return "t_dat,customer_id,article_id,price,sales_channel_id\n" + "".join(",".join(map(str, r)) + "\n" for r in rows)


class Load(cli.Case):
    def write(self, name, text):
        with open(self.path(name), "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        return name

    def ask(self, sql, name="hmrec.db"):
        db = sqlite3.connect(self.path(name))
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def purchases(self, name="hmrec.db"):
        """{(date, customer, product, price, channel): quantity}"""
        return {row[:5]: row[5] for row in
                self.ask("SELECT t_date, c.id, p.code, price, sales_channel, quantity FROM purchased JOIN customer c ON c.number = customer "
                         "JOIN product p ON p.id = product", name)}

    def test_every_column_lands(self):
        self.hmrec("load", "--articles", self.write("a.csv", ARTICLES))
        self.assertEqual(self.ask("SELECT code, product_code, name, description, product_type, department, index_code, garment_group, "
                                  "graphical_appearance, colour_group, perceived_colour_value, perceived_colour_master FROM product"),
                         [("0108775015", "0108775", "Strap top", 'Jersey top, with "narrow" straps.', 253, 1676, "A", 1002, 1010016, 9, 4, 5),
                          ("0110065001", "0110065", "Ribbänd <b>&", None, -1, 1339, "B", 1017, 1010016, 9, 4, 5)])
        self.assertEqual(self.ask("SELECT * FROM product_type"), [(-1, "Unknown", "Unknown"), (253, "Vest top", "Garment Upper body")])
        self.assertEqual(self.ask("SELECT * FROM department"), [(1339, "Clean Lingerie", 61), (1676, "Jersey Basic", 16)])
        self.assertEqual(self.ask("SELECT * FROM section"), [(16, "Womens Everyday Basics"), (61, "Womens Lingerie")])
        self.assertEqual(self.ask("SELECT * FROM index_"), [("A", "Ladieswear", 1), ("B", "Lingeries/Tights", 1)])
        self.assertEqual(self.ask("SELECT * FROM index_group"), [(1, "Ladieswear")])
        self.assertEqual(self.ask("SELECT * FROM garment_group"), [(1002, "Jersey Basic"), (1017, "Under-, Nightwear")])
        self.assertEqual(self.ask("PRAGMA foreign_key_check"), [])

    def test_customers_and_purchases(self):
        self.write("c.csv", "customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code\n"
                            "c1,1.0,,ACTIVE,Regularly,49.0,p1\nc2,,,,,,p2\n")
        self.write("t.csv", purchases([("2018-09-20", "c1", "0108775015", 0.05, 2), ("2018-09-20", "c1", "0108775015", 0.04, 1),
                                       ("2018-09-21", "c1", "0108775015", 0.05, 2), ("2018-09-20", "c9", "0999", "1e-2", 1)]))
        self.hmrec("load", "--customers", "c.csv", "--transactions", "t.csv")
        self.assertEqual(self.ask("SELECT id, fn, active, club_member_status, fashion_news_frequency, age, postal_code FROM customer"),
                         [("c1", 1, None, "ACTIVE", "Regularly", 49, "p1"), ("c2", None, None, None, None, None, "p2"),
                          ("c9", None, None, None, None, None, None)])
        # a row per customer, product, date, price and channel; the unknown product was made
        self.assertEqual(self.purchases(), {("2018-09-20", "c1", "0108775015", 0.05, 2): 1, ("2018-09-20", "c1", "0108775015", 0.04, 1): 1,
                                            ("2018-09-20", "c9", "0999", 0.01, 1): 1, ("2018-09-21", "c1", "0108775015", 0.05, 2): 1})

    def test_equal_rows_are_pieces_of_one_purchase(self):
        """At another price it is another purchase; loading again, also what has changed, counts nothing twice."""
        once, twice = ("2018-09-20", "c1", "0110065001", 0.01, 1), ("2018-09-20", "c1", "0110065001", 0.05, 2)
        self.write("t.csv", purchases([once, twice, twice]))
        for args in ((), (), ("--again",)):
            self.hmrec("load", "--transactions", "t.csv", *args)
            self.assertEqual(self.purchases(), {once: 1, twice: 2})
        rows = [("2018-09-20", "c1", "1", "0.05", 2)] * 3 + [("2018-09-20", "c2", "1", "0.05", 2)]
        result = self.hmrec("load", "--transactions", self.write("u.csv", purchases(rows)), "--store", "u.db")
        self.assertIn("u.csv: 4 pieces in 2 purchases", result.err)
        result = self.hmrec("load", "--transactions", self.write("u.csv", purchases(rows[1:] + [("2018-09-22",) + rows[0][1:]])), "--store", "u.db")
        self.assertIn("u.csv: 4 pieces in 3 purchases", result.err)
        self.assertEqual(sorted(self.purchases("u.db").values()), [1, 1, 2])
        with open(self.path("u.csv"), "rb") as pipe:
            self.assertIn("4 pieces in 3 purchases", self.hmrec("load", "--transactions", "-", "--store", "u.db", stdin=pipe.read()).err)
        self.assertEqual(sorted(self.purchases("u.db").values()), [1, 1, 2])

    def test_the_mark_stands_for_what_was_loaded_last(self):
        a, b = ARTICLES, ARTICLES.replace("Strap top", "Strap top II")
        for text, through_a_pipe in ((a, False), (b, False), (a, False), (b, True), (a, False)):
            self.write("a.csv" if text is a else "b.csv", text)
            stamp = 1_600_000_000 if text is a else 1_700_000_000
            os.utime(self.path("a.csv" if text is a else "b.csv"), (stamp, stamp))
            if through_a_pipe:
                result = self.hmrec("load", "--articles", "-", stdin=text.encode())
            else:
                result = self.hmrec("load", "--articles", "a.csv" if text is a else "b.csv")
            self.assertIn("2 rows loaded", result.err)
            self.assertEqual(self.ask("SELECT name FROM product LIMIT 1"), [("Strap top" if text is a else "Strap top II",)])
        self.assertIn("unchanged since", self.hmrec("load", "--articles", "a.csv").err)

    def test_bad_rows_stay_bad(self):
        self.write("t.csv", purchases([("2018-09-20", "c1", "1", "free", 2), ("2018-09-20", "c1", "1", "0.05", 2)]))
        self.assertIn("1 rows loaded, 1 bad", self.hmrec("load", "--transactions", "t.csv", code=1).err)
        self.assertRegex(self.hmrec("load", "--transactions", "t.csv", code=1).err, "unchanged since; 1 rows of it were bad")
        self.assertIn("1 rows loaded, 1 bad", self.hmrec("load", "--transactions", "t.csv", "--again", code=1).err)

    def test_bad_rows_are_named_and_passed_over(self):
        lines = ARTICLES.splitlines()
        bad = [lines[1].replace("253", "many"), lines[1].replace("0108775015", ""), lines[1].replace("0108775015", "9" * 256),
               lines[1].rsplit(",", 2)[0], lines[1].replace("Strap", 'St"rap')]
        text = "\r\n".join([lines[0]] + bad[:3] + [lines[1]] + bad[3:] + [lines[2]])
        self.write("a.csv", b"\xef\xbb\xbf" + text.encode().replace(b"Jersey Basic,A", b"Jersey Basic,A") + b"\r\n\xff\xfe\r\n")
        result = self.hmrec("load", "--articles", "a.csv", code=1)
        for line, why in ((2, 'product_type_no: found "many", expected a whole number'), (3, "article_id"), (4, "found 256 bytes, expected 255"),
                          (6, "found"), (7, "quotes do not match"), (9, "found 1 fields, expected 25")):
            self.assertRegex(result.err, f"a.csv:{line}: .*{why}")
        self.assertIn("2 rows loaded, 6 bad", result.err)
        self.assertEqual(self.ask("SELECT count(*) FROM product"), [(2,)])

    def test_bad_values_of_purchases(self):
        good = ("2018-09-20", "c1", "0108775015", 0.05, 2)
        bad = [("20.9.2018",) + good[1:], ("2018-13-20",) + good[1:], good[:3] + ("free", 2), good[:3] + ("-1", 2), good[:3] + ("nan", 2),
               good[:3] + ("0x10", 2), good[:4] + ("two",), good[:1] + ("c" * 65,) + good[2:], good[:2] + ("",) + good[3:]]
        result = self.hmrec("load", "--transactions", self.write("t.csv", purchases(bad + [good])), code=1)
        self.assertIn(f"1 rows loaded, {len(bad)} bad", result.err)
        for i in range(len(bad)):
            self.assertIn(f"t.csv:{i + 2}: ", result.err)

    def test_thousands_of_bad_rows_are_counted(self):
        result = self.hmrec("load", "--transactions", self.write("t.csv", purchases([("x", "c", "p", 1, 1)] * 500)), code=1)
        self.assertEqual(result.err.count("expected a date"), 100)
        self.assertIn("0 rows loaded, 500 bad", result.err)

    def test_files_that_do_not_fit(self):
        self.hmrec("load", "--articles", "none.csv", code=1)
        self.assertFalse(os.path.exists(self.path("hmrec.db")), "a store was made for a file that is not there")
        self.write("t.csv", "t_dat,customer_id\n")
        self.assertIn("no column article_id", self.hmrec("load", "--transactions", "t.csv", code=1).err)
        self.assertIn("no such file", self.hmrec("load", "--articles", "none.csv", code=1).err)
        self.assertIn("empty", self.hmrec("load", "--articles", self.write("e.csv", ""), code=1).err)
        self.hmrec("load", code=2)
        self.hmrec("load", "a.csv", code=2)
        # the others are loaded all the same
        self.hmrec("load", "--articles", self.write("a.csv", ARTICLES), "--customers", "none.csv", code=1)
        self.assertEqual(self.ask("SELECT count(*) FROM product"), [(2,)])

    def test_some_columns_may_be_missing(self):
        result = self.hmrec("load", "--articles", self.write("a.csv", "prod_name,article_id\nCap,0001\n"))
        self.assertIn("without the columns product_code, ", result.err)
        self.assertEqual(self.ask("SELECT code, name, product_type FROM product"), [("0001", "Cap", None)])

    def test_again(self):
        self.write("a.csv", ARTICLES)
        self.hmrec("load", "--articles", "a.csv")
        before = self.ask("SELECT id, code, name, product_type, index_code FROM product")
        self.assertIn("loaded before", self.hmrec("load", "--articles", "a.csv").err)
        self.assertIn("2 rows loaded", self.hmrec("load", "--articles", "a.csv", "--again").err)
        with open(self.path("a.csv"), "rb") as pipe:
            self.assertIn("2 rows loaded", self.hmrec("load", "--articles", "-", stdin=pipe.read()).err)
        self.assertEqual(self.ask("SELECT id, code, name, product_type, index_code FROM product"), before)
        self.write("a.csv", ARTICLES.replace("Strap top", "Strap top II"))
        self.assertIn("2 rows loaded", self.hmrec("load", "--articles", "a.csv").err)
        self.assertEqual(self.ask("SELECT name FROM product LIMIT 1"), [("Strap top II",)])
        self.assertEqual(self.ask("SELECT id FROM product"), [row[:1] for row in before])

    def interrupt(self, how):
        """Load 120,000 purchases, stop amid them, load again: nothing is missing and nothing was read twice."""
        rng = random.Random(SEED)
        rows = [("2018-09-%02d" % (1 + i // 4800), "c%d" % rng.randrange(3000), "%010d" % rng.randrange(2000), i % 7 / 8, 1 + i % 2)
                for i in range(120000)]
        for i in range(0, 120000, 3):  # every third row is a second, third, ... piece, of which some are batches away
            rows[i] = rows[max(0, i - rng.choice((1, 2, 20000)))]
        self.write("t.csv", purchases(rows))
        process = self.start("load", "--transactions", "t.csv")
        deadline = time.time() + 60
        while time.time() < deadline and not self.some_loaded():
            time.sleep(0.002)
        process.send_signal(how)
        out, err = process.communicate()
        again = self.hmrec("load", "--transactions", "t.csv")
        expected = collections.Counter(rows)
        self.assertTrue(self.purchases() == expected)
        self.assertIn(f"120000 pieces in {len(expected)} purchases", again.err)
        once_more = self.hmrec("load", "--transactions", "t.csv", "--again")
        self.assertTrue(self.purchases() == expected)
        self.assertIn(f"120000 pieces in {len(expected)} purchases", once_more.err)
        return process.returncode, err.decode(), again.err

    def some_loaded(self):
        try:
            return bool(self.ask("SELECT 1 FROM loaded"))
        except sqlite3.Error:
            return False

    def test_killed(self):
        code, _, again = self.interrupt(signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertIn("going on at line ", again)

    def test_interrupted(self):
        code, err, again = self.interrupt(signal.SIGINT)
        self.assertEqual(code, 130)
        self.assertIn("stopped at line ", err)
        self.assertIn("going on at line ", again)

    def test_an_interrupted_pipe_begins_anew(self):
        process = subprocess.Popen(cli.PROGRAM + ["load", "--transactions", "-"], cwd=self.dir, env=cli.environment(), stdin=subprocess.PIPE,
                                   stderr=subprocess.PIPE)

        def stop():
            deadline = time.time() + 60
            while time.time() < deadline and not self.some_loaded():
                time.sleep(0.002)
            process.send_signal(signal.SIGINT)

        stopper = threading.Thread(target=stop)
        stopper.start()
        err = process.communicate(purchases([("2018-09-01", "c1", "%010d" % i, 0.5, 1) for i in range(400000)]).encode())[1].decode()
        stopper.join()
        self.assertEqual(process.returncode, 130)
        self.assertRegex(err, "stopped at line \\d+; the same command begins anew")

    def codes(self):
        return [code for code, in self.ask("SELECT code FROM product ORDER BY code")]

    def zipped(self, members):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in members.items():
                archive.writestr(name, text)
        return out.getvalue()

    def test_packed_files_are_read_as_they_are(self):
        if "without libarchive" in self.run_any("load", "--articles", self.write("a.gz", gzip.compress(ARTICLES.encode()))).err:
            self.skipTest("this hmrec is built without libarchive")
        text = ARTICLES.encode()
        for name, data in (("a.csv.gz", gzip.compress(text)), ("b.csv.bz2", bz2.compress(text)), ("c.csv.xz", lzma.compress(text)),
                           ("d.zip", self.zipped({"articles": ARTICLES})),
                           ("e.zip", self.zipped({"f/": "", "f/articles": ARTICLES, "__MACOSX/f/._articles": "no"}))):
            self.hmrec("load", "--articles", self.write(name, data), "--store", name + ".db")
            self.assertEqual(self.ask("SELECT count(*) FROM product", name + ".db"), [(2,)], name)
            again = self.hmrec("load", "--articles", name, "--store", name + ".db")
            self.assertIn("unchanged since", again.err)
        self.hmrec("load", "--articles", "-", "--store", "pipe.db", stdin=self.zipped({"articles": ARTICLES}))
        self.assertEqual(self.ask("SELECT count(*) FROM product", "pipe.db"), [(2,)])

    def test_packed_files_that_are_none_are_refused(self):
        whole = gzip.compress(purchases([("2018-09-20", "c1", "%010d" % i, 0.05, 2) for i in range(30000)]).encode())
        cut = self.hmrec("load", "--transactions", self.write("cut.gz", whole[:len(whole) // 2]), code=1)
        if "without libarchive" in cut.err:
            self.skipTest("this hmrec is built without libarchive")
        self.assertIn("cut.gz: cannot be unpacked", cut.err)
        two = self.hmrec("load", "--articles", self.write("two.zip", self.zipped({"a": ARTICLES, "b": "x"})), code=1)
        self.assertIn("two.zip: found 2 files in it (a, b), expected one", two.err)
        self.assertIn("found 0 files", self.hmrec("load", "--articles", self.write("none.zip", self.zipped({"x/": ""})), code=1).err)

    def test_separators_and_encodings(self):
        for name, data, remark in (("a", ARTICLES.replace(",", ";").replace('"Jersey top; ', '"Jersey top, '), "semicolon-separated"),
                                   ("b", "article_id\tprod_name\n0108775015\tx\n0110065001\ty\n", "tab-separated"),
                                   ("c", ("\ufeff" + ARTICLES).encode("utf-16-le"), "UTF-16"),
                                   ("d", ("\ufeff" + ARTICLES).encode("utf-16-be"), "UTF-16"),
                                   ("e", "article_id;prod_name\r\n0108775015;x\r\n0110065001;y", "semicolon-separated")):
            done = self.hmrec("load", "--articles", self.write(name, data), "--store", name + ".db")
            self.assertIn("read as " + remark, done.err)
            self.assertEqual(self.ask("SELECT code FROM product ORDER BY code", name + ".db"), [("0108775015",), ("0110065001",)], name)
        self.assertEqual(self.ask("SELECT name FROM product WHERE code = '0110065001'", "c.db"), [("Ribbänd <b>&",)])
        latin = self.hmrec("load", "--articles", self.write("f", ARTICLES.encode("latin-1")), "--store", "f.db", code=1)
        self.assertIn("f:3: field 3 is not UTF-8", latin.err)

    def test_pandas_shapes(self):
        self.write("a.csv", "article_id,product_type_no,product_type_name,department_no,department_name,prod_name\n"
                            "108775015,253.0,Vest top,NaN,NaN,NaN\n110065001.0,306,Bra,1339.0,Lingerie,x\n")
        self.write("t.csv", "t_dat,customer_id,article_id,price,sales_channel_id\n2018-09-20 00:00:00,c1,108775015,0.05,2.0\n"
                            "2018-09-21T13:45:00.5Z,c1,0108775015,0.05,2\n2020-02-29,c1,108775015.0,0.05,\n")
        done = self.hmrec("load", "--articles", "a.csv", "--transactions", "t.csv")
        self.assertIn("a.csv: codes of 9 digits, read as H&M's of 10 with a 0 in front: 2", done.err)
        self.assertEqual(self.codes(), ["0108775015", "0110065001"])
        self.assertEqual(self.ask("SELECT code, name, product_type, department FROM product ORDER BY code"),
                         [("0108775015", None, 253, None), ("0110065001", "x", 306, 1339)])
        self.assertEqual([d for d, in self.ask("SELECT t_date FROM purchased ORDER BY 1")], ["2018-09-20", "2018-09-21", "2020-02-29"])

    def test_what_spreadsheets_make_of_codes(self):
        """A product code loses its zero with the article's; a rounded code is several articles', and is refused."""
        self.write("a.csv", "article_id,product_code,prod_name\n108775015,108775,a\n110065001.0,110065.0,b\n 0111586001 ,0111586,c\n"
                            '"=""0111593001""",111593.0,d\n1E5,7,e\n')
        self.hmrec("load", "--articles", "a.csv")
        self.assertEqual(self.ask("SELECT code, product_code FROM product ORDER BY name"),
                         [("0108775015", "0108775"), ("0110065001", "0110065"), ("0111586001", "0111586"), ("0111593001", "0111593"), ("1E5", "7")])
        self.write("r.csv", "article_id,prod_name\n1.10065e+08,a\n1.10065E+08,b\n1E+08 ,c\n")
        rounded = self.hmrec("load", "--articles", "r.csv", "--store", "r.db", code=1)
        self.assertIn('r.csv:2: article_id: found "1.10065e+08", expected all digits of a code', rounded.err)
        self.assertIn(" 0 rows loaded, 3 bad", rounded.err)
        self.hmrec("load", "--transactions", self.write("t.csv", purchases([("2018-09-20", " c1 ", " 0108775015", 1, 2)])))
        self.assertEqual(self.purchases(), {("2018-09-20", "c1", "0108775015", 1.0, 2): 1})

    def test_photos_that_the_catalogue_lacks_are_said(self):
        stores.make(self.path("hmrec.db"), {"0108775015": {0: 1}, "110065001": {1: 1}, "x": {2: 1}, "no photo": {}})
        said = self.hmrec("load", "--articles", self.write("a.csv", ARTICLES)).err
        self.assertIn("products with a photo that the catalogue in hmrec.db lacks: 2 (110065001, ...); hmrec prune --catalogue", said)
        stores.run(self.path("hmrec.db"), "DELETE FROM embedding WHERE product IN (SELECT id FROM product WHERE code IN ('110065001', 'x'))")
        self.assertNotIn("lacks", self.hmrec("load", "--articles", "a.csv", "--again").err)

    def test_days_that_do_not_exist(self):
        for day in ("2018-02-31", "2019-02-29", "2018-04-31", "2018-13-01", "2018-09-20x", "2018-09-20 1:00", "20.09.2018"):
            bad = self.hmrec("load", "--transactions", self.write("t.csv", purchases([(day, "c1", "0108775015", 0.05, 2)])), "--again", code=1)
            self.assertIn('t.csv:2: t_dat: found "%s", expected a date' % day, bad.err)

    def test_odd_headers(self):
        twice = self.hmrec("load", "--articles", self.write("a.csv", "article_id,prod_name,article_id\n0108775015,x,0999999999\n"), code=1)
        self.assertIn('its header has the column "article_id" twice', twice.err)
        self.hmrec("load", "--articles", self.write("a.csv", "Article_ID, Prod_Name\n0108775015,x\n"))
        self.assertEqual(self.ask("SELECT code, name FROM product"), [("0108775015", "x")])

    def test_the_sample(self):
        files = [x for kind, name in (("articles", "articles"), ("customers", "customers"), ("transactions", "transactions_train"))
                 for x in ("--" + kind, os.path.join(cli.SAMPLE, name + ".csv"))]
        self.assertNotIn(" bad, ", self.hmrec("load", *files).err.replace(" 0 bad, ", ""))
        self.assertEqual(self.ask("SELECT count(*) FROM product"), [(75,)])
        self.assertEqual(self.ask("SELECT count(*) FROM customer"), [(320,)])
        self.assertEqual(self.ask("PRAGMA foreign_key_check"), [])


def setUpModule():
    print("seed: HM_TEST_SEED=%d" % SEED)


if __name__ == "__main__":
    cli.main()
