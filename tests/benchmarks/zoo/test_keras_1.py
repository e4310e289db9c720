"""Every fourth of Keras' models to what is promised of them."""

from tests.benchmarks.zoo.promises import Promises


class TestQuarter(Promises):
    kind = "keras"
    part = slice(0, None, 4)
