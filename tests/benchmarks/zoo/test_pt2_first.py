"""Every other of PyTorch's models, as ExportedPrograms, to what is promised of them."""

from tests.benchmarks.zoo.promises import Promises


class TestHalf(Promises):
    kind = "pt2"
    part = slice(0, None, 2)
