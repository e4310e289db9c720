"""Intervals and verdicts on rounds whose truth is known: medians drawn with a shared mood and own noise."""

import numpy as np
import pytest

from benchmarks.report import Parity
from benchmarks.verdict import FEWEST_ROUNDS, judge, latency, with_losses


def rounds(scale: dict[str, float], seed: int, count: int = 40, noise: float = 0.05) -> dict:
    """Milliseconds: each round has a mood that all candidates share, each call a noise of its own."""
    rng = np.random.default_rng(seed)
    moods = rng.lognormal(0, 0.2, count)
    return {
        name: [list(factor * mood * rng.lognormal(0, noise, 8)) for mood in moods]
        for name, factor in scale.items()
    }


@pytest.mark.parametrize(
    ("scale", "state", "names"),
    [
        ({"onnx": 1.0, "pt2": 1.10}, "winner", ("onnx",)),
        ({"pt2": 1.10, "onnx": 1.0}, "winner", ("onnx",)),
        ({"onnx": 5.0, "pt2": 1.0, "litert": 7.0}, "winner", ("pt2",)),
        ({"onnx": 1.0, "pt2": 1.0, "litert": 3.0}, "tie", ("onnx", "pt2")),
        ({"onnx": 1.0, "pt2": 1.0}, "tie", ("onnx", "pt2")),
    ],
)
def test_verdict_on_a_known_truth(scale, state, names):
    verdict = judge(rounds(scale, seed=5))
    assert verdict.state == state
    assert sorted(verdict.formats) == sorted(names)


def test_winner_names_the_next_and_by_how_much():
    assert "10 % faster" in judge({"a": [[1.0]] * 10, "b": [[1.1]] * 10}).reason
    twice = judge({"a": [[1.0]] * 10, "b": [[2.0]] * 10}).reason
    assert "2.0 times as fast" in twice
    assert "next, b" in twice


def test_a_real_difference_too_small_to_matter_is_a_tie():
    """1 % apart without any noise: certain, and no reason to choose."""
    assert judge({"a": [[1.0]] * 50, "b": [[1.01]] * 50}).state == "tie"


def test_the_same_thing_twice_hardly_ever_wins():
    """At 95 % confidence and a practical bar of 2 % on top, one false winner in a hundred is many."""
    verdicts = [judge(rounds({"onnx": 1.0, "onnx#2": 1.0}, seed)).state for seed in range(100)]
    assert verdicts.count("winner") <= 1
    noisy = [judge(rounds({"a": 1.0, "b": 1.0}, seed, noise=0.3)).state for seed in range(100)]
    assert noisy.count("winner") <= 3


def test_ten_per_cent_slower_loses_every_time():
    verdicts = [judge(rounds({"slow": 1.10, "fast": 1.0}, seed)) for seed in range(50)]
    assert {(v.state, v.formats) for v in verdicts} == {("winner", ("fast",))}


def test_too_noisy_to_decide_is_inconclusive():
    verdict = judge(rounds({"a": 1.0, "b": 1.1}, seed=3, count=6, noise=1.0))
    assert verdict.state == "inconclusive"
    assert "longer budget" in verdict.reason


def test_order_is_judged_within_rounds():
    """The machine slows down tenfold half way. Over all rounds `a` has the smaller median; within one it is
    slower by a third every time but one."""
    a = [[1.0]] * 4 + [[9.0]] + [[13.0]] * 4
    b = [[0.7]] * 4 + [[9.1]] + [[10.0]] * 4
    verdict = judge({"a": a, "b": b})
    assert (verdict.state, verdict.formats) == ("winner", ("b",))


def test_one_candidate_has_nothing_to_beat():
    verdict = judge({"onnx": [[1.0]] * 20})
    assert (verdict.state, verdict.formats) == ("inconclusive", ())
    assert "Only ONNX" in verdict.reason


def test_nothing_measured():
    assert judge({}).state == "inconclusive"


@pytest.mark.parametrize("count", [1, FEWEST_ROUNDS - 1])
def test_few_rounds_decide_nothing_however_clear(count):
    verdict = judge({"a": [[1.0]] * count, "b": [[9.0]] * count})
    assert verdict.state == "inconclusive"
    assert f"Only {count} round" in verdict.reason


def test_latency_holds_the_values_it_is_given():
    timing = latency([[1.0, 2.0, 3.0]] * 10)
    assert (timing.median, timing.ci_low, timing.ci_high) == (2.0, 2.0, 2.0)
    assert timing.p95 == pytest.approx(3.0)
    assert timing.p99 == pytest.approx(3.0)


def test_latency_is_the_same_every_time():
    data = rounds({"a": 2.0}, seed=9)["a"]
    assert latency(data) == latency(data)
    assert judge({"a": data, "b": data}) == judge({"a": data, "b": data})


def test_interval_covers_the_true_median_about_as_often_as_it_says():
    """95 % nominal; the percentile bootstrap of a median is known to be a little off with 40 rounds."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        timing = latency([[value] for value in rng.lognormal(0, 0.3, 40)])
        covered += timing.ci_low <= 1.0 <= timing.ci_high
    assert covered >= 180


def test_interval_resamples_rounds_not_calls():
    """Calls of one round repeat its mood: a thousand of them are no more evidence than ten."""
    rng = np.random.default_rng(1)
    moods = rng.lognormal(0, 0.3, 20)
    few, many = latency([[m] * 10 for m in moods]), latency([[m] * 1000 for m in moods])
    assert many.ci_high - many.ci_low == pytest.approx(few.ci_high - few.ci_low)


def verdict_with_losses(milliseconds: dict[str, float]):
    rounds_ms = {label: [[value]] * 10 for label, value in milliseconds.items()}
    parity = [
        Parity(label, "onnxruntime", "onnxruntime", "passed", {}, 0.1, 0.0173)
        for label in milliseconds
        if label != "onnx"
    ]
    return with_losses(judge(rounds_ms), rounds_ms, parity)


def test_a_lossy_winner_is_named_with_what_it_loses_and_what_wins_without():
    verdict = verdict_with_losses({"onnx": 2.0, "onnx-int8": 1.0, "litert": 3.0})
    assert (verdict.state, verdict.formats) == ("winner", ("onnx-int8",))
    assert verdict.reason.startswith("ONNX int8 (dynamic) is 2.0 times as fast as the next, ONNX")
    assert "off by up to 1.7 % of the largest value" in verdict.reason
    assert "Of the others: ONNX is 1.5 times as fast as the next, LiteRT" in verdict.reason
    alone = verdict_with_losses({"onnx": 2.0, "onnx-int8": 1.0, "onnx-float16": 3.0})
    assert alone.reason.endswith("ONNX is the only one that is not.")


def test_what_is_not_lossy_wins_without_a_further_word():
    plain = verdict_with_losses({"onnx": 1.0, "onnx-int8": 2.0})
    assert plain.formats == ("onnx",) and "lossy" not in plain.reason
    tied = verdict_with_losses({"onnx": 1.0, "onnx-int8": 1.01})
    assert tied.state == "tie"
    assert tied.reason.count("lossy") == 1 and "Of the others" not in tied.reason
