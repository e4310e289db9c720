"""The other half of Keras' models to what is promised of them."""

import pytest

from tests.benchmarks.zoo.checks import demand_agreement, demand_diagnoses, demand_share
from tests.benchmarks.zoo.driving import names
from tests.benchmarks.zoo.keras_models import LARGE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SMALL = [name for name in names("keras") if name not in LARGE]
LEAST = {"savedmodel": 100, "onnx": 100, "litert": 100}
"""Percent that must reach each target."""


@pytest.fixture(scope="module")
def models(driven):
    return driven("keras", SMALL[1::2], tuple(LEAST))


@pytest.mark.parametrize("target", LEAST)
def test_enough_reach(models, target):
    demand_share(models, target, LEAST[target])


def test_every_failure_says_what_to_do(models):
    demand_diagnoses(models)


def test_what_passed_agrees_on_other_inputs(models, tmp_path):
    demand_agreement(models, tmp_path)
