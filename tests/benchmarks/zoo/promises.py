"""The tests of a part of the zoo; each part has a file of its own, so that they run side by side."""

import pytest

from tests.benchmarks.zoo.checks import demand_agreement, demand_diagnoses, demand_share
from tests.benchmarks.zoo.driving import names

LEAST = {
    "pt2": {"onnx": 95, "savedmodel": 85, "litert": 70},
    "torchscript": {"onnx": 90},
    "keras": {"savedmodel": 100, "onnx": 100, "litert": 100},
    "tables": {"onnx": 100},
    "onnx": {"torchscript": 100, "savedmodel": 85, "litert": 70},
}
"""Percent of the models of a kind that must reach each target."""


@pytest.mark.slow
@pytest.mark.timeout(1500)
class Promises:
    """`kind` as `driving.KINDS` has it, `part`: which of its models, in order."""

    kind: str
    part = slice(None)

    @pytest.fixture(scope="class")
    def models(self, request, driven):
        kind = request.cls.kind
        return driven(kind, names(kind)[request.cls.part], tuple(LEAST[kind]))

    def test_enough_reach_each_target(self, models):
        for target, least in LEAST[self.kind].items():
            demand_share(models, target, least)

    def test_every_failure_says_what_to_do(self, models):
        demand_diagnoses(models)

    def test_what_passed_agrees_on_other_inputs(self, models, drawn):
        demand_agreement(models, drawn)
