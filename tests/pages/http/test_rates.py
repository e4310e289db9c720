"""Token buckets: what a client may do, how long it waits, and that a flood of clients stays small."""

import pytest

from benchmarks import settings
from pages.http.rates import BEGINNINGS, MOST_CLIENTS, Rate


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_as_many_at_once_as_in_a_minute_then_evenly() -> None:
    clock = Clock()
    rate = Rate(lambda: 6, clock)
    assert [rate.take("a") for _ in range(6)] == [0] * 6
    assert rate.take("a") == pytest.approx(10)
    clock.seconds += 9
    assert rate.take("a") == pytest.approx(1)
    clock.seconds += 1
    assert rate.take("a") == 0
    assert rate.take("a") == pytest.approx(10)
    clock.seconds += 3600
    assert [rate.take("a") > 0 for _ in range(7)] == [False] * 6 + [True]


def test_a_refusal_costs_nothing_and_clients_are_apart() -> None:
    clock = Clock()
    rate = Rate(lambda: 1, clock)
    assert rate.take("a") == 0
    for _ in range(50):
        assert rate.take("a") == pytest.approx(60)
    assert rate.take("b") == 0
    clock.seconds += 60
    assert rate.take("a") == 0


def test_a_flood_of_addresses_grows_nothing_and_resets_nobody() -> None:
    clock = Clock()
    rate = Rate(lambda: 2, clock)
    assert [rate.take("known") for _ in range(2)] == [0, 0]
    granted = sum(rate.take(f"flood {number}") == 0 for number in range(3 * MOST_CLIENTS))
    assert len(rate._buckets) <= MOST_CLIENTS + 1
    assert granted <= MOST_CLIENTS + 2  # those beyond share one bucket
    assert rate.take("known") > 0
    clock.seconds += 61
    assert rate.take("known") == 0
    assert len(rate._buckets) == 1


def test_the_operator_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.UPLOADS_PER_MINUTE.variable, "2")
    assert [BEGINNINGS.take("set by the operator") > 0 for _ in range(3)] == [False, False, True]
