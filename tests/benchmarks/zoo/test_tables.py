"""Models of tables to ONNX."""

from tests.benchmarks.zoo.promises import Promises


class TestAll(Promises):
    kind = "tables"
