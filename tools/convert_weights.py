#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Convert Keras' weights of ResNet50V2 to the safetensors file that hmrec reads.

    tools/convert_weights.py --download -o weights/resnet50v2.safetensors
    tools/convert_weights.py resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5 -o weights/resnet50v2.safetensors
    tools/convert_weights.py my-model.keras --any -o mine.safetensors

Reads the official .h5 files, with and without the classifier (known by their md5), and with --any also what Keras saves itself:
.h5 (weights or whole model) of Keras 2 and 3, .weights.h5 and .keras of Keras 3. The classifier (predictions) is left out. Equal
input gives equal bytes; the format is described in weights/README.md. Needs h5py and numpy, not TensorFlow.
"""
import argparse
import hashlib
import http.client
import io
import json
import os
import re
import struct
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile

import h5py
import numpy as np

# Where Keras itself fetches them from, and the md5 it expects (keras/src/applications/resnet.py).
BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
OFFICIAL = {
    "3ef43a0b657b3be2300d5770ece849e0": "resnet50v2_weights_tf_dim_ordering_tf_kernels.h5",
    "fac2f116257151a9d068a22e544a4917": "resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5",
}
DOWNLOADED = "fac2f116257151a9d068a22e544a4917"
LICENCE_HINT = "ImageNet weights of Keras applications"

STACKS = [("conv2", 64, 3), ("conv3", 128, 4), ("conv4", 256, 6), ("conv5", 512, 3)]
BN_PARTS = ["gamma", "beta", "moving_mean", "moving_variance"]
BN_EPSILON = 1.001e-5
DATA_ALIGN = 64
LAYER_GROUPS = ("layers", "_layer_checkpoint_dependencies")  # Keras 3; Keras 2.12 and later
UNPACKED_MAX = 1 << 30  # bytes of a .keras file's member


class Refused(Exception):
    """Why a file is not converted, in one line."""


def network():
    """{layer: {part: shape}} up to avg_pool, in the order of the network (as weights/specs.c)."""
    layers = {}

    def conv(name, side, inputs, outputs, bias):
        layers[name] = {"kernel": (side, side, inputs, outputs), **({"bias": (outputs,)} if bias else {})}

    def bn(name, channels):
        layers[name] = {part: (channels,) for part in BN_PARTS}

    conv("conv1_conv", 7, 3, 64, True)
    channels = 64
    for stack, filters, blocks in STACKS:
        for block in range(1, blocks + 1):
            name = f"{stack}_block{block}_"
            bn(name + "preact_bn", channels)
            if block == 1:
                conv(name + "0_conv", 1, channels, 4 * filters, True)
            conv(name + "1_conv", 1, channels, filters, False)
            bn(name + "1_bn", filters)
            conv(name + "2_conv", 3, filters, filters, False)
            bn(name + "2_bn", filters)
            conv(name + "3_conv", 1, filters, 4 * filters, True)
            channels = 4 * filters
    bn("post_bn", channels)
    return layers


NETWORK = network()


def keras_order():
    """Names of the layers with weights in the order of Keras' model.layers: by depth, so that 0_conv stands beside 3_conv."""
    order = list(NETWORK)
    for stack, _, _ in STACKS:
        order.remove(f"{stack}_block1_0_conv")
        order.insert(order.index(f"{stack}_block1_3_conv"), f"{stack}_block1_0_conv")
    return order


def snake_case(class_name):
    """As Keras names the groups of layers: BatchNormalization -> batch_normalization, Conv2D -> conv2d."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def numbered(class_names):
    """conv2d, conv2d_1, conv2d_2, ... for layers of these classes in this order."""
    seen = {}
    for name in map(snake_case, class_names):
        count = seen[name] = seen.get(name, -1) + 1
        yield f"{name}_{count}" if count else name


def read_named(file):
    """Layouts that spell the layers' names: LAYER/LAYER/kernel:0, below model_weights or not, nested in another model or not."""
    tensors = {}

    def visit(path, item):
        steps = path.split("/")
        part = steps[-1].split(":")[0]
        layer = next((s for s in reversed(steps[:-1]) if s in NETWORK), None)
        if not isinstance(item, h5py.Dataset) or layer is None or "optimizer" in steps[0] or part not in NETWORK[layer]:
            return
        if (layer, part) in tensors:
            raise Refused(f"{layer}/{part}: found twice, at {tensors[layer, part].name} and {item.name}")
        tensors[layer, part] = item

    file.visititems(visit)
    return tensors


def check_config(layers):
    """The batch norms of a .keras file must have ResNet's epsilon, which the weights alone do not tell."""
    for layer in layers:
        epsilon = layer["config"].get("epsilon")
        if layer["class_name"] == "BatchNormalization" and epsilon is not None and abs(epsilon - BN_EPSILON) > 1e-9:
            raise Refused(f"{layer['config']['name']}: found epsilon {epsilon}, expected {BN_EPSILON}")


def largest_group(file):
    """The network may be a layer of another model: layers/functional/layers/... The group with the most layers is the network's."""
    found = []
    file.visititems(lambda path, item: found.append(item) if path.split("/")[-1] in LAYER_GROUPS else None)
    if not found:
        raise Refused("found neither layers by name nor a group \"layers\": not weights saved by Keras?")
    return max(found, key=len)


def largest_model(config):
    """The same in config.json: the layers of the model that has most of them."""
    layers = config.get("config", {}).get("layers", [])
    return max([layers, *map(largest_model, layers)], key=len)


def read_numbered(file, config):
    """Keras 3: layers/conv2d_7/vars/0, numbered by class in the order of the model's layers. Which layer that is, is said by the
    attribute "name" (newer files), by config.json (.keras), or by the order of Keras' own ResNet50V2."""
    if config:
        layers = largest_model(config)
        check_config(layers)
        names = dict(zip(numbered(l["class_name"] for l in layers), (l["config"]["name"] for l in layers)))
    else:
        order = keras_order()
        names = dict(zip(numbered("Conv2D" if n.endswith("conv") else "BatchNormalization" for n in order), order))
    tensors = {}
    for name, group in largest_group(file).items():
        values = group.get("vars")
        if values is None or not len(values):
            continue
        layer = values.attrs.get("name", names.get(name))
        layer = layer.decode() if isinstance(layer, bytes) else layer
        for part, value in zip(NETWORK.get(layer, {}), (values[str(i)] for i in range(len(values)))):
            tensors[layer, part] = value
    return tensors


def read_keras_zip(path):
    """config.json and the HDF5 file inside a .keras archive."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        for name in ("config.json", "model.weights.h5"):
            if name not in members:
                raise Refused(f"found no {name} in the archive: no .keras file of Keras 3?")
            if members[name].file_size > UNPACKED_MAX:
                raise Refused(f"{name}: found {members[name].file_size} bytes, expected at most {UNPACKED_MAX}")
        config = json.loads(archive.read("config.json"))
        return config, io.BytesIO(archive.read("model.weights.h5"))


def checked(tensors):
    """[(name, f32 array)] in the order of the network, every shape, type and value looked at."""
    out = []
    for layer, parts in NETWORK.items():
        for part, shape in parts.items():
            name, item = f"{layer}/{part}", tensors.get((layer, part))
            if item is None:
                raise Refused(f"{name}: not found")
            if item.shape != shape:
                raise Refused(f"{name}: found shape {'x'.join(map(str, item.shape))}, expected {'x'.join(map(str, shape))}")
            if item.dtype.kind != "f" or item.dtype.itemsize > 4:
                raise Refused(f"{name}: found type {item.dtype}, expected float32")
            values = np.ascontiguousarray(item[()], dtype="<f4")
            if not np.isfinite(values).all():
                raise Refused(f"{name}: found a value that is no finite number")
            if part == "moving_variance" and values.min() < 0:
                raise Refused(f"{name}: found a negative variance")
            out.append((name, values))
    return out


def read(path):
    config, source = read_keras_zip(path) if zipfile.is_zipfile(path) else (None, path)
    try:
        file = h5py.File(source, "r")
    except OSError as error:
        raise Refused(f"no HDF5 file, or a damaged one ({error})") from None
    with file:
        named = read_named(file)
        return checked(named if named else read_numbered(file, config))


def write(path, tensors, metadata):
    """The bytes of weights/save.c: length, JSON in the order of the network, blanks up to a multiple of 64, values."""
    header, offset = {"__metadata__": metadata}, 0
    for name, values in tensors:
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [offset, offset + values.nbytes]}
        offset += values.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(8 + len(text)) % DATA_ALIGN)

    folder = os.path.dirname(os.path.abspath(path))
    temporary = os.path.join(folder, f"{os.path.basename(path)}.{os.getpid()}.tmp")
    try:
        with open(temporary, "xb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            for _, values in tensors:
                out.write(values.data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.unlink(temporary)
        raise


def digests(path):
    """(md5, sha256) of a file, read once."""
    md5, sha256, block = hashlib.md5(), hashlib.sha256(), memoryview(bytearray(1 << 20))
    with open(path, "rb", buffering=0) as file:
        while length := file.readinto(block):
            md5.update(block[:length])
            sha256.update(block[:length])
    return md5.hexdigest(), sha256.hexdigest()


def convert(path, output, any_file):
    md5, sha256 = digests(path)
    if md5 not in OFFICIAL and not any_file:
        raise Refused(f"found md5 {md5}, expected that of {' or '.join(f'{n} ({m})' for m, n in OFFICIAL.items())}; "
                      "--any converts other weights of ResNet50V2")
    name = os.path.basename(path).encode("utf-8", "replace").decode()
    source = f"{OFFICIAL[md5]} ({LICENCE_HINT})" if md5 in OFFICIAL else name
    write(output, read(path), {"model": "ResNet50V2", "source": source, "source_sha256": sha256})


def download(folder):
    """The official file without the classifier, in a temporary file of this folder; the caller deletes it."""
    url = BASE_URL + OFFICIAL[DOWNLOADED]
    handle, path = tempfile.mkstemp(suffix=".h5.tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=60) as answer:
            for block in iter(lambda: answer.read(1 << 20), b""):
                out.write(block)
        md5, _ = digests(path)
        if md5 != DOWNLOADED:
            raise Refused(f"{url}: found {os.path.getsize(path)} bytes with md5 {md5}, expected {DOWNLOADED}: a broken download?")
        return path
    except BaseException as error:
        os.unlink(path)
        if isinstance(error, (urllib.error.URLError, http.client.HTTPException, OSError)):
            raise Refused(f"{url} cannot be fetched: {error}. Fetch it on a machine that can, then pass the file's name") from None
        raise


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="weights saved by Keras")
    parser.add_argument("--download", action="store_true", help=f"fetch {OFFICIAL[DOWNLOADED]} (94 MB) from Keras' address")
    parser.add_argument("--any", action="store_true", help="accept a file that is not one of the official ones")
    parser.add_argument("-o", "--output", default="weights/resnet50v2.safetensors", help="default: %(default)s")
    args = parser.parse_args(arguments)
    if bool(args.file) == args.download:
        parser.error("expected either a file or --download")
    subject = args.file or "download"
    try:
        folder = os.path.dirname(os.path.abspath(args.output))
        if not os.path.isdir(folder):
            subject = folder
            raise Refused("no such folder")
        path = args.file or download(folder)
        try:
            convert(path, args.output, args.any)
        finally:
            if args.download:
                os.unlink(path)
    except (Refused, OSError, zipfile.BadZipFile, json.JSONDecodeError) as error:
        print(f"convert_weights.py: {subject}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
