#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/convert_weights.py: every layout that Keras writes, built here with h5py. With seeded weights it comes back byte for byte;
hollow files, all zeroes, show which network is found and what is refused."""
import contextlib
import hashlib
import http.server
import importlib.util
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import unittest.mock
import zipfile

import cli

try:
    import h5py
    import numpy as np
except ImportError as missing:
    cli.skip(f"{missing}; install python3-h5py and python3-numpy")

from keras_files import bfloat16, keras_zip, model_config, put, put_named, put_numbered

TOOL = os.path.join(cli.ROOT, "tools", "convert_weights.py")
_spec = importlib.util.spec_from_file_location("convert_weights", TOOL)
convert_weights = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(convert_weights)
NETWORK = convert_weights.NETWORKS[0]
ORDER = NETWORK.keras_order()
HOLLOW = NETWORK.layers


def content(path):
    with open(path, "rb") as file:
        return file.read()


def split(path):
    """(header, data) of a safetensors file."""
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        return json.loads(file.read(length)), file.read()


def setUpModule():
    global scratch, header, data, tensors
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


class Case(cli.Case):
    def convert(self, *args):
        """(exit status, what was said) of the tool."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            status = convert_weights.main([*args, "-o", self.path("out.safetensors")])
        return status, said.getvalue()

    def expect_converted(self, path, source=None, values=None, note=""):
        """values: those that are expected, if not the seeded ones; note: what is said"""
        status, said = self.convert(path, *([] if source else ["--any"]))
        self.assertEqual((status, said), (0, note))
        found_header, found_data = split(self.path("out.safetensors"))
        sha256 = hashlib.sha256(b"".join(map(content, convert_weights.inputs(path)))).hexdigest()
        metadata = {"model": "ResNet50V2", "source": source or os.path.basename(path), "source_sha256": sha256}
        expected = {**header, "__metadata__": metadata}
        self.assertEqual(list(found_header.items()), list(expected.items()))  # in the same order
        self.assertTrue(found_data == (data if values is None else values), "the values differ")

    def expect_refused(self, path, *expected, args=()):
        before = sorted(os.listdir(self.dir))
        status, said = self.convert(path, "--any", *args)
        self.assertEqual(status, 1, said)
        for text in (os.path.basename(path), *expected):
            self.assertIn(text, said)
        self.assertEqual(sorted(os.listdir(self.dir)), before)

    def expect_network(self, path, network):
        """A hollow file: what is found in it is this network. Its values, all zeroes, are not read."""
        with unittest.mock.patch.object(convert_weights, "as_float32", return_value=(np.zeros(1, "<f4"), "float32")):
            found, values, types = convert_weights.read(path)
        self.assertIs(found, network)
        self.assertEqual([name for name, _ in values], [f"{layer}/{part}" for layer, parts in network.layers.items() for part in parts])
        self.assertEqual(types, set())

    def h5(self, name, fill, *args, **kwargs):
        path = self.path(name)
        with h5py.File(path, "w") as file:
            fill(file, *args, **kwargs)
        return path

    def official(self, path):
        """Let the tool take this file for the official one with the classifier."""
        self.addCleanup(setattr, NETWORK, "md5_top", NETWORK.md5_top)
        NETWORK.md5_top = hashlib.md5(content(path)).hexdigest()


class Layouts(Case):
    def test_keras2_with_top(self):
        path = self.h5("mine.h5", put_named, tensors, top=True)
        self.official(path)
        self.expect_converted(path, "resnet50v2_weights_tf_dim_ordering_tf_kernels.h5 (ImageNet weights of Keras applications)")
        first = content(self.path("out.safetensors"))
        self.assertEqual(self.convert(path)[0], 0)  # again, over the old one: the same bytes
        self.assertTrue(first == content(self.path("out.safetensors")))
        self.hmrec("weights", "verify", self.path("out.safetensors"))

    def test_whole_model(self):
        def fill(file):
            put_named(file.create_group("model_weights"), tensors, suffix="")
            file.attrs["model_config"] = json.dumps(model_config(ORDER))
            file["optimizer_weights/adam/m/post_bn/gamma:0"] = np.ones(2048, "<f4")
        self.expect_converted(self.h5("whole model.h5", fill))

    def test_numbered_with_names(self):
        self.expect_converted(self.h5("a.weights.h5", put_numbered, tensors, reversed(tensors), named=True))

    def test_numbered_without_names(self):
        self.assertLess(ORDER.index("conv3_block1_2_bn"), ORDER.index("conv3_block1_0_conv"))
        self.expect_converted(self.h5("b.weights.h5", put_numbered, tensors, ORDER, named=False))

    def test_keras_archive(self):
        """The network is a layer of another model, and has a head with a batch norm of its own."""
        def fill(file):
            put_numbered(file.create_group("layers/functional"), tensors, reversed(tensors), named=False)
            put(file, "layers/dense/vars/0", (1,))
            put(file, "layers/batch_normalization/vars/0", (7,))
        network = model_config(list(reversed(tensors)))["config"]
        head = [("Dense", {"name": "emb"}), ("BatchNormalization", {"name": "head_bn", "epsilon": 0.001})]
        keras_zip(self.path("c.keras"), model_config([], more=[("Functional", network), *head]), fill)
        self.expect_converted(self.path("c.keras"))

    def test_shards(self):
        def is_in_second(layer, part):
            return layer > "conv4" or (layer, part) == ("conv2_block1_1_bn", "beta")  # a layer in both
        first = self.h5("d_00000.weights.h5", put_numbered, tensors, ORDER, True, skip=is_in_second)
        second = self.h5("d_00001.weights.h5", put_numbered, tensors, ORDER, True, skip=lambda *at: not is_in_second(*at))
        with h5py.File(second, "r+") as file:  # Keras names a layer where it begins, though a full shard holds no value of it
            convs = [layer for layer in ORDER if layer.endswith("conv")]
            values = file[f"layers/conv2d_{convs.index('conv4_block1_1_conv')}/vars"]
            self.assertEqual((values.attrs["name"], len(values)), ("conv4_block1_1_conv", 1))
            del values.attrs["name"]
        with open(self.path("d.weights.json"), "w", encoding="utf-8") as out:
            json.dump({"metadata": {}, "weight_map": {"/layers/conv2d/vars": os.path.basename(first),
                                                      "/layers/batch_normalization/vars": list(map(os.path.basename, (first, second)))}}, out)
        self.expect_converted(self.path("d.weights.json"))
        shutil.copy(first, second)
        self.expect_refused(self.path("d.weights.json"), "found twice, in", "d_00001.weights.h5")
        os.unlink(second)
        self.expect_refused(self.path("d.weights.json"), "d_00001.weights.h5")
        with open(self.path("d.weights.json"), "w", encoding="utf-8") as out:
            json.dump({"weight_map": {"a": "../d_00000.weights.h5"}}, out)
        self.expect_refused(self.path("d.weights.json"), "no weight_map with files of its own folder")

    def test_prefix(self):
        self.expect_converted(self.h5("e.h5", put_named, tensors, prefix="bb_"))

    def test_other_types(self):
        """Keras' bfloat16 is opaque to HDF5; wider and narrower numbers are converted, too."""
        def fill(file, as_type):
            put_named(file, {layer: {part: as_type(values) for part, values in parts.items()} for layer, parts in tensors.items()})
        def expected(as_type):
            return b"".join(as_type(values).astype("<f4").tobytes() for parts in tensors.values() for values in parts.values())
        for name, as_type, back in [
            ("float64", lambda values: values.astype("<f8"), lambda values: values),
            ("float16", lambda values: values.astype("<f2"), lambda values: values.astype("<f2")),
            ("bfloat16", lambda values: bfloat16(values)[0], lambda values: bfloat16(values)[1]),
        ]:
            path = self.h5("f.h5", fill, as_type)
            note = f"convert_weights.py: {path}: note: {name} converted to float32\n"
            self.expect_converted(path, values=expected(back), note=note)


class Networks(Case):
    """Every network in every layout is found, and never taken for another."""

    def test_each_layout(self):
        for network in convert_weights.NETWORKS:
            order = network.keras_order()
            self.expect_network(self.h5("a.h5", put_named, network.layers, top=True), network)
            self.expect_network(self.h5("b.weights.h5", put_numbered, network.layers, order, named=True), network)
            self.expect_network(self.h5("c.weights.h5", put_numbered, network.layers, order, named=False), network)
            keras_zip(self.path("d.keras"), model_config(order), lambda file: put_numbered(file, network.layers, order, named=False))
            self.expect_network(self.path("d.keras"), network)

    def test_official_files(self):
        found = {name: md5 for network in convert_weights.NETWORKS for md5, name in network.files().items()}
        tail = "_weights_tf_dim_ordering_tf_kernels"
        self.assertEqual(found, {  # Keras: WEIGHTS_HASHES of keras/src/applications/resnet.py
            f"resnet50v2{tail}.h5": "3ef43a0b657b3be2300d5770ece849e0", f"resnet50v2{tail}_notop.h5": "fac2f116257151a9d068a22e544a4917",
            f"resnet101v2{tail}.h5": "6343647c601c52e1368623803854d971", f"resnet101v2{tail}_notop.h5": "c0ed64b8031c3730f411d2eb4eea35b5",
            f"resnet152v2{tail}.h5": "a49b44d1979771252814e80f8ec446f9", f"resnet152v2{tail}_notop.h5": "ed17cf2e0169df9d443503ef94b23b33"})
        readme = content(os.path.join(cli.ROOT, "weights", "README.md")).decode()
        for name, md5 in found.items():
            self.assertIn(f"| `{name}` | {md5} |", readme)

    def test_expected_model(self):
        deeper = convert_weights.NETWORKS[1]
        path = self.h5("a.h5", put_named, deeper.layers)
        self.expect_refused(path, "found the layers of ResNet101V2, expected ResNet50V2", args=["--model", "resnet50v2"])
        self.assertEqual(self.convert(path, "--any", "--model", "resnet101v2"), (0, ""))
        self.assertIn("ResNet101V2", self.hmrec("weights", "verify", self.path("out.safetensors")).out)
        status, said = self.convert(path, "--model", "resnet101v2")  # its official files, no others'
        self.assertEqual(status, 1)
        self.assertIn("resnet101v2_weights_tf_dim_ordering_tf_kernels.h5 (6343647c601c52e1368623803854d971)", said)
        self.assertNotIn("resnet50v2", said)

    def test_other_layers(self):
        whole = dict(HOLLOW)
        for changed, expected in [
            ({**whole, "conv4_block7_1_conv": whole["conv4_block6_1_conv"]}, "found layer conv4_block7_1_conv, which ResNet50V2 does not have"),
            ({**whole, "conv1_bn": whole["post_bn"]}, "found layer conv1_bn, which ResNet50V2 does not have"),
            ({k: v for k, v in whole.items() if k != "conv5_block2_2_bn"}, "conv5_block2_2_bn: not found, expected all layers of ResNet50V2"),
            ({**whole, "post_bn": {"gamma": (2048,)}}, "post_bn/"),
            ({**whole, "conv2_block1_1_conv": {"kernel": (1, 1, 64, 64), "bias": (64,)}},
             "found conv2_block1_1_conv/bias, which ResNet50V2 does not have"),
        ]:
            self.expect_refused(self.h5("a.h5", put_named, changed), expected)
        extra = {"conv4_block7_1_conv": whole["conv4_block6_1_conv"]}
        path = self.h5("b.weights.h5", put_numbered, {**whole, **extra}, [*ORDER, *extra], named=True)
        self.expect_refused(path, "found layer conv4_block7_1_conv")
        path = self.h5("c.weights.h5", put_numbered, {**whole, **extra}, [*ORDER, *extra], named=False)
        self.expect_refused(path, "found 54 convolutions and 49 batch norms without names, expected 53 and 49 (ResNet50V2) or")
        path = self.h5("d.weights.h5", put_numbered, {**whole, "post_bn": {"gamma": (2048,)}}, ORDER, named=True)
        self.expect_refused(path, "post_bn: found 1 values, expected 4 (gamma, beta, moving_mean, moving_variance)")

    def test_two_networks(self):
        def nested(file):
            put_named(file.create_group("left"), HOLLOW)
            put_named(file.create_group("right"), HOLLOW)
        self.expect_refused(self.h5("a.h5", nested), "found 2 networks (conv1_conv in left and conv1_conv in right)")

        def prefixed(file):
            put_named(file, HOLLOW, prefix="a_")
            put_named(file, HOLLOW, prefix="b_")
        self.expect_refused(self.h5("b.h5", prefixed), "found 2 networks (a_conv1_conv in the file and b_conv1_conv in the file)")

        def numbered(file, named):
            put_numbered(file.create_group("layers/functional"), HOLLOW, ORDER, named)
            put_numbered(file.create_group("layers/functional_1"), HOLLOW, ORDER, named)
        for named in True, False:
            self.expect_refused(self.h5("c.weights.h5", numbered, named), "found 2 networks (conv1_conv in layers/functional/layers")
        towers = [("Functional", model_config(ORDER, name=name)["config"]) for name in ("left", "right")]
        keras_zip(self.path("d.keras"), model_config([], more=towers), lambda file: numbered(file, False))
        self.expect_refused(self.path("d.keras"), "found 2 networks", "layers/functional_1")

    def test_epsilon(self):
        """The network's own batch norms are looked at, a head's are not."""
        def fill(file, config):
            put_named(file.create_group("model_weights"), HOLLOW, suffix="")
            file.attrs["model_config"] = json.dumps(config)
        expected = "conv2_block1_preact_bn: found epsilon 0.001, expected 1.001e-05"
        self.expect_refused(self.h5("a.h5", fill, model_config(ORDER, epsilon=0.001)), expected)
        keras_zip(self.path("b.keras"), model_config(ORDER, epsilon=0.001), lambda file: put_numbered(file, HOLLOW, ORDER, named=True))
        self.expect_refused(self.path("b.keras"), expected)
        head = [("BatchNormalization", {"name": "head_bn", "epsilon": 0.001})]
        self.expect_network(self.h5("c.h5", fill, model_config(ORDER, more=head)), NETWORK)


    def test_other_settings(self):
        """The same layers and shapes with other strides, paddings or activations are another network."""
        stages = [("conv2_block3_2_conv", 2), ("conv4_block6_2_conv", 2), ("conv5_block3_2_conv", 1), ("conv1_conv", 2), ("conv2_block1_0_conv", 1)]
        right = [("Conv2D", {"name": name, "strides": [stride] * 2, "padding": "valid", "dilation_rate": [1, 1], "groups": 1, "activation": "linear"})
                 for name, stride in stages]
        right += [("Activation", {"name": "conv2_block1_preact_relu", "activation": "relu"}), ("Activation", {"name": "post_relu", "activation": "relu"}),
                  ("MaxPooling2D", {"name": "pool1_pool", "pool_size": [3, 3], "strides": [2, 2], "padding": "valid"}),
                  ("Activation", {"name": "head_relu", "activation": "gelu"}), ("Conv2D", {"name": "head", "strides": [3, 3], "padding": "same"})]

        def convert(layers):
            keras_zip(self.path("a.keras"), model_config(ORDER, more=layers), lambda file: put_numbered(file, HOLLOW, ORDER, named=True))
            return self.path("a.keras")
        self.expect_network(convert(right), NETWORK)
        for at, key, found, said in [(0, "strides", [1, 1], "conv2_block3_2_conv: found strides [1, 1], expected 2"),
                                     (2, "strides", [2, 2], "conv5_block3_2_conv: found strides [2, 2], expected 1"),
                                     (3, "padding", "same", "conv1_conv: found padding same, expected valid"),
                                     (4, "dilation_rate", [1, 2], "conv2_block1_0_conv: found dilation_rate [1, 2], expected 1"),
                                     (1, "activation", "relu", "conv4_block6_2_conv: found activation relu, expected linear"),
                                     (5, "activation", {"class_name": "swish"}, "conv2_block1_preact_relu: found activation {"),
                                     (7, "pool_size", [2, 2], "pool1_pool: found pool_size [2, 2], expected 3")]:
            wrong = [(kind, {**config, key: found} if i == at else config) for i, (kind, config) in enumerate(right)]
            self.expect_refused(convert(wrong), said)
        wrong = right[:6] + [("LeakyReLU", {"name": "post_relu"})] + right[7:]
        self.expect_refused(convert(wrong), "post_relu: found class_name LeakyReLU, expected Activation")
        self.expect_refused(convert(right[:7] + [("AveragePooling2D", right[7][1])]), "pool1_pool: found class_name AveragePooling2D")


class Refused(Case):
    def test_values(self):
        spoilt = np.zeros((7, 7, 3, 64), "<f4")
        spoilt[1, 2, 0, 3] = np.nan
        for values, expected in [
            ((7, 7, 3, 63), "conv1_conv/kernel: found shape 7x7x3x63, expected 7x7x3x64"),
            (np.zeros(spoilt.shape, "i4"), "conv1_conv/kernel: found type int32, expected float32"),
            (np.full(spoilt.shape, 1e300), "conv1_conv/kernel: found a value that is no finite number"),
            (spoilt, "conv1_conv/kernel: found a value that is no finite number"),
        ]:
            layers = {**HOLLOW, "conv1_conv": {"kernel": values, "bias": (64,)}}
            self.expect_refused(self.h5("a.h5", put_named, layers), expected)

    def test_only_official_files(self):
        status, said = self.convert(self.h5("mine.h5", lambda f: f.create_dataset("x", data=[1])))
        self.assertEqual(status, 1)
        for text in ("found md5", "3ef43a0b657b3be2300d5770ece849e0", "ed17cf2e0169df9d443503ef94b23b33", "--any"):
            self.assertIn(text, said)

    def test_files(self):
        for name, inside, expected in [
            ("text.h5", b"hello", "no HDF5 file"),
            ("empty.h5", b"", "no HDF5 file"),
            ("cut.h5", b"\x89HDF\r\n\x1a\n" + bytes(40), "no HDF5 file"),
        ]:
            with open(self.path(name), "wb") as out:
                out.write(inside)
            self.expect_refused(self.path(name), expected)
        with zipfile.ZipFile(self.path("other.keras"), "w") as archive:
            archive.writestr("readme", "")
        self.expect_refused(self.path("other.keras"), "found no config.json in the archive")
        self.expect_refused(self.h5("foreign.h5", lambda f: f.create_dataset("x", data=[1])), "neither layers by name nor")
        path = self.h5("head.weights.h5", lambda f: put(f, "layers/dense/vars/0", (1,)))
        self.expect_refused(path, "found no layer named as in ResNet50V2")
        self.expect_refused(self.path("missing.h5"), "No such file")

    def test_json_of_another_shape(self):
        """In each place where a file carries JSON: a reason in one line, not a stack of calls."""
        def fill(file, config):
            put_named(file.create_group("model_weights"), HOLLOW, suffix="")
            file.attrs["model_config"] = config
        nameless = json.dumps({"config": {"layers": [{"class_name": "Conv2D"}]}})
        no_number = json.dumps(model_config(ORDER, epsilon="none"))
        for config in ("{nonsense", '["list"]', '{"config": []}', nameless, no_number, "[" * 100000):
            self.expect_refused(self.h5("a.h5", fill, config), "not as Keras writes it")
        self.expect_refused(self.h5("a.h5", fill, json.dumps(model_config(ORDER, epsilon=float("nan")))), "found epsilon nan")
        for config in ([1], {"config": {"layers": [{"class_name": "Conv2D"}]}}):
            keras_zip(self.path("b.keras"), config, lambda file: put_numbered(file, HOLLOW, ORDER, named=True))
            self.expect_refused(self.path("b.keras"), "the model's configuration: not as Keras writes it")
        for text in (b"[1]", b"\xff", b"{", b'{"weight_map": ["a"]}', b'{"weight_map": {"a": [3]}}'):
            with open(self.path("c.weights.json"), "wb") as out:
                out.write(text)
            self.expect_refused(self.path("c.weights.json"), "weight_map: not as Keras writes it")

    def test_output_cannot_be_written(self):
        path = self.h5("a.h5", put_named, HOLLOW)
        os.mkdir(self.path("out.safetensors"))
        self.expect_refused(path)
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            self.assertEqual(convert_weights.main([path, "--any", "-o", os.path.join(path, "x.safetensors")]), 1)
        self.assertIn("a.h5", said.getvalue())

    def test_endings_are_heeded(self):
        said = io.StringIO()
        with contextlib.redirect_stderr(said), self.assertRaises(SystemExit) as end:
            convert_weights.main([self.h5("a.h5", put_named, HOLLOW), "--any", "-o", self.path("out.h5")])
        self.assertEqual(end.exception.code, 2)
        self.assertIn("out.h5, should end in .safetensors", said.getvalue())

    def test_missing_folders_are_made(self):
        made = self.path("none", "of", "these", "x.safetensors")
        self.assertEqual(convert_weights.main([self.h5("a.h5", put_named, HOLLOW), "--any", "-o", made]), 0)
        self.assertEqual(split(made)[0]["__metadata__"]["model"], "ResNet50V2")

    def test_without_h5py(self):
        """Installed, with the table beside it, where h5py is missing; then with h5py, where the table is."""
        tool = shutil.copy(TOOL, self.dir)
        os.mkdir(self.path("empty"))
        with open(self.path("empty", "h5py.py"), "w", encoding="ascii") as out:
            out.write("raise ImportError(\"No module named 'h5py'\")\n")
        result = subprocess.run([sys.executable, tool, "--help"], env={**cli.environment(), "PYTHONPATH": self.path("empty")},
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("python3-h5py", result.stderr)
        self.assertIn("pip install h5py", result.stderr)
        result = subprocess.run([sys.executable, tool, "--help"], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("networks.def is missing", result.stderr)
        shutil.copy(os.path.join(cli.ROOT, "weights", "networks.def"), self.dir)
        result = subprocess.run([sys.executable, tool, "--help"], capture_output=True, text=True, check=True)
        self.assertIn("{resnet50v2,resnet101v2,resnet152v2}", result.stdout)


class Download(Case):
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

    def download(self, path, body, md5, network=NETWORK):
        """Status and text of --download where the official file is this one."""
        saved = convert_weights.BASE_URL, network.md5_notop, network.files
        convert_weights.BASE_URL, network.md5_notop = self.serve(path, body), md5
        network.files = lambda: {md5: path[1:]}
        try:
            return self.convert("--download", *([] if network is NETWORK else ["--model", network.id]))
        finally:
            convert_weights.BASE_URL, network.md5_notop, network.files = saved

    def test_official_address(self):
        self.assertEqual(convert_weights.BASE_URL + NETWORK.files()[NETWORK.md5_notop],
                         "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
                         "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5")

    def test_download(self):
        inner = io.BytesIO()
        with h5py.File(inner, "w") as file:
            put_named(file.create_group("resnet50v2"), tensors)  # inside another model, too
        body = inner.getvalue()
        self.assertEqual(self.download("/good.h5", body, hashlib.md5(body).hexdigest()), (0, ""))
        self.assertEqual(os.listdir(self.dir), ["out.safetensors"])
        self.assertTrue(split(self.path("out.safetensors"))[1] == data)
        status, said = self.download("/good.h5", body, hashlib.md5(body).hexdigest(), convert_weights.NETWORKS[1])
        self.assertEqual(status, 1)
        self.assertIn("found the layers of ResNet50V2, expected ResNet101V2", said)

    def test_failures_leave_nothing(self):
        for path, body, expected in [("/wrong.h5", b"not this", "a broken download?"), ("/cut", bytes(1000), "expected")]:
            status, said = self.download(path, body, "0" * 32)
            self.assertEqual(status, 1)
            self.assertIn(expected, said)
            self.assertEqual(os.listdir(self.dir), [])
        convert_weights.BASE_URL, saved = "http://127.0.0.1:1/", convert_weights.BASE_URL
        self.addCleanup(setattr, convert_weights, "BASE_URL", saved)
        status, said = self.convert("--download")
        self.assertEqual(status, 1)
        self.assertIn("cannot be fetched: ", said)
        self.assertEqual(os.listdir(self.dir), [])


if __name__ == "__main__":
    cli.main()
