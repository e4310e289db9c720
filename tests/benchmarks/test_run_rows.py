"""Runs as rows, on SQLite and on PostgreSQL."""

import pytest

from benchmarks import run_rows
from benchmarks.errors import Problem
from benchmarks.progress import Progress
from store.engine import writing

pytestmark = pytest.mark.usefixtures("database_url")
A, B, C = ("a" * 16, "b" * 16, "c" * 16)


def test_what_is_kept_is_what_was_given():
    run_rows.add(A, "../café 😀.onnx", None, 1795000000.25, "0" * 64)
    row = run_rows.read(A)
    assert (row["title"], row["created"], row["sample"]) == ("../café 😀.onnx", 1795000000.25, None)
    assert (row["state"], row["stages"], row["cancelled"]) == ("draft", "[]", False)
    run_rows.add(A, "another", "mlp", 5.0)
    assert run_rows.read(A) == row
    assert run_rows.read(B) is None


def test_how_far_a_run_is_and_how_it_ended():
    run_rows.add(A, "one", "mlp", 1.0)
    stage = Progress("convert onnx", "Convert to ONNX", "passed", "in 2 s")
    run_rows.record(A, "running", [stage])
    assert '"Convert to ONNX"' in run_rows.read(A)["stages"]
    run_rows.change(A, cancelled=True, options='{"to": []}')
    assert run_rows.read(A)["cancelled"] is True
    run_rows.record(A, "failed", problem=Problem("job", "timeout", "It took long.", "Wait."))
    assert '"It took long."' in run_rows.read(A)["problem"]
    run_rows.record(B, "done")  # of a run that was deleted meanwhile
    assert run_rows.read(B) is None
    run_rows.remove(A)
    assert run_rows.read(A) is None


def test_runs_are_found_newest_first():
    for number, (run, state) in enumerate(((A, "done"), (B, "running"), (C, "done"))):
        run_rows.add(run, run, None, float(number), "0" * 64)
        run_rows.record(run, state)
    assert [row["id"] for row in run_rows.of_states()] == [C, B, A]
    assert [row["id"] for row in run_rows.of_states("running")] == [B]
    assert [row["id"] for row in run_rows.of_states(but=("running",), count=1)] == [C]
    assert [row["id"] for row in run_rows.of_model("0" * 64, before=2.0)] == [A]


def test_how_far_a_run_is_does_not_wait_for_the_disk_and_how_it_ended_does(monkeypatch):
    asked = []

    def note(connection, durable=True):
        asked.append(durable)
        return writing(connection, durable)

    monkeypatch.setattr(run_rows, "writing", note)
    run_rows.add(A, "one", "mlp", 1.0)
    for state in ("running", "done"):
        run_rows.record(A, state)
        assert run_rows.read(A)["state"] == state
    assert asked == [True, False, True]
