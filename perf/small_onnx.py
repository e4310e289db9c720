"""Exports a small convolutional network as ONNX: `python -m perf.small_onnx FILE`.

It runs as a process of its own, so that the one that measures loads no framework.
"""

import sys


def main(file: str) -> None:
    import torch
    from torch import nn

    torch.manual_seed(7)
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.ReLU(), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10)
    ).eval()
    example = torch.randn(1, 3, 48, 48)
    model(example)
    torch.onnx.export(model, (example,), file, dynamo=True, verbose=False, external_data=False)


if __name__ == "__main__":
    main(sys.argv[1])
