"""Every other model of PyTorch, as TorchScript, to ONNX and on."""

import pytest

from tests.benchmarks.zoo.checks import demand_agreement, demand_diagnoses, demand_share
from tests.benchmarks.zoo.driving import names

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

LEAST = {"onnx": 90}
"""Percent that must reach each target."""
TARGETS = ("onnx",)


@pytest.fixture(scope="module")
def models(driven):
    return driven("torchscript", names("torchscript")[::2], TARGETS)


@pytest.mark.parametrize("target", LEAST)
def test_enough_reach(models, target):
    demand_share(models, target, LEAST[target])


def test_every_failure_says_what_to_do(models):
    demand_diagnoses(models)


def test_what_passed_agrees_on_other_inputs(models, tmp_path):
    demand_agreement(models, tmp_path)
