# SPDX-License-Identifier: MIT
"""The test kit's back end speaks the kit's protocol, without the kit: test_backend.py BACKEND. Standard library only."""
import json
import os
import shlex
import socket
import subprocess
import sys
import unittest

BACKEND = shlex.split(os.environ.get("HMREC_RUN", "").replace(";", " ")) + [sys.argv.pop(1)]
AUTH = {"name": "AuthorizationToken", "data": {"scheme": "basic", "principal": "neo4j", "credentials": "pass"}}


def closed_port():
    """A port where nobody listens."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Backend(unittest.TestCase):
    def setUp(self):
        self.process = subprocess.Popen(BACKEND + ["0"], stdout=subprocess.PIPE, text=True)
        port = int(self.process.stdout.readline().rpartition(":")[2])
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.file = self.socket.makefile("rw", encoding="utf-8", newline="\n")

    def tearDown(self):
        self.file.close()
        self.socket.close()
        self.process.terminate()
        self.process.stdout.close()
        self.assertEqual(self.process.wait(timeout=20), 0)  # and nothing leaked, says a sanitizer

    def send(self, text):
        self.file.write(f"#request begin\n{text}\n#request end\n")
        self.file.flush()
        lines = iter(self.file.readline, "")
        while next(lines) != "#response begin\n":
            pass
        answer = json.loads(next(lines))
        self.assertEqual(next(lines), "#response end\n")
        self.assertEqual(set(answer), {"name", "data"})
        return answer["name"], answer["data"]

    def ask(self, request, **data):
        return self.send(json.dumps({"name": request, "data": data}))

    def make(self, request, expected, **data):
        name, answer = self.ask(request, **data)
        self.assertEqual((name, set(answer)), (expected, {"id"}))
        return answer["id"]

    def driver(self, scheme="bolt", **data):
        return self.make("NewDriver", "Driver", uri=f"{scheme}://127.0.0.1:{closed_port()}", authorizationToken=AUTH, **data)

    def assertFails(self, answer, kind="input/output error"):
        name, data = answer
        self.assertEqual(name, "DriverError", data)
        self.assertEqual(data["errorType"], kind)
        self.assertTrue(data["msg"])
        return data

    def test_features_are_a_list_of_names(self):
        name, data = self.ask("GetFeatures")
        self.assertEqual(name, "FeatureList")
        self.assertIn("Feature:Bolt:5.4", data["features"])
        self.assertEqual(len(set(data["features"])), len(data["features"]))

    def test_tests_are_run_or_skipped_with_the_reason(self):
        self.assertEqual(self.ask("StartTest", testName="stub.retry.test_retry.TestRetry.test_read")[0], "RunTest")
        name, data = self.ask("StartTest", testName="stub.driver_parameters.telemetry.test_telemetry.TestTelemetry.test_x")
        self.assertEqual((name, list(data)), ("SkipTest", ["reason"]))

    def test_wrong_requests_are_named_and_do_no_harm(self):
        for text, word in (('{"name": "MakeTea", "data": {}}', "MakeTea"), ("{", "JSON"), ("[]", "JSON"), ('{"name": 7}', "JSON"),
                           ('{"name": "DriverClose", "data": {"driverId": 1}}', "driver"), ('{"name": "ResultNext"}', "result"),
                           ('{"name": "RetryablePositive", "data": {"sessionId": 1}}', "RetryablePositive")):
            with self.subTest(text):
                name, data = self.send(text)
                self.assertEqual(name, "BackendError")
                self.assertIn(word, data["msg"])
        self.driver()

    def test_a_driver_that_cannot_be_is_a_driver_error(self):
        self.assertFails(self.ask("NewDriver", uri="http://127.0.0.1:1", authorizationToken=AUTH), "invalid argument")

    def test_nobody_listens(self):
        driver = self.driver()
        session = self.make("NewSession", "Session", driverId=driver, accessMode="w", database=None)
        self.assertFails(self.ask("VerifyConnectivity", driverId=driver))
        error = self.assertFails(self.ask("SessionRun", sessionId=session, cypher="RETURN $x", txMeta=None, timeout=5, params={
            "x": {"name": "CypherList", "data": {"value": [{"name": "CypherInt", "data": {"value": 2**63 - 1}}]}}}))
        self.assertFalse(error["retryable"])
        self.assertEqual(self.ask("SessionLastBookmarks", sessionId=session), ("Bookmarks", {"bookmarks": []}))
        self.assertEqual(self.ask("SessionClose", sessionId=session)[0], "Session")
        self.assertFails(self.ask("SessionBeginTransaction", sessionId=session), "invalid argument")
        self.assertEqual(self.ask("DriverClose", driverId=driver)[0], "Driver")

    def test_parameters_are_checked(self):
        session = self.make("NewSession", "Session", driverId=self.driver(), accessMode="r")
        for value in ({"name": "CypherInt", "data": {"value": "many"}}, {"name": "Node", "data": {}}, {}):
            with self.subTest(value):
                self.assertFails(self.ask("SessionRun", sessionId=session, cypher="Q", params={"x": value}), "invalid argument")

    def test_managed_work_is_given_up(self):
        session = self.make("NewSession", "Session", driverId=self.driver(maxTxRetryTimeMs=1), accessMode="r")
        self.assertFails(self.ask("SessionReadTransaction", sessionId=session))

    def test_addresses_are_asked_for_in_the_middle_of_a_request(self):
        driver = self.driver("neo4j", resolverRegistered=True)
        name, data = self.ask("VerifyConnectivity", driverId=driver)
        self.assertEqual((name, set(data)), ("ResolverResolutionRequired", {"id", "address"}))
        self.assertFails(self.ask("ResolverResolutionCompleted", requestId=data["id"], addresses=[f"127.0.0.1:{closed_port()}"]))

    def test_a_kit_that_hangs_up_is_followed_by_another(self):
        self.driver()
        address = self.socket.getpeername()
        self.file.close()
        self.socket.close()
        self.socket = socket.create_connection(address, timeout=20)
        self.file = self.socket.makefile("rw", encoding="utf-8", newline="\n")
        self.assertEqual(self.driver(), 1)  # ids begin again


if __name__ == "__main__":
    unittest.main()
