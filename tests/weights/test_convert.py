# SPDX-License-Identifier: MIT
"""tools/convert_weights.py: every layout that Keras writes, built here with h5py from seeded weights, comes back byte for byte."""
import contextlib
import hashlib
import http.server
import importlib.util
import io
import json
import os
import struct
import subprocess
import tempfile
import threading
import unittest
import zipfile

import cli

try:
    import h5py
    import numpy as np
except ImportError as missing:
    cli.skip(f"{missing}; install python3-h5py and python3-numpy")

_spec = importlib.util.spec_from_file_location("convert_weights", os.path.join(cli.ROOT, "tools", "convert_weights.py"))
convert_weights = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(convert_weights)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def split(path):
    """(header, data) of a safetensors file."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(length)), file.read()


def setUpModule():
    global scratch, seeded, header, data, tensors
    scratch = tempfile.TemporaryDirectory(prefix="hmrec-test-")
    seeded = os.path.join(scratch.name, "seeded.safetensors")
    subprocess.run(cli.PROGRAM + ["weights", "random", "--seed", "1", "-o", seeded, "-q"], check=True, env=cli.environment())
    header, data = split(seeded)
    tensors = {}
    for name, t in header.items():
        if name != "__metadata__":
            layer, part = name.split("/")
            begin, end = t["data_offsets"]
            tensors.setdefault(layer, {})[part] = np.frombuffer(data[begin:end], "<f4").reshape(t["shape"])


def tearDownModule():
    scratch.cleanup()


def put_named(root, suffix=":0", top=False):
    """Keras 2 (":0") and the .h5 files of Keras 3 (""): a group per layer, those without weights too, names in attributes."""
    layers = {"conv1_pad": {}, **tensors}
    if top:
        layers["predictions"] = {"kernel": np.zeros((2048, 1000), "<f4"), "bias": np.zeros(1000, "<f4")}
    root.attrs["layer_names"] = [name.encode() for name in layers]
    for layer, parts in layers.items():
        group = root.create_group(layer)
        group.attrs["weight_names"] = [f"{layer}/{part}{suffix}".encode() for part in parts]
        for part, values in parts.items():
            group[f"{layer}/{part}{suffix}"] = values


def kind(layer):
    return "conv2d" if layer.endswith("conv") else "batch_normalization"


def put_numbered(root, order, named):
    """Keras 3: conv2d, conv2d_1, ... in this order; newer files also say the layer's name in an attribute."""
    counts = {}
    for layer in order:
        number = counts[kind(layer)] = counts.get(kind(layer), -1) + 1
        values = root.create_group(f"layers/{kind(layer)}_{number}/vars" if number else f"layers/{kind(layer)}/vars")
        if named:
            values.attrs["name"] = layer
        for i, value in enumerate(tensors[layer].values()):
            values[str(i)] = value
    root.create_group("layers/activation/vars")
    root.create_group("optimizer/vars")["0"] = np.zeros(1)


def keras_zip(path, order, **changed):
    """A .keras archive in which the network is a layer of another model; changed: other values in each batch norm's config."""
    config = {"epsilon": 1.001e-5, **changed}
    layers = [{"class_name": "InputLayer", "config": {"name": "input_layer"}}]
    for layer in order:
        bn = kind(layer) == "batch_normalization"
        layers.append({"class_name": "BatchNormalization" if bn else "Conv2D", "config": {"name": layer, **(config if bn else {})}})
    inner = io.BytesIO()
    with h5py.File(inner, "w") as file:
        put_numbered(file.create_group("layers/functional"), order, named=False)
        file["layers/dense/vars/0"] = np.zeros(1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        network = {"class_name": "Functional", "config": {"name": "resnet50v2", "layers": layers}}
        archive.writestr("config.json", json.dumps({"class_name": "Sequential", "config": {"layers": [network]}}))
        archive.writestr("model.weights.h5", inner.getvalue())


class Convert(cli.Case):
    def convert(self, *args):
        """(exit status, what was said) of the tool."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            status = convert_weights.main([*args, "-o", self.path("out.safetensors")])
        return status, said.getvalue()

    def expect_converted(self, path, source):
        status, said = self.convert(path, *([] if source != os.path.basename(path) else ["--any"]))
        self.assertEqual((status, said), (0, ""))
        found_header, found_data = split(self.path("out.safetensors"))
        sha256 = hashlib.sha256(content(path)).hexdigest()
        expected = {**header, "__metadata__": {"model": "ResNet50V2", "source": source, "source_sha256": sha256}}
        self.assertEqual(list(found_header.items()), list(expected.items()))  # in the same order
        self.assertTrue(found_data == data, "the values differ")

    def expect_refused(self, path, *expected):
        before = sorted(os.listdir(self.dir))
        status, said = self.convert(path, "--any")
        self.assertEqual(status, 1)
        for text in (os.path.basename(path), *expected):
            self.assertIn(text, said)
        self.assertEqual(sorted(os.listdir(self.dir)), before)

    def h5(self, name, fill, *args, **kwargs):
        path = self.path(name)
        with h5py.File(path, "w") as file:
            fill(file, *args, **kwargs)
        return path

    def official(self, name, path):
        """Let the tool take this file for an official one."""
        md5 = hashlib.md5(content(path)).hexdigest()
        self.addCleanup(convert_weights.OFFICIAL.pop, md5)
        convert_weights.OFFICIAL[md5] = name
        return md5

    def test_keras2_with_top(self):
        path = self.h5("resnet50v2_weights_tf_dim_ordering_tf_kernels.h5", put_named, top=True)
        self.official("official.h5", path)
        self.expect_converted(path, "official.h5 (ImageNet weights of Keras applications)")
        first = content(self.path("out.safetensors"))
        self.assertEqual(self.convert(path)[0], 0)  # again, over the old one: the same bytes
        self.assertTrue(first == content(self.path("out.safetensors")))
        self.hmrec("weights", "verify", self.path("out.safetensors"))

    def test_whole_model(self):
        def fill(file):
            put_named(file.create_group("model_weights"), suffix="")
            file["optimizer_weights/adam/m/post_bn/gamma:0"] = np.ones(2048, "<f4")
        self.expect_converted(self.h5("whole model.h5", fill), "whole model.h5")

    def test_numbered_with_names(self):
        path = self.h5("a.weights.h5", put_numbered, reversed(tensors), named=True)
        self.expect_converted(path, "a.weights.h5")

    def test_numbered_without_names(self):
        order = convert_weights.keras_order()
        self.assertLess(order.index("conv3_block1_2_bn"), order.index("conv3_block1_0_conv"))
        self.expect_converted(self.h5("b.weights.h5", put_numbered, order, named=False), "b.weights.h5")

    def test_keras_archive(self):
        path = self.path("c.keras")
        keras_zip(path, list(reversed(tensors)))
        self.expect_converted(path, "c.keras")

    def test_other_epsilon(self):
        keras_zip(self.path("d.keras"), ["post_bn"], epsilon=0.001)
        self.expect_refused(self.path("d.keras"), "post_bn: found epsilon 0.001, expected 1.001e-05")

    def test_refused_tensors(self):
        def fill(file, values):
            file["conv1_conv/conv1_conv/kernel:0"] = values
            file["conv1_conv/conv1_conv/bias:0"] = np.zeros(64, "<f4")
        good = np.zeros((7, 7, 3, 64), "<f4")
        spoilt = good.copy()
        spoilt[1, 2, 0, 3] = np.nan
        for values, expected in [
            (good, "conv2_block1_preact_bn/gamma: not found"),
            (good[..., :63], "conv1_conv/kernel: found shape 7x7x3x63, expected 7x7x3x64"),
            (good.astype("f8"), "conv1_conv/kernel: found type float64, expected float32"),
            (good.astype("i4"), "conv1_conv/kernel: found type int32, expected float32"),
            (spoilt, "conv1_conv/kernel: found a value that is no finite number"),
        ]:
            self.expect_refused(self.h5("e.h5", fill, values), expected)

    def test_only_official_files(self):
        status, said = self.convert(self.h5("mine.h5", lambda f: f.create_dataset("x", data=[1])))
        self.assertEqual(status, 1)
        for text in ("found md5", "3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917", "--any"):
            self.assertIn(text, said)

    def test_refused_files(self):
        for name, content, expected in [
            ("text.h5", b"hello", "no HDF5 file"),
            ("empty.h5", b"", "no HDF5 file"),
            ("cut.h5", b"\x89HDF\r\n\x1a\n" + bytes(40), "no HDF5 file"),
        ]:
            with open(self.path(name), "wb") as out:
                out.write(content)
            self.expect_refused(self.path(name), expected)
        with zipfile.ZipFile(self.path("other.keras"), "w") as archive:
            archive.writestr("readme", "")
        self.expect_refused(self.path("other.keras"), "found no config.json in the archive")
        self.expect_refused(self.h5("foreign.h5", lambda f: f.create_dataset("x", data=[1])), "neither layers by name nor")
        self.expect_refused(self.path("missing.h5"), "No such file")

    def test_output_cannot_be_written(self):
        path = self.h5("f.h5", put_named)
        os.mkdir(self.path("out.safetensors"))
        self.expect_refused(path)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertEqual(convert_weights.main([path, "--any", "-o", self.path("none", "x")]), 1)
        self.assertIn("no such folder", said.getvalue())


class Download(cli.Case):
    """--download against a server of our own."""

    def serve(self, path, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                found = self.path == path
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(body) if found else 0))
                self.end_headers()
                if found:
                    self.wfile.write(body[:-5] if path == "/cut" else body)

            def log_message(self, *args):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}/"

    def download(self, path, body, md5):
        """Status and text of --download where the official file is this one."""
        saved = convert_weights.BASE_URL, convert_weights.OFFICIAL, convert_weights.DOWNLOADED
        convert_weights.BASE_URL, convert_weights.OFFICIAL, convert_weights.DOWNLOADED = self.serve(path, body), {md5: path[1:]}, md5
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                return convert_weights.main(["--download", "-o", self.path("out.safetensors")]), said.getvalue()
        finally:
            convert_weights.BASE_URL, convert_weights.OFFICIAL, convert_weights.DOWNLOADED = saved

    def test_official_address(self):
        self.assertEqual(convert_weights.BASE_URL + convert_weights.OFFICIAL[convert_weights.DOWNLOADED],
                         "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
                         "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5")

    def test_download(self):
        inner = io.BytesIO()
        with h5py.File(inner, "w") as file:
            put_named(file.create_group("resnet50v2"))  # inside another model, too
        body = inner.getvalue()
        self.assertEqual(self.download("/good.h5", body, hashlib.md5(body).hexdigest()), (0, ""))
        self.assertEqual(os.listdir(self.dir), ["out.safetensors"])
        self.assertTrue(split(self.path("out.safetensors"))[1] == data)

    def test_failures_leave_nothing(self):
        for path, body, expected in [("/wrong.h5", b"not this", "a broken download?"), ("/cut", bytes(1000), "expected")]:
            status, said = self.download(path, body, "0" * 32)
            self.assertEqual(status, 1)
            self.assertIn(expected, said)
            self.assertEqual(os.listdir(self.dir), [])
        convert_weights.BASE_URL, saved = "http://127.0.0.1:1/", convert_weights.BASE_URL
        self.addCleanup(setattr, convert_weights, "BASE_URL", saved)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertEqual(convert_weights.main(["--download", "-o", self.path("out.safetensors")]), 1)
        self.assertIn("cannot be fetched: ", said.getvalue())
        self.assertEqual(os.listdir(self.dir), [])


if __name__ == "__main__":
    cli.main()
