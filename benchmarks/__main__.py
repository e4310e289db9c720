"""The command line of the proof: `formats`, `inspect`, `compare`, `race`, `changes` (keys and exit codes as
documented in README.md). Standard output is the answer; progress and refusals go to standard error."""

import argparse
import json
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

from advisor import AnswersError, EvidenceError, Requirements
from advisor.answers import read_answers
from advisor.json_file import read_json
from advisor.report_json import MAX_REPORT_MB
from benchmarks import admission, formats, inspection, over_time, sandbox, settings
from benchmarks.comparison import DEFAULT_BUDGET_S, Options, check_size, compare
from benchmarks.coverage import NOT_SUPPORTED, coverage
from benchmarks.errors import ProblemError
from benchmarks.progress import Progress
from benchmarks.racing import race
from benchmarks.report import Report
from benchmarks.scratch import scratch
from benchmarks.settings import max_model_bytes
from benchmarks.warm import WarmKeeper
from benchmarks.workspace import open_work


def _shape(text: str) -> tuple[str, tuple[int, ...]]:
    name, _, sizes = text.rpartition("=")
    try:
        shape = tuple(int(size) for size in sizes.split(","))
    except ValueError:
        shape = ()
    if not name or not shape or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=1,3,224,224")
    return name, ("batch", *shape[1:])


def _positive(kind):
    def convert(text: str):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not greater than 0")
        return value

    convert.__name__ = kind.__name__
    return convert


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--json", action="store_true", help="print one JSON document instead of a summary")
        return sub

    def unsafe(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--unsafe-no-sandbox",
            action="store_true",
            help="run models without a sandbox where none works on this machine",
        )

    def measured(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--batch",
            type=_positive(int),
            nargs="+",
            default=[1],
            metavar="N",
            help="batch sizes to measure; the first decides the verdict",
        )
        sub.add_argument(
            "--budget",
            type=_positive(float),
            default=DEFAULT_BUDGET_S,
            metavar="SECONDS",
            help="time for measuring (default %(default)g)",
        )
        sub.add_argument(
            "--inputs", type=Path, metavar="FILE.npz", help="inputs of your own, one array for each input"
        )
        sub.add_argument(
            "--trust-pickle",
            action="store_true",
            help="load a model with pickles inside, which run code, where the operator allows it",
        )
        sub.add_argument(
            "--trust-code",
            action="store_true",
            help="execute a model that is a program (PyTorch source), inside the sandbox",
        )
        unsafe(sub)
        sub.add_argument(
            "--shape",
            type=_shape,
            action="append",
            default=[],
            metavar="NAME=1,3,224,224",
            help="example shape of an input whose file stores none (TorchScript)",
        )

    unsafe(command("formats", "what this machine can read, write and run"))
    command("inspect", "describe a model without executing it").add_argument(
        "model", type=Path, metavar="MODEL"
    )
    comparing = command("compare", "convert a model, verify the results, measure them")
    comparing.add_argument("model", type=Path, metavar="MODEL")
    comparing.add_argument(
        "--to",
        choices=formats.TARGETS,
        nargs="+",
        default=[],
        metavar="FORMAT",
        help=f"targets (default all): {', '.join(formats.TARGETS)}",
    )
    comparing.add_argument(
        "--answers",
        metavar="FILE|-",
        help="what the advice is asked, as for advisor recommend (default: the framework alone)",
    )
    comparing.add_argument("--out", type=Path, metavar="DIR", help="keep the artifacts and report.json here")
    measured(comparing)
    changing = command("changes", "what changed between two reports of one model")
    changing.add_argument("old", metavar="OLD_REPORT", help="a report.json, or - for standard input")
    changing.add_argument("new", metavar="NEW_REPORT")
    racing = command("race", "measure artifacts against one another")
    racing.add_argument("artifacts", type=Path, nargs="+", metavar="ARTIFACT")
    measured(racing)
    return parser


def _say(progress: Progress) -> None:
    print(
        f"{progress.outcome or '…':<12}{progress.title}"
        + (f": {progress.detail}" if progress.detail else ""),
        file=sys.stderr,
        flush=True,
    )


def _options(arguments: argparse.Namespace, workspace: Path, to: tuple[str, ...] = ()) -> Options:
    given = None
    if arguments.inputs:
        given = workspace / "given.npz"
        if not arguments.inputs.is_file():
            raise ProblemError(
                "verify", "inputs-missing", f"There is no file {arguments.inputs}.", "Give an .npz file."
            )
        shutil.copyfile(arguments.inputs, given)
    return Options(
        to,
        tuple(arguments.batch),
        arguments.budget,
        tuple(arguments.shape),
        given,
        arguments.trust_pickle,
        arguments.trust_code,
    )


def _answers(path: str | None) -> Requirements | None:
    if path is None:
        return None
    try:
        return Requirements.parse(read_answers(path))
    except AnswersError as error:
        raise ProblemError(
            "job", "bad-answers", str(error), "python -m advisor catalog lists every id."
        ) from None


def _compare(arguments: argparse.Namespace) -> Report:
    answers = _answers(arguments.answers)
    _readable(arguments.model)
    if arguments.out and arguments.out.exists() and not arguments.out.is_dir():
        raise ProblemError(
            "job", "out-is-a-file", f"{arguments.out} is a file, not a folder.", "Give --out another name."
        )
    with scratch() as workspace:
        source = workspace / "source" / arguments.model.resolve().name
        source.parent.mkdir()
        if arguments.model.is_dir():
            shutil.copytree(arguments.model, source)
        else:
            shutil.copyfile(arguments.model, source)
        options = replace(_options(arguments, workspace, tuple(arguments.to)), answers=answers)
        print(sandbox.protection().reason, file=sys.stderr)
        with WarmKeeper(workspace) as warm:
            report = compare(source, workspace, options, warm, _say)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            if (workspace / "artifacts").exists():
                shutil.copytree(workspace / "artifacts", arguments.out / "artifacts", dirs_exist_ok=True)
            report.write(arguments.out / "report.json")
        return report


def _race(arguments: argparse.Namespace) -> Report:
    for artifact in arguments.artifacts:
        _readable(artifact)
    with scratch() as workspace:
        options = _options(arguments, workspace)
        print(sandbox.protection().reason, file=sys.stderr)
        with WarmKeeper(workspace) as warm:
            return race(arguments.artifacts, workspace, options, warm, _say)


def _changes(arguments: argparse.Namespace) -> over_time.Changes:
    try:
        old, new = (
            read_json(path, "The measurements", MAX_REPORT_MB, EvidenceError)
            for path in (arguments.old, arguments.new)
        )
    except EvidenceError as error:
        next_step = "Give the report.json that compare --out writes."
        raise ProblemError("job", "bad-report", str(error), next_step) from None
    return over_time.compare_reports(old, new)


def _readable(path: Path) -> None:
    """Refuses early, before anything is copied or started."""
    inspection.identify(path)
    check_size(path, max_model_bytes())


def _formats() -> dict:
    with scratch() as workspace, WarmKeeper(workspace) as warm:
        found = admission.permitted(warm.run("capabilities", open_work(workspace)))

    def states(entries: dict) -> dict:
        return {
            key: {
                **{k: v for k, v in entry.items() if k != "unavailable"},
                "state": "unavailable" if entry["unavailable"] else "available",
                "reason": entry["unavailable"],
            }
            for key, entry in entries.items()
        }

    return {
        "reads": sorted(inspection.FORMATS),
        "converters": states(found["converters"]),
        "runtimes": states(found["runtimes"]),
        "providers": states(found["providers"]),
        "versions": found["versions"],
    }


def _summary(report: dict) -> str:
    lines = []
    for conversion in report["conversions"]:
        why = conversion["error"]["message"] if conversion["error"] else conversion["call"]
        lines.append(f"{conversion['to']:<22}{conversion['outcome']:<13}{why}")
    for m in report["measurements"]:
        t = m["latency_ms"]
        lines.append(
            f"{m['label']:<34}batch {m['batch']:<4} threads {m['threads']:<3} {t['median']:.3f} ms "
            f"({t['ci_low']:.3f} to {t['ci_high']:.3f}), {m['throughput_per_s']:.1f}/s"
        )
        lines += [f"    {doubt}" for doubt in m["warnings"]]
    lines += [
        f"{p['format']:<22}takes {p['slower_than_source']['estimate']:.3g} times as long as the source. "
        f"{p['reason']} {p['next_step']}"
        for p in report["profiles"]
        if p["slower_than_source"]
    ]
    lines += [
        f"{finding['severity']}: {finding['text']} {finding['next_step']}"
        for finding in report["source"]["findings"]
    ]
    lines.append(f"{report['verdict']['state']}: {report['verdict']['reason']}")
    if report["advice"]:
        lines.append(f"advice {report['advice']['state']}: {report['advice']['reason']}")
    return "\n".join(lines)


def _described(data: dict) -> str:
    def tensor(t: dict) -> str:
        shape = (
            "shape not stored"
            if t["shape"] is None
            else "×".join("?" if d is None else str(d) for d in t["shape"])
        )
        return f"{t['name']} {t['dtype'] or ''} {shape}"

    operators = sorted(data["operators"].items(), key=lambda item: -item[1])
    lines = [
        f"{data['format']}, {data['size_bytes'] / 1e6:,.1f} MB, {data['parameters'] or '?'} parameters",
        *(f"input   {tensor(t)}" for t in data["inputs"]),
        *(f"output  {tensor(t)}" for t in data["outputs"]),
        "operators  " + ", ".join(f"{name} {count}" for name, count in operators),
        *(f"{f['severity']}: {f['text']} {f['next_step']}" for f in data["findings"]),
        *(
            f"no {target}  {row['operator']}: {cell['reason']}"
            for row in data["coverage"]
            for target, cell in row["targets"].items()
            if cell["state"] == NOT_SUPPORTED
        ),
    ]
    return "\n".join(lines)


def _said(entry: dict) -> str:
    size = entry.get("installed_mb")
    return f"{size:,.0f} MB installed" if size else entry.get("via", "")


def _formats_text(data: dict) -> str:
    rows = [
        (kind[:-1], key, entry)
        for kind in ("converters", "runtimes", "providers")
        for key, entry in data[kind].items()
    ]
    width = max(len(key) for _, key, _ in rows)
    return "\n".join(
        f"{kind:<11}{key:<{width}}  {entry['state']:<13}{entry['reason'] or _said(entry)}"
        for kind, key, entry in rows
    )


def main(argv: list[str] | None = None) -> int:
    arguments = _parser().parse_args(argv)
    if getattr(arguments, "unsafe_no_sandbox", False):
        os.environ[settings.UNSAFE_NO_SANDBOX.variable] = "1"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that temporary folders are removed
    try:
        if arguments.command == "formats":
            data, text = _formats(), _formats_text
        elif arguments.command == "inspect":
            check_size(arguments.model, max_model_bytes()) if arguments.model.exists() else None
            described = inspection.describe(arguments.model)
            rows = [row.to_json() for row in coverage(described)]
            data, text = {**described.to_json(), "coverage": rows}, _described
        elif arguments.command == "changes":
            changes = _changes(arguments)
            data, text = changes.to_json(), lambda _: over_time.summarize(changes)
        else:
            work = {"compare": _compare, "race": _race}[arguments.command]
            data, text = work(arguments).to_json(), _summary
    except ProblemError as error:
        print(error.problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return 1
    print(json.dumps(data, allow_nan=False) if arguments.json else text(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
