# SPDX-License-Identifier: MIT
"""results.json of compare.py -> docs/performance.md and docs/performance.svg.

    report.py RESULTS.json DOCS_FOLDER
"""
import json
import os
import sys

NAMES = {"hmrec": "hmrec", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "mnn": "MNN", "tensorflow": "TensorFlow"}


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in row) + " |" for row in rows])


def ratio(values, name="hmrec"):
    """How much faster `name` is than the fastest of the others."""
    return min(v for k, v in values.items() if k != name) / values[name]


def model_rows(results):
    for m in results["model"]:
        engines = [f"{m['ms'][e]:.1f}" if e in m["ms"] else "-" for e in NAMES]
        share = m["gflop"] / (m["ms"]["hmrec"] * 1e-3) / m["peak_gflops"]
        yield [m["batch"], m["threads"], *engines, f"**{ratio(m['ms']):.2f}**", f"{100 * share:.0f} %"]


def kernel_rows(results):
    for k in results["kernels"]["layers"]:
        kind = f"{k['kernel']}x{k['kernel']}" + (f"/{k['stride']}" if k["stride"] > 1 else "")
        yield [k["layer"], k["count"], f"{k['side']}x{k['side']}x{k['in']}", f"{kind} x{k['out']}", k["method"], f"{k['ms_per_image']:.3f}",
               f"{k['gflops']:.0f}", f"{100 * k['peak_share']:.0f} %", f"{k['bytes_per_flop']:.3f}"]


def bars(results):
    """GFLOP/s of each engine at 8 pictures and 2 threads, with the FMA peak drawn in."""
    m = results["model"][0]
    rate = {NAMES[e]: m["gflop"] / (ms * 1e-3) for e, ms in m["ms"].items()}
    peak, top = m["peak_gflops"], max(max(rate.values()), m["peak_gflops"]) * 1.15
    width, left, row = 720, 130, 34
    height = row * len(rate) + 60

    def x(value):
        return left + (width - left - 60) * value / top

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13" role="img" '
           f'aria-label="GFLOP/s of each engine">', f'<rect width="{width}" height="{height}" fill="#fff"/>',
           f'<text x="{left}" y="18" fill="#333">ResNet50V2, 8 pictures, 2 threads, {m["isa"]}: GFLOP/s (3x3 counted as direct)</text>']
    for i, (name, value) in enumerate(sorted(rate.items(), key=lambda r: -r[1])):
        y = 32 + i * row
        colour = "#c8102e" if name == "hmrec" else "#8a94a6"
        out += [f'<text x="{left - 8}" y="{y + 17}" text-anchor="end" fill="#333">{name}</text>',
                f'<rect x="{left}" y="{y}" width="{x(value) - left:.1f}" height="{row - 10}" fill="{colour}"/>',
                f'<text x="{x(value) + 5:.1f}" y="{y + 17}" fill="#333">{value:.0f}</text>']
    out += [f'<line x1="{x(peak):.1f}" x2="{x(peak):.1f}" y1="26" y2="{height - 24}" stroke="#333" stroke-dasharray="4 3"/>',
            f'<text x="{x(peak):.1f}" y="{height - 8}" text-anchor="middle" fill="#333">FMA peak {peak:.0f}</text>', "</svg>"]
    return "\n".join(out) + "\n"


def page(r):
    machine = r["machine"]
    jpeg, embed, first = r["jpeg"], r["embed"], r["first"]
    versions = ", ".join(f"{n} {v}" for n, v in machine["versions"].items())
    return f"""# Performance

Made by `./dev bench` on {r['when']} at commit {r['commit']}; do not edit. Machine: {machine['cpu']}, {machine['cores']} CPUs, {machine['system']};
ISA {r['model'][0]['isa']}; {machine['compiler']}. Peers: {versions}.

Programs run one after the other inside each round, each in a process of its own; the figure is the minimum over the rounds. Weights are
seeded ones: they cost what the real ones cost. Ratios are to the fastest peer of the same run.

## The network, ms a picture

{table(["pictures", "threads", *NAMES.values(), "ratio", "of FMA peak"], model_rows(r))}

![GFLOP/s of each engine](performance.svg)

More than 100 % of the FMA peak is possible because Winograd's convolutions need a quarter of the multiplications that are counted.

## A photo to 224x224 bytes, one thread, ms

1166x1750, 4:2:0, {r['photo_bytes'] / 1000:.0f} kB: hmrec {jpeg['hmrec']:.2f}, Pillow {jpeg['Pillow']:.2f}: **{jpeg['Pillow'] / jpeg['hmrec']:.2f}** times.

## End to end: such JPEGs into SQLite, 2 threads, ms a photo

{table(["program", "ms a photo", "hmrec is faster by"], [[k, f"{v:.1f}", f"{v / embed['hmrec embed']:.2f}"] for k, v in sorted(embed.items(), key=lambda e: e[1])])}

## Process start to the first embedding

{table(["program", "seconds", "peak MB"], [[k, f"{v['seconds']:.2f}", f"{v['megabytes']:.0f}"] for k, v in first.items()])}

## Ten exact nearest of all pairs, n x 2048, 2 threads, seconds

{table(["n", "hmrec", "FAISS IndexFlatIP", "ratio"], [[k['n'], f"{k['seconds']['hmrec']:.2f}", f"{k['seconds']['FAISS IndexFlatIP']:.2f}", f"{ratio(k['seconds']):.2f}"] for k in r['knn']])}

## Layer by layer, {r['kernels']['threads']} threads, {r['kernels']['batch']} pictures

{table(["layer", "times", "input", "kernel", "method", "ms a picture", "GFLOP/s", "of peak", "bytes/flop"], kernel_rows(r))}
"""


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        results = json.load(file)
    with open(os.path.join(sys.argv[2], "performance.md"), "w") as file:
        file.write(page(results))
    with open(os.path.join(sys.argv[2], "performance.svg"), "w") as file:
        file.write(bars(results))
