# SPDX-License-Identifier: MIT
"""hmrec cypher: :connect, :disconnect, :impersonate, passwords that are changed, :help of each command."""
import os
import re

import cli
from fake_bolt import Answer, Failure, Server
from terminal import Terminal

CHANGE = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new\n"
EXPIRED = Failure("Neo.ClientError.Security.CredentialsExpired", "must be changed")


class Guarded(Server):
    """One that knows a password, which has expired and may be changed for one of 8 letters."""

    def __init__(self, password, expired=True, tells=True, answer=None):
        self.password, self.expired, self.tells = password, expired, tells
        super().__init__(answer or self.work)

    def logon(self, auth):
        if auth.get("credentials") != self.password:
            raise Failure("Neo.ClientError.Security.Unauthorized", "wrong password")
        return {"credentials_expired": True} if self.expired and self.tells else {}

    def work(self, query, parameters):
        if query == CHANGE:
            if len(parameters["new"]) < 8:
                raise Failure("Neo.ClientError.Statement.ArgumentError", "at least 8 characters")
            self.password, self.expired = parameters["new"], False
            return Answer()
        if self.expired:
            raise EXPIRED
        return Answer(["n"], [[42]])


class Connect(Terminal):
    def guard(self, *args, **more):
        server = Guarded(*args, **more)
        self.addCleanup(server.close)
        return server

    def logins(self, server):
        return [(fields[0].get("principal"), fields[0].get("credentials")) for name, fields in server.seen if name == "LOGON"]

    def databases(self, server):
        return [fields[2].get("db") for name, fields in server.seen if name == "RUN"]

    # ---- passwords

    def test_change_password_of_files(self):
        server = self.guard("first")
        for name, text in (("old", "first\n"), ("new", "second-one\n"), ("bad", "brief\n")):
            with open(self.path(name), "w") as file:
                file.write(text)
        args = ["cypher", "-a", server.uri, "-u", "me", "--password-file", "old", "--change-password", "--new-password-file"]
        refused = self.hmrec(*args, "bad", code=1)
        self.assertIn("at least 8 characters", refused.err)
        done = self.hmrec(*args, "new")
        self.assertIn(f"the password of me at {server.uri} has been changed", done.err)
        self.assertEqual(done.out, "")
        self.assertEqual(server.password, "second-one")
        self.assertEqual(set(self.databases(server)), {"system"})
        for result in (refused, done):
            self.assertNotRegex(result.err, "first|second-one|brief")
        self.assertIn("wrong password", self.hmrec(*args, "new", code=1).err)

    def test_change_password_without_terminal_or_login(self):
        server = self.guard("first")
        self.assertIn("give --new-password-file", self.cypher(server, "--change-password", NEO4J_PASSWORD="first", code=1).err)
        self.assertIn("nobody is logged in", self.cypher(server, "--change-password", "-u", "", code=1).err)
        self.assertEqual(server.runs(), [])
        for args in (["--change-password", "RETURN 1"], ["--new-password-file", "x", "RETURN 1"]):
            self.assertIn("change-password", self.cypher(server, *args, code=2).err)

    def test_change_password_asks(self):
        server = self.guard("first", expired=False)
        self.open(server, "--change-password", NEO4J_PASSWORD="first")
        for word in ("one-word", "other-word"):
            self.expect("assword of neo4j at bolt://")
            self.expect(": ")
            self.type(word + "\n")
        self.expect("two different passwords")
        for _ in range(2):
            self.expect("assword of neo4j at bolt://")
            self.expect(": ")
            self.type("same-word\n")
        self.expect("has been changed")
        self.assertEqual(self.end(), 0)
        self.assertEqual(server.password, "same-word")

    def renew(self, server):
        self.expect("has expired")
        for word in ("brief", "long-enough"):
            shown = ""
            for _ in range(2):
                shown += self.expect("assword of neo4j at bolt://")
                shown += self.expect(": ")
                self.type(word + "\n")
            self.assertNotRegex(shown, "brief|long-enough")
            if word == "brief":
                self.expect("at least 8 characters")
        self.expect("has been changed")

    def test_a_person_is_asked_when_it_has_expired(self):
        server = self.guard("first")
        self.open(server, NEO4J_PASSWORD="first")
        self.renew(server)
        self.expect("neo4j> ")
        self.type("RETURN 42;\n")
        self.expect("\n42\r\n")
        self.type(":exit\n")
        self.assertEqual(self.end(), 0)
        self.assertEqual(self.logins(server)[-1], ("neo4j", "long-enough"))

    def test_a_person_is_asked_where_only_the_statement_tells(self):
        server = self.guard("first", tells=False)
        self.open(server, "RETURN 42", NEO4J_PASSWORD="first")
        self.renew(server)
        self.expect("\n42\r\n")
        self.assertEqual(self.end(), 0)
        self.assertEqual(server.runs(), ["RETURN 42", CHANGE, CHANGE, "RETURN 42"])

    def test_nobody_is_asked_without_a_person(self):
        server = self.guard("first")
        failed = self.cypher(server, "RETURN 1", NEO4J_PASSWORD="first", code=1)
        self.assertIn("CredentialsExpired", failed.err)
        self.assertIn("hmrec cypher --change-password", failed.err)
        self.open(server, "--non-interactive", NEO4J_PASSWORD="first")
        self.type("RETURN 1;\n\x04")
        self.assertNotIn("New password", self.expect("--change-password"))
        self.assertEqual(self.end(), 1)

    def test_control_c_at_the_new_password(self):
        self.open(self.guard("first"), "RETURN 1", NEO4J_PASSWORD="first")
        self.expect("New password")
        self.type("\x03")
        self.assertEqual(self.end(), 130)

    # ---- connections

    def test_disconnect_and_connect(self):
        server = self.serve(lambda query, parameters: Answer(["n"], [[len(query)]]))
        done = self.hmrec("cypher", "-a", server.uri, "-d", "shop", stdin=b":param a => 1\n:disconnect\n:connect\nRETURN $a;", NEO4J_PASSWORD="x")
        self.assertIn("9", done.out)
        self.assertEqual(self.databases(server), ["shop"])
        for text in (b":disconnect\nRETURN 1;", b":disconnect\n:begin", b":disconnect\n:use x", b":disconnect\n:param x => date()",
                     b":disconnect\n:impersonate x"):
            failed = self.hmrec("cypher", "-a", server.uri, stdin=text, code=1, NEO4J_PASSWORD="x")
            self.assertIn(f"stdin:2: not connected; :connect goes to {server.uri} again", failed.err)
        for text in (b":begin\n:connect", b":begin\n:disconnect", b":begin\n:impersonate x"):
            self.assertIn("a transaction is open", self.hmrec("cypher", "-a", server.uri, stdin=text, code=1, NEO4J_PASSWORD="x").err)

    def test_connect_elsewhere(self):
        one, two = self.guard("first", expired=False), self.guard("it's long", expired=False)
        text = f"RETURN 1;\n:connect {two.uri} -u 'a b' -p \"it's long\" --database shop\nRETURN 2;\n"
        self.hmrec("cypher", "-a", one.uri, stdin=text.encode(), NEO4J_PASSWORD="first")
        self.assertEqual((one.runs(), two.runs()), (["RETURN 1"], ["RETURN 2"]))
        self.assertEqual(self.logins(two), [("a b", "it's long")])
        self.assertEqual(self.databases(two), ["shop"])
        self.assertNotIn("bookmarks", next(fields for name, fields in two.seen if name == "RUN")[2])

    def test_a_connection_stays_until_another_stands(self):
        server = self.guard("first", expired=False)
        for argument, words in (("-p wrong", "Unauthorized"), ("-a bolt://127.0.0.1:1 -p secretly", "127.0.0.1:1"), ("-a x.db", "x.db names an SQLite file"),
                                ("-a bolt://127.0.0.1:1", "no password for neo4j at bolt://127.0.0.1:1: give it with -p"), ("-x 1", "found -x, expected"),
                                ("-u", "found nothing behind -u"), (f"-a bolt://u:secretly@127.0.0.1:1 -p x", "login")):
            result = self.hmrec("cypher", "-a", server.uri, "--fail-at-end", stdin=f":connect {argument}\nRETURN 1;".encode(), code=1, NEO4J_PASSWORD="first")
            self.assertIn(words, result.err)
            self.assertNotIn("secretly", result.err)
            self.assertIn("42", result.out)

    def test_a_person_connects(self):
        one, two = self.guard("first", expired=False), self.guard("second", expired=False)
        self.open(one, "--history", "mine", NEO4J_PASSWORD="first")
        self.expect("neo4j> ")
        self.type(":disconnect\n")
        self.expect("disconnected> ")
        self.type(f":connect {two.uri}\n")
        self.expect(f"Password of neo4j at {two.uri}: ")
        self.type("second\n")
        self.expect("Neo4j/5.26.25 at")
        self.expect("neo4j> ")
        self.type(":connect -p second\n")
        self.expect("neo4j> ")
        self.type("RETURN 1;\n")
        self.expect("\n42\r\n")
        self.type(":exit\n")
        self.assertEqual(self.end(), 0)
        self.assertEqual(two.runs(), ["RETURN 1"])
        if os.path.exists(self.path("mine")):  # with libedit
            with open(self.path("mine")) as file:
                self.assertNotIn("second", file.read())

    def test_impersonate(self):
        def answer(query, parameters):
            return Answer(["n"], [[1]])

        server = self.serve(answer)
        self.hmrec("cypher", "-a", server.uri, stdin=b":impersonate `anna b`\nRETURN 1;:impersonate\nRETURN 2;", NEO4J_PASSWORD="x")
        users = [(fields[0], fields[2].get("imp_user")) for name, fields in server.seen if name == "RUN" and fields[0].startswith("RETURN ") and "alive" not in fields[0]]
        self.assertEqual(users, [("RETURN 1", "anna b"), ("RETURN 2", None)])

    def test_impersonation_that_is_refused_changes_nothing(self):
        def answer(query, parameters):
            if "alive" in query:
                raise Failure("Neo.ClientError.Security.Forbidden", "not you")
            return Answer(["n"], [[1]])

        server = self.serve(answer)
        result = self.hmrec("cypher", "-a", server.uri, "--fail-at-end", stdin=b":impersonate anna\nRETURN 2;", code=1, NEO4J_PASSWORD="x")
        self.assertIn("stdin:1: Neo.ClientError.Security.Forbidden: not you", result.err)
        self.assertEqual([fields[2].get("imp_user") for name, fields in server.seen if name == "RUN"], ["anna", None])
        old = self.serve(answer, version=(4, 3))
        result = self.hmrec("cypher", "-a", old.uri, stdin=b":impersonate anna\n", code=1, NEO4J_PASSWORD="x")
        self.assertIn("Bolt 4.3 cannot impersonate", result.err)

    # ---- help

    def test_every_command_has_a_page(self):
        server = self.serve(lambda query, parameters: Answer())
        names = sorted(set(re.findall(r"^  (:\S+)", self.hmrec("cypher", "-a", server.uri, stdin=b":help", NEO4J_PASSWORD="x").out, re.M)))
        self.assertGreaterEqual(len(names), 13)
        for name in names + [":quit", ":params"]:
            pages = {self.hmrec("cypher", "-a", server.uri, stdin=f":help {form}".encode(), NEO4J_PASSWORD="x").out for form in (name, name[1:], name.upper())}
            self.assertEqual(len(pages), 1)
            head, page = pages.pop().split("\n\n")
            self.assertTrue(head.startswith(name), head)
            self.assertGreater(len(page), 15)
        self.assertIn("no command nothing", self.hmrec("cypher", "-a", server.uri, stdin=b":help nothing", code=1, NEO4J_PASSWORD="x").err)
        self.assertEqual(server.runs(), [])


if __name__ == "__main__":
    cli.main()
