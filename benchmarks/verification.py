"""Verification from outside the sandbox: the source is asked, then each artifact is held to its answers."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from benchmarks.artifact import Finding, TensorSpec
from benchmarks.errors import Problem, ProblemError
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import Parity
from benchmarks.settings import VERIFY_SECONDS, step_limits
from benchmarks.warm import WarmServer
from benchmarks.workspace import WORK

FLOAT64_PATIENCE = 2
"""The run in float64 is ended after this many times the time for verifying: one case may outlast it."""
MOST_OPERATORS = 1000


class VerifyOptions(Protocol):
    """The part of a comparison's options that says what is tried."""

    batches: tuple[int, ...]
    inputs: Path | None


def run_reference(
    path: Path,
    format: str,
    inputs: list[TensorSpec],
    workspace: Path,
    options: VerifyOptions,
    warm: WarmServer,
    say: OnProgress,
    operators: Iterable[str] = (),
) -> dict:
    """Runs the source model on every case, in float64 too where it can, and keeps its answers in the
    workspace. `operators`: those that its file names."""
    title = "Run the source model"
    say(Progress("reference", title))
    about = warm.run(
        "reference",
        workspace / WORK,
        lambda words: say(Progress("reference", title, None, words)),
        reads=(path, options.inputs) if options.inputs else (path,),
        source=str(path),
        source_format=format,
        threads=threads(),
        inputs=[vars(spec) for spec in inputs],
        batches=list(options.batches),
        given=str(options.inputs) if options.inputs else None,
        operators=[name[:100] for name in operators][:MOST_OPERATORS],
        budget_s=VERIFY_SECONDS.value(),
    )
    wider = _run_in_float64(
        path, format, workspace, warm, lambda words: say(Progress("reference", title, None, words))
    )
    batches = sorted({case["batch"] for case in about["cases"]})
    detail = f"{len(about['cases'])} cases, batch {' and '.join(map(str, batches))}"
    say(
        Progress(
            "reference", title, "passed", f"{detail}, {wider} of them in float64 too" if wider else detail
        )
    )
    return about


def _run_in_float64(
    path: Path, format: str, workspace: Path, warm: WarmServer, say: Callable[[str], None]
) -> int:
    """How many cases the source answered in float64; whatever happens to that step is no failure of the
    comparison, and `float64.json` says it to the verification."""
    budget = VERIFY_SECONDS.value()
    limits = step_limits()
    limits = replace(limits, wall_s=min(limits.wall_s, FLOAT64_PATIENCE * budget))
    try:
        done = warm.run(
            "float64",
            workspace / WORK,
            say,
            limits=limits,
            reads=(path,),
            source=str(path),
            source_format=format,
            threads=threads(),
            budget_s=budget,
        )
    except ProblemError:
        return 0
    return done["cases"]


def measured_batches(about: dict, options: VerifyOptions) -> tuple[int, ...]:
    """The batch sizes asked for that the source ran with, or else the one that it has; `about` is what
    `run_reference` returned, whose findings tell of those that it did not run with."""
    verified = list(dict.fromkeys(case["batch"] for case in about["cases"]))
    return tuple(batch for batch in options.batches if batch in verified) or tuple(verified[:1])


def verify(
    format: str,
    path: Path,
    workspace: Path,
    warm: WarmServer,
    say: Callable[[str], None] | None = None,
    runtime: str = "",
) -> Parity:
    """Compares an artifact with the answers that `run_reference` kept. `say` is told how far it is;
    `runtime`: the id of the one that runs it, if another than answers for the format."""
    try:
        done = warm.run(
            "verify",
            workspace / WORK,
            say,
            reads=(path,),
            format=format,
            artifact=str(path),
            threads=threads(),
            budget_s=VERIFY_SECONDS.value(),
            runtime=runtime,
        )
        findings = tuple(Finding(**finding) for finding in done["findings"])
        return Parity(format, **{**done, "cases": tuple(done["cases"]), "findings": findings})
    except ProblemError as error:
        return Parity(format, runtime, "", "failed", {}, None, None, error=error.problem)


def disagreement(parity: Parity) -> Problem:
    """Why an artifact did not pass: that it did not load or run, or the first of the reasons found."""
    if parity.error:
        return parity.error
    for finding in parity.findings:
        if finding.severity == "warning":
            return Problem("verify", "disagrees", finding.text, finding.next_step)
    return Problem(
        "verify",
        "disagrees",
        "The artifact runs, but its outputs disagree with the source model's.",
        "Keep the source format, or look at the cases that differ in the report.",
    )


def threads() -> int:
    """Equal for every candidate: all the cores this process may use."""
    return len(os.sched_getaffinity(0))
