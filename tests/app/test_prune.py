# SPDX-License-Identifier: MIT
"""hmrec remove and hmrec prune: what goes, what stays, what is refused, and that neighbours are good again afterwards."""
import json
import os

import cli
import stores


class Store(cli.Case):
    def setUp(self):
        super().setUp()
        self.store = self.path("hmrec.db")
        self.vectors = {"%04d" % i: {0: 4, 1 + i % 3: 2, 10 + i: 1} for i in range(12)}
        stores.make(self.store, self.vectors, {code: {"name": "Thing " + code} for code in self.vectors})
        stores.run(self.store, "UPDATE product SET catalogue = 0")
        with open(self.path("t.csv"), "w", encoding="ascii") as out:
            out.write("t_dat,customer_id,article_id,price,sales_channel_id\n" + "2018-09-20,c,0003,1,2\n" * 2 + "2018-09-21,c,0004,1,2\n")
        self.hmrec("load", "--transactions", "t.csv")
        self.hmrec("knn", "-k", "4")

    def codes(self, of="product"):
        sql = "SELECT code FROM product" if of == "product" else f"SELECT code FROM product WHERE id IN (SELECT product FROM {of})"
        return [code for code, in stores.ask(self.store, sql + " ORDER BY code")]

    def similar(self, code):
        return [r["code"] for r in json.loads(self.hmrec("similar", "-k", "4", "--format", "json", code).out)]

    def check_neighbours(self, gone):
        """Nobody has them as a neighbour, before knn and after; then the stored lists are whole."""
        for _ in range(2):
            for code in self.codes("embedding"):
                self.assertFalse(set(self.similar(code)) & set(gone))
            err = self.hmrec("knn", "-k", "4").err
        self.assertIn(" 0 searched anew", err)
        self.assertEqual(stores.ask(self.store, "SELECT count(*) FROM similar"), [(4 * len(self.codes("embedding")),)])
        self.assertEqual(stores.ask(self.store, "PRAGMA foreign_key_check"), [])


class Remove(Store):
    def test_products_go_with_all_that_belongs_to_them(self):
        result = self.hmrec("remove", "0003", "0007")
        self.assertRegex(result.err, r"2 products removed, 2 embeddings, \d+ neighbours, 1 purchases; hmrec knn fills the lists")
        self.assertEqual(self.codes(), [c for c in self.vectors if c not in ("0003", "0007")])
        self.assertEqual(stores.ask(self.store, "SELECT count(*) FROM purchased"), [(1,)])
        self.check_neighbours(["0003", "0007"])

    def test_embeddings_alone(self):
        self.hmrec("remove", "--embeddings", "0003", "0007")
        self.assertEqual(self.codes(), list(self.vectors))
        self.assertEqual(len(self.codes("embedding")), 10)
        self.assertEqual(stores.ask(self.store, "SELECT quantity FROM purchased ORDER BY t_date"), [(2,), (1,)])
        self.check_neighbours(["0003", "0007"])

    def test_codes_that_are_not_there_are_named(self):
        result = self.hmrec("remove", "none", "0007", "nor this", "0007", code=1)
        self.assertRegex(result.err, "no product none in hmrec.db\n.*no product nor this in hmrec.db\n.*1 products removed")
        self.assertEqual(len(self.codes()), 11)
        self.hmrec("remove", code=2)
        self.assertIn("no such file", self.hmrec("remove", "0001", "--store", "none.db", code=1).err)


class Prune(Store):
    def photos(self, codes):
        for code in codes:
            os.makedirs(self.path("images", code[:2]), exist_ok=True)
            with open(self.path("images", code[:2], code + ".jpg"), "w", encoding="ascii"):
                pass

    def listed(self, *args):
        return [(r["code"], r["reason"]) for r in json.loads(self.hmrec("prune", "--format", "json", *args).out)]

    def test_photos_that_are_gone(self):
        gone = ["0003", "0005"]
        stores.run(self.store, "UPDATE product SET name = NULL, catalogue = NULL WHERE code IN ('0005', '0006')")
        stores.put(self.store, {"zero": {}})
        self.photos(c for c in self.vectors if c not in gone)
        before = self.codes("embedding")
        self.assertEqual(self.listed("--images", "images", "--dry-run"), [(c, "its photo is gone") for c in gone])
        self.assertEqual(self.codes("embedding"), before)
        self.assertEqual(self.listed("--images", "images"), [(c, "its photo is gone") for c in gone])
        self.assertEqual(self.codes("embedding"), [c for c in before if c not in gone])  # one without a photo never had one
        self.assertEqual(self.codes(), [c for c in self.vectors if c != "0005"] + ["zero"])  # 0003 is in the catalogue
        self.assertEqual(self.listed("--images", "images"), [])
        stores.run(self.store, "DELETE FROM embedding WHERE image_digest = ''")
        self.check_neighbours(gone)

    def test_codes_as_embed_made_them(self):
        self.photos(self.vectors)
        other = self.hmrec("prune", "--images", "images", "--code", "path", code=1)
        self.assertIn('none of 12 photos has the code of an embedding in hmrec.db ("0000"): another folder, or another --code', other.err)
        self.assertEqual(len(self.codes("embedding")), 12)
        stores.run(self.store, "UPDATE product SET code = substr(code, 1, 2) || '/' || code")
        self.assertEqual(self.listed("--images", "images", "--dry-run", "--code", "path"), [])
        self.hmrec("prune", "--images", "images", code=1)
        self.assertEqual(len(self.codes("embedding")), 12)

    def test_several_folders(self):
        """The photos below all of them are there; one without any may be a disk that is not mounted."""
        self.photos(c for c in self.vectors if c not in ("0001", "0005"))
        for folder in ("one", "five", "empty"):
            os.mkdir(self.path(folder))
        for name in ("one/0001.jpg", "five/0005.jpg"):
            open(self.path(name), "w", encoding="ascii").close()
        self.assertEqual(self.listed("--images", "images", "-i", "one", "--dry-run"), [("0005", "its photo is gone")])
        self.assertIn("empty: no photo found", self.hmrec("prune", "--images", "images", "--images", "empty", code=1).err)
        self.assertEqual(self.listed("--images", "five", "--images", "images", "--images", "one"), [])
        self.assertEqual(len(self.codes("embedding")), 12)

    def test_a_folder_that_cannot_be_right(self):
        os.mkdir(self.path("empty"))
        for folder in ("empty", "none"):
            result = self.hmrec("prune", "--images", folder, code=1)
            self.assertIn("nothing is removed", result.err)
            self.assertIn(folder, result.err)
            self.assertEqual(len(self.codes("embedding")), 12)

    def articles(self, codes):
        with open(self.path("a.csv"), "w", encoding="ascii") as out:
            out.write("article_id,prod_name\n" + "".join(f"{c},Thing {c}\n" for c in codes))
        return self.hmrec("load", "--articles", "a.csv")

    def test_what_the_catalogue_lacks(self):
        self.assertIn("no catalogue has been loaded", self.hmrec("prune", "--catalogue", code=1).err)
        self.articles(self.vectors)
        self.assertEqual(self.listed("--catalogue"), [])
        self.articles([c for c in self.vectors if c not in ("0003", "0008")])
        self.assertEqual(self.listed("--catalogue"), [("0003", "not in the catalogue"), ("0008", "not in the catalogue")])
        self.assertEqual(self.codes(), [c for c in self.vectors if c != "0008"])  # 0003 was bought
        self.assertIn("1 listed; without --dry-run what the store has of them is dropped, but not their purchases",
                      self.hmrec("prune", "--catalogue", "--dry-run").err)
        self.assertEqual(stores.ask(self.store, "SELECT name, quantity FROM product p JOIN purchased ON product = id WHERE code = '0003'"), [(None, 2)])
        self.check_neighbours(["0003", "0008"])

    def test_a_catalogue_in_another_store(self):
        stores.make(self.path("graph.db"), {})
        with open(self.path("a.csv"), "w", encoding="ascii") as out:
            out.write("article_id,prod_name\n0001,One\n0002,Two\n")
        self.hmrec("load", "--articles", "a.csv", "--store", "graph.db")
        self.assertEqual(len(self.listed("--catalogue", "--graph", "graph.db", "--dry-run")), 10)
        stores.run(self.path("graph.db"), "UPDATE loaded SET done = 0")
        self.assertIn("loaded in part only", self.hmrec("prune", "--catalogue", "--graph", "graph.db", code=1).err)
        self.assertEqual(len(self.codes()), 12)

    def test_usage(self):
        for args in ((), ("x",), ("--images",), ("--images", ""), ("--images", "images", "--graph", "g.db")):
            self.hmrec("prune", *args, code=2)


if __name__ == "__main__":
    cli.main()
