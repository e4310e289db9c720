"""Builds one network of 100 MB of weights in every format: `python -m perf.large_models FOLDER torch|keras`.

It runs as a process of its own, so that the one that measures loads no framework.
"""

import shutil
import sys
from pathlib import Path

LAYERS, WIDTH = 25, 1000


def torch_models(folder: Path) -> None:
    import torch
    from torch import nn

    torch.manual_seed(7)
    layers = [layer for _ in range(LAYERS) for layer in (nn.Linear(WIDTH, WIDTH), nn.ReLU())]
    net, example = nn.Sequential(*layers).eval(), torch.randn(2, WIDTH)
    torch.jit.save(torch.jit.trace(net, example), folder / "torchscript.pt")
    torch.export.save(torch.export.export(net, (example,)), folder / "exported.pt2")
    torch.onnx.export(net, (example,), folder / "onnx.onnx", dynamo=True, verbose=False, external_data=False)


def keras_models(folder: Path) -> None:
    import keras
    import tensorflow

    keras.utils.set_random_seed(7)
    layers = [keras.layers.Dense(WIDTH, activation="relu") for _ in range(LAYERS)]
    net = keras.Sequential([keras.Input((WIDTH,)), *layers])
    net.save(folder / "keras.keras")
    net.export(folder / "savedmodel", format="tf_saved_model", verbose=False)
    shutil.make_archive(str(folder / "savedmodel"), "zip", root_dir=folder, base_dir="savedmodel")
    converter = tensorflow.lite.TFLiteConverter.from_saved_model(str(folder / "savedmodel"))
    (folder / "litert.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    {"torch": torch_models, "keras": keras_models}[sys.argv[2]](Path(sys.argv[1]))
