#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Run the Neo4j drivers' test kit against the Bolt client.

usage: run.py [--out FILE.ndjson] [--match REGEX] BACKEND [NAME...]

BACKEND is the program testkit_backend. A NAME is a folder ("tests/stub/iteration") or module, class or test with dots
("tests.tls.test_tls_versions"); without one all of tests/stub and tests/tls is run. $TESTKIT names a clone of
https://github.com/neo4j-drivers/testkit (branch 5.0), whose needs this Python must have: lark, ifaddr, pytz. Without
$TESTKIT the run is skipped (exit status 77). The TLS tests need Go, once, to build the kit's server.

The tests want fixed ports and host names of their own. Where Linux lets us, they get both in a private network namespace, so
that nothing outside is touched and several runs can go on at once; otherwise tests that need the names fail.
"""
import argparse
import collections
import contextlib
import fcntl
import io
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SKIPPED = 77
HOSTS = "127.0.0.1 localhost thehost thehostbutwrong\n"
RETRY, SERVER, ARGUMENT, UNSUPPORTED = "temporary failure", "server error", "invalid argument", "not supported"

# The kit knows how each driver of Neo4j names its errors, and lets others fail where it asks for a name. What it shall
# find there for this client: the types of which the error must be one, and what its message must say.
ERROR_NAMES = {
    "assert_is_authorization_error": ((RETRY, SERVER), ""),
    "assert_is_token_error": ((SERVER,), ""),
    "assert_is_unauthorized_error": ((SERVER,), ""),
    "assert_is_security_error": ((SERVER,), ""),
    "assert_is_transient_error": ((RETRY,), ""),
    "assert_is_random_error": ((SERVER,), ""),
    "assert_re_auth_unsupported_error": ((UNSUPPORTED,), "cannot change users"),
    "_assert_is_retryable_authorization_error": ((RETRY,), ""),
    "_assert_is_timeout_exception": ((RETRY,), "no answer in time"),
    "_assert_is_tx_terminated_exception": ((RETRY, SERVER), ""),
    "_assert_is_client_exception": ((SERVER,), ""),
    "_assert_connection_error": ((RETRY,), ""),
    "_assert_not_exactly_one_record_error": (("not found",), "expected exactly one row"),
    "_assert_result_consumed_exception": ((ARGUMENT,), "the result has no rows any more"),
    "_assert_result_out_of_scope_exception": ((ARGUMENT,), "the result has no rows any more"),
    "_asserts_tx_closed_error": ((ARGUMENT,), "closed"),
    "_asserts_tx_managed_error": ((ARGUMENT,), "managed"),
    "_assert_not_exactly_one_record_warning": (None, "more than one row"),
}


def check_error(case, name, error):
    types, words = ERROR_NAMES[name]
    error = getattr(error, "exception", error)
    if types:
        case.assertIn(error.errorType, types)
    case.assertIn(words, error if isinstance(error, str) else getattr(error, "msg", str(error)))


def teach(test):
    """Answer for our client where the kit says that it knows no error name for it."""
    for cls in type(test).__mro__:
        for name in ERROR_NAMES.keys() & vars(cls).keys():
            original = vars(cls)[name]
            if not hasattr(original, "taught"):
                setattr(cls, name, taught(name, original))


def taught(name, original):
    def helper(self, *args, **kwargs):
        def fail(message=None):
            if not "no error mapping is defined" in (message or ""):
                raise self.failureException(message)
            if args:
                check_error(self, name, args[0][0] if isinstance(args[0], list) else args[0])
        before, self.fail = self.fail, fail  # one helper may call another
        try:
            return original(self, *args, **kwargs)
        finally:
            self.fail = before
    helper.taught = True
    return helper


class Result(unittest.TestResult):
    """One record a test; what a test printed is kept with its failure."""

    def __init__(self, out):
        super().__init__()
        self.out, self.records = out, []

    def startTest(self, test):
        super().startTest(test)
        self.status, self.reason, self.began = "passed", "", time.monotonic()
        self.said = io.StringIO()
        self.redirection = contextlib.redirect_stdout(self.said)
        self.redirection.__enter__()

    def fail(self, err):
        self.status, self.reason = "failed", f"{err[0].__name__}: {err[1]}"

    def addError(self, test, err):
        super().addError(test, err)
        self.fail(err)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.fail(err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if not hasattr(test, "test_case"):  # a sub-test may be skipped without the test
            self.status, self.reason = "skipped", reason

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.fail(err)

    def stopTest(self, test):
        self.redirection.__exit__(None, None, None)
        super().stopTest(test)
        record = {"id": test.id(), "status": self.status, "reason": self.reason, "seconds": round(time.monotonic() - self.began, 2)}
        self.records.append(record)
        if self.status == "failed":
            print(f"FAILED {test.id()}\n  {self.reason.splitlines()[0][:300]}", flush=True)
            record["said"] = self.said.getvalue()[-8000:]
        if self.out:
            self.out.write(json.dumps(record) + "\n")
            self.out.flush()


def flat(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flat(test)
        else:
            yield test


def load(names, match, kit):
    """Tests by id: a test that several modules import is run once."""
    loader, tests = unittest.TestLoader(), {}
    for name in names:
        folder = os.path.isdir(name)
        found = loader.discover(name, top_level_dir=kit) if folder else loader.loadTestsFromName(name)
        tests.update((test.id(), test) for test in flat([found]) if re.search(match, test.id()))
    if loader.errors:
        sys.exit("\n".join(loader.errors))
    return list(tests.values())


def report(records):
    """A table by package, and why tests were skipped."""
    packages, reasons = {}, collections.Counter()
    for record in records:
        package = ".".join(record["id"].split(".")[1:3]) if ".stub." in record["id"] else "tls"
        packages.setdefault(package, collections.Counter())[record["status"]] += 1
        if record["status"] == "skipped":
            reasons[record["reason"]] += 1
    packages["all"] = sum(packages.values(), collections.Counter())
    print(f"| {'tests':32} | passed | failed | skipped |\n|---|---|---|---|")
    for package, count in packages.items():
        print(f"| {package:32} | {count['passed']:6} | {count['failed']:6} | {count['skipped']:7} |")
    for reason, count in reasons.most_common():
        print(f"{count:5} skipped: {reason}")


def build_tls_server(kit):
    folder = os.path.join(kit, "tlsserver")
    program = os.path.join(folder, "tlsserver")
    if os.path.exists(program):
        return True
    return bool(shutil.which("go")) and subprocess.run(["go", "build", "-o", program, "main.go"], cwd=folder).returncode == 0


def raise_loopback():
    """ip link set lo up"""
    set_flags, up = 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, set_flags, struct.pack("16sh14x", b"lo", up))


def enter_namespace(argv):
    """Start this program again in a namespace of its own, if that can be."""
    command = ["unshare", "--net", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user", "--user"])
    if os.environ.get("TESTKIT_INSIDE") or not shutil.which("unshare"):
        return
    if subprocess.run(command + ["true"], capture_output=True).returncode != 0:
        print("no network namespace can be had: ports and host names are the machine's own")
        return
    os.environ["TESTKIT_INSIDE"] = "1"
    os.execvp(command[0], command + [sys.executable, os.path.abspath(__file__)] + argv)


def furnish_namespace():
    raise_loopback()
    with tempfile.NamedTemporaryFile("w", prefix="testkit-hosts-") as hosts:
        hosts.write(HOSTS)
        hosts.flush()
        subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)


@contextlib.contextmanager
def backend(program, kit):
    """The back end on a free port, which the kit is told."""
    certificates = os.path.join(kit, "tests", "tls", "certs", "driver")
    environment = {**os.environ, "TESTKIT_CA_FOLDER": os.path.join(certificates, "custom"),
                   "SSL_CERT_FILE": os.path.join(certificates, "trusted", "trustedRoot.crt")}
    process = subprocess.Popen([program, "0"], env=environment, stdout=subprocess.PIPE, text=True)
    port = process.stdout.readline().rpartition(":")[2].strip()
    os.environ.update(TEST_BACKEND_HOST="127.0.0.1", TEST_BACKEND_PORT=port)
    try:
        yield
    finally:
        process.terminate()
        if process.wait(timeout=30) != 0:
            sys.exit(f"the back end ended with status {process.returncode}")


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="write a record a test, as JSON")
    parser.add_argument("--match", default="", help="only tests whose name matches")
    parser.add_argument("backend")
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args(argv)
    if not os.environ.get("TESTKIT"):
        print("skipped: $TESTKIT does not name a clone of the Neo4j drivers' test kit")
        return SKIPPED
    kit = os.environ["TESTKIT"] = os.path.abspath(os.environ["TESTKIT"])
    program, out_path = os.path.abspath(options.backend), options.out and os.path.abspath(options.out)
    enter_namespace(argv)
    if os.environ.get("TESTKIT_INSIDE"):
        furnish_namespace()
    os.chdir(kit)
    sys.path.insert(0, kit)
    os.environ.update(PYTHONPATH=kit, TEST_DRIVER_NAME="c")
    names = options.names or ["tests/stub", "tests/tls"]
    if any("tls" in name for name in names) and not build_tls_server(kit):
        print("without Go there is no TLS server: tests/tls will fail")
    with tempfile.TemporaryDirectory(prefix="testkit-") as scratch, backend(program, kit):
        tempfile.tempdir = os.environ["TMPDIR"] = scratch  # runs side by side must not share it
        import tests.shared
        if not tests.shared.get_ip_addresses():  # two more addresses of this machine, for tests of resolving
            tests.shared.get_ip_addresses = lambda exclude_loopback=True: ["127.0.0.2", "127.0.0.3"]
        cases = load(names, options.match, kit)
        with open(out_path, "w") if out_path else contextlib.nullcontext() as out:
            result = Result(out)
            for case in cases:
                teach(case)
            unittest.TestSuite(cases).run(result)
    report(result.records)
    return 0 if cases and result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
