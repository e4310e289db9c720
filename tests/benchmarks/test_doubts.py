"""What is said against a measurement, on data whose faults are known."""

import time

import numpy as np
import psutil
import pytest

from benchmarks import doubts
from benchmarks.load import Load
from benchmarks.verdict import latency

RNG = np.random.default_rng(3)


def said(heats, calls=1, steady=True, rss=(), load=None, everybody=None) -> str:
    load = load or Load(wall_s=10, busy_s=10, own_s=10)
    return " | ".join(
        doubts.doubts(heats, latency(heats), calls, steady, rss, load, everybody or {"onnx": heats})
    )


def heats(scale=1.0, noise=0.01, count=4, rounds=6, calls=10):
    return [[list(scale * RNG.lognormal(0, noise, calls)) for _ in range(rounds)] for _ in range(count)]


def test_a_clean_measurement_is_not_doubted():
    assert said(heats()) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"heats": heats(count=1)}, "only 6 rounds"),
        ({"heats": heats(noise=1.5)}, "noisy"),
        ({"heats": heats(), "steady": False}, "not steady"),
        ({"heats": heats(), "calls": 20}, "timed 20 calls in a row"),
        ({"heats": heats(), "load": Load(wall_s=10, busy_s=18, own_s=10)}, "0.8 processors were busy"),
        ({"heats": heats(), "load": Load(wall_s=10, busy_s=10, own_s=10, stolen_s=1)}, "hypervisor"),
        ({"heats": heats(), "load": Load(wall_s=10, busy_s=10, own_s=10, throttled_s=3)}, "quota"),
        ({"heats": heats(), "rss": (100, 150, 230)}, "memory grew from 100 to 230 MB"),
    ],
)
def test_each_fault_is_said(arguments, words):
    assert words in said(**arguments)


def test_a_machine_that_grows_slower_is_said_where_all_grow_slower():
    slower = [[[value * (1 + number / 4)] * 5 for number in range(12)] for value in (1.0, 2.0)]
    everybody = {"onnx": [slower[0]], "litert": [slower[1]]}
    assert "grew slower by" in said([slower[0]], everybody=everybody)
    steady = {"onnx": [slower[0]], "litert": [[[2.0] * 5] * 12]}
    assert "grew slower" not in said([slower[0]], everybody=steady)  # that is the candidate's own doing


def test_two_modes_are_told_from_one_wide_or_skew():
    two = np.concatenate([RNG.lognormal(0, 0.03, 600), 1.5 * RNG.lognormal(0, 0.03, 400)])
    assert doubts.modes(two) == pytest.approx((1.0, 1.5), rel=0.05)
    for one in (
        RNG.lognormal(0, 0.03, 1000),
        RNG.lognormal(0, 0.5, 1000),
        1 + RNG.exponential(0.3, 1000),
        np.ones(1000),
        np.concatenate([np.ones(990), np.full(10, 9.0)]),
    ):
        assert doubts.modes(one) is None


def test_load_of_others_is_seen_and_ones_own_is_not():
    def busy(seconds: float) -> None:
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    mine = Load()
    with mine.watching():
        busy(0.5)
    rest = psutil.cpu_count() - mine.own_s / mine.wall_s
    assert mine.own_s >= 0.5 and mine.others <= rest + 0.2
    assert Load(wall_s=1.0, busy_s=1.0, own_s=0.2).others == pytest.approx(0.8)
