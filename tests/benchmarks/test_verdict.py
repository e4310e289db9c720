"""Intervals and verdicts on races whose truth is known."""

import numpy as np
import pytest

from benchmarks.report import Parity
from benchmarks.verdict import FEWEST_ROUNDS, MOST_LOOKS, judge, latency, standing, with_losses


def race(
    scale: dict[str, float], seed: int, heats: int = 6, rounds: int = 8, noise: float = 0.05, process=0.0
) -> dict:
    """Milliseconds: each round has a mood that all candidates share, each call a noise of its own, and each
    process is a little faster or slower for as long as it lives."""
    rng = np.random.default_rng(seed)
    moods = rng.lognormal(0, 0.2, (heats, rounds))
    return {
        label: [
            [list(factor * own * mood * rng.lognormal(0, noise, 8)) for mood in heat]
            for heat, own in zip(moods, rng.lognormal(0, process, heats), strict=True)
        ]
        for label, factor in scale.items()
    }


def even(milliseconds: dict[str, float], heats: int = 6, rounds: int = 5) -> dict:
    """Every call takes the same time."""
    return {label: [[[value]] * rounds] * heats for label, value in milliseconds.items()}


@pytest.mark.parametrize(
    ("scale", "state", "names"),
    [
        ({"onnx": 1.0, "pt2": 1.15}, "winner", ("onnx",)),
        ({"pt2": 1.15, "onnx": 1.0}, "winner", ("onnx",)),
        ({"onnx": 5.0, "pt2": 1.0, "litert": 7.0}, "winner", ("pt2",)),
        ({"onnx": 1.0, "pt2": 1.0, "litert": 3.0}, "tie", ("onnx", "pt2")),
        ({"onnx": 1.0, "pt2": 1.0}, "tie", ("onnx", "pt2")),
    ],
)
def test_verdict_on_a_known_truth(scale, state, names):
    verdict = judge(race(scale, seed=5))
    assert verdict.state == state
    assert sorted(verdict.formats) == sorted(names)


def test_winner_names_the_next_and_by_how_much():
    assert "10 % faster" in judge(even({"a": 1.0, "b": 1.1})).reason
    twice = judge(even({"a": 1.0, "b": 2.0})).reason
    assert "2.0 times as fast" in twice
    assert "next, b" in twice


def test_a_real_difference_too_small_to_matter_is_a_tie():
    """1 % apart without any noise: certain, and no reason to choose."""
    heats = even({"a": 1.0, "b": 1.01})
    assert judge(heats).state == "tie"
    assert standing(heats).decided


@pytest.mark.parametrize(("noise", "process"), [(0.05, 0.0), (0.3, 0.0), (0.05, 0.03)])
def test_the_same_thing_twice_hardly_ever_wins(noise, process):
    """The data are looked at after each heat, and whoever is ahead once would be called the winner."""
    winners = 0
    for seed in range(60):
        heats = race({"onnx": 1.0, "onnx#2": 1.0}, seed, 8, noise=noise, process=process)
        looks = ({label: one[:count] for label, one in heats.items()} for count in range(1, MOST_LOOKS + 1))
        winners += any(judge(seen).state == "winner" for seen in looks)
    assert winners <= 1


def test_two_processes_are_not_two_formats():
    """Thousands of calls of one process repeat what that process happens to be: 4 % between two of them is
    what processes of one program differ by, however certain the calls are."""
    assert judge(even({"a": 1.0, "b": 1.04}, heats=1, rounds=500)).state != "winner"
    assert judge(even({"a": 1.0, "b": 1.04}, heats=5)).state == "winner"
    assert judge(even({"a": 1.0, "b": 1.2}, heats=1)).state == "winner"


def test_ten_per_cent_slower_loses_every_time():
    races = (race({"slow": 1.10, "fast": 1.0}, seed, 8, process=0.01) for seed in range(40))
    assert {(v.state, v.formats) for v in map(judge, races)} == {("winner", ("fast",))}


def test_too_noisy_to_decide_is_inconclusive():
    verdict = judge(race({"a": 1.0, "b": 1.1}, seed=3, noise=1.0))
    assert verdict.state == "inconclusive"
    assert "longer budget" in verdict.reason


def test_order_is_judged_within_rounds():
    """The machine slows down tenfold half way. Over all rounds `a` has the smaller median; within one it is
    slower by a third every time but one."""
    a = [[[1.0]] * 4 + [[9.0]] + [[13.0]] * 4]
    b = [[[0.7]] * 4 + [[9.1]] + [[10.0]] * 4]
    verdict = judge({"a": a, "b": b})
    assert (verdict.state, verdict.formats) == ("winner", ("b",))


def test_one_that_dropped_out_stays_beaten():
    heats = race({"onnx": 1.0, "pt2": 1.03, "litert": 2.0}, seed=2)
    heats["litert"] = heats["litert"][:1]
    verdict = judge(heats)
    assert "litert" not in verdict.formats
    assert [r.slower for r in standing(heats).beaten if r.slower == "litert" and not r.heats] == ["litert"]


def test_a_format_wins_in_whichever_runtime_it_is_fastest():
    """That two runtimes of one format are equally fast leaves the choice of the format as it is."""
    labels = {"torchscript": 1.0, "torchscript@libtorch": 1.0, "onnx": 1.3, "onnx@onnxruntime-cuda": 1.4}
    verdict = judge(race(labels, seed=4))
    assert (verdict.state, verdict.formats) == ("winner", ("torchscript",))
    assert verdict.candidates[0].partition("@")[0] == "torchscript"
    assert verdict.reason.partition(" is ")[0] in ("TorchScript", "TorchScript, in LibTorch (C++)")


def test_one_candidate_has_nothing_to_beat():
    for labels in ({"onnx": 1.0}, {"onnx": 1.0, "onnx@onnxruntime-cuda": 2.0}):
        verdict = judge(even(labels))
        assert (verdict.state, verdict.formats) == ("inconclusive", ())
        assert "Only ONNX" in verdict.reason


def test_nothing_measured():
    assert judge({}).state == "inconclusive"


@pytest.mark.parametrize("count", [1, FEWEST_ROUNDS - 1])
def test_few_rounds_decide_nothing_however_clear(count):
    verdict = judge(even({"a": 1.0, "b": 9.0}, heats=1, rounds=count))
    assert verdict.state == "inconclusive"
    assert f"Only {count} round" in verdict.reason


def test_latency_holds_the_values_it_is_given():
    for heats in (1, 4):
        timing = latency([[[1.0, 2.0, 3.0]] * 10] * heats)
        assert (timing.median, timing.ci_low, timing.ci_high) == pytest.approx((2.0, 2.0, 2.0))
        assert timing.p95 == pytest.approx(3.0)
        assert timing.p99 == pytest.approx(3.0)


def test_the_same_data_give_the_same_answers():
    data = race({"a": 2.0}, seed=9, heats=2)["a"]
    assert latency(data) == latency(data)
    assert judge({"a": data, "b": data}) == judge({"a": data, "b": data})


@pytest.mark.parametrize(("heats", "rounds"), [(1, 40), (8, 5)])
def test_interval_covers_the_true_median_about_as_often_as_it_says(heats, rounds):
    """95 % nominal; the percentile bootstrap of a median is known to be a little off with 40 rounds."""
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        values = rng.lognormal(0, 0.3, (heats, rounds))
        timing = latency([[[value] for value in heat] for heat in values])
        covered += timing.ci_low <= 1.0 <= timing.ci_high
    assert covered >= 180


def test_interval_resamples_rounds_not_calls():
    """Calls of one round repeat its mood: a thousand of them are no more evidence than ten."""
    moods = np.random.default_rng(1).lognormal(0, 0.3, 20)
    few, many = (latency([[[m] * calls for m in moods]]) for calls in (10, 1000))
    assert many.ci_high - many.ci_low == pytest.approx(few.ci_high - few.ci_low)


def test_interval_is_over_processes_where_there_are_enough():
    """Rounds of one process repeat what it happens to be."""
    own = np.random.default_rng(1).lognormal(0, 0.05, 8)
    few, many = (latency([[[value]] * rounds for value in own]) for rounds in (5, 500))
    assert many.ci_high - many.ci_low == pytest.approx(few.ci_high - few.ci_low) and few.ci_low < few.median


def verdict_with_losses(milliseconds: dict[str, float]):
    heats = even(milliseconds)
    parity = [
        Parity(label, "onnxruntime", "onnxruntime", "passed", {}, 0.1, 0.0173)
        for label in milliseconds
        if label != "onnx"
    ]
    return with_losses(judge(heats), heats, parity)


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
