"""Files of the onnx package to what is promised of them."""

from tests.benchmarks.zoo.promises import Promises


class TestAll(Promises):
    kind = "onnx"
