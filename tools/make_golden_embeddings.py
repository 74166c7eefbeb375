#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make tests/nn/golden/: what Keras' own networks answer to four drawn pictures with seeded weights.

    for model in resnet50v2 resnet101v2 resnet152v2; do
        hmrec weights random --model $model --seed 1 -o $model.safetensors
        tools/make_golden_embeddings.py $model.safetensors tests/nn/golden
    done

Needs Keras 3 with TensorFlow, only to make the files anew. Keras computes in double precision here, so that the answers are those
of the network itself and come out the same on every machine; the differences to Keras in single precision are printed.

MODEL_seed1.f32             f32 little-endian [4][2048]: avg_pool of each picture
resnet50v2_seed1_stages.txt a line per picture and stage: picture stage mean L2 and the first 8 values (top left place, channels 0 to 7)
tests/nn/check_golden.c draws the same pictures and reads both.
"""
import argparse
import json
import os
import struct

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

SIDE = 224
STAGES_OF = "ResNet50V2"  # the others are the same layers more often


def draw():
    """u8 [4][224][224][3], integer arithmetic only: colour ramps, stripes, noise, a checked disc on white ground."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    ramps = np.stack([x * 255 // 223, y * 255 // 223, (x + y) * 255 // 446], -1)
    stripes = np.where((y // 8 % 2)[..., None] == 0, (240, 238, 232), (200, 30, 40))
    v = (np.arange(SIDE * SIDE * 3, dtype=np.uint64) * 2654435761 + 12345) % 2**32
    v ^= v >> 15
    v = v * 2246822519 % 2**32
    v ^= v >> 13
    noise = (v >> 24).reshape(SIDE, SIDE, 3)
    checks = np.where(((x // 16 + y // 16) % 2)[..., None] == 0, (235, 200, 40), (30, 60, 170))
    disc = np.where(((x - 112) ** 2 + (y - 100) ** 2 < 70**2)[..., None], checks, (250, 250, 250))
    return np.stack([ramps, stripes, noise, disc]).astype(np.uint8)


def read_safetensors(path):
    """(Keras' name of the network, {name: tensor})"""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    model = header.pop("__metadata__")["model"]
    return model, {name: np.frombuffer(data, "<f4", offset=t["data_offsets"][0], count=int(np.prod(t["shape"]))).reshape(t["shape"])
            for name, t in header.items()}


def is_stage(name):
    return name in ("conv1_conv", "pool1_pool", "post_relu", "avg_pool") or name.endswith("_out")


def answers(model, tensors, pictures, dtype):
    """{stage: array [4][...]} as Keras computes it in this precision."""
    import keras
    keras.backend.set_floatx(dtype)
    full = getattr(keras.applications, model)(weights=None)
    for layer in full.layers:
        if layer.weights and layer.name != "predictions":
            layer.set_weights([tensors[f"{layer.name}/{v.name}"] for v in layer.weights])
    stages = [layer.name for layer in full.layers if is_stage(layer.name)]
    model = keras.Model(full.input, [full.get_layer(name).output for name in stages])
    inputs = keras.applications.resnet_v2.preprocess_input(pictures.astype(dtype))
    return dict(zip(stages, model.predict(inputs, batch_size=1, verbose=0)))


def write_stages(path, exact):
    with open(path, "w", encoding="ascii") as out:
        for picture in range(len(exact["avg_pool"])):
            for stage, values in exact.items():
                a = values[picture].ravel()
                first = " ".join(f"{v:.9g}" for v in a[:8])
                out.write(f"{picture} {stage} {a.mean():.9g} {np.sqrt((a * a).sum()):.9g} {first}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", help="of hmrec weights random --seed 1, of any network")
    parser.add_argument("folder", help="where the golden files go")
    args = parser.parse_args()

    (model, tensors), pictures = read_safetensors(args.weights), draw()
    exact = answers(model, tensors, pictures, "float64")
    single = answers(model, tensors, pictures, "float32")
    file = os.path.join(args.folder, f"{model.lower()}_seed1")
    exact["avg_pool"].astype("<f4").tofile(file + ".f32")
    if model == STAGES_OF:
        write_stages(file + "_stages.txt", exact)
    for picture in range(len(pictures)):
        a, b = exact["avg_pool"][picture], single["avg_pool"][picture].astype(np.float64)
        cosine = a @ b / np.sqrt((a @ a) * (b @ b))
        print(f"{model}, picture {picture}: Keras in single precision is off by {np.abs(a - b).max() / np.abs(a).max():.2e} of the largest "
              f"value, 1 - cosine {1 - cosine:.2e}; largest value {a.max():.4f}, mean {a.mean():.4f}")


if __name__ == "__main__":
    main()
