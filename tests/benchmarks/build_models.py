"""Builds the small real models of these tests, in a process of its own, so that the tests load no framework:
`python build_models.py FOLDER torch|source|keras|tables`."""

import copy
import gc
import importlib.util
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
gc.set_threshold(100_000)  # of what is imported nothing is garbage, and looking takes long


def torch_models(folder: Path) -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    mlp = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4)).eval()
    example = torch.randn(2, 16)
    batch = torch.export.Dim("batch", min=1, max=64)

    def exported(name: str, module: nn.Module, args: tuple, dynamic=None) -> None:
        torch.export.save(torch.export.export(module, args, dynamic_shapes=dynamic), folder / name)

    torch.jit.save(torch.jit.trace(mlp, example), folder / "mlp.pt")
    exported("mlp.pt2", mlp, (example,), ({0: batch},))
    exported("fixed.pt2", mlp, (torch.randn(4, 16),))
    other = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4)).eval()
    torch.onnx.export(
        other,
        (example,),
        folder / "other.onnx",
        dynamo=True,
        verbose=False,
        dynamic_shapes=({0: batch},),
        external_data=False,
    )
    torch.onnx.export(
        mlp,
        (example,),
        folder / "mlp.onnx",
        dynamo=True,
        verbose=False,
        dynamic_shapes=({0: batch},),
        external_data=False,
    )
    (folder / "parts").mkdir()
    torch.onnx.export(
        mlp,
        (example,),
        folder / "parts" / "mlp.onnx",
        dynamo=True,
        verbose=False,
        dynamic_shapes=({0: batch},),
        external_data=True,
    )
    shutil.make_archive(str(folder / "parts"), "zip", root_dir=folder, base_dir="parts")

    dropped = nn.Sequential(nn.Linear(16, 64), nn.Dropout(0.5), nn.Linear(64, 4)).train()
    exported("dropout.pt2", dropped, (example,), ({0: batch},))

    exported("dropless.pt2", dropped.eval(), (example,), ({0: batch},))
    exported("mlp64.pt2", copy.deepcopy(mlp).double(), (example.double(),), ({0: batch},))
    torch.onnx.export(
        mlp, (example[:1],), folder / "baked.onnx", dynamo=True, verbose=False, external_data=False
    )

    _norm9(folder / "norm9.onnx")
    _rounds(folder / "rounds.onnx")

    class Planes(nn.Module):
        """Its operators take longer than it takes to call them; OpenVINO has cumsum in plain code only."""

        def __init__(self):
            super().__init__()
            self.first, self.second = (
                nn.Conv2d(4, 16, 3, padding=1),
                nn.Conv2d(16, 16, 3, stride=2, padding=1),
            )
            self.head = nn.Linear(16, 8)

        def forward(self, x):
            x = torch.sigmoid(self.second(torch.relu(self.first(x))))
            return torch.softmax(self.head(x.cumsum(3).mean((2, 3))), 1)

    torch.onnx.export(
        Planes().eval(),
        (torch.randn(2, 4, 96, 96),),
        folder / "planes.onnx",
        dynamo=True,
        verbose=False,
        dynamic_shapes=({0: batch},),
        external_data=False,
    )

    class Folded(nn.Module):
        """Its batch size is recorded as a number by tracing."""

        def forward(self, x):
            return x.reshape(int(x.shape[0]) * 4, 4).sum(0, keepdim=True) * torch.ones(int(x.shape[0]), 4)

    torch.jit.save(torch.jit.trace(Folded(), torch.randn(1, 16), check_trace=False), folder / "folded.pt")

    class Pair(nn.Module):
        """Not symmetric in its two inputs, which have the same shape."""

        def forward(self, zeta, alpha):
            return zeta - 2 * alpha, zeta * 3

    exported("pair.pt2", Pair(), (example, example + 1), ({0: batch}, {0: batch}))

    class Swapped(nn.Module):
        """The same, its inputs under other names and the other way round."""

        def forward(self, first, second):
            return second - 2 * first, second * 3

    exported("swapped.pt2", Swapped(), (example, example + 1), ({0: batch}, {0: batch}))

    class Noisy(nn.Module):
        def forward(self, x):
            return x + torch.rand_like(x)

    exported("noisy.pt2", Noisy(), (example,), ({0: batch},))

    class Lookup(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(10, 3)

        def forward(self, ids):
            return self.table(ids).mean(1), ids + 1

    lookup, ids = Lookup().eval(), torch.zeros(2, 5, dtype=torch.int64)
    exported("lookup.pt2", lookup, (ids,), ({0: batch},))
    exported("lookup32.pt2", lookup, (ids.int(),), ({0: batch},))

    class Narrow(nn.Module):
        """A table of three rows, which indices of the usual size fall out of."""

        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(3, 4)

        def forward(self, ids):
            return self.table(ids)

    exported("narrow.pt2", Narrow().eval(), (ids,), ({0: batch},))

    class Branch(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.other = nn.Linear(16, 4), nn.Linear(16, 4)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if float(x.mean()) > 0.0:
                return self.one(x)
            return self.other(x)

    branch = Branch().eval()
    torch.jit.save(torch.jit.script(branch), folder / "branch.pt")
    traced = torch.jit.trace(branch, example.abs(), check_trace=False)
    torch.jit.save(traced, folder / "branch_traced.pt")

    for name, module, inputs in _coarse(torch, nn, example):
        torch.onnx.export(
            module,
            (inputs,),
            folder / f"{name}.onnx",
            dynamo=True,
            verbose=False,
            dynamic_shapes=({0: batch},),
            external_data=False,
        )

    class Endless(nn.Module):
        def forward(self, x):
            while bool(x.sum() == x.sum()):
                x = x * 1.0
            return x

    class Glutton(nn.Module):
        def forward(self, x):
            kept = [x]
            for _ in range(100000):
                kept.append(torch.ones(5_000_000) * x.sum())
            return kept[-1]

    class Leap(nn.Module):
        def forward(self, x):
            return torch.ones(1 << 42) * x.sum()

    class Number(nn.Module):
        def forward(self, x):
            return int(x.shape[0])

    class Constant(nn.Module):
        def forward(self, x):
            return x * 0.0

    class Bad(nn.Module):
        def forward(self, x):
            return x / 0.0

    class Crash(nn.Module):
        """Writes far outside its own memory."""

        def forward(self, x):
            wild = torch.as_strided(x, [1], [1], 1 << 40)
            return wild.fill_(1.0)

    class Inverse(nn.Module):
        """No exporter to ONNX knows it."""

        def forward(self, x):
            return torch.linalg.inv(x + 4 * torch.eye(4))

    square = torch.randn(2, 4, 4)
    torch.jit.save(torch.jit.trace(Inverse(), square), folder / "inverse.pt")
    exported("inverse.pt2", Inverse(), (square,), ({0: batch},))

    class Either(nn.Module):
        """A branch that depends on the data, as torch.export has it."""

        def forward(self, x):
            return torch.cond(x.sum() > 0, lambda x: x * 2.0, lambda x: x - 1.0, (x,))

    exported("either.pt2", Either(), (example,), ({0: batch},))

    class Late(nn.Module):
        """Doubles what it gets three hundred times, and then does something else."""

        def __init__(self, then: str):
            super().__init__()
            self.calls, self.then = 0, then
            self.kept = [torch.zeros(1)]

        def forward(self, x):
            self.calls += 1
            if self.calls > 300:
                if self.then == "raise":
                    x = x.reshape(-1, 7)
                if self.then == "hang":
                    while bool(x.sum() == x.sum()):
                        x = x * 1.0
                if self.then == "leak":
                    self.kept.append(torch.ones(5_000_000) * x.sum())
                if self.then == "grow":
                    return torch.cat([x, x])
            return x * 2.0

    for then in ("never", "raise", "hang", "leak", "grow"):
        torch.jit.save(torch.jit.script(Late(then)), folder / f"late_{then}.pt")

    for module in (Endless, Glutton, Leap, Number, Constant, Bad, Crash):
        torch.jit.save(torch.jit.script(module()), folder / f"{module.__name__.lower()}.pt")
    torch.save({"w": torch.zeros(3)}, folder / "checkpoint.pt")


def source_models(folder: Path) -> None:
    """cnn.py and adaptive.py as they are; trained.zip, tied.zip with the weights of a model that began at
    another seed; strange.zip, whose weights are another model's; answers.npz, what those answer."""
    import numpy as np
    import torch
    from safetensors.torch import save_file, save_model

    here = Path(__file__).with_name("sources")
    for name in ("cnn.py", "adaptive.py"):
        shutil.copy(here / name, folder)

    def packed(name: str, program: Path, beside: Path, save) -> torch.nn.Module:
        inside = folder / name
        inside.mkdir()
        for file in beside.parent.glob(beside.name):
            shutil.copy(file, inside)
        sys.path.insert(0, str(program.parent))
        spec = importlib.util.spec_from_file_location(program.stem, program)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        torch.manual_seed(7)
        net = module.get_model().eval()
        save(net, str(inside / "model.safetensors"))
        shutil.make_archive(str(inside), "zip", root_dir=folder, base_dir=name)
        return net

    def plain(net, path):
        save_file(net.state_dict(), path)

    trained = packed("trained", here / "cnn.py", here / "cnn.py", plain)
    tied = packed("tied", here / "tied" / "model.py", here / "tied" / "*.py", save_model)
    packed("strange", here / "adaptive.py", here / "cnn.py", plain)
    image, ids = torch.ones(1, 3, 16, 16), torch.arange(12).reshape(2, 6)
    with torch.no_grad():
        answers = {"trained": trained(image).numpy(), "tied": tied(ids)["logits"].numpy()}
    np.savez(folder / "answers.npz", **answers)


def _coarse(torch, nn, example):
    """Models that lose something in float16 or int8: a name, the module and an example for each."""

    class Square(nn.Module):
        """Leaves float16's range where inputs are large."""

        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(16, 4)

        def forward(self, x):
            return (self.linear(x) ** 2).reshape(-1, 2, 2).transpose(1, 2)

    class Tiny(nn.Module):
        """Multiplies by a number of which float16 has hardly a digit."""

        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(16, 4)

        def forward(self, x):
            return (self.linear(x) * 3000.0) ** 2 * 1e-7

    class Outlier(nn.Module):
        """One channel is 3000 times the others and weighs as much less: a scale shared by all rounds the
        others to nothing, in the convolution but not in the layer behind it."""

        def __init__(self):
            super().__init__()
            self.register_buffer("sizes", torch.tensor([3000.0, 1.0, 1.0, 1.0]).reshape(1, 4, 1))
            self.convolution, self.head = nn.Conv1d(4, 8, 1), nn.Linear(8 * 4, 4)
            self.convolution.weight.data[:, 0] /= 3000.0

        def forward(self, x):
            return self.head(self.convolution(x.reshape(-1, 4, 4) * self.sizes).flatten(1))

    class Plain(nn.Module):
        """Nothing in it has weights."""

        def forward(self, x):
            return torch.relu(x)

    attention = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True, norm_first=True).eval()
    for module in (Square(), Tiny(), Outlier(), Plain()):
        yield type(module).__name__.lower(), module.eval(), example
    yield "attention", attention, torch.randn(2, 8, 32)


def _norm9(target: Path) -> None:
    """A convolution and a normalisation as ONNX wrote them in 2018: weights are inputs too."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    rng = np.random.default_rng(0)
    weights = {
        "kernel": rng.standard_normal((4, 3, 3, 3)),
        "scale": rng.uniform(0.5, 1.5, 4),
        "bias": rng.standard_normal(4),
        "mean": rng.standard_normal(4),
        "variance": rng.uniform(0.5, 1.5, 4),
    }
    tensors = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    shapes = {"x": (1, 3, 8, 8)} | {name: value.shape for name, value in weights.items()}
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    nodes = [
        helper.make_node("Conv", ["x", "kernel"], ["c"]),
        helper.make_node("BatchNormalization", ["c", "scale", "bias", "mean", "variance"], ["n"]),
        helper.make_node("Relu", ["n"], ["y"]),
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, (1, 4, 6, 6))
    graph = helper.make_graph(nodes, "norm9", inputs, [output], tensors)
    save(helper.make_model(graph, ir_version=3, opset_imports=[helper.make_opsetid("", 9)]), target)


def _rounds(target: Path) -> None:
    """x multiplied by a matrix five times, in a loop of ONNX."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    weights = np.random.default_rng(0).standard_normal((256, 256)).astype(np.float32) / 16
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["goes"]),
            helper.make_node("MatMul", ["before", "weights"], ["after"], "product"),
        ],
        "body",
        [
            value("round", TensorProto.INT64, []),
            value("going", TensorProto.BOOL, []),
            value("before", TensorProto.FLOAT, ["batch", 256]),
        ],
        [value("goes", TensorProto.BOOL, []), value("after", TensorProto.FLOAT, ["batch", 256])],
    )
    graph = helper.make_graph(
        [helper.make_node("Loop", ["count", "", "x"], ["y"], "rounds", body=body)],
        "rounds",
        [value("x", TensorProto.FLOAT, ["batch", 256])],
        [value("y", TensorProto.FLOAT, ["batch", 256])],
        [numpy_helper.from_array(np.int64(5), "count"), numpy_helper.from_array(weights, "weights")],
    )
    save(helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)]), target)


def keras_models(folder: Path) -> None:
    import keras
    import keras2
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    mlp = keras.Sequential(
        [keras.Input((16,), name="x"), keras.layers.Dense(32, "relu"), keras.layers.Dense(4)]
    )
    mlp.save(folder / "mlp.keras")
    steps = keras.Input((4, 3), name="steps")
    keras.Model(steps, keras.layers.Dense(2)(keras.layers.GRU(5)(steps))).save(folder / "steps.keras")
    mlp.save(folder / "mlp.h5")
    keras2.rewrite(shutil.copyfile(folder / "mlp.h5", folder / "mlp2.h5"))
    mlp.export(str(folder / "mlp"), format="tf_saved_model", verbose=False)
    shutil.make_archive(str(folder / "mlp"), "zip", root_dir=folder, base_dir="mlp")
    zeta, alpha = keras.Input((4,), name="zeta"), keras.Input((4,), name="alpha")
    scaled = keras.layers.Rescaling(3.0)(alpha)
    keras.Model([zeta, alpha], [keras.layers.Subtract()([zeta, scaled]), scaled]).save(folder / "pair.keras")

    class Unlike(tf.Module):
        """Two inputs and two outputs, whose names sort the other way than they stand in the graph."""

        @tf.function(
            input_signature=[tf.TensorSpec([None, 4], name="zeta"), tf.TensorSpec([None, 4], name="alpha")]
        )
        def serve(self, zeta, alpha):
            return {"twice": zeta * 2.0 - alpha, "less": tf.nn.relu(zeta) - 3.0 * alpha}

    unlike = Unlike()
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [unlike.serve.get_concrete_function()], unlike
    )
    (folder / "unlike.tflite").write_bytes(converter.convert())

    class Words(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.string, name="words")])
        def serve(self, words):
            return {"upper": tf.strings.upper(words), "length": tf.strings.length(words)}

    class Root(tf.Module):
        """TensorFlow has it, LiteRT and ONNX have not."""

        @tf.function(input_signature=[tf.TensorSpec([None, 3, 3], name="x")])
        def serve(self, x):
            return {"root": tf.linalg.cholesky(tf.matmul(x, x, transpose_b=True) + 3.0 * tf.eye(3))}

    root = Root()
    tf.saved_model.save(root, str(folder / "root"), signatures={"serving_default": root.serve})

    words = Words()
    tf.saved_model.save(words, str(folder / "words"), signatures={"serving_default": words.serve})


def table_models(folder: Path) -> None:
    """forest.skops, line.skops, strange.skops; chance, kinds and price (a yes or no, one of three, a number)
    as .ubj and .json of XGBoost and .txt of LightGBM."""
    import lightgbm
    import numpy as np
    import skops.io
    import xgboost
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    rng = np.random.default_rng(0)
    table = rng.standard_normal((300, 5), dtype=np.float32)
    price = table[:, 0] * 2 + table[:, 1]
    chance = (table[:, 0] + table[:, 1] * table[:, 2] > 0).astype(int)
    kinds = np.digitize(table[:, 0] + table[:, 3], [-0.5, 0.5])
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(20, max_depth=6, random_state=0))
    skops.io.dump(forest.fit(table, np.array(["no", "perhaps", "yes"])[kinds]), folder / "forest.skops")
    skops.io.dump(make_pipeline(StandardScaler(), Ridge()).fit(table, price), folder / "line.skops")
    strange = make_pipeline(FunctionTransformer(np.abs), Ridge())
    skops.io.dump(strange.fit(table, price), folder / "strange.skops")

    for name, answers, objective, kind in (
        ("chance", chance, "binary:logistic", "binary"),
        ("kinds", kinds, "multi:softprob", "multiclass"),
        ("price", price, "reg:squarederror", "regression"),
    ):
        classes = {"num_class": 3} if name == "kinds" else {}
        rows = xgboost.DMatrix(table, answers)
        booster = xgboost.train({"max_depth": 4, "objective": objective, **classes}, rows, 12)
        booster.save_model(folder / f"{name}.ubj")
        booster.save_model(folder / f"{name}.json")
        settings = {"num_leaves": 12, "objective": kind, "verbose": -1, **classes}
        lightgbm.train(settings, lightgbm.Dataset(table, answers), 12).save_model(folder / f"{name}.txt")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    {"torch": torch_models, "source": source_models, "keras": keras_models, "tables": table_models}[
        sys.argv[2]
    ](target)
