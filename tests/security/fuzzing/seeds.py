"""Small real models of every format, to be mutated: `python seeds.py FOLDER torch|keras|tables`.

It runs as a process of its own, so that the one that fuzzes loads no framework and its memory is its own.
"""

import os
import pickle
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}

SOURCE = """import torch


def get_model():
    return torch.nn.Linear(4, 2)


def example_inputs():
    return (torch.zeros(1, 4),)
"""


def torch_seeds(folder: Path) -> None:
    """scripted.pt with a branch, traced.pt, exported.pt2, graph.onnx, functions.onnx, checkpoint.pt,
    pickle.pkl, source.zip with weights"""
    import onnx
    import torch
    from onnx import helper
    from safetensors.torch import save
    from torch import nn

    torch.manual_seed(0)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.head = nn.Conv2d(1, 2, 3), nn.Linear(2, 2)

        def forward(self, image):
            x = self.conv(image).mean((2, 3))
            if bool(x.sum() > 0):
                x = x.relu()
            return self.head(x)

    net, plain, image = Net().eval(), nn.Linear(4, 2).eval(), torch.zeros(1, 1, 4, 4)
    torch.jit.save(torch.jit.script(net), folder / "scripted.pt")
    torch.jit.save(torch.jit.trace(plain, torch.zeros(1, 4)), folder / "traced.pt")
    batch = {"input": {0: torch.export.Dim("batch")}}
    program = torch.export.export(plain, (torch.zeros(2, 4),), dynamic_shapes=batch)
    torch.export.save(program, folder / "exported.pt2")
    torch.onnx.export(torch.jit.script(net), (image,), folder / "graph.onnx", dynamo=False)
    torch.save(net.state_dict(), folder / "checkpoint.pt")
    (folder / "pickle.pkl").write_bytes(pickle.dumps({"a": [1, 2.0, "b"], "c": {"d": b"e"}}))

    with zipfile.ZipFile(folder / "source.zip", "w") as archive:
        archive.writestr("m/model.py", SOURCE)
        archive.writestr("m/model.safetensors", save(plain.state_dict()))

    def value(name):
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["batch", 4])

    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("local", 1)]
    negated = helper.make_function(
        "local", "f", ["x"], ["y"], [helper.make_node("Neg", ["x"], ["y"])], opsets
    )
    nodes = [
        helper.make_node("f", ["x"], ["t"], domain="local"),
        helper.make_node("ConstantOfShape", ["s"], ["c"]),
        helper.make_node("Add", ["t", "c"], ["y"]),
    ]
    shape = helper.make_tensor("s", onnx.TensorProto.INT64, [2], [1, 4])
    graph = helper.make_graph(nodes, "g", [value("x")], [value("y")], [shape])
    model = helper.make_model(graph, opset_imports=opsets, functions=[negated])
    onnx.save(model, folder / "functions.onnx")


def keras_seeds(folder: Path) -> None:
    """net.keras, net.h5, net.tflite with a loop; table/ as .zip, .tar and .tar.gz"""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(2)])
    net.save(folder / "net.keras")
    net.save(folder / "net.h5")

    loop = tf.function(
        lambda x: tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y * 2.0), (0, x))[1],
        input_signature=[tf.TensorSpec([1, 4])],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([loop.get_concrete_function()])
    (folder / "net.tflite").write_bytes(converter.convert())

    (folder / "words.txt").write_text("a\nb\n")
    initializer = tf.lookup.TextFileInitializer(
        str(folder / "words.txt"), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64, -1
    )

    class Words(tf.Module):
        def __init__(self):
            super().__init__()
            self.entries = tf.lookup.StaticHashTable(initializer, -1)
            self.offset = tf.Variable(1, dtype=tf.int64)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="words")])
        def serve(self, words):
            return {"ids": self.entries.lookup(words) + self.offset}

    words = Words()
    tf.saved_model.save(words, str(folder / "table"), signatures={"serving_default": words.serve})
    shutil.make_archive(str(folder / "table"), "zip", root_dir=folder, base_dir="table")
    for name, mode in (("table.tar", "w"), ("table.tar.gz", "w:gz")):
        with tarfile.open(folder / name, mode) as archive:
            archive.add(folder / "table", "table")
    shutil.rmtree(folder / "table")
    (folder / "words.txt").unlink()


def table_seeds(folder: Path) -> None:
    """forest.skops; trees.ubj and trees.json of XGBoost; trees.txt of LightGBM"""
    import lightgbm
    import numpy
    import skops.io
    import xgboost
    from sklearn.ensemble import RandomForestClassifier

    table = numpy.random.default_rng(0).standard_normal((60, 4))
    answers = (table[:, 0] > 0).astype(int)
    forest = RandomForestClassifier(2, max_depth=3, random_state=0)
    skops.io.dump(forest.fit(table, answers), folder / "forest.skops")
    booster = xgboost.train({"max_depth": 3}, xgboost.DMatrix(table, answers), 2)
    booster.save_model(folder / "trees.ubj")
    booster.save_model(folder / "trees.json")
    settings = {"num_leaves": 4, "verbose": -1, "objective": "binary"}
    lightgbm.train(settings, lightgbm.Dataset(table, answers), 2).save_model(folder / "trees.txt")


if __name__ == "__main__":
    {"torch": torch_seeds, "keras": keras_seeds, "tables": table_seeds}[sys.argv[2]](Path(sys.argv[1]))
