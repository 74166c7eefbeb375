# SPDX-License-Identifier: MIT
"""hmrec export --neo4j-admin: header and data files for neo4j-admin database import, of a store or of the catalogue's files."""
import csv
import gzip
import os
import resource
import signal
import sqlite3
import subprocess
import time

import cli
import stores

HEAD = ("article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,department_no,department_name,section_no,"
        "section_name,index_code,index_name,index_group_no,index_group_name,detail_desc\n")
SAMPLE = [w for name, option in (("articles", "articles"), ("customers", "customers"), ("transactions_train", "transactions"))
          for w in (f"--{option}", os.path.join(cli.SAMPLE, f"{name}.csv"))]


class Export(cli.Case):
    def write(self, name, text):
        with open(self.path(name), "wb") as out:
            out.write(text if isinstance(text, bytes) else text.encode())
        return name

    def text(self, *parts):
        with open(self.path(*parts), encoding="utf-8", newline="") as file:
            return file.read()

    def table(self, folder, name):
        """Rows as {column of the header: field}; a field of no bytes is None."""
        (header,) = csv.reader([self.text(folder, f"{name}-header.csv").rstrip("\n")])
        fields, row, field, quoted, was_quoted = [], [], "", False, False
        text = self.text(folder, f"{name}.csv")
        i = 0
        while i < len(text):
            c = text[i]
            if quoted:
                if text[i:i + 2] == '""':
                    field, i = field + '"', i + 1
                elif c == '"':
                    quoted = False
                else:
                    field += c
            elif c == '"':
                quoted = was_quoted = True
            elif c in ",\n":
                row.append(field if field or was_quoted else None)
                field, was_quoted = "", False
                if c == "\n":
                    self.assertEqual(len(row), len(header), row)
                    fields.append(dict(zip(header, row)))
                    row = []
            else:
                field += c
            i += 1
        self.assertEqual((row, field, quoted), ([], "", False), "the file ends with a line")
        return fields

    def ends(self, folder, name):
        return sorted(tuple(row.values())[:2] for row in self.table(folder, name))

    def test_what_the_arguments_name_is_there(self):
        result = self.hmrec("export", "--neo4j-admin", "out", *SAMPLE)
        self.assertEqual(result.out, "cd out && neo4j-admin database import full @import.args neo4j\nhmrec cypher --file out/constraints.cypher\n")
        named = ["import.args", "constraints.cypher"]
        *lines, last = self.text("out", "import.args").splitlines()
        self.assertEqual(last, "--multiline-fields=true")
        for line in lines:
            self.assertRegex(line, r"^--(nodes|relationships)=[A-Za-z_]+=\./[a-z_]+-header\.csv,\./[a-z_]+\.csv$")
            named += line.split("=")[2].replace("./", "").split(",")
        self.assertEqual(sorted(os.listdir(self.path("out"))), sorted(named))
        self.assertEqual(self.text("out", "constraints.cypher").count(" IS UNIQUE;\n"), 15)
        for name, count in (("products", 75), ("customers", 320)):
            self.assertEqual(len(self.table("out", name)), count)
        self.hmrec("load", *SAMPLE)
        info = self.hmrec("info", "--store", "hmrec.db").out
        self.assertIn(f"{len(self.table('out', 'purchases')):,}".replace(",", ""), info.replace(",", ""))

    def test_a_store_and_the_files_it_was_loaded_from_give_the_same(self):
        self.hmrec("load", *SAMPLE, "--store", "s.db")
        self.hmrec("export", "--neo4j-admin", "of_store", "--store", "s.db")
        self.hmrec("export", "--neo4j-admin", "of_files", *SAMPLE)
        names = sorted(os.listdir(self.path("of_store")))
        self.assertEqual(names, sorted(os.listdir(self.path("of_files"))))
        for name in names:
            self.assertEqual(self.text("of_store", name), self.text("of_files", name), name)

    def test_every_byte_of_a_text_comes_through(self):
        hard = 'a "quote", a comma;\ta tab\\ \\" \'\n\r\nand lines é日😀\x01\x7f'
        quoted = '"' + hard.replace('"', '""') + '"'
        self.write("a.csv", HEAD + f'{quoted},"7;8",{quoted},-1,{quoted},{quoted},0,,-5,"",{quoted},{quoted},,,\n')
        self.write("c.csv", f"customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code\n{quoted},1,,\" \",,,{quoted}\n")
        self.write("t.csv", f"t_dat,customer_id,article_id,price,sales_channel_id\n2018-09-20,{quoted},{quoted},0.1,2\n")
        self.hmrec("export", "--neo4j-admin", "out", "--articles", "a.csv", "--customers", "c.csv", "--transactions", "t.csv")
        (product,) = self.table("out", "products")
        self.assertEqual([product[k] for k in ("code:string", "name:string", "product_code:string", "description:string", "catalogue:long")],
                         [hard, hard, "7;8", None, "1"])
        self.assertEqual(self.table("out", "product_types"), [{":ID(ProductType)": "-1", "number:long": "-1", "name:string": hard}])
        self.assertEqual(self.ends("out", "groups_of_types"), [("-1", hard)])
        self.assertEqual(self.table("out", "departments"), [{":ID(Department)": "0", "number:long": "0", "name:string": ""}])
        self.assertEqual(self.table("out", "sections"), [{":ID(Section)": "-5", "number:long": "-5", "name:string": ""}])
        self.assertEqual(self.ends("out", "indexes_of_products"), [(product[":ID(Product)"], hard)])
        self.assertEqual(self.table("out", "index_groups"), [])
        (customer,) = self.table("out", "customers")
        self.assertEqual(list(customer.values())[1:], [hard, "1", None, None, " ", None, hard])
        (purchase,) = self.table("out", "purchases")
        self.assertEqual(list(purchase.values())[2:], ["2018-09-20", "0.1", "2", "1", "1"])
        self.assertIn("--multiline-fields=true\n", self.text("out", "import.args"))

    def test_every_link_is_there_when_files_are_read(self):
        """A type in two groups has an edge to each, as in the graph; a group without a type is none of its nodes."""
        rows = ["1,,,7,Old,G1,1,D,1,S1,A,I,1,J1,", "2,,,7,New,G2,1,D,2,S2,A,,2,J2,", "3,,,,,G3,,,3,S3,,,3,J3,", "1,,,8,T8,G1,1,D,1,S1,A,I,1,J1,"]
        self.hmrec("export", "--neo4j-admin", "out", "--articles", self.write("a.csv", HEAD + "\n".join(rows) + "\n"))
        self.assertEqual(self.ends("out", "groups_of_types"), [("7", "G1"), ("7", "G2"), ("8", "G1")])
        self.assertEqual([row["name:string"] for row in self.table("out", "product_groups")], ["G1", "G2"])
        self.assertEqual([row["name:string"] for row in self.table("out", "product_types")], ["New", "T8"])
        self.assertEqual(self.ends("out", "sections_of_departments"), [("1", "1"), ("1", "2")])
        self.assertEqual(self.ends("out", "groups_of_indexes"), [("A", "1"), ("A", "2")])
        self.assertEqual(self.ends("out", "types_of_products"), [("1", "8"), ("2", "7")])
        self.assertEqual([row["name:string"] for row in self.table("out", "indexes")], ["I"])
        # Behind a list of files the name of the database would be one more file.
        self.assertEqual(self.text("out", "import.args").splitlines()[-1], "--multiline-fields=false")

    def test_pieces_packed_files_and_bad_rows(self):
        rows = ["2018-09-20,c1,0108775015,0.050830508474576271,2"] * 3 + ["2018-09-20,c1,0108775015,free,2", "2018-09-20,c1,0108775015,0.05,2"]
        text = "t_dat,customer_id,article_id,price,sales_channel_id\n" + "\n".join(rows) + "\n"
        self.write("t.csv.gz", gzip.compress(text.encode()))
        result = self.hmrec("export", "--neo4j-admin", "out", "--transactions", "t.csv.gz", code=1)
        self.assertIn("t.csv.gz:5: price: found \"free\"", result.err)
        self.assertEqual(sorted((float(r["price:double"]), r["quantity:long"]) for r in self.table("out", "purchases")),
                         [(0.05, "1"), (0.050830508474576271, "3")])
        piped = self.hmrec("export", "--neo4j-admin", "piped", "--transactions", "-", stdin=text.encode(), code=1)
        self.assertIn("cd piped", piped.out)
        self.assertEqual(self.text("out", "purchases.csv"), self.text("piped", "purchases.csv"))

    def test_embeddings_neighbours_and_what_they_were_made_of(self):
        vectors = {"a": {0: 1, 3: 0.1}, "b": {0: 2, 2047: -1e-30}, "c": {1: 12345678}, "d": {}, "e": None}
        stores.make(self.path("s.db"), vectors)
        self.hmrec("knn", "-k", "2", "--store", "s.db")
        os.chmod(self.path("s.db"), 0o444)
        self.hmrec("export", "--neo4j-admin", "out", "--store", "s.db")
        products = {row["code:string"]: row for row in self.table("out", "products")}
        for code, vector in vectors.items():
            row = products[code]
            if vector is None:
                self.assertEqual((row["embedding:float[]"], row["embedding_model:string"]), (None, None))
                continue
            self.assertEqual(stores.blob(dict(enumerate(map(float, row["embedding:float[]"].split(";"))))), stores.blob(vector))
            self.assertEqual(row["embedding_model:string"], "model A")
        self.assertEqual(products["d"]["image_digest:string"], "", "the zero vector's digest is empty, not missing")
        (state,) = self.table("out", "hmrec_stores")
        self.assertEqual((state["model:string"], state["knn_k:long"], state["knn_products:long"], state["knn_approximate:boolean"]),
                         ("model A", "2", "4", "false"))
        code = {row[":ID(Product)"]: row["code:string"] for row in products.values()}
        found = {(code[r[":START_ID(Product)"]], code[r[":END_ID(Product)"]], float(r["score:double"])) for r in self.table("out", "neighbours")}
        db = sqlite3.connect(self.path("s.db"))
        self.assertEqual(found, set(db.execute("SELECT p.code, n.code, score FROM similar JOIN product p ON p.id = product "
                                               "JOIN product n ON n.id = neighbour")))
        db.close()

    def test_whose_folder_it_is(self):
        os.mkdir(self.path("theirs"))
        self.write("theirs/thesis.tex", "")
        for name in ("products.csv.bak", "theirs.part"):
            os.mkdir(self.path(f"of_{name}"))
            self.write(f"of_{name}/{name}", "")
            self.assertIn(f"found {name} there", self.hmrec("export", "--neo4j-admin", f"of_{name}", *SAMPLE, code=1).err)
        result = self.hmrec("export", "--neo4j-admin", "theirs", *SAMPLE, code=1)
        self.assertIn("theirs: found thesis.tex there, expected a new or empty folder", result.err)
        self.assertEqual(os.listdir(self.path("theirs")), ["thesis.tex"])
        self.hmrec("export", "--neo4j-admin", "ours", *SAMPLE)
        self.write("ours/.hmrec-export.db", "what a killed run left")
        self.write("ours/customers.csv.part", "the same")
        self.hmrec("export", "--neo4j-admin", "ours", "--articles", os.path.join(cli.SAMPLE, "articles.csv"))
        self.assertEqual(self.text("ours", "customers.csv"), "", "the older export is replaced")
        self.assertFalse([name for name in os.listdir(self.path("ours")) if ".part" in name or ".db" in name])
        self.assertIn("nowhere/out: cannot be made", self.hmrec("export", "--neo4j-admin", "nowhere/out", *SAMPLE, code=1).err)

    def test_a_failure_leaves_the_older_export(self):
        self.hmrec("load", *SAMPLE, "--store", "s.db")
        self.hmrec("export", "--neo4j-admin", "out", "--store", "s.db")
        before = {name: self.text("out", name) for name in os.listdir(self.path("out"))}

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (50000, 50000))

        small = subprocess.run(cli.PROGRAM + ["export", "--neo4j-admin", "out", "--store", "s.db"], cwd=self.dir, env=cli.environment(),
                               capture_output=True, preexec_fn=small_files)
        self.assertEqual(small.returncode, 1, small.stderr)
        self.assertIn(b"/out/customers.csv.part: File too large", small.stderr)
        self.assertEqual({name: self.text("out", name) for name in os.listdir(self.path("out"))}, before)
        self.assertIn("no such file", self.hmrec("export", "--neo4j-admin", "new", "--articles", "a.csv", code=1).err)
        self.assertFalse(os.path.exists(self.path("new")))

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("only root mounts a small tmpfs")
        os.mkdir(self.path("disk"))
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", self.path("disk")], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("no tmpfs can be mounted here")
        self.addCleanup(subprocess.run, ["umount", self.path("disk")], check=True)
        self.hmrec("load", *SAMPLE, "--store", "s.db")
        for source in (["--store", "s.db"], SAMPLE):
            result = self.hmrec("export", "--neo4j-admin", "disk/out", *source, code=1)
            self.assertRegex(result.err, "No space left on device|no space left")
            self.assertEqual(os.listdir(self.path("disk")), [])

    def test_a_signal_leaves_nothing(self):
        lines = "".join(f"2018-09-20,c{i % 977},{i:010d},0.{i % 7}1,2\n" for i in range(300000))
        self.write("t.csv", "t_dat,customer_id,article_id,price,sales_channel_id\n" + lines)
        run = self.start("export", "--neo4j-admin", "out", "--transactions", "t.csv")
        while not os.path.exists(self.path("out", ".hmrec-export.db")) and run.poll() is None:
            time.sleep(0.01)
        run.send_signal(signal.SIGTERM)
        _, err = run.communicate(timeout=60)
        self.assertEqual(run.returncode, 143, err)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_an_untrusted_store(self):
        not_finite = b"\0\0\xc0\x7f".hex() + "00" * 8188
        for sql, said in (("UPDATE product SET name = CAST(x'fffe' AS TEXT)", "products: name: found another value than UTF-8 text"),
                          ("UPDATE product SET catalogue = 'many'", "catalogue: found another value than a whole number"),
                          ("INSERT INTO purchased VALUES ('yesterday', 1, 1, 1.5, 1, 1, 1)", "found the day \"yesterday\""),
                          ("INSERT INTO similar VALUES (1, 1, 1, 9e999)", "score: found another value than a finite number"),
                          (f"UPDATE embedding SET vector = x'{not_finite}'", "embedding: found another value")):
            with self.subTest(sql):
                path = self.path("bad.db")
                stores.make(path, {"a": {0: 1}})
                db = sqlite3.connect(path)
                with db:
                    db.execute("PRAGMA foreign_keys = OFF")
                    db.execute(sql)
                db.close()
                self.assertIn(said, self.hmrec("export", "--neo4j-admin", "out", "--store", "bad.db", code=1).err)
                self.assertFalse(os.path.exists(self.path("out")))
                for name in os.listdir(self.dir):
                    os.remove(self.path(name))

    def test_usage(self):
        for args, said in (([], "nothing to export"), (["--neo4j-admin", "out", "--store", "s.db", *SAMPLE], "give --store or files"),
                           (["--neo4j-admin", "out", "x"], 'unexpected argument "x"'), (["--neo4j-admin", ""], "--neo4j-admin")):
            self.assertIn(said, self.hmrec("export", *args, code=2).err)
        self.assertIn("no such file", self.hmrec("export", "--neo4j-admin", "out", code=1).err)
        out = self.hmrec("export", "--neo4j-admin", "it's -> mine", *SAMPLE).out
        where = subprocess.run(["sh", "-c", out.splitlines()[0].split(" && ")[0] + " && pwd"], cwd=self.dir, capture_output=True, check=True)
        self.assertEqual(where.stdout.decode().strip(), os.path.realpath(self.path("it's -> mine")))


if __name__ == "__main__":
    cli.main()
