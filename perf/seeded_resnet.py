"""Writes the `onnx` package's ResNet-50 with seeded random weights: `python -m perf.seeded_resnet FILE`.

It runs as a process of its own, so that the one that measures loads no framework.
"""

import sys
from pathlib import Path

import onnx

from perf.conformance import with_random_weights


def main(file: str) -> None:
    packaged = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light" / "light_resnet50.onnx"
    onnx.save(with_random_weights(onnx.load(packaged)), file)


if __name__ == "__main__":
    main(sys.argv[1])
