"""A race: given artifacts against one another, interleaved, without converting anything.

The first artifact is the reference: the others must give its outputs for its inputs, since speed
without agreement says nothing.
"""

import shutil
from dataclasses import replace
from pathlib import Path

from benchmarks import admission, formats, inspection, measuring, turn
from benchmarks.artifact import Description, Finding
from benchmarks.candidate import Candidate
from benchmarks.comparison import Options, environment, input_specs
from benchmarks.deployment import with_costs
from benchmarks.errors import Problem
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import Parity, Report
from benchmarks.verdict import judge
from benchmarks.verification import disagreement, measured_batches, run_reference, verify
from benchmarks.warm import WarmServer
from benchmarks.workspace import WORK, close_work, open_work


def race(
    artifacts: list[Path], workspace: Path, options: Options, warm: WarmServer, say: OnProgress
) -> Report:
    """`artifacts` are copied into `workspace`, a run's folder. Labels are format ids, "onnx#2" for the
    second of one format. Raises ProblemError if an artifact is refused or the first does not run."""
    open_work(workspace)
    try:
        return _race(artifacts, workspace, options, warm, say)
    finally:
        close_work(workspace)


def _race(
    artifacts: list[Path], workspace: Path, options: Options, warm: WarmServer, say: OnProgress
) -> Report:
    copies: dict[str, Path] = {}
    descriptions: dict[str, Description] = {}
    for number, artifact in enumerate(artifacts):
        say(Progress(f"identify-{number}", f"Identify {artifact.name}"))
        description = inspection.describe(artifact)
        admission.check(description, options.trust_pickle, options.trust_code)
        say(Progress(f"identify-{number}", f"Identify {artifact.name}", "passed", description.format))
        same = sum(label.split("#")[0] == description.format for label in copies)
        label = description.format if not same else f"{description.format}#{same + 1}"
        copies[label] = _copy(artifact, description.format, workspace / f"racer-{number}")
        descriptions[label] = description
    first = next(iter(copies))
    source = descriptions[first]
    inputs = input_specs(source, options)
    with turn.take(
        lambda place: say(
            Progress(
                "line",
                "Wait for the machine",
                None if place else "passed",
                f"{place} before this one" if place else "",
            )
        )
    ):
        capabilities = warm.run("capabilities", workspace / WORK)
        for description in descriptions.values():
            admission.check_sandbox(description, capabilities["sandbox"])
        about = run_reference(
            copies[first], source.format, inputs, workspace, options, warm, say, source.operators
        )
        parity: list[Parity] = []
        for label in list(copies)[1:]:
            say(Progress(f"verify-{label}", f"Compare {label} with {first}"))
            result = verify(descriptions[label].format, copies[label], workspace, warm)
            parity.append(replace(result, format=label))
            say(Progress(f"verify-{label}", f"Compare {label} with {first}", result.outcome))
        agreed = {first} | {p.format for p in parity if p.outcome == "passed"}
        candidates = [Candidate(label, path) for label, path in copies.items() if label in agreed]
        batches = measured_batches(about, options)
        measured = measuring.measure(candidates, workspace, batches, options.budget_s, warm, say)
        measurements = with_costs(
            measured.measurements, workspace, about, capabilities, options.budget_s, say
        )
    problems = [
        *measured.problems,
        *(
            Problem(
                "verify",
                "disagrees",
                f"{p.format} does not agree with {first} and was not raced. {disagreement(p).message}",
                disagreement(p).next_step,
            )
            for p in parity
            if p.outcome != "passed"
        ),
    ]
    verdict = judge(measured.heats)
    say(Progress("verdict", "Verdict", "passed", verdict.reason))
    findings = [Finding(**finding) for finding in about["findings"]]
    findings += [Finding("warning", problem.message, problem.next_step) for problem in problems]
    return Report(
        source,
        environment(capabilities),
        (),
        tuple(parity),
        measurements,
        verdict,
        tuple(findings),
        measured.method,
    )


def _copy(artifact: Path, format: str, folder: Path) -> Path:
    """The artifact inside the workspace, under its format's own name; a SavedModel archive unpacked."""
    folder.mkdir()
    unpacked = inspection.unpack(artifact, folder / "unpacked")
    if unpacked != artifact:
        return unpacked
    if artifact.is_dir():
        return Path(shutil.copytree(artifact, folder / "model"))
    return Path(shutil.copyfile(artifact, folder / formats.filename(format, artifact)))
