"""Two real reports of one model: what differs is named, what changed is told apart from chance."""

import copy
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import over_time
from benchmarks.comparison import Options, compare
from benchmarks.errors import ProblemError
from benchmarks.over_time import FASTER, PROCESS, SLOWER, UNTOLD, Changes, compare_reports, ratio
from benchmarks.reported import Interval, Measured
from benchmarks.settings import PROJECT


def measured(warm, built, name: str, model: str, to: str = "onnx") -> dict:
    workspace = warm.workspace(name)
    path = shutil.copy(built(model), workspace / model)
    done = compare(path, workspace, Options((to,), (1, 2), 1.2), warm.server, warm.say)
    return json.loads(json.dumps(done.to_json()))


@pytest.fixture(scope="module")
def old(warm, built) -> dict:
    return measured(warm, built, "old", "mlp.pt2")


@pytest.fixture(scope="module")
def new(warm, built) -> dict:
    return measured(warm, built, "new", "mlp.pt2")


def slower(report: dict, format_id: str, times: float) -> dict:
    """As if one format had taken so many times as long."""
    document = copy.deepcopy(report)
    for row in document["measurements"]:
        if row["format"] == format_id:
            row["rounds_ms"] = [[times * one for one in durations] for durations in row["rounds_ms"]]
            for key in ("median", "ci_low", "ci_high"):
                row["latency_ms"][key] *= times
    return document


def states(changes: Changes, format_id: str) -> set[str]:
    return {one.state for one in changes.changes if one.format == format_id}


@pytest.mark.slow
def test_two_runs_of_one_model_on_one_machine(old: dict, new: dict) -> None:
    changes = compare_reports(old, new)
    assert changes.sha256 == old["source"]["sha256"]
    assert changes.created == (old["created"], new["created"])
    assert changes.differences == ()
    assert changes.caution.startswith("The model, the machine, the method and the versions are the same.")
    keys = [(one.format, one.batch) for one in changes.changes]
    assert keys == [("pt2", 1), ("onnx", 1), ("pt2", 2), ("onnx", 2)]
    medians = {(row["format"], row["batch"]): row["latency_ms"] for row in new["measurements"]}
    for one in changes.changes:
        assert one.new.median == medians[one.format, one.batch]["median"]
        assert one.ratio_low <= one.ratio <= one.ratio_high
        assert one.ratio == pytest.approx(one.new.median / one.old.median)
    assert compare_reports(old, new) == changes
    json.dumps(changes.to_json(), allow_nan=False)


@pytest.mark.slow
def test_a_report_and_itself_differ_in_nothing(old: dict) -> None:
    changes = compare_reports(old, old)
    assert {one.ratio for one in changes.changes} == {1.0}
    assert {one.state for one in changes.changes} == {UNTOLD}
    assert changes.turns == ()


@pytest.mark.slow
@pytest.mark.parametrize(("times", "state"), [(3.0, SLOWER), (1 / 3, FASTER)])
def test_a_real_change_is_told_of_the_format_that_changed(old: dict, times: float, state: str) -> None:
    steady = steadied(old)
    changes = compare_reports(steady, slower(steady, "onnx", times))
    assert states(changes, "onnx") == {state}
    assert states(changes, "pt2") == {UNTOLD}
    for one in changes.changes:
        if one.format == "onnx":
            assert one.ratio == pytest.approx(times) and one.ratio_low < times < one.ratio_high
            assert one.words.startswith(f"{state}: {times:.2f} times the time")
    little = compare_reports(steady, slower(steady, "onnx", 1.005))
    assert states(little, "onnx") == {UNTOLD}


def steadied(report: dict) -> dict:
    """The same rounds without those that the machine disturbed, so that three times is three times."""
    document = copy.deepcopy(report)
    for row in document["measurements"]:
        medians = np.array([np.median(one) for one in row["rounds_ms"]])
        near = np.argsort(np.abs(medians - np.median(medians)))[: max(8, len(medians) // 2)]
        row["rounds_ms"] = [row["rounds_ms"][place] for place in sorted(near)]
    return document


def invented(rng: np.random.Generator, scale: float, rounds: int = 30, processes: int = 1) -> Measured:
    """A run of which each process has a pace of its own, by about 2 %, and each round another."""
    paces = np.repeat(rng.lognormal(0, 0.018, processes), rounds // processes)
    durations = scale * paces * rng.lognormal(0, 0.03, len(paces))
    return Measured(Interval(1.0, 1.0, 1.0), [[one] for one in durations], processes)


@pytest.mark.parametrize("processes", [1, 5])
def test_the_interval_is_as_sure_as_it_says(processes: int) -> None:
    """On invented runs, whose true ratio is known, 1 in 20 intervals may miss it."""
    rng = np.random.default_rng(0)
    runs = [[invented(rng, scale, processes=processes) for scale in (1.0, 1.5)] for _ in range(200)]
    found = [ratio(*pair) for pair in runs]
    assert sum(low <= 1.5 <= high for _, low, high in found) >= 190
    assert all(low > 1.02 for _, low, _ in found)


def test_more_processes_make_it_surer() -> None:
    rng = np.random.default_rng(0)
    one, many = (ratio(invented(rng, 1.0, 300, n), invented(rng, 1.0, 300, n)) for n in (1, 10))
    assert one[2] / one[1] > PROCESS**2 > many[2] / many[1] > 1


def test_few_rounds_have_no_interval() -> None:
    rng = np.random.default_rng(0)
    assert ratio(invented(rng, 1.0, 4), invented(rng, 1.0)) is None


def test_many_rounds_are_drawn_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    runs = [invented(rng, 1.0, 700) for _ in range(2)]
    whole = ratio(*runs)
    monkeypatch.setattr(over_time, "DRAWN_AT_ONCE", 7_000)
    assert ratio(*runs) == whole


@pytest.mark.slow
def test_a_different_machine_and_versions_are_named_before_any_number(old: dict, new: dict) -> None:
    other = copy.deepcopy(new)
    other["environment"] |= {"cpu": "Another CPU", "cores": 96, "python": "3.11.99"}
    other["environment"]["versions"]["onnxruntime"] = "9.9"
    other["environment"]["versions"].pop("torch")
    changes = compare_reports(old, other)
    found = {one.what: (one.kind, one.old, one.new) for one in changes.differences}
    before = old["environment"]
    assert found == {
        "cpu": ("machine", before["cpu"], "Another CPU"),
        "cores": ("machine", str(before["cores"]), "96"),
        "python": ("versions", before["python"], "3.11.99"),
        "onnxruntime": ("versions", before["versions"]["onnxruntime"], "9.9"),
        "torch": ("versions", before["versions"]["torch"], "not there"),
    }
    assert "The machine differs: no change can be put down to the model or to the versions" in changes.caution
    written = over_time.summarize(changes)
    assert written.index("Another CPU") < written.index("The machine differs") < written.index(" ms, ")
    only_versions = copy.deepcopy(new)
    only_versions["environment"]["versions"]["onnxruntime"] = "9.9"
    assert "are the same; versions differ" in compare_reports(old, only_versions).caution


@pytest.mark.slow
def test_a_different_method_is_named_too(old: dict, new: dict) -> None:
    other = copy.deepcopy(new)
    with_method = old | {"method": {"budget_s": 10, "spent_s": 9.8, "warm_up": {"share": 0.15}}}
    other["method"] = {"budget_s": 20, "spent_s": 19.7}
    other["measurements"] = [row for row in other["measurements"] if row["batch"] == 1]
    for row in other["measurements"]:
        row["threads"] += 1
    changes = compare_reports(with_method, other)
    found = {one.what: (one.old, one.new) for one in changes.differences}
    threads = old["measurements"][0]["threads"]
    assert {one.kind for one in changes.differences} == {"method"}
    assert found["budget_s"] == ("10", "20") and found["warm_up share"] == ("0.15", "not there")
    assert "spent_s" not in found
    assert found["batch sizes"] == ("[1, 2]", "[1]")
    assert found["thread counts"] == (f"[{threads}]", f"[{threads + 1}]")
    assert len(found) == 4  # what no run measured under such conditions is not listed one by one
    assert changes.changes == () and "The method differs" in changes.caution
    assert "Nothing was measured in both." in over_time.summarize(changes)
    before = {key: value for key, value in old.items() if key != "method"}
    for pair, words in (
        ((before, other), ("not recorded", "recorded")),
        ((other, before), ("recorded", "not recorded")),
    ):
        found = {one.what: (one.old, one.new) for one in compare_reports(*pair).differences}
        assert found["method"] == words and "budget_s" not in found


@pytest.mark.slow
def test_what_only_one_of_them_measured_is_named(old: dict, new: dict) -> None:
    other = copy.deepcopy(new)
    rows = other["measurements"]
    rows.remove(next(row for row in rows if (row["format"], row["batch"]) == ("onnx", 2)))
    threads = rows[0]["threads"]
    words = f"ONNX in onnxruntime, batch 2, {threads} {'thread' if threads == 1 else 'threads'}"
    for pair, told in (
        ((old, other), ("measured", "not measured")),
        ((other, old), ("not measured", "measured")),
    ):
        [found] = compare_reports(*pair).differences
        assert (found.kind, found.what, found.old, found.new) == ("method", words, *told)


@pytest.mark.slow
def test_what_passed_before_and_fails_now_is_said_with_its_reason(old: dict, new: dict) -> None:
    other = copy.deepcopy(new)
    [row] = other["conversions"]
    row |= {"outcome": "failed", "error": {"kind": "x", "message": "A branch was lost.", "stage": "verify"}}
    other["parity"][0] |= {"outcome": "failed", "runtime": "", "error": None}
    other["measurements"] = [one for one in other["measurements"] if one["format"] != "onnx"]
    other["verdict"] = {"state": "inconclusive", "formats": [], "reason": "Nothing to compare it with."}
    changes = compare_reports(old, other)
    told = {(one.what, one.subject): (one.old, one.new, one.reason) for one in changes.turns}
    assert told["conversion", "ONNX"] == ("passed", "failed", "A branch was lost.")
    assert told["parity", "ONNX"] == ("passed", "failed", "")
    assert told["verdict", "fastest"][1:] == ("inconclusive", "Nothing to compare it with.")
    assert changes.differences == ()  # that it was not measured is told already
    back = compare_reports(other, old)
    assert {one.new for one in back.turns if one.what != "verdict"} == {"passed"}


@pytest.mark.slow
def test_a_report_of_before_the_raw_rounds_has_no_interval(old: dict, new: dict) -> None:
    bare = copy.deepcopy(old)
    for row in bare["measurements"]:
        del row["rounds_ms"]
    del bare["created"]
    changes = compare_reports(bare, new)
    assert changes.created[0] == ""
    assert {(one.state, one.ratio_low) for one in changes.changes} == {(UNTOLD, None)}
    assert all(one.ratio > 0 and one.words.endswith("too few rounds") for one in changes.changes)


@pytest.mark.slow
def test_each_runtime_of_a_format_and_each_of_a_race_is_compared_with_itself(old: dict) -> None:
    several = copy.deepcopy(old)
    for row in old["measurements"]:
        if row["format"] == "onnx":
            options = {"label": "onnx@onnxruntime-openvino", "runtime": "onnxruntime-openvino"}
            several["measurements"] += [row | options, row | {"label": "onnx#2"}]
    found = [(one.format, one.runtime, one.batch) for one in compare_reports(several, several).changes]
    expected = {("onnx", "onnxruntime"), ("onnx", "onnxruntime-openvino"), ("onnx#2", "onnxruntime")}
    assert {one[:2] for one in found if one[0] != "pt2"} == expected
    assert len(found) == len(set(found)) == len(several["measurements"])


@pytest.mark.slow
def test_the_order_of_the_reports_is_looked_at(old: dict, new: dict) -> None:
    assert (
        "made after the other" not in compare_reports(old, new | {"created": "2999-01-01T00:00:00Z"}).caution
    )
    assert "made after the other" in compare_reports(new | {"created": "2999-01-01T00:00:00Z"}, old).caution


@pytest.mark.slow
def test_reports_of_different_models_are_refused(warm, built, old: dict) -> None:
    other = measured(warm, built, "other", "other.onnx", "openvino")
    with pytest.raises(ProblemError) as refused:
        compare_reports(old, other)
    assert refused.value.problem.kind == "different-models"
    assert old["source"]["sha256"][:16] in str(refused.value)
    assert other["source"]["sha256"][:16] in str(refused.value)


def altered(report: dict, path: str, value: object) -> object:
    document = copy.deepcopy(report)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = document
    for part in parents:
        place = place[part]
    place[last] = value
    return document


@pytest.mark.slow
def test_what_is_no_report_is_refused_with_the_place(old: dict) -> None:
    deep: object = 0
    for _ in range(700):
        deep = [deep]
    bad: list[tuple[object, str]] = [
        (None, "it"),
        ([], "it"),
        ({"schema": 2}, "it"),
        (old | {"x": deep}, "it"),
    ]
    for path, value in [
        ("source", 1), ("source.sha256", None), ("source.format", 3), ("environment", []),
        ("environment.cores", "2"), ("environment.versions", {"torch": 2}), ("method", []),
        ("conversions", {}), ("conversions.0", 1), ("conversions.0.outcome", None), ("parity", None),
        ("parity.0.runtime", 1), ("measurements", "x"), ("measurements.0.batch", True),
        ("measurements.1.threads", 1.5), ("measurements.1.rounds_ms", [1.0]),
        ("measurements.1.latency_ms", 3),
        ("measurements.0.latency_ms.median", float("inf")), ("measurements.0.latency_ms.ci_low", "1"),
        ("verdict", None), ("verdict.formats", "onnx"),
    ]:  # fmt: skip
        place = path.replace(".0", "[0]").replace(".1", "[1]")
        bad.append((altered(old, path, value), place))
    for value in ([[]], [[0.0]], [[1.0], [-1.0]]):
        bad.append((altered(old, "measurements.0.rounds_ms", value), "measurements[0]"))
    bad.append((altered(old, "measurements.0.latency_ms.median", 0), "measurements[0]"))
    for document, place in bad:
        for pair, which in (((document, old), "older"), ((old, document), "newer")):
            with pytest.raises(ProblemError) as refused:
                compare_reports(*pair)
            assert str(refused.value).startswith(f"The {which} file is no report of a comparison: {place}")
            assert refused.value.problem.kind == "bad-report"


def call(*arguments: str | Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "benchmarks", "changes", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)


@pytest.mark.slow
def test_the_command_prints_what_the_function_returns(old: dict, new: dict, tmp_path: Path) -> None:
    paths = [tmp_path / "old.json", tmp_path / "new.json"]
    for path, report in zip(paths, (old, new), strict=True):
        path.write_text(json.dumps(report))
    done = call(*paths, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == json.loads(json.dumps(compare_reports(old, new).to_json()))
    assert call(*paths).stdout == over_time.summarize(compare_reports(old, new)) + "\n"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("{", "are not JSON"),
        ("[]", "older file is no report"),
        ("[" * 99_999, "are not JSON"),
        (None, "Cannot read"),
    ],
)
def test_the_command_refuses_with_one_line(tmp_path: Path, written: str | None, words: str) -> None:
    path = tmp_path / "report.json"
    if written is not None:
        path.write_text(written)
    done = call(path, path, "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr and done.stderr.count("\n") == 1
    assert "report.json" in done.stderr


def test_the_command_takes_two_reports() -> None:
    assert call("report.json").returncode == 2
