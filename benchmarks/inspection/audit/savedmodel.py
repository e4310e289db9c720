"""What is refused in a SavedModel: a graph is a program, whose operators write, read, print and call.

Initializers run when it is loaded, so a function is looked at wherever it stands and whoever calls it, in
every meta graph.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks.inspection import savedmodel, savedmodel_meta
from benchmarks.inspection import tensorflow_graph as graphs
from benchmarks.inspection.audit import Audit, names_file, refusal
from benchmarks.inspection.audit.call_graph import CallGraph, node_of, part_of
from benchmarks.inspection.audit.table_files import TableFiles
from benchmarks.inspection.audit.tensorflow_operators import (
    FILE_ATTRIBUTES,
    GROUPS,
    READS_TABLE,
    RESTORES,
    SAVES,
    Group,
)
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted
from benchmarks.inspection.savedmodel_meta import MetaGraph
from benchmarks.inspection.tensorflow_graph import Node

_EXPORT_AGAIN = (
    "Export only the function that is served, without it: model.export(folder), or "
    "tf.saved_model.save(model, folder, signatures=…)."
)
_OTHER_GRAPHS = ("saved_model.pbtxt", "saved_model.cpb")
_STRING = 2
"""The field of AttrValue for a string."""


@dataclass(frozen=True)
class _Parsed:
    content: Content
    root: str
    metas: tuple[MetaGraph, ...]


def _where(function: str, node: Node) -> str:
    place = f"the function {quoted(function)}" if function else "the graph"
    return f"{place}, node {quoted(node.name)}"


def _nodes(meta: MetaGraph, operators: frozenset[str]) -> Iterator[tuple[str, Node]]:
    """The nodes with these operators, each with its function ("" for the graph)."""
    if meta.operators.keys() & operators:
        for function, nodes in meta.graph.bodies():
            yield from ((function, node) for node in nodes if node.op in operators)


def _operators(group: Group, parsed: _Parsed) -> None:
    for meta in parsed.metas:
        for function, node in _nodes(meta, group.operators):
            found = f"The operator {node.op} {group.does}."
            raise refusal(group.kind, found, _where(function, node), _EXPORT_AGAIN)


def _checkpoint_operators(parsed: _Parsed) -> None:
    """The checkpoint's operators may stand where only its saver comes by, or nothing at all; a restore
    also where a variable is initialised from another checkpoint, as TensorFlow 1 leaves it."""
    for meta in parsed.metas:
        if not meta.operators.keys() & (SAVES | RESTORES):
            continue
        calls = CallGraph(meta)
        loading = calls.served | {node_of(name) for name in meta.restoring | meta.initialising}
        running = {RESTORES: calls.reached(calls.served), SAVES: calls.reached(loading)}
        for operators, parts in running.items():
            for function, node in _nodes(meta, operators):
                if part_of(function, node) in parts:
                    found = f"The operator {node.op} runs outside of the saving of the model's own variables."
                    raise refusal("checkpoint-operator", found, _where(function, node), _EXPORT_AGAIN)


def _table_files(parsed: _Parsed) -> None:
    for meta in parsed.metas:
        if not meta.operators.keys() & READS_TABLE:
            continue
        tables = TableFiles(meta)
        for function, node in _nodes(meta, READS_TABLE):
            if tables.foreign(function, node):
                found = "A lookup table reads a file that is none of the model's assets."
                instead = "Build the table with tf.lookup.TextFileInitializer, which packs the file as asset."
                raise refusal("table-file", found, _where(function, node), instead)


def _attribute_files(parsed: _Parsed) -> None:
    for meta in parsed.metas:
        for function, node in _nodes(meta, frozenset(FILE_ATTRIBUTES)):
            value = graphs.attribute(node.attributes, FILE_ATTRIBUTES[node.op], _STRING, meta.budget)
            if len(value) and not bytes(value[:8]).startswith((b"local://", b"bytes://")):
                path = bytes(value[:200]).decode("utf-8", "replace")
                found = f"The operator {node.op} reads the file {quoted(path)}."
                raise refusal("attribute-file", found, _where(function, node), _EXPORT_AGAIN)


def _asset_paths(parsed: _Parsed) -> None:
    for meta in parsed.metas:
        for asset in meta.assets:
            path = asset.file
            if path.startswith("/") or ".." in path.split("/") or "\\" in path or path[1:2] == ":":
                found = f"An asset lies outside of the model: {quoted(path)}."
                raise refusal("asset-path", found, "asset_file_def", _EXPORT_AGAIN)


def _second_graph(parsed: _Parsed) -> None:
    """Loaders differ in which of several they take, so that another one could run than was audited."""
    for name in _OTHER_GRAPHS:
        path = f"{parsed.root}/{name}" if parsed.root else name
        if path in parsed.content.files:
            found = f"There is a second graph, {name}, beside saved_model.pb."
            raise refusal("second-graph", found, "the model's folder", f"Pack it without {name}.")


def _names_file(parsed: _Parsed) -> None:
    prefix = f"{parsed.root}/" if parsed.root else ""
    names_file.check(parsed.content, prefix + savedmodel.NAMES)


RULES: dict[str, Callable[[_Parsed], None]] = {group.kind: partial(_operators, group) for group in GROUPS} | {
    "checkpoint-operator": _checkpoint_operators,
    "table-file": _table_files,
    "attribute-file": _attribute_files,
    "asset-path": _asset_paths,
    "second-graph": _second_graph,
    "names-file": _names_file,
}


def audit(content: Content, root: str) -> Audit:
    parsed = _Parsed(content, root, tuple(savedmodel_meta.read(content, root)))
    for rule in RULES.values():
        rule(parsed)
    return Audit(not_examined=tuple(_not_examined(parsed)))


def _not_examined(parsed: _Parsed) -> Iterator[str]:
    prefix = f"{parsed.root}/" if parsed.root else ""
    inside = [name.removeprefix(prefix) for name in parsed.content.files if name.startswith(prefix)]
    if any(name.startswith("variables/") for name in inside):
        yield "the numbers in variables/, and where its saver would write them"
    if any(name.startswith("assets/") for name in inside):
        yield "the files in assets/"
    known = ("variables/", "assets/", "saved_model.pb")
    others = [name for name in inside if name != savedmodel.NAMES and not name.startswith(known)]
    if others:
        shown = ", ".join(quoted(name) for name in sorted(others)[:5])
        yield f"files that TensorFlow does not load: {shown}" + (" and others" if len(others) > 5 else "")
    programs = sum(meta.operators["XlaCallModule"] for meta in parsed.metas)
    if programs:
        yield f"the StableHLO programs of its XlaCallModule operators ({programs})"
    yield "how much memory and time the graph takes when it runs"
