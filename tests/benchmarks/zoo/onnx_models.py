"""ONNX files that the onnx package brings along; the `light` ones get seeded random weights."""

from pathlib import Path

LIGHT = ("light_squeezenet", "light_shufflenet")
CONVERTED = (
    "test_Conv3d_groups",
    "test_Conv2d_groups",
    "test_Conv2d_depthwise_padded",
    "test_ConvTranspose2d",
    "test_Embedding",
    "test_PixelShuffle",
    "test_Softmin",
)


def names() -> list[str]:
    return [*LIGHT, *CONVERTED]


def build(name: str, folder: Path) -> None:
    """Writes `name.onnx`."""
    import onnx

    from perf.conformance import with_random_weights

    data = Path(onnx.__file__).parent / "backend" / "test" / "data"
    if name in LIGHT:
        model = with_random_weights(onnx.load(data / "light" / f"{name}.onnx"))
    else:
        model = onnx.load(data / "pytorch-converted" / name / "model.onnx")
    onnx.save(model, folder / f"{name}.onnx")
