"""Builds the small real models of these tests, in a process of its own, so that the tests load no framework:
`python build_models.py FOLDER torch|keras`."""

import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


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

    dropped = nn.Sequential(nn.Linear(16, 64), nn.Dropout(0.5), nn.Linear(64, 4)).train()
    exported("dropout.pt2", dropped, (example,), ({0: batch},))

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

    class Lookup(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(10, 3)

        def forward(self, ids):
            return self.table(ids).mean(1), ids + 1

    exported("lookup.pt2", Lookup().eval(), (torch.zeros(2, 5, dtype=torch.int64),), ({0: batch},))

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

    for module in (Endless, Glutton, Leap, Number, Constant, Bad, Crash):
        torch.jit.save(torch.jit.script(module()), folder / f"{module.__name__.lower()}.pt")
    torch.save({"w": torch.zeros(3)}, folder / "checkpoint.pt")


def keras_models(folder: Path) -> None:
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    mlp = keras.Sequential(
        [keras.Input((16,), name="x"), keras.layers.Dense(32, "relu"), keras.layers.Dense(4)]
    )
    mlp.save(folder / "mlp.keras")
    mlp.export(str(folder / "mlp"), format="tf_saved_model", verbose=False)
    shutil.make_archive(str(folder / "mlp"), "zip", root_dir=folder, base_dir="mlp")
    zeta, alpha = keras.Input((4,), name="zeta"), keras.Input((4,), name="alpha")
    scaled = keras.layers.Rescaling(3.0)(alpha)
    keras.Model([zeta, alpha], [keras.layers.Subtract()([zeta, scaled]), scaled]).save(folder / "pair.keras")

    class Words(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.string, name="words")])
        def serve(self, words):
            return {"upper": tf.strings.upper(words), "length": tf.strings.length(words)}

    words = Words()
    tf.saved_model.save(words, str(folder / "words"), signatures={"serving_default": words.serve})


if __name__ == "__main__":
    target = Path(sys.argv[1])
    {"torch": torch_models, "keras": keras_models}[sys.argv[2]](target)
