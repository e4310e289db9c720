"""Drives the program itself over the zoo: one comparison for each model, without measuring."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import comparison, inspection
from benchmarks.comparison import Options
from benchmarks.errors import Problem, ProblemError
from benchmarks.progress import OnProgress
from benchmarks.report import Conversion, Report
from benchmarks.settings import PROJECT
from benchmarks.warm import WarmServer
from tests.benchmarks.zoo import keras_models, onnx_models, tables, torch_models

KINDS = ("pt2", "torchscript", "source", "keras", "tables", "onnx")
TARGETS = ("onnx", "torchscript", "savedmodel", "pt2", "litert")
"""The formats that hold a whole model in its own precision."""
TARGETS_OF = dict.fromkeys(("keras", "tables"), ("onnx", "savedmodel", "litert"))
"""Where fewer are tried: the ways from ONNX to torch are those of the other kinds."""
ENDINGS = (".pt", ".pt2", ".py", ".keras", ".skops", ".ubj", ".txt", ".onnx")
PATIENCE_S = 1200


def names(kind: str) -> list[str]:
    """The models of a kind."""
    if kind == "source":
        return torch_models.names()
    if kind in ("torchscript", "pt2"):
        lost = {"torchscript": "exported", "pt2": "scripted"}[kind]
        return [name for name in torch_models.names() if torch_models.forms(name) != (lost,)]
    return {"keras": keras_models, "tables": tables, "onnx": onnx_models}[kind].names()


def build(kind: str, wanted: Iterable[str], folder: Path) -> None:
    """Builds models into `folder`, in a process of its own. Raises RuntimeError with those that could not
    be built."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.zoo.build", str(folder), kind, *wanted],
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    failed = {name: reason for name, reason in json.loads(done.stdout.splitlines()[-1]).items() if reason}
    if failed:
        raise RuntimeError(f"not built: {failed}")


def built(folder: Path, name: str) -> Path:
    """The file of a model that was built. Raises StopIteration where there is none."""
    return next(folder / f"{name}{ending}" for ending in ENDINGS if (folder / f"{name}{ending}").exists())


@dataclass(frozen=True)
class Driven:
    """One model's comparison: its report, or why the program refused the model. `inputs`: an `.npz` that was
    given with it, None without; `seconds`: of the whole comparison."""

    kind: str
    name: str
    workspace: Path
    source: Path
    targets: tuple[str, ...]
    inputs: Path | None = None
    report: Report | None = None
    refused: Problem | None = None
    seconds: float = 0.0

    @property
    def format(self) -> str:
        return self.report.source.format if self.report else self.kind

    def conversion(self, target: str) -> Conversion:
        """The conversion to a target; a failed one of a model that was refused."""
        if self.report is None:
            return Conversion(self.kind, target, "failed", error=self.refused)
        return next(conversion for conversion in self.report.conversions if conversion.target == target)

    def passed(self, target: str) -> bool:
        return self.conversion(target).outcome == "passed"

    def error_of(self, target: str) -> float | None:
        """The artifact's largest error as a share of its output's scale; None where nothing was compared."""
        found = [p.max_rel_error for p in self.report.parity if p.format == target] if self.report else []
        return found[0] if found else None


def drive(
    kind: str,
    wanted: Iterable[str],
    folder: Path,
    warm: WarmServer,
    targets: tuple[str, ...] = (),
    say: OnProgress = lambda progress: None,
) -> Iterator[Driven]:
    """Builds and compares models, one after the other; `folder` is where the warm server may
    write, `targets` are those of the kind where none are given."""
    wanted = list(wanted)
    targets = targets or TARGETS_OF.get(kind, TARGETS)
    build(kind, wanted, folder / "built")
    for name in wanted:
        model = built(folder / "built", name)
        workspace = folder / f"{kind}-{name}"
        (workspace / "source").mkdir(parents=True)
        source = Path(shutil.move(model, workspace / "source" / model.name))
        inputs = folder / "built" / f"{name}.npz"
        inputs = inputs if inputs.exists() else None
        own = inspection.identify(source).format
        about = Driven(kind, name, workspace, source, tuple(t for t in targets if t != own), inputs)
        options = Options(to=about.targets, budget_s=0, inputs=inputs, trust_code=kind == "source")
        began = time.monotonic()
        try:
            report = comparison.compare(source, workspace, options, warm, say)
            yield replace(about, report=report, seconds=time.monotonic() - began)
        except ProblemError as error:
            yield replace(about, refused=error.problem, seconds=time.monotonic() - began)


def share(driven: Iterable[Driven], target: str) -> float:
    """Percent of the models that reached the target."""
    outcomes = [one.passed(target) for one in driven]
    return 100.0 * sum(outcomes) / len(outcomes)
