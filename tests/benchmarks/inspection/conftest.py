"""Real models, built in seconds by the real frameworks, once per run."""

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.benchmarks import keras2

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="session")
def onnx_light() -> Path:
    """ResNet-50 and friends from the onnx package's own tests: real graphs, weights filled at load."""
    import onnx

    return Path(onnx.__file__).parent / "backend/test/data/light"


@pytest.fixture(scope="session")
def torch_net():
    """A small convolutional network with a buffer that is no parameter: 139 elements in all."""
    import torch
    from torch import nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
            self.again, self.head = nn.Conv2d(4, 4, 1), nn.Linear(4, 2)

        def forward(self, image, scale: float = 1.0):
            features = self.again(self.norm(self.conv(image)).relu())
            return self.head(features.mean((2, 3))) * scale

    torch.manual_seed(0)
    return Net().eval()


@pytest.fixture(scope="session")
def torch_models(models, torch_net) -> Path:
    """scripted.pt, traced.pt, exported.pt2, checkpoint.pt, old_checkpoint.pt, two_inputs.pt2"""
    import torch

    image = torch.zeros(2, 3, 8, 8)
    torch.jit.save(torch.jit.script(torch_net), models / "scripted.pt")
    torch.jit.save(torch.jit.trace(torch_net, (image,)), models / "traced.pt")
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(torch_net, (image,), dynamic_shapes={"image": {0: batch}})
    torch.export.save(program, models / "exported.pt2")
    torch.save(torch_net.state_dict(), models / "checkpoint.pt")
    torch.save(torch_net.state_dict(), models / "old_checkpoint.pt", _use_new_zipfile_serialization=False)

    class Shared(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)
            self.two.weight = self.one.weight

        def forward(self, left, right):
            return self.two(self.one(left)) + right, left.shape[0]

    half = torch.export.Dim("half")
    program = torch.export.export(
        Shared(),
        (torch.zeros(4, 4), torch.zeros(4, dtype=torch.float16)),
        dynamic_shapes={"left": {0: 2 * half}, "right": None},
    )
    torch.export.save(program, models / "two_inputs.pt2")
    torch.jit.save(torch.jit.script(Shared()), models / "shared.pt")
    return models


@pytest.fixture(scope="session")
def keras_nets() -> dict:
    """Name → built Keras model; `image` has been trained, so that it has an optimizer's state."""
    import keras
    import numpy
    from keras import layers

    inner = keras.Sequential([keras.Input((6, 6, 4)), layers.DepthwiseConv2D(3)], name="inner")
    image = keras.Input((8, 8, 3), name="img")
    features = layers.BatchNormalization()(layers.Conv2D(4, 3)(image))
    pooled = layers.GlobalAveragePooling2D()(inner(features))
    net = keras.Model(image, layers.Dense(2, name="probs")(layers.Dropout(0.5)(pooled)))
    net.compile("adam", "mse")
    net.fit(numpy.zeros((4, 8, 8, 3)), numpy.zeros((4, 2)), verbose=0)
    text = keras.Sequential(
        [
            keras.Input((10,), dtype="int32"),
            layers.Embedding(50, 8),
            layers.Bidirectional(layers.LSTM(6, dropout=0.1)),
            layers.Dense(1),
        ]
    )
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    pair = keras.Model([right, left], {"sum": layers.Add()([left, right]), "left": layers.ReLU()(left)})
    return {"image": net, "text": text, "pair": pair}


@pytest.fixture(scope="session")
def keras_models(models, keras_nets) -> Path:
    """image, text and pair as .keras, as .h5, and in old/ in the layout of Keras 2; image.weights.h5"""
    (models / "old").mkdir()
    for name, net in keras_nets.items():
        net.save(models / f"{name}.keras")
        net.save(models / f"{name}.h5")
        keras2.rewrite(shutil.copyfile(models / f"{name}.h5", models / "old" / f"{name}.h5"))
    keras_nets["image"].save_weights(models / "image.weights.h5")
    return models


@pytest.fixture(scope="session")
def saved_models(models, keras_nets) -> Path:
    """image/ and module/ as folders; image.zip, image.tar.gz (with 1/ on top), module.tar"""
    import tensorflow

    keras_nets["image"].export(models / "image", verbose=False)

    class Module(tensorflow.Module):
        def __init__(self):
            super().__init__()
            self.weight = tensorflow.Variable(tensorflow.ones([3, 2]))
            self.twin = tensorflow.Variable(tensorflow.ones([3, 2]))

        @tensorflow.function(input_signature=[tensorflow.TensorSpec([None, 3], name="b")])
        def serve(self, a):
            return {"y": a @ self.weight + a @ self.twin, "sum": tensorflow.reduce_sum(a)}

        @tensorflow.function(input_signature=[tensorflow.TensorSpec([None], tensorflow.string)])
        def length(self, words):
            return tensorflow.strings.length(words)

    module = Module()
    signatures = {"words": module.length, "matrix": module.serve}
    tensorflow.saved_model.save(module, str(models / "module"), signatures=signatures)
    with zipfile.ZipFile(models / "image.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (models / "image").rglob("*"):
            archive.write(file, Path("image", file.relative_to(models / "image")))
    with tarfile.open(models / "image.tar.gz", "w:gz") as archive:
        archive.add(models / "image", "./1")
    with tarfile.open(models / "module.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(models / "module", ".")
    return models


@pytest.fixture(scope="session")
def table_models(models) -> Path:
    """forest.skops; trees.ubj and trees.json of XGBoost; trees.txt of LightGBM"""
    import lightgbm
    import numpy
    import skops.io
    import xgboost
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = numpy.random.default_rng(0).standard_normal((60, 4))
    answers = (table[:, 0] > 0).astype(int)
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(3, max_depth=3, random_state=0))
    skops.io.dump(forest.fit(table, answers), models / "forest.skops")
    booster = xgboost.train({"max_depth": 3}, xgboost.DMatrix(table, answers), 3)
    booster.save_model(models / "trees.ubj")
    booster.save_model(models / "trees.json")
    settings = {"num_leaves": 4, "verbose": -1, "objective": "binary"}
    lightgbm.train(settings, lightgbm.Dataset(table, answers), 3).save_model(models / "trees.txt")
    return models


@pytest.fixture(scope="session")
def litert_model(saved_models) -> Path:
    import tensorflow

    path = saved_models / "image.tflite"
    converter = tensorflow.lite.TFLiteConverter.from_saved_model(str(saved_models / "image"))
    path.write_bytes(converter.convert())
    return path
