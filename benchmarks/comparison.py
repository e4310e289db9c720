"""The proof, end to end: identify → run the source → convert → verify → measure → verdict.

Every step that touches the model runs in a fork of the warm server; this module only decides what
comes next and keeps the record.
"""

import os
import platform
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from advisor import Requirements
from benchmarks import admission, formats, inspection, measuring, slower, turn
from benchmarks.advice import advise
from benchmarks.artifact import Description, Dim, Finding, TensorSpec
from benchmarks.candidate import Candidate
from benchmarks.conversion import Conversions
from benchmarks.deployment import with_costs
from benchmarks.errors import ProblemError
from benchmarks.plain_files import discard
from benchmarks.progress import OnProgress, Progress
from benchmarks.report import Environment, Parity, Report
from benchmarks.verdict import judge, with_losses
from benchmarks.verification import disagreement, measured_batches, run_reference, verify
from benchmarks.warm import WarmServer
from benchmarks.workspace import UNPACKED, WORK, close_work, open_work

DEFAULT_BUDGET_S = 20.0


@dataclass(frozen=True)
class Options:
    """`to`: target formats, all of them if empty; `batches`: batch sizes to measure, the first decides;
    `budget_s`: seconds of measuring, 0 for none; `shapes`: example shapes by input name, for files that store
    none; `inputs`: an `.npz` of the user's own inputs; `trust_pickle` and `trust_code`: whether the uploader
    confirmed the pickles in the model, and that it is a program; `answers`: what the advice is asked for, the
    model's framework alone if None."""

    to: tuple[str, ...] = ()
    batches: tuple[int, ...] = (1,)
    budget_s: float = DEFAULT_BUDGET_S
    shapes: tuple[tuple[str, tuple[int | str, ...]], ...] = ()
    inputs: Path | None = None
    trust_pickle: bool = False
    trust_code: bool = False
    answers: Requirements | None = None


def check_size(path: Path, limit: int) -> None:
    """Raises ProblemError where a file or folder is larger than `limit` bytes."""
    size = (
        sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
        if path.is_dir()
        else path.stat().st_size
    )
    if size > limit:
        raise ProblemError(
            "identify",
            "too-large",
            f"{path.name} has {size / 1e6:,.1f} MB; the limit is {limit / 1e6:,.0f} MB.",
            "Compare a smaller variant of the model, or raise FORMAT_ADVISOR_MAX_MODEL_MB.",
        )


def missing_shapes(description: Description, shapes: dict) -> list[TensorSpec]:
    """The inputs that cannot be drawn without being told a shape: the file has none, or more than the
    batch is dynamic."""
    known = {spec.name: _known_shape(spec) for spec in description.inputs if spec.name not in shapes}
    return [
        spec
        for spec in description.inputs
        if spec.name in known
        and (known[spec.name] is None or any(not isinstance(dim, int) for dim in known[spec.name][1:]))
    ]


def compare(
    model: Path, workspace: Path, options: Options, warm: WarmServer, on_progress: OnProgress
) -> Report:
    """Compares `model` with what it converts to, in the folder `workspace`: artifacts and the log go there,
    and `model` must lie in it as well (the sandbox sees nothing else). Raises ProblemError if the model
    itself is refused or does not run; a conversion that fails is a result."""
    run = _Run(model, workspace, options, warm, on_progress)
    open_work(workspace)
    try:
        report = run.run()
        return replace(report, advice=advise(report.to_json(), options.answers).to_json())
    finally:
        close_work(workspace)
        discard(workspace / UNPACKED)


def under_its_name(model: Path, format: str, folder: Path) -> Path:
    """The model file under its format's own name, below `folder`; a folder as it is. Runtimes choose how to
    read a file by its ending (ONNX Runtime `.ort`, Keras `.h5`), and must read what was audited."""
    if model.is_dir():
        return model
    folder.mkdir(exist_ok=True)
    named = folder / formats.filename(format, model)
    try:
        os.link(model, named)
    except OSError:  # another file system, or one without links
        shutil.copyfile(model, named)
    return named


def input_specs(source: Description, options: Options) -> list[TensorSpec]:
    """The described inputs with the shapes that `options` gives. Raises ProblemError where a shape is
    neither in the file nor given, or given for an input that is not there."""
    shapes = dict(options.shapes)
    unknown = set(shapes) - {spec.name for spec in source.inputs}
    if unknown:
        raise ProblemError(
            "identify",
            "unknown-input",
            f"The model has no input named {', '.join(sorted(unknown))}.",
            f"Its inputs are {', '.join(spec.name for spec in source.inputs)}.",
        )
    missing = missing_shapes(source, shapes)
    if missing and options.inputs is None:
        raise ProblemError(
            "identify",
            "shape-needed",
            f"The file does not fix the shape of {', '.join(spec.name for spec in missing)}.",
            "Give the shape of one example, such as 1,3,224,224 (command line: --shape or --inputs).",
        )
    return [replace(spec, shape=shapes.get(spec.name, _known_shape(spec))) for spec in source.inputs]


def _known_shape(spec: TensorSpec) -> tuple[Dim, ...] | None:
    """What the file says of the shape; the example it was traced with, any batch, where it says no more."""
    if spec.shape is None and spec.example_shape:
        return ("batch", *spec.example_shape[1:])
    return spec.shape


class _Run:
    def __init__(
        self, model: Path, workspace: Path, options: Options, warm: WarmServer, on_progress: OnProgress
    ):
        self.model, self.workspace, self.options, self.warm, self.say = (
            model,
            workspace,
            options,
            warm,
            on_progress,
        )

    def run(self) -> Report:
        source = self.identify()
        with turn.take(self.in_line):
            capabilities = self.server_ready()
            admission.check_sandbox(source, capabilities["sandbox"])
            about = run_reference(
                self.source_path,
                source.format,
                self.inputs,
                self.workspace,
                self.options,
                self.warm,
                self.say,
                source.operators,
            )
            conversions = Conversions(
                source, self.source_path, self.workspace, about, capabilities, self.warm, self.say
            )
            wanted = [target for target in self.options.to or formats.TARGETS if target != source.format]
            if not self.options.to:
                wanted = [t for t in wanted if t not in formats.WHERE_POSSIBLE or conversions.leads_to(t)]
            conversions.reach(wanted)
            measured, other_runtimes = measuring.Measured(), []
            if self.options.budget_s > 0:
                candidates, other_runtimes = self.candidates(conversions, capabilities)
                measured = measuring.measure(
                    candidates,
                    self.workspace,
                    measured_batches(about, self.options),
                    self.options.budget_s,
                    self.warm,
                    self.say,
                )
            measurements = with_costs(
                measured.measurements,
                self.workspace,
                about,
                capabilities,
                self.options.budget_s,
                self.say,
            )
            slower_ones = ()
            if self.options.budget_s >= slower.LEAST_BUDGET_S:
                slower_ones = slower.profiles(
                    source.format, measurements, self.workspace, self.warm, self.say
                )
        verdict = with_losses(judge(measured.heats), measured.heats, conversions.parity())
        self.say(Progress("verdict", "Verdict", "passed", verdict.reason))
        findings = [Finding(**finding) for finding in about["findings"]]
        findings += [Finding("warning", str(problem)) for problem in measured.problems]
        if not source.inputs:  # which a program says only when it runs
            source = replace(source, inputs=tuple(map(TensorSpec.from_json, about["inputs"])))
        return Report(
            source,
            environment(capabilities),
            conversions.conversions(wanted),
            conversions.parity(),
            measurements,
            verdict,
            tuple(findings),
            measured.method,
            slower_ones,
            tuple(other_runtimes),
        )

    def candidates(
        self, conversions: Conversions, capabilities: dict
    ) -> tuple[list[Candidate], list[Parity]]:
        """What is there in the runtime that answers for its format, and in the others that load it here and
        agree in it; and what the verification of these others said."""
        candidates, parity = [], []
        for format, reached in conversions.reached.items():
            candidates.append(Candidate(format, reached.path))
            for runtime, about in capabilities["runtimes"].items():
                if about["option_of"] and format in about["formats"] and not about["unavailable"]:
                    one = Candidate(f"{format}@{runtime}", reached.path)
                    stage, title = f"verify-{one.label}", f"Compare {formats.name(one.label)}"
                    self.say(Progress(stage, title))
                    parity.append(verify(format, one.path, self.workspace, self.warm, runtime=runtime))
                    passed = parity[-1].outcome == "passed"
                    candidates += [one] if passed else []
                    why = "" if passed else disagreement(parity[-1]).message
                    self.say(Progress(stage, title, parity[-1].outcome, why))
        return candidates, parity

    def identify(self) -> Description:
        self.say(Progress("identify", "Identify the model"))
        source = inspection.describe(self.model)
        admission.check(source, self.options.trust_pickle, self.options.trust_code)
        unpacked = inspection.unpack(self.model, self.workspace / UNPACKED)
        self.source_path = under_its_name(unpacked, source.format, self.workspace / UNPACKED)
        self.inputs = input_specs(source, self.options)
        self.say(
            Progress(
                "identify",
                "Identify the model",
                "passed",
                f"{formats.NAMES[source.format]}, {source.size_bytes / 1e6:,.1f} MB",
            )
        )
        return source

    def in_line(self, place: int) -> None:
        if place:
            self.say(
                Progress(
                    "line",
                    "Wait for the machine",
                    None,
                    f"{place} {'run' if place == 1 else 'runs'} before this one",
                )
            )
        else:
            self.say(Progress("line", "Wait for the machine", "passed"))

    def server_ready(self) -> dict:
        self.say(Progress("server", "Load the frameworks"))
        capabilities = admission.permitted(self.warm.run("capabilities", self.workspace / WORK))
        self.say(Progress("server", "Load the frameworks", "passed"))
        return capabilities


def environment(capabilities: dict) -> Environment:
    """This machine; what the warm server said of itself under the task `capabilities`."""
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    return Environment(
        cpu,
        len(os.sched_getaffinity(0)),
        f"{platform.system()} {platform.release()}",
        platform.python_version(),
        capabilities["sandbox"],
        capabilities["versions"],
    )
