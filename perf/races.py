"""Whether races can be believed: one artifact against itself, one against a slower one, the same twice."""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from benchmarks import racing
from benchmarks.comparison import DEFAULT_BUDGET_S, Options, compare
from benchmarks.report import Report
from benchmarks.samples import SAMPLES
from benchmarks.warm import WarmKeeper, WarmServer
from benchmarks.workspace import open_work
from perf.conversion import run_process
from perf.row import Row
from perf.web import ROOT

ITSELF, SLOWER, TWICE = 60, 40, 20
"""How often each is done; FORMAT_ADVISOR_PERF_SHARE, such as 0.1, does a part of it."""
MODELS = (
    "keras-mobilenet-v2", "savedmodel-mobilenet-v2", "traced-resnet18", "scripted-adaptive-lstm",
    "pt2-transformer",
)  # fmt: skip
BARE = {
    "onnx": ("perf.small_onnx", "small.onnx", "1,3,48,48"),
    "torchscript": ("perf.slowed", "plain.pt", "1,3,64,64"),
    "savedmodel": ("perf.small_cnn", "small_cnn", "1,64,64,3"),
}
VERDICT_S, OVERHEAD = 60, 0.25


def _times(count: int) -> int:
    return max(1, round(count * float(os.environ.get("FORMAT_ADVISOR_PERF_SHARE", "1"))))


def measure(folder: Path) -> Iterator[Row]:
    yield from bare(folder)
    with WarmKeeper(folder) as warm:
        warm.run("capabilities", open_work(folder))
        yield against_itself(folder, warm)
        yield against_slower(folder, warm)
        yield from twice(folder, warm)


def bare(folder: Path) -> Iterator[Row]:
    """Our median over that of a bare loop on the same session, in turn in one process."""
    for format, (module, name, shape) in BARE.items():
        arguments = [str(folder), "1.1"] if module == "perf.slowed" else [str(folder / name)]
        run_process([sys.executable, "-m", module, *arguments])
        done = subprocess.run(
            [sys.executable, "-m", "perf.bare", format, str(folder / name), shape],
            cwd=ROOT,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"},
            capture_output=True,
            text=True,
            check=True,
        )
        ratio, milliseconds = map(float, done.stdout.split()[-2:])
        words = f"{ratio:.3f} × (of {milliseconds:.3f} ms)"
        yield Row(f"our median ÷ a bare loop's, {format}", words, "0.97 to 1.03 ×", 0.97 <= ratio <= 1.03)


def _race(one: Path, other: Path, folder: Path, warm: WarmServer, shapes=()) -> Report:
    """Without what comes after a race and changes nothing in its verdict: sizes, and cold starts that take as
    long as the race itself."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with patch.object(racing, "with_costs", lambda measurements, *_: measurements):
        return racing.race([one, other], folder, Options(shapes=shapes), warm, lambda progress: None)


def _sample(name: str, folder: Path, warm: WarmServer) -> tuple[Path, tuple]:
    sample = SAMPLES[name]
    built = folder / sample.filename
    if not built.exists():
        work = open_work(folder)
        warm.run("build_sample", work, sample=sample.id, target=str(work / sample.filename))
        shutil.move(work / sample.filename, built)
    return built, tuple(sample.shapes.items())


def against_itself(folder: Path, warm: WarmServer) -> Row:
    models = [_sample(name, folder, warm) for name in MODELS] + [(folder / "small.onnx", ())]
    states: Counter[str] = Counter()
    for number in range(count := _times(ITSELF)):
        model, shapes = models[number % len(models)]
        verdict = _race(model, model, folder / "race", warm, shapes).verdict
        print(f"perf: itself {number + 1}: {model.name} {verdict.state}", file=sys.stderr, flush=True)
        states[verdict.state] += 1
    words = ", ".join(f"{state} {n}" for state, n in states.most_common())
    most = max(1, count // 60)
    what = f"an artifact against itself, {count} races over {len(models)} models"
    return Row(what, words, f"a winner in at most {most}", states["winner"] <= most)


def against_slower(folder: Path, warm: WarmServer) -> Row:
    right, states, slower = 0, Counter(), []
    for number in range(count := _times(SLOWER)):
        made = subprocess.run(
            [sys.executable, "-m", "perf.slowed", str(folder), "1.10"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        slower.append(float(made.stdout))
        order = [folder / "plain.pt", folder / "slowed.pt"]
        fast = "torchscript" if number % 2 else "torchscript#2"
        order = order if number % 2 else order[::-1]
        verdict = _race(*order, folder / "race", warm, (("x", ("batch", 3, 64, 64)),)).verdict
        print(f"perf: slower {number + 1}: {verdict.state} {verdict.formats}", file=sys.stderr, flush=True)
        states[verdict.state] += 1
        right += verdict.state == "winner" and verdict.formats == (fast,)
    words = f"right winner in {right} (truly {min(slower):.3f} to {max(slower):.3f} ×; {dict(states)})"
    what = f"an artifact against one 10 % slower, {count} races"
    return Row(what, words, f"in at least {round(count * 0.95)}", right >= count * 0.95)


def twice(folder: Path, warm: WarmServer) -> Iterator[Row]:
    """Two comparisons of one model: the same verdict, or one that names no winner."""
    agreed, seconds, overheads = 0, [], []
    for number in range(count := _times(TWICE)):
        model, shapes = _sample(MODELS[number % len(MODELS)], folder, warm)
        verdicts = []
        for _ in range(2):
            report, after, overhead = _compared(model, folder / "compare", warm, shapes)
            verdicts.append(report.verdict)
            seconds.append(after)
            overheads.append(overhead)
        said = [(verdict.state, *verdict.formats) for verdict in verdicts]
        print(
            f"perf: twice {number + 1}: {model.name} {said} {seconds[-2:]} {overheads[-2:]}",
            file=sys.stderr,
            flush=True,
        )
        winners = {verdict.formats for verdict in verdicts if verdict.state == "winner"}
        agreed += len(winners) < 2
    yield Row(
        f"two comparisons of one model, {count} times",
        f"no two winners in {agreed}",
        f"{count}",
        agreed == count,
    )
    yield Row(
        f"verdict after the last conversion, budget {DEFAULT_BUDGET_S:g} s",
        f"{max(seconds):.0f} s at most", f"≤ {VERDICT_S} s", max(seconds) <= VERDICT_S,
    )  # fmt: skip
    yield Row(
        "of a comparison, neither conversion nor timed",
        f"{max(overheads) * 100:.0f} % at most", f"≤ {OVERHEAD * 100:.0f} %", max(overheads) <= OVERHEAD,
    )  # fmt: skip


def _compared(model: Path, folder: Path, warm: WarmServer, shapes) -> tuple[Report, float, float]:
    """The report, the seconds from the end of the last conversion to the verdict, and the share of the whole
    that was neither conversion (with its verification) nor measuring itself."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "source").mkdir(parents=True)
    source = Path(shutil.copy(model, folder / "source"))
    began = converted = time.monotonic()

    def say(progress) -> None:
        nonlocal converted
        if progress.outcome and progress.stage.startswith(("convert", "verify")):
            converted = time.monotonic()

    report = compare(source, folder, Options(shapes=shapes), warm, say)
    ended = time.monotonic()
    # The time of the calls, and that of whole processes which are measured as well.
    timed = report.method["timed_s"] + sum(sum(m.cold_start_ms) for m in report.measurements) / 1e3
    return report, ended - converted, (ended - converted - timed) / (ended - began)
