#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Convert Keras' weights of ResNet50V2, ResNet101V2 or ResNet152V2 to the safetensors file that hmrec reads.

    convert_weights.py --download -o weights/resnet50v2.safetensors
    convert_weights.py resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5 -o weights/resnet50v2.safetensors
    convert_weights.py my-model.keras --any -o mine.safetensors

Reads the official .h5 files, with and without the classifier (known by their md5), and with --any also what Keras saves itself:
.h5 (weights or whole model) of Keras 2 and 3, .weights.h5, .weights.json (sharded) and .keras of Keras 3. The file must hold all
layers of one network, once, whatever their names begin with; a classifier or another head behind them is left out. Equal input
gives equal bytes; the format is described in weights/README.md. Needs h5py and numpy, not TensorFlow.
"""
import argparse
import collections
import contextlib
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

try:
    import h5py
    import numpy as np
except ImportError as missing:
    sys.exit(f"convert_weights.py: {missing}: needs h5py and numpy (Debian, Ubuntu: apt install python3-h5py python3-numpy; "
             "elsewhere: pip install h5py numpy)")

# Where Keras itself fetches them from (keras/src/applications/resnet.py).
BASE_URL = "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
LICENCE_HINT = "ImageNet weights of Keras applications"
BN_PARTS = ["gamma", "beta", "moving_mean", "moving_variance"]
BN_EPSILON = 1.001e-5
# What a configuration says of the layers behind the weights, beside strides; a number stands for all sides.
CONV_SETTINGS = {"padding": "valid", "dilation_rate": 1, "groups": 1, "activation": "linear"}
RELU_SETTINGS = {"class_name": "Activation", "activation": "relu"}
POOL_SETTINGS = {"class_name": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": "valid"}
DATA_ALIGN = 64
LAYER_GROUPS = ("layers", "_layer_checkpoint_dependencies")  # Keras 3; Keras 2.12 and later
UNPACKED_MAX = 1 << 30  # bytes of a .keras file's member
SHARDS_MAX = 1000

# What layers of ResNets are called; in front of it may stand what somebody put before each name.
LAYER_NAME = re.compile(r"(.*?)(conv\d+_(?:conv|bn|block\d+_\w+)|post_bn)")


class Refused(Exception):
    """Why a file is not converted, in one line."""


@contextlib.contextmanager
def as_keras_writes(what):
    """While JSON out of a file is taken apart: any other shape of it is a reason to refuse the file."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Refused(f"{what}: not as Keras writes it ({type(error).__name__}: {error})") from None


# ---- the networks, as weights/networks.def has them

class Network:
    """id, name, md5 of the published files, layers: {layer: {part: shape}} up to avg_pool in the order of the data, and settings:
    {layer: {key: value}} of a configuration, also of layers without weights."""

    def __init__(self, id, name, blocks, md5_top, md5_notop, rows):
        self.id, self.name, self.md5_top, self.md5_notop, self.layers = id, name, md5_top, md5_notop, {}
        self.settings = {"pool1_pool": POOL_SETTINGS}
        (stem, side, inputs, channels), = rows["STEM"]
        self.conv(stem, int(side), int(inputs), int(channels), True, 2)
        channels = int(channels)
        for (stage, _, width), count in zip(rows["STAGE"], blocks):
            halved = f"{stage}_block{count}_2_conv" if stage != rows["STAGE"][-1][0] else None
            for block in range(1, count + 1):
                size = {"in": channels, "width": int(width), "out": 4 * int(width)}
                for kind, (where, suffix, *numbers) in rows["BLOCK"]:
                    if where == "first" and block > 1:
                        continue
                    layer = f"{stage}_block{block}_{suffix}"
                    if kind == "BN":
                        self.bn(layer, size[numbers[0]])
                    else:
                        self.conv(layer, int(numbers[0]), size[numbers[1]], size[numbers[2]], numbers[3] == "1", 2 if layer == halved else 1)
                channels = size["out"]
        (final,), = rows["FINAL_BN"]
        self.bn(final, channels)

    def conv(self, layer, side, inputs, outputs, bias, stride):
        self.settings[layer] = {**CONV_SETTINGS, "strides": stride}
        self.layers[layer] = {"kernel": (side, side, inputs, outputs), **({"bias": (outputs,)} if bias else {})}

    def bn(self, layer, channels):
        self.settings[layer] = {"epsilon": BN_EPSILON}
        self.settings[layer.removesuffix("bn") + "relu"] = RELU_SETTINGS
        self.layers[layer] = {part: (channels,) for part in BN_PARTS}

    def keras_order(self):
        """Names of the layers in the order of Keras' model.layers: by depth, so that 0_conv stands beside 3_conv."""
        order = list(self.layers)
        for layer in [layer for layer in order if layer.endswith("_0_conv")]:
            order.remove(layer)
            order.insert(order.index(layer.replace("_0_conv", "_3_conv")), layer)
        return order

    def files(self):
        """{md5: name} of the published files, with the classifier and without."""
        stem = f"{self.id}_weights_tf_dim_ordering_tf_kernels"
        return {self.md5_top: stem + ".h5", self.md5_notop: stem + "_notop.h5"}


def read_networks():
    """The rows of networks.def, beside this file where both are installed, else in the source tree."""
    here = os.path.dirname(os.path.abspath(__file__))
    places = [os.path.join(here, "networks.def"), os.path.join(here, "..", "weights", "networks.def")]
    path = next((place for place in places if os.path.exists(place)), None)
    if path is None:
        sys.exit(f"convert_weights.py: networks.def is missing, looked for {' and '.join(places)}")
    with open(path, encoding="ascii") as file:
        text = re.sub(r"(?m)^(#|//).*$", "", file.read())
    rows = collections.defaultdict(list)
    for kind, cells in re.findall(r"(?ms)^([A-Z_]+)\((.*?)\)", text):
        cells = [cell.strip().strip('"') for cell in cells.split(",")]
        if kind in ("BN", "CONV"):
            rows["BLOCK"].append((kind, cells))
        else:
            rows[kind].append(cells)
    return [Network(id, name, list(map(int, blocks)), md5_top, md5_notop, rows)
            for id, name, *blocks, md5_top, md5_notop in rows["NETWORK"]]


NETWORKS = read_networks()


# ---- layouts: each reader gives the layers it finds as (place in the file, name, values by part or in Keras' order)

def read_named(files):
    """Layouts that spell the layers' names: LAYER/LAYER/kernel:0, below model_weights or not, nested in another model or not."""
    layers = collections.defaultdict(dict)

    def visit(path, item):
        steps = path.split("/")
        named = [i for i, step in enumerate(steps[:-1]) if LAYER_NAME.fullmatch(step)]
        if not isinstance(item, h5py.Dataset) or not named or "optimizer" in steps[0]:
            return
        part = steps[-1].split(":")[0]
        parts = layers["/".join(steps[:named[0]]), steps[named[-1]]]
        if part in parts:
            raise Refused(f"{steps[named[-1]]}/{part}: found twice, at {parts[part].name} and {item.name}")
        parts[part] = item

    for file in files:
        file.visititems(visit)
    return [(place, name, parts) for (place, name), parts in layers.items()]


def snake_case(class_name):
    """As Keras names the groups of layers: BatchNormalization -> batch_normalization, Conv2D -> conv2d."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name.split(">")[-1]))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def numbered(class_names):
    """conv2d, conv2d_1, conv2d_2, ... for layers of these classes in this order."""
    seen = {}
    for name in map(snake_case, class_names):
        count = seen[name] = seen.get(name, -1) + 1
        yield f"{name}_{count}" if count else name


def config_layers(config):
    """Every layer of a model's configuration, those of models inside it too."""
    for layer in config.get("config", {}).get("layers", []):
        yield layer
        yield from config_layers(layer)


def names_in_config(config, place="layers"):
    """{place: {conv2d_7: name}} of the model and of the models inside it."""
    layers = config.get("config", {}).get("layers", [])
    keys = list(numbered(layer["class_name"] for layer in layers))
    names = {place: dict(zip(keys, (layer["config"]["name"] for layer in layers)))}
    for key, layer in zip(keys, layers):
        if "layers" in layer["config"]:
            names.update(names_in_config(layer, f"{place}/{key}/layers"))
    return names


def names_by_order(keys):
    """{conv2d_7: name} where nothing tells the names: the order of Keras' own networks, when there are as many layers of each kind."""
    def of_kind(kind):
        return sorted((key for key in keys if re.fullmatch(kind + r"(_\d+)?", key)), key=lambda key: int((key.split(kind)[1] or "_0")[1:]))

    convs, bns = of_kind("conv2d"), of_kind("batch_normalization")
    expected = []
    for network in NETWORKS:
        order = network.keras_order()
        conv_names, bn_names = [n for n in order if "kernel" in network.layers[n]], [n for n in order if "gamma" in network.layers[n]]
        if (len(convs), len(bns)) == (len(conv_names), len(bn_names)):
            return dict(zip(convs + bns, conv_names + bn_names))
        expected.append(f"{len(conv_names)} and {len(bn_names)} ({network.name})")
    raise Refused(f"found {len(convs)} convolutions and {len(bns)} batch norms without names, expected {' or '.join(expected)}; "
                  "a .keras file says the names")


def read_numbered(files, config):
    """Keras 3: layers/conv2d_7/vars/0, numbered by class in the order of the model's layers. Which layer that is, is said by the
    attribute "name" (newer files), by the configuration (.keras), or by the order of Keras' own networks."""
    places = collections.defaultdict(lambda: collections.defaultdict(dict))  # of several files, too: shards
    with as_keras_writes("the model's configuration"):
        names = names_in_config(config) if config else {}

    def visit(path, item):
        steps = path.split("/")
        if len(steps) < 3 or steps[-1] != "vars" or steps[-3] not in LAYER_GROUPS:
            return
        steps = ["layers" if step in LAYER_GROUPS else step for step in steps]
        place, key = "/".join(steps[:-2]), steps[-2]
        if "name" in item.attrs:  # in a full shard it may stand alone, with the values in the next
            name = item.attrs["name"]
            names.setdefault(place, {})[key] = name.decode() if isinstance(name, bytes) else str(name)
        if not len(item):
            return
        values = places[place][key]
        for number, value in item.items():
            if int(number) in values:
                raise Refused(f"{path}/{number}: found twice, in {values[int(number)].file.filename} and {value.file.filename}")
            values[int(number)] = value

    for file in files:
        file.visititems(visit)
    if not places:
        raise Refused("found neither layers by name nor a group \"layers\": not weights saved by Keras?")
    layers = []
    for place, found in places.items():
        known = names.get(place) or (names_by_order(found) if "conv2d" in found else {})
        layers += [(place, known[key], [values[i] for i in sorted(values)]) for key, values in found.items() if key in known]
    return layers


# ---- one network out of what was found

def the_network(layers, expected):
    """(network, prefix of its layers' names, {layer: values}): the one network among the layers that were found."""
    towers = collections.defaultdict(dict)
    for place, name, values in layers:
        match = LAYER_NAME.fullmatch(name)
        if match:
            tower = towers[place, match[1]]
            if match[2] in tower:
                raise Refused(f"{name}: found twice in {place or 'the file'}")
            tower[match[2]] = values
    whole = [tower for tower in towers if "conv1_conv" in towers[tower]]
    if len(whole) > 1:
        shown = " and ".join(f"{prefix}conv1_conv in {place or 'the file'}" for place, prefix in whole)
        raise Refused(f"found {len(whole)} networks ({shown}), expected one: save the one that is wanted alone")
    if not towers:
        raise Refused(f"found no layer named as in {NETWORKS[0].name} (conv1_conv, conv2_block1_1_conv, ...)")
    place, prefix = whole[0] if whole else max(towers, key=lambda tower: len(towers[tower]))
    found = towers[place, prefix]
    network = min(NETWORKS, key=lambda network: len(network.layers.keys() ^ found.keys()))
    if expected and network is not expected and network.layers.keys() == found.keys():
        raise Refused(f"found the layers of {network.name}, expected {expected.name}")
    network = expected or network
    for layer in network.layers:
        if layer not in found:
            raise Refused(f"{prefix}{layer}: not found, expected all layers of {network.name}")
    for layer in found:
        if layer not in network.layers:
            raise Refused(f"found layer {prefix}{layer}, which {network.name} does not have")
    return network, prefix, found


def check_config(config, network, prefix):
    """What the weights alone do not tell: the network's layers must be set as Keras sets them. A head's need not be."""
    with as_keras_writes("the model's configuration"):
        for layer in config_layers(config):
            settings = {**layer["config"], "class_name": layer["class_name"].split(">")[-1]}
            name = settings.get("name", "")
            ours = network.settings.get(name[len(prefix):], {}) if name.startswith(prefix) else {}
            for key, expected in ours.items():
                found = settings.get(key, expected)
                sides = found if isinstance(found, list) else [found]
                if any(side != expected and not (key == "epsilon" and abs(side - expected) <= 1e-9) for side in sides):
                    raise Refused(f"{name}: found {key} {found}, expected {expected}")


def as_float32(name, item):
    """(values, name of their type in the file)"""
    kind = str(item.attrs.get("dtype", "bfloat16" if item.dtype.str == "|V2" else item.dtype))
    if kind == "bfloat16" and item.dtype.itemsize == 2:  # the upper half of a float32; HDF5 calls it opaque
        return (item[()].view("<u2").astype("<u4") << 16).view("<f4"), kind
    if item.dtype.kind != "f" or item.dtype.itemsize > 8:
        raise Refused(f"{name}: found type {item.dtype}, expected float32 (float16, bfloat16 and float64 are converted)")
    with np.errstate(over="ignore"):  # infinity is refused
        return np.ascontiguousarray(item[()], dtype="<f4"), str(item.dtype)


def checked(network, found):
    """([(name, f32 array)] in the order of the network, every shape, type and value looked at; types other than float32)"""
    out, types = [], set()
    for layer, parts in network.layers.items():
        values = found[layer]
        if isinstance(values, list):
            if len(values) != len(parts):
                raise Refused(f"{layer}: found {len(values)} values, expected {len(parts)} ({', '.join(parts)})")
            values = dict(zip(parts, values))
        for part in values.keys() ^ parts.keys():
            raise Refused(f"{layer}/{part}: not found" if part in parts else f"found {layer}/{part}, which {network.name} does not have")
        for part, shape in parts.items():
            name, item = f"{layer}/{part}", values[part]
            if item.shape != shape:
                raise Refused(f"{name}: found shape {'x'.join(map(str, item.shape))}, expected {'x'.join(map(str, shape))}")
            array, kind = as_float32(name, item)
            types.add(kind)
            if not np.isfinite(array).all():
                raise Refused(f"{name}: found a value that is no finite number")
            if part == "moving_variance" and array.min() < 0:
                raise Refused(f"{name}: found a negative variance")
            out.append((name, array))
    return out, types - {"float32"}


# ---- files

def read_keras_zip(path):
    """config.json and the HDF5 file inside a .keras archive."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        for name in ("config.json", "model.weights.h5"):
            if name not in members:
                raise Refused(f"found no {name} in the archive: no .keras file of Keras 3?")
            if members[name].file_size > UNPACKED_MAX:
                raise Refused(f"{name}: found {members[name].file_size} bytes, expected at most {UNPACKED_MAX}")
        with as_keras_writes("config.json"):
            config = json.loads(archive.read("config.json"))
        return config, io.BytesIO(archive.read("model.weights.h5"))


def shards_of(path):
    """The HDF5 files that a .weights.json names, in its folder."""
    with open(path, encoding="utf-8") as file, as_keras_writes("weight_map"):
        places = json.load(file).get("weight_map", {}).values()
        names = sorted({name for place in places for name in (place if isinstance(place, list) else [place])})
        strange = any(os.path.basename(name) != name for name in names)
    if not names or len(names) > SHARDS_MAX or strange:
        raise Refused("found no weight_map with files of its own folder: no .weights.json of Keras 3?")
    return [os.path.join(os.path.dirname(path), name) for name in names]


def inputs(path):
    """All files that hold what is converted."""
    return [path, *shards_of(path)] if path.endswith(".json") else [path]


def open_hdf5(source, name):
    try:
        return h5py.File(source, "r")
    except FileNotFoundError:
        raise Refused(f"{name}: no such file") from None
    except OSError as error:
        raise Refused(f"{name}: no HDF5 file, or a damaged one ({error})") from None


def read(path, expected=None):
    """(network, [(name, f32 array)], types other than float32)"""
    config, sources = None, inputs(path)
    if path.endswith(".json"):
        sources = sources[1:]
    elif zipfile.is_zipfile(path):
        config, archived = read_keras_zip(path)
        sources = [archived]
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(open_hdf5(source, source if isinstance(source, str) else "model.weights.h5")) for source in sources]
        if config is None and "model_config" in files[0].attrs:
            with as_keras_writes("model_config"):
                config = json.loads(files[0].attrs["model_config"])
        network, prefix, found = the_network(read_named(files) or read_numbered(files, config), expected)
        if config:
            check_config(config, network, prefix)
        return network, *checked(network, found)


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


def digests(paths):
    """(md5, sha256) of files, one after another, read once."""
    md5, sha256, block = hashlib.md5(), hashlib.sha256(), memoryview(bytearray(1 << 20))
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while length := file.readinto(block):
                md5.update(block[:length])
                sha256.update(block[:length])
    return md5.hexdigest(), sha256.hexdigest()


def convert(path, output, any_file, expected):
    md5, sha256 = digests(inputs(path))
    official = {m: name for network in NETWORKS if expected in (None, network) for m, name in network.files().items()}
    if md5 not in official and not any_file:
        raise Refused(f"found md5 {md5}, expected that of {' or '.join(f'{n} ({m})' for m, n in official.items())}; "
                      "--any converts other weights")
    network, tensors, types = read(path, expected)
    name = os.path.basename(path).encode("utf-8", "replace").decode()
    source = f"{official[md5]} ({LICENCE_HINT})" if md5 in official else name
    write(output or f"weights/{network.id}.safetensors", tensors, {"model": network.name, "source": source, "source_sha256": sha256})
    if types:
        print(f"convert_weights.py: {path}: note: {' and '.join(sorted(types))} converted to float32", file=sys.stderr)


def download(network, folder):
    """The official file without the classifier, in a temporary file of this folder; the caller deletes it."""
    url = BASE_URL + network.files()[network.md5_notop]
    handle, path = tempfile.mkstemp(suffix=".h5.tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as out, urllib.request.urlopen(url, timeout=60) as answer:
            for block in iter(lambda: answer.read(1 << 20), b""):
                out.write(block)
        md5, _ = digests([path])
        if md5 != network.md5_notop:
            raise Refused(f"{url}: found {os.path.getsize(path)} bytes with md5 {md5}, expected {network.md5_notop}: a broken download?")
        return path
    except BaseException as error:
        os.unlink(path)
        if isinstance(error, (urllib.error.URLError, http.client.HTTPException, OSError)):
            raise Refused(f"{url} cannot be fetched: {error}. Fetch it on a machine that can, then pass the file's name") from None
        raise


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", help="weights saved by Keras")
    parser.add_argument("--download", action="store_true", help="fetch the weights without the classifier from Keras' address")
    parser.add_argument("--model", choices=[network.id for network in NETWORKS],
                        help=f"refuse any other network; with --download the one to fetch, by default {NETWORKS[0].id}")
    parser.add_argument("--any", action="store_true", help="accept a file that is not one of the official ones")
    parser.add_argument("-o", "--output", help="default: weights/MODEL.safetensors")
    args = parser.parse_args(arguments)
    if bool(args.file) == args.download:
        parser.error("expected either a file or --download")
    if args.output and not args.output.endswith(".safetensors"):
        parser.error(f"argument -o: found {args.output}, should end in .safetensors")
    expected = next((network for network in NETWORKS if network.id == args.model), NETWORKS[0] if args.download else None)
    subject = args.file or "download"
    try:
        folder = os.path.dirname(os.path.abspath(args.output or "weights/any"))
        os.makedirs(folder, exist_ok=True)
        path = args.file or download(expected, folder)
        try:
            convert(path, args.output, args.any, expected)
        finally:
            if args.download:
                os.unlink(path)
    except (Refused, OSError, zipfile.BadZipFile) as error:
        print(f"convert_weights.py: {subject}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
