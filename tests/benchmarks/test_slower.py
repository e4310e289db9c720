"""What is slower than its source is found, profiled for real in its own runtime, and explained."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import comparison, formats, inspection, slower
from benchmarks.comparison import Options
from benchmarks.errors import ProblemError
from benchmarks.operator_kinds import ADVICE, AFTER_FALLBACK, BETWEEN, FALLBACKS, OTHERWISE, WAITING, kind_of
from benchmarks.report import Measurement
from benchmarks.slower import profiles, slower_than
from benchmarks.verdict import latency
from benchmarks.verification import run_reference
from benchmarks.why_slower import explain
from benchmarks.workspace import WORK, open_work

PLANES = ("torchscript", "pt2", "openvino", "savedmodel", "onnx-float16", "litert")
OPERATORS = {
    "onnx": {"Conv", "CumSum", "ReduceMean", "Softmax"},
    "onnx-float16": {"Conv", "CumSum", "Cast"},
    "torchscript": {"aten::cumsum", "aten::sigmoid", "aten::softmax"},
    "pt2": {"aten::cumsum", "aten::sigmoid", "aten::softmax"},
    "openvino": {"Convolution", "CumSum", "Softmax"},
    "savedmodel": {"Cumsum", "Mean"},
}
"""Some of those that each runtime must have run in the model planes.onnx."""


def measurement(
    format: str, ms: float, batch: int = 1, threads: int = 1, spread: float = 0.01, artifact: str = ""
) -> Measurement:
    """Of five heats of six rounds around `ms` that share a mood, as real ones do."""
    rng = np.random.default_rng(len(format))
    moods = np.random.default_rng(batch).lognormal(0, 0.1, 30)
    rounds = tuple(tuple(ms * mood * rng.lognormal(0, spread, 4)) for mood in moods)
    timing = latency([rounds])
    return Measurement(
        format, format, artifact, batch, threads, timing, 1.0, 1.0, 1.0, 1.0, 120, rounds,
        label=format, heats=(6,) * 5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("times", "slow"),
    [
        ({"onnx": 1.0, "pt2": 1.5, "litert": 3.0}, ["litert", "pt2"]),
        ({"onnx": 1.0, "pt2": 0.5, "litert": 1.01}, []),  # certain, and not worth a word
        ({"onnx": 1.0, "pt2": 1.1}, ["pt2"]),
        ({"onnx": 1.0}, []),
        ({"pt2": 1.0, "litert": 5.0}, []),  # the source itself could not be measured
    ],
)
def test_what_is_slower_than_the_source_comes_slowest_first(times, slow):
    _, found = slower_than("onnx", [measurement(format, ms) for format, ms in times.items()])
    assert [one.format for one, _ in found] == slow
    for one, by in found:
        assert by.low < times[one.format] / times["onnx"] < by.high


def test_only_certain_differences_at_the_same_batch_and_threads_count():
    apart = [
        measurement("onnx", 1.0),
        measurement("pt2", 9.0, batch=8),
        measurement("litert", 9.0, threads=2),
    ]
    assert slower_than("onnx", apart)[1] == []
    noisy = [measurement("onnx", 1.0), measurement("pt2", 1.04, spread=0.5)]
    assert slower_than("onnx", noisy)[1] == []


def found(between: float = 0.0, nodes: int = 5, fell_back: tuple = (), **operators: float) -> dict:
    """A profile as the task answers it; times in milliseconds."""
    total = sum(operators.values())
    rows = [
        {"operator": name, "where": "CPU", "calls": 1, "ms": ms, "share": ms / total}
        for name, ms in operators.items()
    ]
    fallen = [{**row, "why": why} for why, name in fell_back for row in rows if row["operator"] == name]
    call = {"calls": 9, "call_ms": total + between, "between_ms": between, "nodes": nodes}
    return {"runtime": "r", **call, "operators": rows, "slowest": [], "fell_back": fallen}


SOURCE = found(Conv=1.0, Gemm=0.5)


@pytest.mark.parametrize(
    ("artifact", "source", "latency_ms", "words", "advice"),
    [
        (
            found(Conv=1.1, Transpose=0.6, Gemm=0.5),
            SOURCE,
            2.0,
            "What takes longer is changing the layout (0.6 ms of a call, 0 ms in the source: Transpose).",
            ADVICE["layout"],
        ),
        (
            found(Conv=3.0, Transpose=0.1),
            SOURCE,
            3.0,
            "convolutions (3 ms of a call, 1 ms in the source: Conv)",
            OTHERWISE,
        ),
        (
            found(Cast=0.9, Transpose=1.0, Conv=1.0, Reorder=0.2),
            SOURCE,
            3.0,
            "changing the layout (1.2 ms of a call, 0 ms in the source: Transpose and Reorder) and "
            "converting types (0.9 ms of a call, 0 ms in the source: Cast)",
            ADVICE["layout"],
        ),
        (
            found(Conv=2.0, Transpose=0.8, Add=0.1),
            SOURCE,
            3.0,
            "convolutions (2 ms of a call, 1 ms in the source: Conv) and changing the layout (0.8 ms",
            ADVICE["layout"],
        ),
        (found(Loop=2.0, Gemm=0.5), SOURCE, 2.5, "loops and branches", ADVICE["control-flow"]),
        (
            found(Conv=1.0, Cast=0.5),
            None,
            1.5,
            "into convolutions (1 ms of a call: Conv) and converting types",
            ADVICE["conversion"],
        ),
        (
            found(between=2.0, Conv=1.0),
            SOURCE,
            3.0,
            "the call itself, between operators (2 ms of a call, 0 ms in the source)",
            ADVICE[BETWEEN],
        ),
        (found(nodes=400, Add=0.8), SOURCE, 1.0, "It runs 400 operators for one call, 2 µs", ADVICE[BETWEEN]),
        (
            found(fell_back=(("reference", "CumSum"),), CumSum=2.0, Conv=1.0),
            SOURCE,
            3.0,
            "2 ms of a call more than in the source go into operators that fell back: CumSum "
            + FALLBACKS["reference"],
            AFTER_FALLBACK["reference"],
        ),
        (  # as in the source, so not the reason
            found(fell_back=(("layout", "ReorderOutput"),), ReorderOutput=0.5, LSTM=2.0),
            found(fell_back=(("layout", "ReorderOutput"),), ReorderOutput=0.5),
            3.0,
            "recurrent layers",
            OTHERWISE,
        ),
        (found(Conv=0.9), SOURCE, 1.6, "not slower than the source in any kind", ADVICE[BETWEEN]),
        (found(Conv=1.2), SOURCE, 50.0, "By itself it takes 1.2 ms", WAITING),
    ],
)
def test_a_reason_and_a_next_step_are_given(artifact, source, latency_ms, words, advice):
    why = explain(artifact, source, latency_ms)
    assert words in why.reason
    assert why.advice == advice


def test_a_reason_stays_short_whatever_operators_are_called():
    why = explain(found(**{letter * 10_000: 1.0 for letter in "abcdef"}), None, 6.0)
    assert len(why.reason) < 400 and "and 3 more" in why.reason


@pytest.mark.parametrize(
    ("kind", "operators"),
    [
        ("convolution", ("Conv", "aten::mkldnn_convolution", "Convolution", "_MklNativeFusedConv2D")),
        ("conversion", ("Cast", "Convert", "aten::_to_copy", "QuantizeLinear")),
        (
            "matrix-product",
            ("Gemm", "aten::addmm", "FullyConnected", "DynamicQuantizeMatMul", "_FusedMatMul"),
        ),
        ("layout", ("Transpose", "ReorderOutput", "Reorder", "aten::permute", "_MklTranspose")),
        ("normalisation", ("LayerNormalization", "aten::native_layer_norm", "MVN", "FusedBatchNormV3")),
        ("shape", ("aten::copy_", "Reshape", "StridedSlice")),
        ("other", ("forward", "11 others", "<b>Conv</b>", "")),
    ],
)
def test_what_operators_do_is_known_by_the_names_of_every_runtime(kind, operators):
    assert [kind_of(operator) for operator in operators] == [kind] * len(operators)


def asked(bench, source: Path, format: str) -> Path:
    """A workspace with the answers of a source, as a run has it before it measures."""
    work = open_work(bench.folder)
    inputs = [] if format == "pytorch-source" else list(inspection.describe(source).inputs)
    run_reference(source, format, inputs, bench.folder, Options(), bench.server, bench.say)
    return work


def profile(bench, format: str, artifact: Path, batch: int = 1) -> dict:
    return bench.server.run(
        "profile",
        bench.folder / WORK,
        reads=(artifact,),
        format=format,
        artifact=str(artifact),
        batch=batch,
        threads=1,
    )


def median_ms(bench, format: str, artifact: Path) -> float:
    """Of calls without a profiler, measured as in a run."""
    with bench.server.open(
        "measure",
        bench.folder / WORK,
        reads=(artifact,),
        format=format,
        artifact=str(artifact),
        threads=1,
    ) as step:
        step.receive("reply")
        step.send({"batch": 1})
        step.receive("reply")
        step.send({"samples": 15, "calls": 1, "lead": 3})
        return float(np.median(step.receive("reply")["ns"])) / 1e6


@pytest.mark.slow
def test_each_runtime_tells_the_operators_of_the_model_and_their_time(bench, built, monkeypatch):
    monkeypatch.setenv("FORMAT_ADVISOR_VERIFY_SECONDS", "1")
    source = Path(shutil.copy(built("planes.onnx"), bench.folder))
    comparison.compare(source, bench.folder, Options(PLANES, budget_s=0), bench.server, bench.say)
    asked(bench, source, "onnx")
    artifacts = {format: bench.folder / "artifacts" / formats.FILENAMES[format] for format in PLANES}
    artifacts["onnx"] = source
    for format, operators in OPERATORS.items():
        got = profile(bench, format, artifacts[format])
        names = {row["operator"] for row in got["operators"]}
        assert operators <= names, (format, names)
        assert sum(row["share"] for row in got["operators"]) == pytest.approx(1), format
        spent = sum(row["ms"] for row in got["operators"])
        assert spent + got["between_ms"] == pytest.approx(got["call_ms"], rel=0.05), format
        assert got["call_ms"] / 10 < median_ms(bench, format, artifacts[format]) < got["call_ms"] * 10, format
        assert got["nodes"] >= len(operators) and 1 <= got["calls"] <= 20, format
        fell_back = {(row["operator"], row["why"]) for row in got["fell_back"]}
        assert (("CumSum", "reference") in fell_back) == (format == "openvino"), (format, fell_back)
        assert any(why == "float32" for _, why in fell_back) == (format == "onnx-float16"), fell_back
    with pytest.raises(ProblemError, match="no profiler"):
        profile(bench, "litert", artifacts["litert"])
    with pytest.raises(ProblemError, match="verified with a batch of 64"):
        profile(bench, "onnx", source, batch=64)


@pytest.mark.slow
def test_a_loop_is_told_from_what_runs_in_it(bench, built):
    source = Path(shutil.copy(built("rounds.onnx"), bench.folder))
    asked(bench, source, "onnx")
    got = profile(bench, "onnx", source)
    rows = {row["operator"]: row for row in got["operators"]}
    assert (rows["Loop"]["calls"], rows["MatMul"]["calls"]) == (1, 5)
    # With its body counted twice, the loop alone would take nearly all of the call.
    assert sum(row["ms"] for row in rows.values()) <= 1.01 * got["call_ms"]


@pytest.mark.slow
def test_keras_is_profiled_as_tensorflow_is(bench, built):
    source = Path(shutil.copy(built("mlp.keras"), bench.folder))
    asked(bench, source, "keras")
    got = profile(bench, "keras", source)
    assert {kind_of(row["operator"]) for row in got["operators"]} >= {"matrix-product"}


@pytest.mark.slow
def test_a_comparison_says_why_what_is_slower_is_so(bench, built, monkeypatch):
    """TensorFlow takes a hundred times as long to be called as ONNX Runtime does for this small model."""
    monkeypatch.setenv("FORMAT_ADVISOR_VERIFY_SECONDS", "1")
    source = Path(shutil.copy(built("mlp.onnx"), bench.folder))
    options = Options(("savedmodel", "torchscript"), budget_s=1.0)
    report = comparison.compare(source, bench.folder, options, bench.server, bench.say)
    first, *others = report.profiles
    assert (first.format, first.slower_than_source, first.reason) == ("onnx", None, "")
    assert "matrix-product" in {row["kind"] for row in first.operators}
    by_format = {one.format: one for one in others}
    one = by_format["savedmodel"]
    assert one.slower_than_source["low"] > slower.SLOWER
    assert one.runtime == "tensorflow" and one.batch == 1 and one.threads == report.measurements[0].threads
    assert sum(row["ms"] for row in one.kinds) == pytest.approx(one.call_ms, rel=0.01)
    assert one.reason and one.next_step
    assert report.to_json()["profiles"][0]["format"] == "onnx"
    assert [said.outcome for said in bench.said if said.stage == "profile"][-1] == "passed"


@pytest.mark.slow
def test_nothing_is_profiled_where_nothing_was_measured(bench, built):
    source = Path(shutil.copy(built("mlp.onnx"), bench.folder))
    options = Options(("torchscript",), budget_s=0)
    report = comparison.compare(source, bench.folder, options, bench.server, bench.say)
    assert report.profiles == () and "profile" not in {said.stage for said in bench.said}


HOSTILE = """
import ctypes, torch

class Net(torch.nn.Module):
    def forward(self, x):
        with torch.profiler.record_function("<b>**[x](y)**" + "x" * 100_000):
            x = torch.relu(x) * 2
        if CRASH and torch.autograd._profiler_enabled():
            ctypes.string_at(0)
        return x

def get_model():
    return Net()

def example_inputs():
    return (torch.ones(2, 16),)
"""


@pytest.mark.slow
@pytest.mark.parametrize("crash", [False, True])
def test_a_hostile_model_does_no_harm_to_the_report(bench, built, crash):
    """It names an operator as it likes, or crashes when it is profiled."""
    program = bench.folder / "model.py"
    program.write_text(f"CRASH = {crash}\n{HOSTILE}")
    asked(bench, program, "pytorch-source")
    other = Path(shutil.copy(built("mlp.pt2"), bench.folder))
    measured = [
        measurement("pytorch-source", 1.0, batch=2, artifact=program.name),
        measurement("pt2", 2.0, batch=2, artifact=other.name),
    ]
    source, artifact = profiles("pytorch-source", measured, bench.folder, bench.server, bench.say)
    assert (source.format, artifact.format) == ("pytorch-source", "pt2")
    assert artifact.call_ms > 0 and artifact.reason and artifact.next_step
    if crash:
        assert source.call_ms is None and source.kinds == () and "crashed natively" in source.reason
    else:
        [name] = [row["operator"] for row in source.operators if row["operator"].startswith("<b>")]
        assert len(name) == 200


@pytest.mark.slow
def test_an_artifact_that_cannot_be_profiled_says_so(bench, built):
    source = Path(shutil.copy(built("mlp.onnx"), bench.folder))
    asked(bench, source, "onnx")
    other = Path(shutil.copy(built("pair.pt2"), bench.folder))  # not the model at all: it takes other inputs
    times = (("onnx", 1.0, source), ("litert", 2.0, source), ("pt2", 3.0, other))
    measured = [measurement(format, ms, artifact=path.name) for format, ms, path in times]
    got = profiles("onnx", measured, bench.folder, bench.server, bench.say)
    assert [one.format for one in got] == ["pt2", "litert"]
    assert all(one.call_ms is None and "Where its time goes is not known." in one.reason for one in got)
    assert "benchmark_model" in got[1].next_step
    assert bench.said[-1].outcome == "skipped"
