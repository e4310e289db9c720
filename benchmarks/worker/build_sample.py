"""Task: build one of the bundled samples. Weights are random and seeded: format decisions depend on
the architecture, and nothing is downloaded."""

import shutil
from pathlib import Path

import numpy as np

from benchmarks.errors import ProblemError

SEED = 7


def run(channel, workspace: str, sample: str, target: str) -> dict:
    """Writes the sample's file at `target`, whole or not at all. Returns {"size_bytes"}."""
    builders = {
        "keras-mobilenet-v2": _keras_mobilenet,
        "savedmodel-mobilenet-v2": _savedmodel_mobilenet,
        "traced-resnet18": _traced_resnet18,
        "scripted-adaptive-lstm": _scripted_lstm,
        "pt2-transformer": _pt2_transformer,
        "onnx-resnet50": _onnx_resnet50,
    }
    if sample not in builders:
        raise ProblemError(
            "job",
            "unknown-sample",
            f"There is no sample {sample!r}.",
            f"Choose one of {', '.join(builders)}.",
        )
    channel.progress(f"building {Path(target).name}")
    unfinished = Path(target).with_name(f"unfinished-{Path(target).name}")
    builders[sample](unfinished)
    unfinished.rename(target)
    return {"size_bytes": Path(target).stat().st_size}


def _mobilenet():
    import keras

    keras.utils.set_random_seed(SEED)
    model = keras.applications.MobileNetV2(weights=None)
    # Fresh statistics would let the signal die out and every output be the same: take them from one batch.
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    kept = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    model(np.random.default_rng(SEED).standard_normal((8, 224, 224, 3), dtype=np.float32), training=True)
    for layer, momentum in zip(norms, kept, strict=True):
        layer.momentum = momentum
    return model


def _keras_mobilenet(target: Path) -> None:
    _mobilenet().save(target)


def _savedmodel_mobilenet(target: Path) -> None:
    folder = Path("mobilenet_v2")
    _mobilenet().export(str(folder), format="tf_saved_model", verbose=False)
    archive = shutil.make_archive(str(target.with_suffix("")), "zip", root_dir=".", base_dir=folder)
    Path(archive).replace(target)


def _traced_resnet18(target: Path) -> None:
    """ResNet-18 of He et al. 2015 (arXiv:1512.03385), table 1, 18 layers."""
    import torch
    from torch import nn

    def convolution(i: int, o: int, size: int, stride: int) -> list[nn.Module]:
        return [nn.Conv2d(i, o, size, stride, size // 2, bias=False), nn.BatchNorm2d(o)]

    class BasicBlock(nn.Module):
        def __init__(self, i: int, o: int, stride: int):
            super().__init__()
            self.body = nn.Sequential(*convolution(i, o, 3, stride), nn.ReLU(), *convolution(o, o, 3, 1))
            same = stride == 1 and i == o
            self.shortcut = nn.Identity() if same else nn.Sequential(*convolution(i, o, 1, stride))

        def forward(self, x):
            return torch.relu(self.body(x) + self.shortcut(x))

    torch.manual_seed(SEED)
    layers = [*convolution(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    width = 64
    for stage, o in enumerate((64, 128, 256, 512)):
        layers += [BasicBlock(width, o, 1 if stage == 0 else 2), BasicBlock(o, o, 1)]
        width = o
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000)]

    class ResNet18(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(*layers)

        def forward(self, x):
            return self.layers(x)

    traced = torch.jit.trace(ResNet18().eval(), torch.randn(1, 3, 224, 224))
    torch.jit.save(traced, str(target))


def _scripted_lstm(target: Path) -> None:
    import torch
    from torch import nn

    # TorchScript compiles source text, which a class body inside this file has.
    torch.manual_seed(SEED)
    torch.jit.save(torch.jit.script(_adaptive_lstm(nn, torch)().eval()), str(target))


def _adaptive_lstm(nn, torch):
    class AdaptiveLSTM(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm = nn.LSTM(64, 128, num_layers=2, batch_first=True)
            self.head = nn.Linear(128, 10)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            states, _ = self.lstm(x)
            last = states[:, -1]
            # A branch on the data: tracing would keep only the side that its example took.
            pooled = last * 2.0 if float(x.mean()) > 0.0 else states.mean(dim=1)
            return self.head(pooled)

    return AdaptiveLSTM


def _pt2_transformer(target: Path) -> None:
    import torch
    from torch import nn

    torch.manual_seed(SEED)
    layer = nn.TransformerEncoderLayer(256, 8, 1024, dropout=0.0, batch_first=True, norm_first=True)
    model = nn.Sequential(
        nn.TransformerEncoder(layer, 4, enable_nested_tensor=False), nn.Linear(256, 16)
    ).eval()
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(model, (torch.randn(2, 64, 256),), dynamic_shapes=({0: batch},))
    torch.export.save(program, str(target))


def _onnx_resnet50(target: Path) -> None:
    """`light_resnet50.onnx` fills its weights with constants, which makes every output the same and so
    proves nothing: each is replaced by a seeded random tensor of the same shape."""
    import onnx

    path = Path(onnx.__file__).parent / "backend/test/data/light/light_resnet50.onnx"
    model = onnx.load(path)
    rng = np.random.default_rng(SEED)
    constants = {init.name: onnx.numpy_helper.to_array(init) for init in model.graph.initializer}
    roles: dict[str, str] = {}
    for node in model.graph.node:
        for position, name in enumerate(node.input):
            roles[name] = f"{node.op_type}.{position}"
    kept = []
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape":
            kept.append(node)
            continue
        shape = constants[node.input[0]].astype(int)
        name = node.output[0]
        fan_in = max(1, int(np.prod(shape[1:])))
        if roles.get(name) in ("BatchNormalization.1", "BatchNormalization.4"):  # scale and variance
            values = rng.uniform(0.8, 1.2, shape)
        elif roles.get(name) == "Gemm.1":
            values = rng.standard_normal(shape) * 0.2 / np.sqrt(fan_in)  # a softmax that is not saturated
        elif len(shape) > 1:
            values = rng.standard_normal(shape) / np.sqrt(fan_in)  # keeps 16 residual blocks from growing
        else:
            values = rng.standard_normal(shape) * 0.1
        model.graph.initializer.append(onnx.numpy_helper.from_array(values.astype(np.float32), name))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    onnx.save(model, target)
