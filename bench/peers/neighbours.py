# SPDX-License-Identifier: MIT
"""Ten nearest of every vector: hmrec beside what people use when a flat index is too slow. Each engine has a process of its own, its
build counts, and its recall is measured against a plain search.

    neighbours.py HMREC DIR OUT.md [--rows N,N] [--vectors FILE.npy]...     ./dev bench neighbours calls it
"""
import argparse
import importlib.metadata as metadata
import json
import os
import resource
import subprocess
import sys
import time

K = 10
THREADS = 2
DIM = 2048
JUDGED = 1000  # rows whose lists are compared with the plain search's
ASKED = 20000  # at most so many rows are asked for, spread evenly; the search of all then takes n / ASKED times as long


# ---- vectors

def draw(n, seed=0):
    """f32 [n][2048] like a network's features: clusters of about 30 in 256 latent dimensions whose weights fall as a power, seen through
    2,048 rectified units with gains of their own, averaged over places of a picture that differ a little."""
    import numpy as np
    rng = np.random.default_rng(seed)
    latent, places = 256, 6
    weights = np.arange(1, latent + 1, dtype="f4") ** -0.6
    units = rng.standard_normal((latent, DIM), dtype="f4") * weights[:, None]
    units /= np.linalg.norm(units, axis=0)
    threshold, gain = rng.normal(0.4, 0.4, DIM).astype("f4"), np.exp(rng.normal(0, 0.5, DIM)).astype("f4")
    centres = rng.standard_normal((max(1, n // 30), latent), dtype="f4")
    out = np.empty((n, DIM), "f4")
    for begin in range(0, n, 5000):
        rows = out[begin:begin + 5000]
        picture = centres[rng.integers(0, len(centres), len(rows))] + 0.8 * rng.standard_normal((len(rows), latent), dtype="f4")
        rows[:] = sum(np.maximum((picture + 0.6 * rng.standard_normal(picture.shape, dtype="f4")) @ units - threshold, 0) for _ in range(places))
        rows *= gain / places
    return out


def load(path):
    import numpy as np
    x = np.load(path)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def spread(n):
    """The rows that are asked for."""
    import numpy as np
    return np.linspace(0, n, min(n, ASKED), endpoint=False, dtype=int)


def judge(x, seed=1):
    """Some of them, and what their tenth neighbour scores: (rows [m], cosines [m])."""
    import numpy as np
    rows = np.sort(np.random.default_rng(seed).choice(spread(len(x)), min(JUDGED, len(x)), replace=False))
    cosines = x[rows] @ x.T
    cosines[np.arange(len(rows)), rows] = -2
    return rows, np.partition(cosines, -K, axis=1)[:, -K]


def recall(x, lists, rows, tenth):
    """The share of the ten nearest that is in the lists; ties within rounding count."""
    import numpy as np
    found, places = 0, {row: i for i, row in enumerate(spread(len(x)))}
    for row, least in zip(rows, tenth):
        others = [j for j in dict.fromkeys(lists[places[row]].tolist()) if j != row and j >= 0][:K]
        found += int(np.sum(x[others] @ x[row] >= least - 1e-6))
    return found / (K * len(rows))


# ---- engines: each yields None once it is built from x, then (setting, lists [len(asked)][>= 10]) for each setting

def faiss_flat(x, asked):
    import faiss
    index = faiss.IndexFlatIP(DIM)
    index.add(x)
    yield None
    yield "", index.search(asked, K + 1)[1]


def faiss_hnsw(x, asked):
    import faiss
    index = faiss.IndexHNSWFlat(DIM, 32, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 100
    index.add(x)
    yield None
    for ef in (32, 64, 128, 256):
        index.hnsw.efSearch = ef
        yield f"M 32, efConstruction 100, efSearch {ef}", index.search(asked, K + 1)[1]


def faiss_ivf(x, asked):
    import faiss
    lists = int(4 * len(x) ** 0.5)
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(DIM), DIM, lists, faiss.METRIC_INNER_PRODUCT)
    index.train(x)
    index.add(x)
    yield None
    for probes in (8, 32, 64, 128):
        index.nprobe = probes
        yield f"{lists} lists, nprobe {probes}", index.search(asked, K + 1)[1]


def hnswlib(x, asked):
    import hnswlib as library
    index = library.Index(space="ip", dim=DIM)
    index.init_index(len(x), M=32, ef_construction=100, random_seed=1)
    index.set_num_threads(THREADS)
    index.add_items(x)
    yield None
    for ef in (32, 64, 128, 256):
        index.set_ef(ef)
        yield f"M 32, ef_construction 100, ef {ef}", index.knn_query(asked, K + 1)[0].astype("i8")


def usearch(x, asked):
    import numpy as np
    from usearch.index import Index
    index = Index(ndim=DIM, metric="ip", dtype="f32", connectivity=32, expansion_add=100)
    index.add(np.arange(len(x)), x, threads=THREADS)
    yield None
    for expansion in (32, 64, 128, 256):
        index.expansion_search = expansion
        yield f"connectivity 32, expansion 100 and {expansion}", index.search(asked, K + 1, threads=THREADS).keys.astype("i8")


def pynndescent(x, asked, neighbours):
    from pynndescent import NNDescent
    index = NNDescent(x, metric="cosine", n_neighbors=neighbours, n_jobs=THREADS, random_state=1)
    yield None
    yield f"n_neighbors {neighbours}", index.neighbor_graph[0][spread(len(x))]


ENGINES = {
    "FAISS IndexFlatIP": (faiss_flat, "faiss-cpu"),
    "FAISS HNSW": (faiss_hnsw, "faiss-cpu"),
    "FAISS IVF": (faiss_ivf, "faiss-cpu"),
    "hnswlib": (hnswlib, "hnswlib"),
    "usearch": (usearch, "usearch"),
    "pynndescent, 11": (lambda x, asked: pynndescent(x, asked, K + 1), "pynndescent"),
    "pynndescent, 30": (lambda x, asked: pynndescent(x, asked, 30), "pynndescent"),
}


# ---- measuring

class Watch:
    """Seconds, and seconds of all processors, since the last look."""

    def __init__(self):
        self.look()

    def look(self):
        used = resource.getrusage(resource.RUSAGE_SELF)
        now = time.perf_counter(), used.ru_utime + used.ru_stime
        last, self.last = getattr(self, "last", now), now
        return {"seconds": now[0] - last[0], "processor": now[1] - last[1]}


def plus(a, b, times):
    return {key: a[key] + b[key] * times for key in a}


def measure(name, path):
    """An engine's rows: from the vectors to the lists, build and search."""
    import numpy as np
    if "faiss" in ENGINES[name][1]:
        import faiss
        faiss.omp_set_num_threads(THREADS)
    x, engine = load(path), ENGINES[name][0]
    rows, tenth = judge(x)
    for _ in engine(x[:2000], x[:1]):  # compilers and pools of threads get ready
        pass
    asked = np.ascontiguousarray(x[spread(len(x))])
    watch, steps, results = Watch(), engine(x, asked), []
    next(steps)
    build = watch.look()
    while (step := next(steps, None)) is not None:
        search, (setting, lists) = watch.look(), step
        results.append({"engine": name, "setting": setting, "recall": recall(x, lists, rows, tenth), **plus(build, search, len(x) / len(lists))})
        watch.look()
    return results


def measure_hmrec(program, path):
    """Exact: `bench knn` compares its lists with a plain search before it times it."""
    done = subprocess.run([program, "bench", "knn", "--vectors", path, "--threads", str(THREADS), "--json"], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    share = float(f"{100 * result['compared_share']:.2g}")
    return {"engine": "hmrec", "setting": f"{share:g} % of the pairs in full", "recall": 1.0, "isa": result["isa"], "seconds": result["seconds_min"],
            "processor": result["processor_seconds"]}


def compare(program, path):
    results = [measure_hmrec(program, path)]
    print(results[-1], flush=True)
    for name in ENGINES:
        done = subprocess.run([sys.executable, __file__, "--engine", name, path], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{name}: exit {done.returncode}\n{done.stderr}")
        results += json.loads(done.stdout)
        print(*results[-4:], sep="\n", flush=True)
    return results


# ---- the page

def table(results):
    hmrec = results[0]
    lines = ["| engine | | recall | seconds | of processor | hmrec is faster by |", "|---|---|---|---|---|---|"]
    for r in sorted(results, key=lambda r: r["processor"]):
        lines.append(f"| {r['engine']} | {r['setting']} | {r['recall']:.4f} | {r['seconds']:.1f} | {r['processor']:.1f} | {r['processor'] / hmrec['processor']:.2f} |")
    return "\n".join(lines)


def page(tables):
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in sorted({package for _, package in ENGINES.values()} | {"numpy"}))
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    isa = tables[0][1][0]["isa"]
    parts = [f"""# Ten nearest of all, beside approximate engines

Made by `./dev bench neighbours` on {time.strftime('%Y-%m-%d')}; do not edit. Machine: {cpu}, {os.cpu_count()} CPUs, ISA {isa}. Peers: {versions}.

Vectors of 2,048 numbers that behave like a network's features (`draw` in bench/peers/neighbours.py, or files that were given). From the vectors to ten neighbours of each, on
{THREADS} threads, what an engine builds first included; its recall on {JUDGED:,} of the rows, ties within rounding counted as found. hmrec's and IndexFlatIP's lists are exact. Of more than {ASKED:,} vectors
the peers were asked for the neighbours of {ASKED:,}, and that time was multiplied; hmrec was timed whole. Seconds of processor (of all threads together) are what other work on
the machine disturbs least; the last column is their ratio. An engine below 1.00 was sooner than hmrec.
"""]
    for n, results in tables:
        parts.append(f"## {n:,} vectors\n\n{table(results)}\n")
    return "\n".join(parts)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--engine", choices=ENGINES, help="measure this one alone, on the file behind it")
    p.add_argument("--rows", default="20000,105542")
    p.add_argument("--vectors", action="append", help="f32 [n][2048] in a .npy file instead of drawn ones")
    p.add_argument("places", nargs="+")
    a = p.parse_args()
    if a.engine:
        print(json.dumps(measure(a.engine, a.places[0])))
        return
    import numpy as np
    program, folder, out = a.places
    os.makedirs(folder, exist_ok=True)
    files = a.vectors or []
    for n in [] if files else map(int, a.rows.split(",")):
        files.append(os.path.join(folder, f"features-{n}.npy"))
        if not os.path.exists(files[-1]):
            np.save(files[-1], draw(n))
    tables = [(len(np.load(path, mmap_mode="r")), compare(os.path.abspath(program), path)) for path in files]
    with open(out, "w") as file:
        file.write(page(tables))


if __name__ == "__main__":
    main()
