"""The models that come with the program: real architectures, built when first needed.

What each looks like is data here; `benchmarks/worker/build_sample.py` holds the builders.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """`shapes`: example shapes for inputs whose file stores none (TorchScript), by input name."""

    id: str
    name: str
    text: str
    format: str
    filename: str
    shapes: dict[str, tuple[int | str, ...]]


SAMPLES = {
    sample.id: sample
    for sample in (
        Sample(
            "keras-mobilenet-v2",
            "MobileNetV2 (Keras)",
            "Image classifier, 3.5 M parameters, saved as .keras.",
            "keras",
            "mobilenet_v2.keras",
            {},
        ),
        Sample(
            "savedmodel-mobilenet-v2",
            "MobileNetV2 (SavedModel)",
            "The same classifier as TensorFlow serves it.",
            "savedmodel",
            "mobilenet_v2.zip",
            {},
        ),
        Sample(
            "traced-resnet18",
            "ResNet-18 (TorchScript, traced)",
            "Residual image classifier, 11.7 M parameters.",
            "torchscript",
            "resnet18.pt",
            {"x": ("batch", 3, 224, 224)},
        ),
        Sample(
            "scripted-adaptive-lstm",
            "LSTM with a branch (TorchScript, scripted)",
            "Sequence classifier whose Python `if` depends on the data; only scripting keeps it.",
            "torchscript",
            "adaptive_lstm.pt",
            {"x": ("batch", 32, 64)},
        ),
        Sample(
            "pt2-transformer",
            "Transformer encoder (torch.export)",
            "Four layers, 256 wide, dynamic batch, saved as .pt2.",
            "pt2",
            "transformer.pt2",
            {},
        ),
        Sample(
            "onnx-resnet50",
            "ResNet-50 (ONNX)",
            "The graph from the onnx package's own test data, with seeded random weights.",
            "onnx",
            "resnet50.onnx",
            {},
        ),
    )
}
