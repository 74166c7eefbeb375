# SPDX-License-Identifier: MIT
"""The programs a user would pick instead of hmrec, each as a function from (threads, batch) to a call that embeds one batch.

    engines.py convert WEIGHTS DIR        Keras model with hmrec's weights -> DIR/model.keras, .onnx, .mnn
    engines.py time ENGINE DIR THREADS BATCH SECONDS    one JSON object: ms per picture, minimum and median
"""
import json
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
SIDE = 224


def keras_with(weights):
    """Keras' ResNet50V2 up to avg_pool with the tensors of a safetensors file."""
    import keras
    from safetensors.numpy import load_file
    full = keras.applications.ResNet50V2(weights=None)
    model = keras.Model(full.input, full.get_layer("avg_pool").output)
    tensors = load_file(weights)
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([tensors[f"{layer.name}/{v.name}"] for v in layer.weights])
    return model


def convert(weights, folder):
    os.makedirs(folder, exist_ok=True)
    model = keras_with(weights)
    model.save(f"{folder}/model.keras")
    model.export(f"{folder}/saved", verbose=False)
    onnx = f"{folder}/model.onnx"
    subprocess.run([sys.executable, "-m", "tf2onnx.convert", "--saved-model", f"{folder}/saved", "--opset", "17", "--output", onnx], check=True,
                   stderr=subprocess.DEVNULL)
    subprocess.run([os.path.join(os.path.dirname(sys.executable), "mnnconvert"), "-f", "ONNX", "--modelFile", onnx, "--MNNModel",
                    f"{folder}/model.mnn", "--bizCode", "hmrec"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def onnxruntime(folder, threads, x):
    import onnxruntime as ort
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})[0]


def openvino(folder, threads, x):
    import openvino
    core = openvino.Core()
    config = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(f"{folder}/model.onnx", "CPU", config).create_infer_request()
    return lambda: request.infer({0: x})[0]


def mnn(folder, threads, x):
    import MNN.expr as expr
    import MNN.nn
    import numpy
    import onnx
    graph = onnx.load(f"{folder}/model.onnx", load_external_data=False).graph
    runtime = MNN.nn.create_runtime_manager(({"backend": "CPU", "numThread": threads, "precision": "high"},))
    net = MNN.nn.load_module_from_file(f"{folder}/model.mnn", [graph.input[0].name], [graph.output[0].name], runtime_manager=runtime)

    def call():
        value = expr.placeholder(list(x.shape), expr.NCHW)
        value.write(x)
        return numpy.array(net.forward([value])[0].read())
    return call


def tensorflow(folder, threads, x):
    import tensorflow as tf
    import keras
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = keras.models.load_model(f"{folder}/model.keras", compile=False)
    run = tf.function(lambda t: model(t, training=False))
    constant = tf.constant(x)
    return lambda: run(constant).numpy()


ENGINES = {"onnxruntime": onnxruntime, "openvino": openvino, "mnn": mnn, "tensorflow": tensorflow}


def timed(engine, folder, threads, batch, seconds):
    import numpy
    x = numpy.random.default_rng(0).random((batch, SIDE, SIDE, 3), dtype=numpy.float32) * 2 - 1
    call = ENGINES[engine](folder, threads, x)
    call()
    call()
    times, end = [], time.perf_counter() + seconds
    while len(times) < 4 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1e3 / batch)
    print(json.dumps({"ms_per_image_min": min(times), "ms_per_image_median": statistics.median(times)}))


if __name__ == "__main__":
    if sys.argv[1] == "convert":
        convert(sys.argv[2], sys.argv[3])
    else:
        timed(sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]), float(sys.argv[6]))
