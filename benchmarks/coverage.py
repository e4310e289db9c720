"""Which operators of a model the converters have a translation of, known before anything is converted: from
the model's description and the lists in `operators.json`, which `benchmarks/worker/operator_lists.py` makes.

An operator that is supported may still fail, for a type or an attribute; one that is not makes the
conversion fail unless it is folded away. Of formats whose operators are layers or trees nothing is said, and
of converters that publish no list nothing is known.
"""

import heapq
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from benchmarks import formats, ways
from benchmarks.artifact import Description
from benchmarks.ways import edge_of

FILE = Path(__file__).with_name("operators.json")
SUPPORTED, UNKNOWN, NOT_SUPPORTED = "supported", "unknown", "not-supported"
MOST_OPERATORS = 500
"""Rows at most, the most frequent operators: a file may name as many as it likes."""
_ORDER = (SUPPORTED, UNKNOWN, NOT_SUPPORTED)
_BY = {
    "onnx-to-savedmodel": "This project's importer",
    "onnx-to-torchscript": "This project's importer",
    "onnx-to-pt2": "This project's importer",
    "savedmodel-to-onnx": "tf2onnx {tf2onnx}",
    "litert-to-onnx": "tf2onnx {tf2onnx}",
    "savedmodel-to-litert": "TensorFlow {tensorflow-cpu}",
    "torchscript-to-onnx": "torch {torch}",
    "pt2-to-onnx": "torch {torch}",
    "pt2-to-torchscript": "torch {torch}",
}
"""Who translates along an edge, with the version that the lists are of."""
_CONTROL_FLOW = {
    "If", "Loop", "Scan", "While", "Case", "StatelessIf", "StatelessWhile", "StatelessCase", "For", "IF",
    "WHILE", "cond", "while_loop", "scan", "associative_scan", "map_impl", "Switch", "Merge", "Enter", "Exit",
    "NextIteration", "LoopCond",
}  # fmt: skip
_LOADED = {
    "Const", "DisableCopyOnRead", "Identity", "IdentityN", "NoOp", "PartitionedCall", "Placeholder",
    "ReadVariableOp", "StatefulPartitionedCall", "VarHandleOp",
}  # fmt: skip
"""What is read, frozen or inlined as a SavedModel is loaded."""
_SAVING = {
    "MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename", "StaticRegexFullMatch", "StringJoin",
}  # fmt: skip
"""Of the function that saves a SavedModel again, which no conversion takes along."""
_ASSIGNING = {"AssignVariableOp", "VarIsInitializedOp"}


@dataclass(frozen=True)
class Cell:
    """Whether an operator reaches a target: `state` is supported, not-supported or unknown, `reason` says by
    whom or why in one sentence."""

    state: str
    reason: str


@dataclass(frozen=True)
class OperatorCoverage:
    """An operator of the model, how often it is there, and a cell for each target that a way leads to.
    `kind`: control-flow, custom (of a domain of its own) or ""."""

    operator: str
    count: int
    kind: str
    targets: Mapping[str, Cell]

    @property
    def worst(self) -> str:
        return max((cell.state for cell in self.targets.values()), key=_ORDER.index)

    def to_json(self) -> dict:
        return asdict(self)


def coverage(description: Description) -> tuple[OperatorCoverage, ...]:
    """A row for each operator: those that some target has no translation of first, then the unknown ones.
    Empty where nothing is known of the format's operators."""
    source = description.format
    if not any(lists for edge, lists in _lists()["edges"].items() if edge_of(edge)[0] == source):
        return ()
    operators = {name: n for name, n in description.operators.items() if not _is_saving(source, name)}
    rows = [
        OperatorCoverage(name, operators[name], _kind(source, name), _cells(source, name))
        for name in heapq.nlargest(MOST_OPERATORS, operators, key=operators.__getitem__)
    ]
    return tuple(sorted(rows, key=lambda row: (-_ORDER.index(row.worst), -row.count, row.operator)))


def _cells(source: str, operator: str) -> dict[str, Cell]:
    targets = _targets(source)
    first = {hop: _cell(source, hop, operator) for hop in {hop for hops in targets.values() for hop in hops}}
    found = {}
    for target, hops in targets.items():
        cells = {hop: first[hop] for hop in hops}
        direct = cells.pop(target, None)
        found[target] = (
            direct if direct and (direct.state != NOT_SUPPORTED or not cells) else _over(cells, direct)
        )
    return found


@cache
def _targets(source: str) -> dict[str, tuple[str, ...]]:
    """The formats that a way leads to, each with the first hops of its ways; the format itself is one of them
    where a converter leads to it directly."""
    edges = {edge_of(edge) for edge in _lists()["edges"]}
    first = sorted({there for here, there in edges if here == source} - set(formats.VARIANTS))
    onward = {edge for edge in edges if source not in edge}
    ways_on = {hop: ways.reachable([hop], onward) for hop in first}
    asked = [target for target in formats.TARGETS if target not in {*formats.VARIANTS, *formats.COMPILED}]
    found = {target: tuple(hop for hop in first if target in ways_on[hop]) for target in asked}
    return {target: hops for target, hops in found.items() if hops}


def _over(hops: dict[str, Cell], direct: Cell | None) -> Cell:
    """Over other formats, whose operators are others: unknown, unless none of them is reached."""
    possible = [formats.NAMES[hop] for hop, cell in hops.items() if cell.state != NOT_SUPPORTED]
    if not possible:
        return direct or next(iter(hops.values()))
    words = f"over {' or '.join(possible)}, whose operators are others"
    return Cell(UNKNOWN, f"{direct.reason[:-1]}; {words}." if direct else f"{words[0].upper()}{words[1:]}.")


def _cell(source: str, target: str, operator: str) -> Cell:
    """One operator along the converter between two formats."""
    edge = f"{source}-to-{target}"
    lists = _lists()["edges"][edge]
    if lists is None:
        return Cell(UNKNOWN, "Its converter publishes no list.")
    by = _BY[edge].format(**_lists()["versions"])
    if source == "savedmodel" and operator in _LOADED:
        return Cell(SUPPORTED, f"Read, frozen or inlined before {by} translates.")
    if source == "savedmodel" and operator in _ASSIGNING:
        return Cell(
            UNKNOWN, "Belongs to loading in most models; where the answer needs it, it is no constant."
        )
    name, known = _name(source, operator)
    if edge == "pt2-to-torchscript":
        name = name.partition(".")[0]
    if name in lists["supported"]:
        return Cell(SUPPORTED, f"{by} translates it.")
    if name in lists["depends"]:
        apart = edge == "pt2-to-onnx"
        words = "takes it apart into other operators first" if apart else "translates some uses of it"
        return Cell(UNKNOWN, f"{by} {words}.")
    if _kind(source, operator) == "custom":
        return Cell(NOT_SUPPORTED, f"{by} knows no operators of this domain.")
    if name in lists.get("refused", ()):
        return Cell(NOT_SUPPORTED, f"{by} has no builtin of it.")
    if known and "refused" not in lists:
        return Cell(NOT_SUPPORTED, f"{by} has no translation of it.")
    return Cell(UNKNOWN, f"{by} was not asked about it." if known else "No such operator is known.")


def _name(source: str, operator: str) -> tuple[str, bool]:
    """The operator as the lists call it, and whether its framework has it at all."""
    known = _lists()["known"]
    if source == "onnx":
        return operator, operator in known["onnx"]
    if source == "savedmodel":
        return operator, operator in known["tensorflow"]
    if source == "torchscript":
        plain = f"aten::{operator}"
        # In place or not is one operator to the exporter.
        return plain.removesuffix("_"), plain in known["torch"] or plain.removesuffix("_") in known["torch"]
    if source == "pt2":
        if operator.startswith("higher_order."):
            return operator.removeprefix("higher_order."), True
        namespace, _, rest = operator.partition(".")
        name = f"{namespace}::{rest.removesuffix('.default')}" if rest else operator
        return name, name.partition(".")[0] in known["torch"]
    return operator, True


def _is_saving(source: str, operator: str) -> bool:
    return source == "savedmodel" and operator in _SAVING


def _kind(source: str, operator: str) -> str:
    if operator.rpartition(".")[2] in _CONTROL_FLOW:
        return "control-flow"
    custom = {
        "onnx": "::" in operator,
        "torchscript": "." in operator,
        "pt2": "." in operator and not operator.startswith(("aten.", "prims.", "higher_order.")),
    }
    return "custom" if custom.get(source) else ""


@cache
def _lists() -> dict:
    lists = json.loads(FILE.read_text())
    for entry in filter(None, lists["edges"].values()):
        entry |= {name: frozenset(names) for name, names in entry.items()}
    lists["known"] = {name: frozenset(names) for name, names in lists["known"].items()}
    return lists
