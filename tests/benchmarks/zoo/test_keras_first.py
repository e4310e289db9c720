"""Every other of Keras' models to what is promised of them."""

from tests.benchmarks.zoo.promises import Promises


class TestHalf(Promises):
    kind = "keras"
    part = slice(0, None, 2)
