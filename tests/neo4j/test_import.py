# SPDX-License-Identifier: MIT
"""hmrec export --neo4j-admin, imported by the server's own neo4j-admin, beside what hmrec load, embed and knn make over Bolt: the same graph,
to the type of every property, and the same answers. The data of NEO4J_URI's server are deleted."""
import collections
import glob
import json
import os
import shutil
import socket
import subprocess

import cli

if not os.environ.get("HMREC_TEST_SERVER"):
    cli.skip("NEO4J_URI names no server that tests/neo4j/server has started")
VERSION, SERVER = os.environ["HMREC_TEST_VERSION"], os.environ["HMREC_TEST_SERVER"]
LOGIN = {k: os.environ[k] for k in ("NEO4J_USERNAME", "NEO4J_PASSWORD")}
BOLT = os.environ["NEO4J_URI"]
PICTURES = sorted(glob.glob(os.path.join(cli.SAMPLE, "images", "*", "*.jpg")))[:24]
HARD = '"a ""quote"", a comma;\ttab \\ \\"" \'\r\nand lines é日😀"'
HEAD = ("article_id,product_code,prod_name,product_type_no,product_type_name,product_group_name,department_no,department_name,section_no,"
        "section_name,index_code,index_name,index_group_no,index_group_name,detail_desc\n")
HARD_ARTICLES = HEAD + (f"{HARD},7;8,{HARD},-1,{HARD},{HARD},0,,-5,,{HARD},,3,\" \",\n1,,,7,Old,G1,1,D,1,S1,A,I,1,J1,\n"
                        "2,,,7,New,G2,1,D,2,S2,A,,2,J2,\n3,,,,,G3,,,3,S3,,,3,J3,\n4,7,y,9,T9,G2,5,D5,,,,,,,\n4,,x,8,T8,G1,1,D,1,S1,A,I,1,J1,\n")
HARD_CUSTOMERS = f"customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code\n{HARD},1,,\" \",,,{HARD}\n"
HARD_PURCHASES = ("t_dat,customer_id,article_id,price,sales_channel_id\n" + f"2018-09-20,{HARD},{HARD},0.1,2\n" * 3 +
                  "2020-02-29,nobody,nothing,0.050830508474576271,1\n2018-09-20,nobody,nothing,1e-7,2\n")
# What counts how often something was written differs: by transactions here, by batches there.
COUNTERS = ("embedding_revision", "revision", "knn_revision")


class Imported(cli.Case):
    def query(self, uri, text):
        out = self.hmrec("cypher", "--uri", uri, "--format", "ndjson", text, **LOGIN).out
        return [json.loads(line) for line in out.splitlines()]

    def serve(self, folder):
        """Import a folder, start a server on it and make the constraints; returns its address."""
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            port = str(any_port.getsockname()[1])
        run = lambda *args: subprocess.run([SERVER, *args], stdout=subprocess.PIPE, check=True).stdout.decode().strip()  # noqa: E731
        home = run("import", VERSION, port, self.path(folder))
        self.addCleanup(run, "stop", home)
        subprocess.run([SERVER, "start", VERSION, port, home], stdout=subprocess.DEVNULL, check=True)
        uri = f"bolt://127.0.0.1:{port}"
        self.hmrec("cypher", "--uri", uri, "--file", f"{folder}/constraints.cypher", **LOGIN)
        return uri

    def graph(self, uri):
        """Every node and relationship with all that it has, and the types of properties, as multisets."""
        without = ", ".join(f"{name}: null" for name in COUNTERS)
        nodes = self.query(uri, f"MATCH (n) RETURN labels(n) AS labels, n {{.*, {without}}} AS properties")
        edges = self.query(uri, "MATCH (a)-[r]->(b) RETURN labels(a) AS start, coalesce(a.code, a.number, a.name, a.id) AS a, type(r) AS type, "
                                "r {.*, t_date: toString(r.t_date)} AS properties, labels(b) AS end, coalesce(b.code, b.number, b.name, b.id) AS b")
        count = lambda rows: collections.Counter(json.dumps(row, sort_keys=True) for row in rows)  # noqa: E731
        types = {}
        if not VERSION.startswith("4."):
            for kind, pattern, name in (("node", "(x)", "labels(x)[0]"), ("relationship", "()-[x]->()", "type(x)")):
                for row in self.query(uri, f"MATCH {pattern} UNWIND keys(x) AS key RETURN DISTINCT {name} AS name, key, valueType(x[key]) AS type"):
                    types[kind, row["name"], row["key"]] = row["type"]
        return count(nodes), count(edges), types

    def constraints(self, uri):
        return sorted(row["name"] for row in self.query(uri, "SHOW CONSTRAINTS YIELD name RETURN name"))

    def same(self, expected, found):
        for part, name in zip(range(2), ("nodes", "relationships")):
            self.assertGreater(sum(expected[part].values()), 10, name)
            missing, more = expected[part] - found[part], found[part] - expected[part]
            self.assertEqual((list(missing)[:3], list(more)[:3]), ([], []), name)
        self.assertEqual(found[2], expected[2])

    def same_graph(self, imported):
        self.same(self.graph(BOLT), self.graph(imported))
        self.assertEqual(self.constraints(imported), self.constraints(BOLT))

    def load(self, *store, articles, customers, purchases, **login):
        return self.hmrec("load", *store, "--articles", articles, "--customers", customers, "--transactions", purchases, **login)

    def test_the_files_of_a_catalogue(self):
        names = {}
        for name, text in (("articles", HARD_ARTICLES), ("customers", HARD_CUSTOMERS), ("purchases", HARD_PURCHASES)):
            names[name] = f"{name}.csv"
            with open(self.path(names[name]), "w", encoding="utf-8", newline="") as out:
                out.write(text)
        self.query(BOLT, "MATCH (n) DETACH DELETE n")
        self.load("--store", BOLT, **names, **LOGIN)
        self.hmrec("export", "--neo4j-admin", "out", "--articles", "articles.csv", "--customers", "customers.csv", "--transactions", "purchases.csv")
        imported = self.serve("out")
        self.same_graph(imported)
        again = self.load("--store", imported, **names, **LOGIN)
        self.assertEqual(again.err.count("loaded before, and unchanged since"), 3)

    def test_texts_of_one_line(self):
        with open(self.path("articles.csv"), "w", encoding="utf-8") as out:
            out.write(HEAD + "1,,,7,Old,G1,1,D,1,S1,A,I,1,J1,\n")
        self.hmrec("export", "--neo4j-admin", "out", "--articles", "articles.csv")
        self.assertEqual(self.query(self.serve("out"), "MATCH (p:Product) RETURN p.code AS code"), [{"code": "1"}])

    def test_a_store(self):
        sample = {name: os.path.join(cli.SAMPLE, f"{file}.csv")
                  for name, file in (("articles", "articles"), ("customers", "customers"), ("purchases", "transactions_train"))}
        self.hmrec("weights", "random", "--seed", "1", "-o", "w.safetensors")
        self.query(BOLT, "MATCH (n) DETACH DELETE n")
        for store in (BOLT, "s.db"):
            self.load("--store", store, **sample, **LOGIN)
            self.hmrec("embed", "--store", store, "--weights", "w.safetensors", *PICTURES, **LOGIN)
            self.hmrec("knn", "--store", store, "-k", "5", **LOGIN)
        self.hmrec("export", "--neo4j-admin", "out", "--store", "s.db")
        imported = self.serve("out")
        self.same_graph(imported)
        codes = [os.path.basename(picture)[:-4] for picture in PICTURES]
        for command in (["similar", *codes, "-k", "3", "--format", "csv"], ["similar", codes[0], "-k", "20", "--format", "csv"],
                        ["eval", "--format", "csv"]):
            answers = [self.hmrec(*command, "--store", store, **LOGIN) for store in (BOLT, imported)]
            self.assertEqual(answers[1].out, answers[0].out, command)
        info = [self.hmrec("info", "--store", store, **LOGIN).out.replace(store, "") for store in (BOLT, imported)]
        self.assertEqual(info[1], info[0])
        self.assertIn("0 embedded", self.hmrec("embed", "--store", imported, "--weights", "w.safetensors", *PICTURES, **LOGIN).err)
        self.hmrec("knn", "--store", imported, "-k", "5", **LOGIN)

    def test_what_the_server_reads_itself(self):
        """The examples with LOAD CSV make what hmrec load makes, but for what hmrec remembers of its loads."""
        files = {"articles": "articles", "customers": "customers", "purchases": "transactions_train"}
        sample = {name: os.path.join(cli.SAMPLE, f"{file}.csv") for name, file in files.items()}
        self.query(BOLT, "MATCH (n) DETACH DELETE n")
        self.load("--store", BOLT, **sample, **LOGIN)
        self.query(BOLT, "MATCH (m:HmrecLoad) DELETE m")
        self.query(BOLT, "MATCH (p:Product) REMOVE p.catalogue")
        self.query(BOLT, "MATCH ()-[b:PURCHASED]->() REMOVE b.load")
        loaded = self.graph(BOLT)
        self.query(BOLT, "MATCH (n) DETACH DELETE n")
        for (name, path), number in zip(sample.items(), (23, 25, 27)):
            shutil.copy(path, os.path.join(os.environ["HMREC_TEST_HOME"], "import"))
            self.hmrec("cypher", "--uri", BOLT, "--script", f"{number}_{name}_csv", "-P", f"url=file:///{files[name]}.csv", **LOGIN)
        self.same(loaded, self.graph(BOLT))


if __name__ == "__main__":
    cli.main()
