# SPDX-License-Identifier: MIT
"""hmrec and its peers, one after the other inside each round, each in a process of its own, so that a noisy moment hits all of them.

    compare.py HMREC DIR [--rounds N] [--quick]     writes DIR/results.json; ./dev bench calls it, report.py makes the page of it
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PLANS = [(2, 8), (1, 8), (2, 1)]  # threads, pictures at once
PHOTOS = 200


def run(*command, env=None):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def last_json(text):
    return json.loads(text.strip().splitlines()[-1])


def python(script, *args):
    return last_json(run(sys.executable, os.path.join(HERE, script), *args))


class Best:
    """Minimum of each name over the rounds."""

    def __init__(self):
        self.values = {}

    def add(self, name, value):
        self.values[name] = min(self.values.get(name, float("inf")), value)


def bench_model(a, engines):
    results = []
    for threads, batch in PLANS:
        best, hmrec = Best(), {}
        for _ in range(a.rounds):
            for engine in engines:
                best.add(engine, python("engines.py", "time", engine, a.dir, threads, batch, a.seconds)["ms_per_image_min"])
            hmrec = json.loads(run(a.hmrec, "bench", "model", "--threads", threads, "--batch", batch, "--json"))
            best.add("hmrec", hmrec["ms_per_image_min"])
        results.append({"threads": threads, "batch": batch, "ms": best.values, "gflop": hmrec["gflop_per_image"],
                        "peak_gflops": hmrec["peak_gflops"], "isa": hmrec["isa"]})
        print(results[-1], flush=True)
    return results


def make_photos(a):
    """Photos of the catalogue's size and weight (1166x1750, about 280 kB): soft shapes with the grain of a real picture."""
    import numpy
    from PIL import Image
    folder = os.path.join(a.dir, "photos")
    done = sorted(os.path.join(folder, f) for f in os.listdir(folder)) if os.path.isdir(folder) else []
    if len(done) == PHOTOS:
        return done
    os.makedirs(folder, exist_ok=True)
    rng = numpy.random.default_rng(20)
    for i in range(PHOTOS):
        coarse = Image.fromarray(rng.integers(0, 255, (9, 6, 3), dtype=numpy.uint8)).resize((1166, 1750), Image.BICUBIC)
        grain = rng.normal(0, 5, (1750, 1166, 1))
        picture = numpy.clip(numpy.asarray(coarse) + grain, 0, 255).astype(numpy.uint8)
        Image.fromarray(picture).save(os.path.join(folder, f"0{100000000 + i}.jpg"), quality=80)
    return make_photos(a)


def bench_jpeg(a, photos):
    from PIL import Image
    best = Best()
    for _ in range(a.rounds):
        for path in photos[:20]:
            for _ in range(3):
                start = time.perf_counter()
                Image.open(path).convert("RGB").resize((224, 224), Image.NEAREST)
                best.add("Pillow", (time.perf_counter() - start) * 1e3)
        best.add("hmrec", json.loads(run(a.hmrec, "bench", "jpeg", "--json", *photos[:20]))["ms_per_image_min"])
    return best.values


def bench_embed(a, photos, weights):
    best, db = Best(), os.path.join(a.dir, "bench.db")
    folder = os.path.dirname(photos[0])

    def fresh():
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(db + ending):
                os.unlink(db + ending)

    for _ in range(a.rounds):
        fresh()
        start = time.perf_counter()
        run(a.hmrec, "embed", folder, "--store", db, "--weights", weights, "--threads", 2)
        best.add("hmrec embed", (time.perf_counter() - start) * 1e3 / len(photos))
        for batch in (1, 8, 16):
            fresh()
            seconds = python("pipelines.py", "onnxruntime", a.dir, 2, batch, db, *photos)["seconds"]
            best.add("Pillow + ONNX Runtime", seconds * 1e3 / len(photos))
        fresh()
        best.add("the article's loop", python("pipelines.py", "article", a.dir, db, *photos[:40])["seconds"] * 1e3 / 40)
    return best.values


def bench_first(a, photos, weights):
    """Process start to the first embedding, and the peak memory of that process."""
    commands = {
        "hmrec": [a.hmrec, "embed", photos[0], "-o", os.path.join(a.dir, "first.npy"), "--weights", weights, "-q"],
        "ONNX Runtime": [sys.executable, os.path.join(HERE, "pipelines.py"), "onnxruntime", a.dir, "2", "1", ":memory:", photos[0]],
        "Keras": [sys.executable, os.path.join(HERE, "pipelines.py"), "article", a.dir, ":memory:", photos[0]],
    }
    seconds, memory = Best(), {}
    for _ in range(a.rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            usage = os.wait4(child.pid, 0)[2]
            seconds.add(name, time.perf_counter() - start)
            memory[name] = usage.ru_maxrss / 1024
    return {name: {"seconds": seconds.values[name], "megabytes": memory[name]} for name in commands}


def bench_knn(a):
    import faiss
    import numpy
    results = []
    faiss.omp_set_num_threads(2)
    for n in ([10000] if a.quick else [10000, 20000, 50000]):
        x = numpy.random.default_rng(0).random((n, 2048), dtype=numpy.float32)
        faiss.normalize_L2(x)
        index = faiss.IndexFlatIP(2048)
        index.add(x)
        best = Best()
        for _ in range(a.rounds if n == 10000 else 1):
            start = time.perf_counter()
            index.search(x, 11)
            best.add("FAISS IndexFlatIP", time.perf_counter() - start)
            best.add("hmrec", json.loads(run(a.hmrec, "bench", "knn", "--rows", n, "--threads", 2, "--json"))["seconds_min"])
        results.append({"n": n, "seconds": best.values})
        print(results[-1], flush=True)
        del x, index
    return results


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    import importlib.metadata as metadata
    names = [n for n in open(os.path.join(HERE, "requirements.txt")).read().split()]
    return {"cpu": cpu, "cores": os.cpu_count(), "system": platform.platform(), "compiler": run("cc", "--version").splitlines()[0],
            "versions": {n: metadata.version(n) for n in names}}


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("hmrec")
    p.add_argument("dir")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=3)
    p.add_argument("--quick", action="store_true")
    a = p.parse_args()
    a.hmrec = os.path.abspath(a.hmrec)
    os.makedirs(a.dir, exist_ok=True)
    weights = os.path.join(a.dir, "weights.safetensors")
    if not os.path.exists(weights):
        run(a.hmrec, "weights", "random", "--seed", 1, "-o", weights)
    if not os.path.exists(os.path.join(a.dir, "model.onnx")):
        run(sys.executable, os.path.join(HERE, "engines.py"), "convert", weights, a.dir)
    engines = ["onnxruntime", "openvino", "mnn", "tensorflow"]
    if not os.path.exists(os.path.join(a.dir, "model.mnn")):
        engines.remove("mnn")
    photos = make_photos(a)
    results = {"machine": machine(), "when": time.strftime("%Y-%m-%d"), "commit": run("git", "rev-parse", "--short", "HEAD").strip(),
               "photo_bytes": sum(map(os.path.getsize, photos)) // len(photos)}
    results["model"] = bench_model(a, engines)
    results["jpeg"] = bench_jpeg(a, photos)
    print(results["jpeg"], flush=True)
    results["embed"] = bench_embed(a, photos, weights)
    print(results["embed"], flush=True)
    results["first"] = bench_first(a, photos, weights)
    print(results["first"], flush=True)
    results["knn"] = bench_knn(a)
    results["kernels"] = json.loads(run(a.hmrec, "bench", "kernels", "--threads", 2, "--json"))
    with open(os.path.join(a.dir, "results.json"), "w") as out:
        json.dump(results, out, indent=1)


if __name__ == "__main__":
    main()
