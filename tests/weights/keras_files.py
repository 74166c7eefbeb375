# SPDX-License-Identifier: MIT
"""Weights files as Keras writes them, made with h5py. Layers are {layer: {part: value}}, a value an array or, hollow, a shape."""
import io
import json
import zipfile

import h5py
import numpy as np

EPSILON = 1.001e-5


def put(group, name, value, dtype="<f4"):
    """A dataset; of a shape alone it has no bytes in the file and reads as zeroes."""
    if isinstance(value, tuple):
        return group.create_dataset(name, shape=value, dtype=dtype)
    return group.create_dataset(name, data=value)


def put_named(root, layers, suffix=":0", top=False, prefix=""):
    """Keras 2 (":0") and the .h5 files of Keras 3 (""): a group per layer, those without weights too, names in attributes."""
    layers = {"conv1_pad": {}, **layers}
    if top:
        layers["predictions"] = {"kernel": (2048, 1000), "bias": (1000,)}
    for layer, parts in layers.items():
        group = root.create_group(prefix + layer)
        for part, value in parts.items():
            put(group, f"{prefix}{layer}/{part}{suffix}", value)
    root.attrs["layer_names"] = [(prefix + name).encode() for name in layers]


def kind(layer):
    return "conv2d" if layer.endswith("conv") else "batch_normalization"


def put_numbered(root, layers, order, named, skip=lambda layer, part: False):
    """Keras 3: conv2d, conv2d_1, ... in this order; newer files also say the layer's name in an attribute. skip: what another shard has."""
    counts = {}
    for layer in order:
        number = counts[kind(layer)] = counts.get(kind(layer), -1) + 1
        kept = {i: value for i, (part, value) in enumerate(layers[layer].items()) if not skip(layer, part)}
        values = root.create_group(f"layers/{kind(layer)}_{number}/vars" if number else f"layers/{kind(layer)}/vars")
        if named:
            values.attrs["name"] = layer
        for i, value in kept.items():
            put(values, str(i), value)
    root.create_group("layers/activation/vars")
    put(root.create_group("optimizer/vars"), "0", (1,))


def model_config(order, epsilon=EPSILON, name="resnet50v2", more=()):
    """What Keras says of a model: class, name, and its layers with theirs; more: layers behind, (class, configuration)."""
    layers = [{"class_name": "InputLayer", "config": {"name": "input_layer"}}]
    for layer in order:
        bn = kind(layer) == "batch_normalization"
        layers.append({"class_name": "BatchNormalization" if bn else "Conv2D",
                       "config": {"name": layer, **({"epsilon": epsilon} if bn else {})}})
    layers += [{"class_name": class_name, "config": config} for class_name, config in more]
    return {"class_name": "Functional", "config": {"name": name, "layers": layers}}


def keras_zip(path, config, fill):
    """A .keras archive; fill(file) puts the weights."""
    inner = io.BytesIO()
    with h5py.File(inner, "w") as file:
        fill(file)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", inner.getvalue())


def bfloat16(array):
    """(as Keras stores it, opaque, two bytes a value; the float32 that it stands for). Cut, not rounded."""
    halves = (np.ascontiguousarray(array, "<f4").view("<u4") >> 16).astype("<u2")
    return halves.view("V2"), (halves.astype("<u4") << 16).view("<f4")
