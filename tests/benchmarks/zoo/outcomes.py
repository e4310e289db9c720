"""What was driven, as Markdown: one table for each kind of model, the reasons of what failed below it."""

from collections.abc import Sequence
from datetime import date

from benchmarks import formats
from tests.benchmarks.zoo.driving import TARGETS, Driven

TITLES = {
    "pt2": "PyTorch, as `.pt2`",
    "torchscript": "PyTorch, as TorchScript",
    "source": "PyTorch, as source",
    "keras": "Keras",
    "tables": "Models of tables",
    "onnx": "ONNX files",
}
PACKAGES = {"torch", "tensorflow", "keras", "onnx", "onnxruntime", "onnxscript", "tf2onnx", "skl2onnx"}
HEAD = """# What converts

Written by `python -m tests.benchmarks.zoo --write`. Real architectures with seeded random weights, each
converted by the program itself, in its sandbox, and verified against the source model. A cell shows the
seconds of the last conversion on the way, the artifact's largest error as a share of its output's scale, the
formats in between, and the attempt that did it where the first one did not. A cross has its reason below.

{day}, {machine}. {versions}.
"""


def markdown(driven: Sequence[Driven]) -> str:
    """The whole document. `driven` must hold at least one report."""
    environment = next(one.report.environment for one in driven if one.report)
    versions = ", ".join(f"{k} {v}" for k, v in sorted(environment.versions.items()) if k in PACKAGES)
    machine = f"{environment.cpu}, {environment.cores} cores"
    parts = [HEAD.format(day=date.today().isoformat(), machine=machine, versions=versions)]
    parts += [_table(title, [one for one in driven if one.kind == kind]) for kind, title in TITLES.items()]
    return "\n".join(filter(None, parts))


def _table(title: str, driven: list[Driven]) -> str:
    if not driven:
        return ""
    targets = [t for t in TARGETS if any(t in one.targets for one in driven)]
    names = [formats.NAMES[target] for target in targets]
    reasons: dict[str, int] = {}
    lines = [f"## {title}", "", f"| model | {' | '.join(names)} |", "|---|" + "---|" * len(targets)]
    lines += [f"| {one.name} | {' | '.join(_cell(one, t, reasons) for t in targets)} |" for one in driven]
    lines.append(f"| **reached** | {' | '.join(_reached(driven, target) for target in targets)} |")
    if reasons:
        lines += ["", *(f"{number}. {reason}" for reason, number in reasons.items())]
    return "\n".join([*lines, ""])


def _reached(driven: list[Driven], target: str) -> str:
    asked = [one for one in driven if target in one.targets]
    passed = sum(one.passed(target) for one in asked)
    return f"**{passed} of {len(asked)} ({100 * passed / len(asked):.0f} %)**"


def _cell(one: Driven, target: str, reasons: dict[str, int]) -> str:
    if target not in one.targets:
        return "–"
    conversion = one.conversion(target)
    if conversion.outcome != "passed":
        words = f"{conversion.error.kind}: {conversion.error.message} {conversion.error.next_step}"
        number = reasons.setdefault(_plain(words), len(reasons) + 1)
        return f"✗ {number}"
    error = one.error_of(target)
    words = f"{conversion.seconds:.1f} s, {0.0 if error is None else error:.0e}"
    if conversion.via:
        words += f", over {' and '.join(formats.NAMES[format] for format in conversion.via)}"
    won = conversion.attempts[-1]
    if len([a for a in conversion.attempts if a.route == won.route]) > 1:
        words += f"; {won.attempt}"
    return words


def _plain(words: str) -> str:
    """Converters' words without what Markdown, or a reader, would stumble over."""
    words = " ".join(words.split())
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>|#" else c for c in words if c.isprintable())
