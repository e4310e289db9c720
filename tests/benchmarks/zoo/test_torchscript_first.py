"""Every other of PyTorch's models, as TorchScript, to what is promised of them."""

from tests.benchmarks.zoo.promises import Promises


class TestHalf(Promises):
    kind = "torchscript"
    part = slice(0, None, 2)
