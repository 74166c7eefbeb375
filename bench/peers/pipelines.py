# SPDX-License-Identifier: MIT
"""Whole programs to hold against `hmrec embed`: photos in, embeddings in an SQLite file.

    pipelines.py onnxruntime DIR THREADS BATCH DB PHOTO...   Pillow decodes in THREADS threads while ONNX Runtime computes
    pipelines.py article DIR DB PHOTO...                     the article's loop: load_img and predict, a photo at a time
Prints one JSON object: seconds from the first photo on (start-up left out) and from the start of the process.
"""
import concurrent.futures
import json
import os
import sqlite3
import sys
import time

PROCESS_START = time.perf_counter()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def open_db(path):
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("CREATE TABLE embedding (code TEXT PRIMARY KEY, vector BLOB)")
    return db


def code_of(path):
    return os.path.splitext(os.path.basename(path))[0]


def with_onnxruntime(folder, threads, batch, db, photos):
    import numpy
    import onnxruntime as ort
    from PIL import Image
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def decode(path):
        return numpy.asarray(Image.open(path).convert("RGB").resize((224, 224), Image.NEAREST), dtype=numpy.float32) / 127.5 - 1

    start = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        groups = [photos[i:i + batch] for i in range(0, len(photos), batch)]
        ahead = [[pool.submit(decode, p) for p in g] for g in groups[:2]]
        for i, group in enumerate(groups):
            x = numpy.stack([f.result() for f in ahead.pop(0)])
            if i + 2 < len(groups):
                ahead.append([pool.submit(decode, p) for p in groups[i + 2]])
            y = session.run(None, {name: x})[0]
            with db:
                db.executemany("INSERT INTO embedding VALUES (?, ?)", [(code_of(p), v.tobytes()) for p, v in zip(group, y)])
    return time.perf_counter() - start


def as_the_article(folder, db, photos):
    import keras
    import numpy
    model = keras.models.load_model(f"{folder}/model.keras", compile=False)
    start = time.perf_counter()
    for path in photos:
        x = keras.utils.img_to_array(keras.utils.load_img(path, target_size=(224, 224)))
        x = keras.applications.resnet_v2.preprocess_input(numpy.expand_dims(x, axis=0))
        vector = model.predict(x, verbose=0)[0]
        with db:
            db.execute("INSERT INTO embedding VALUES (?, ?)", (code_of(path), vector.tobytes()))
    return time.perf_counter() - start


if __name__ == "__main__":
    if sys.argv[1] == "onnxruntime":
        seconds = with_onnxruntime(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), open_db(sys.argv[5]), sys.argv[6:])
    else:
        seconds = as_the_article(sys.argv[2], open_db(sys.argv[3]), sys.argv[4:])
    print(json.dumps({"seconds": seconds, "process_seconds": time.perf_counter() - PROCESS_START}))
