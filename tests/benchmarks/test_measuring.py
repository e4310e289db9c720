"""Races between real processes: who is measured how, and what becomes of a model that turns on whoever
measures it."""

import os

import numpy as np
import pytest

from benchmarks import measuring
from benchmarks.comparison import Options
from benchmarks.racing import race
from benchmarks.report import Report

CORES = len(os.sched_getaffinity(0))


def raced(bench, *models, budget_s=1.5, batches=(1,)) -> Report:
    shapes = (("x", ("batch", 16)),) if models[0].suffix == ".pt" else ()
    options = Options(budget_s=budget_s, batches=batches, shapes=shapes)
    return race(list(models), bench.folder, options, bench.server, bench.say)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("then", "kind"),
    [("raise", "reshape"), ("hang", "did not answer"), ("leak", "memory"), ("grow", "(2, 16)")],
)
def test_a_model_that_turns_bad_is_reported_and_the_others_are_measured(
    bench, built, monkeypatch, then, kind
):
    monkeypatch.setenv("FORMAT_ADVISOR_STEP_MEMORY_MB", "900" if then == "leak" else "6000")
    monkeypatch.setattr(measuring, "PATIENCE_S", 3)
    report = raced(bench, built("late_never.pt"), built(f"late_{then}.pt"))
    assert [parity.outcome for parity in report.parity] == ["passed"]
    first = [m for m in report.measurements if m.threads == CORES]
    assert [m.label for m in first] == ["torchscript"]
    assert first[0].samples > 50
    told = [finding.text for finding in report.findings if "TorchScript #2" in finding.text]
    assert told and all(kind in text for text in told)
    assert report.verdict.state == "inconclusive"
    assert report.verdict.formats == ()


@pytest.mark.slow
def test_a_race_has_heats_rounds_and_both_thread_counts(bench, built):
    """The same file twice: nobody is certainly slower, so both stay in the race."""
    report = raced(bench, built("mlp.onnx"), built("mlp.onnx"), budget_s=8, batches=(1, 4))
    conditions = {(m.batch, m.threads) for m in report.measurements}
    assert conditions == {(batch, threads) for batch in (1, 4) for threads in {1, CORES}}
    for m in report.measurements:
        assert sum(m.heats) == len(m.rounds_ms) and m.samples == sum(map(len, m.rounds_ms))
        assert min(map(min, m.rounds_ms)) > 0
        assert m.throughput_per_s == pytest.approx(1e3 * m.batch / m.latency_ms.median)
        assert m.artifact_mb > 0
    decisive = [m for m in report.measurements if (m.batch, m.threads) == (1, CORES)]
    assert decisive[0].heats == decisive[1].heats
    assert report.method["heats"] == len(decisive[0].heats) >= 2
    assert report.method["batch"] == 1 and report.method["threads"] == CORES
    assert report.method["ended"] in ("decided", "time", "heats")
    assert 0 < report.method["timed_s"] < report.method["spent_s"]


@pytest.mark.slow
def test_short_calls_are_timed_in_rows(bench, built):
    """A few microseconds: a clock read around each would be a part of it."""
    report = raced(bench, built("mlp.onnx"))
    (m,) = [m for m in report.measurements if m.threads == CORES]
    assert m.latency_ms.median < 0.02 and m.calls_per_sample > 1
    assert any("in a row" in warning for warning in m.warnings)
    samples = np.concatenate([np.array(r) for r in m.rounds_ms])
    assert np.median(samples) * m.calls_per_sample >= 0.05


@pytest.mark.slow
def test_whole_processes_are_started_where_there_is_time(bench, built):
    report = raced(bench, built("mlp.onnx"), built("mlp.onnx"), budget_s=4)
    starts = [m.cold_start_ms for m in report.measurements if m.threads == CORES]
    assert all(starts) and all(50 < taken < 60_000 for taken in sum(starts, ()))
    load_ms = max(m.load_ms + m.first_ms for m in report.measurements)
    assert min(map(min, starts)) > load_ms  # the import of the runtime is in it
    assert not list((bench.folder).glob("work/tmp-*"))
