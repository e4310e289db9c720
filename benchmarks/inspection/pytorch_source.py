"""PyTorch source: a `.py` that defines `get_model()` and `example_inputs()`, alone, or in a zip or a folder
with its weights as .safetensors.

`get_model()` returns the torch.nn.Module, `example_inputs()` the tensors that it is called with: a tuple in
the order of `forward`, or a dictionary by its parameters, batch first. Other modules may lie beside it and
be imported by their names; one file defines both functions.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.artifact import Description, Finding
from benchmarks.errors import ProblemError
from benchmarks.inspection import python_source, safetensors
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged, quoted, refusal
from benchmarks.inspection.once import once
from benchmarks.inspection.python_source import MAX_SOURCE_BYTES, Outline
from benchmarks.inspection.safetensors import Header

MODEL, INPUTS = "get_model", "example_inputs"
ENDING, WEIGHTS = ".py", ".safetensors"
MAX_MODULES, MAX_WEIGHT_FILES = 50, 100
EXAMPLE = """import torch
from net import Net  # your own module, a file beside this one

def get_model():
    return Net()

def example_inputs():
    return (torch.randn(1, 3, 224, 224),)
"""
ADD = (
    "Add def get_model(), which returns the torch.nn.Module, and def example_inputs(), which returns a tuple "
    "or a dict of tensors, batch first; put the weights beside it as .safetensors in a .zip."
)
_DEFINES = re.compile(
    rb"^(?:def[ \t]+(get_model|example_inputs)[ \t]*\(|(get_model|example_inputs)[ \t]*=)", re.MULTILINE
)
_IS_PYTHON = re.compile(
    rb"^(?:import[ \t]+\w|from[ \t]+[\w.]+[ \t]+import[ \t]|class[ \t]+\w+.*:)", re.MULTILINE
)


@dataclass(frozen=True)
class Source:
    """`program`: the name of the file that defines both functions ("" where it is the model's only file),
    `outline` what it consists of; `weights` by the names of their files."""

    program: str
    outline: Outline
    weights: dict[str, Header]


def recognise(content: Content) -> str | None:
    """ "" for a file that defines one of the functions at the start of a line; the folder of such a file in a
    zip or a folder; else None."""
    found = list(_candidates(content))
    if not found:
        return None
    program = next((name for name, functions in found if MODEL.encode() in functions), found[0][0])
    return program.rpartition("/")[0]


def modules(content: Content) -> list[str]:
    """The names of the files that may be the program: at the top or in a folder there."""
    if content.container == "file":
        return [] if b"\0" in content.head else [""]
    if content.container == "tar":  # which is read once, from front to back
        return []
    names = [name for name in sorted(content.files) if name.endswith(ENDING) and name.count("/") <= 1]
    return [name for name in names if not name.rpartition("/")[2].startswith("._")][:MAX_MODULES]


def _text(content: Content, name: str) -> bytes:
    """The start of the file, one byte more than a source may have."""
    return content.beginning(name, MAX_SOURCE_BYTES + 1)


@once
def read(content: Content, root: str) -> Source:
    """Raises ProblemError where not exactly one file defines both functions, `Damaged` for what is no Python
    and no header of weights."""
    outlines = {name: python_source.outline(_text(content, name)) for name, _ in _candidates(content)}
    programs = [name for name, one in outlines.items() if MODEL in one.functions]
    if len(programs) > 1:
        raise refusal(
            "several-models",
            f"Several files define {MODEL}(): {', '.join(map(quoted, programs[:3]))}.",
            "Leave one of them; other modules may lie beside it.",
        )
    if not programs:
        raise without(MODEL, next(iter(outlines), ""))
    [program] = programs
    if INPUTS not in outlines[program].functions:
        raise without(INPUTS, program)
    files = [name for name in content.files if name.endswith(WEIGHTS) and name.rpartition("/")[0] == root]
    if len(files) > MAX_WEIGHT_FILES:
        raise Damaged(f"has more than {MAX_WEIGHT_FILES} files of weights")
    weights = {name: safetensors.read(content, name) for name in sorted(files)}
    return Source(program, outlines[program], weights)


def _candidates(content: Content) -> Iterator[tuple[str, set[bytes]]]:
    """The files that seem to define one of the functions, and which."""
    for name in modules(content):
        found = {function or assigned for function, assigned in _DEFINES.findall(_text(content, name))}
        if found:
            yield name, found


def without(function: str, name: str) -> ProblemError:
    """Why a source that lacks a function is refused, with the lines that it lacks."""
    what = quoted(name.rpartition("/")[2]) if name else "This Python source"
    return refusal("source-without-functions", f"{what} does not define {function}().", ADD)


def refused(content: Content) -> ProblemError | None:
    """Why a Python source that was not recognised is none of a model's; None for what is no Python."""
    for name in modules(content):
        if name or _IS_PYTHON.search(_text(content, name)):
            return without(MODEL, name)
    return None


def describe(content: Content, root: str) -> Description:
    """Reads the syntax tree of the program and the headers of the weights; what goes in and comes out is
    known when it runs."""
    source = read(content, root)
    stored = [tensor for header in source.weights.values() for tensor in header.tensors]
    version = {"defines": f"{MODEL}(), {INPUTS}()", "imports": ", ".join(source.outline.imports[:10])}
    if stored:
        kinds = Counter(tensor.dtype for tensor in stored)
        listed = ", ".join(f"{count:,} {dtype}" for dtype, count in kinds.most_common(5))
        version["weights"] = f"{len(stored):,} tensors ({listed})"
    return Description(
        format="pytorch-source",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={key: value[:200] for key, value in version.items() if value},
        operators=dict(Counter(_torch_calls(source.outline)).most_common(1000)),
        parameters=sum(tensor.elements for tensor in stored) if stored else None,
        findings=_findings(bool(stored)),
    )


def _torch_calls(found: Outline) -> dict[str, int]:
    return {name[:100]: count for name, count in found.calls.items() if name.startswith("torch.")}


def _findings(has_weights: bool) -> tuple[Finding, ...]:
    if has_weights:
        return ()
    text = (
        "No weights come with it: they are those that get_model() makes, random ones from the same seed "
        "wherever it is run."
    )
    return (Finding("info", text, "To compare the trained model, zip it with them as .safetensors."),)
