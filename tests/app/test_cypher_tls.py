# SPDX-License-Identifier: MIT
"""hmrec cypher with certificates as openssl makes them: root, intermediate, server; encrypted client keys."""
import socket
import ssl
import subprocess
import threading

import cli


class Tls(cli.Case):
    def openssl(self, *args):
        subprocess.run(["openssl", *args], check=True, cwd=self.path("."), stderr=subprocess.DEVNULL)

    def sign(self, name, issuer, extensions):
        with open(self.path(name + ".cnf"), "w") as file:
            file.write(extensions)
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                     "-keyout", name + ".key", "-out", name + ".csr")
        by = ["-CA", issuer + ".crt", "-CAkey", issuer + ".key", "-CAcreateserial"] if issuer else ["-signkey", name + ".key"]
        self.openssl("x509", "-req", "-days", "2", "-in", name + ".csr", "-out", name + ".crt", "-extfile", name + ".cnf", *by)

    def setUp(self):
        super().setUp()
        authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n"
        self.sign("root", None, authority)
        self.sign("intermediate", "root", authority)
        self.sign("server", "intermediate", "subjectAltName=DNS:localhost\n")
        self.sign("client", "root", "subjectAltName=DNS:client\n")
        self.openssl("ec", "-in", "client.key", "-aes256", "-passout", "pass:s3cret", "-out", "locked.key")
        for name, text in (("right", "s3cret\n"), ("wrong", "gu3ssed\n")):
            with open(self.path(name), "w") as file:
                file.write(text)

    def listen(self):
        """A TLS server that shows its own certificate alone; names of those who shook hands with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("server.crt"), self.path("server.key"))
        context.load_verify_locations(self.path("root.crt"))
        context.verify_mode = ssl.CERT_OPTIONAL
        listener, guests = socket.create_server(("127.0.0.1", 0)), []
        self.addCleanup(listener.close)

        def serve():
            while True:
                try:
                    peer = listener.accept()[0]
                except OSError:
                    return
                try:
                    with context.wrap_socket(peer, server_side=True) as link:
                        shown = link.getpeercert()
                        guests.append(dict(part[0] for part in shown["subject"])["commonName"] if shown else None)
                except OSError:
                    peer.close()

        threading.Thread(target=serve, daemon=True).start()
        return f"bolt+s://localhost:{listener.getsockname()[1]}", guests

    def ask(self, uri, *args):
        return self.hmrec("cypher", "-a", uri, *args, "RETURN 1", code=1, NEO4J_PASSWORD="x").err  # nobody speaks Bolt there

    def test_an_intermediate_alone_is_trusted(self):
        uri, guests = self.listen()
        self.assertNotIn("certificate", self.ask(uri, "--ca", "intermediate.crt"))
        self.assertEqual(set(guests), {None})
        self.assertRegex(self.ask(uri, "--ca", "root.crt"), 'unknown authority: it is signed by "intermediate".*--ca FILE')

    def test_an_encrypted_key(self):
        uri, guests = self.listen()
        shown = ("--ca", "intermediate.crt", "--client-cert", "client.crt", "--client-key", "locked.key")
        self.ask(uri, *shown, "--client-key-password-file", "right")
        self.assertEqual(set(guests), {"client"})
        self.assertRegex(self.ask(uri, *shown), "locked.key: it is encrypted and needs its password.*--client-key-password-file FILE")
        err = self.ask(uri, *shown, "--client-key-password-file", "wrong")
        self.assertRegex(err, "locked.key: the password does not open it")
        self.assertNotIn("gu3ssed", err)
        self.assertIn("password file none", self.ask(uri, *shown, "--client-key-password-file", "none"))

    def test_files_that_are_wrong(self):
        for found, args in (("none: No such file", ("--ca", "none")), ("a directory", ("--ca", ".")),
                            ("no certificate in PEM form.*--ca FILE", ("--ca", "client.key")),
                            ("no private key in PEM form.*--client-key FILE", ("--client-cert", "client.crt")),
                            ("does not belong to the client certificate", ("--client-cert", "client.crt", "--client-key", "server.key"))):
            err = self.ask("bolt+s://localhost:1", *args)
            self.assertRegex(err, found)
            self.assertNotIn("error:", err)

    def test_a_password_without_a_certificate_is_refused(self):
        self.assertIn("is for --client-cert", self.hmrec("cypher", "--client-key-password-file", "right", "RETURN 1", code=2).err)


if __name__ == "__main__":
    cli.main()
