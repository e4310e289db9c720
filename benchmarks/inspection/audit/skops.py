"""What is refused in a skops file: types that no estimator is made of, and arrays that lie.

skops looks at the types itself; its checks had holes (CVE-2024-37065, CVE-2025-54412, CVE-2025-54413: one
thing was named and another built), and it loads a decision tree only if told to, because scikit-learn follows
a tree's node numbers without looking (skops/io/_trusted_types.py, skops 0.16). Here every node of the schema
is read, wherever it stands, and the tree's numbers are looked at.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.inspection import decision_trees, npy, skops_schema
from benchmarks.inspection.audit import Audit, refusal
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged, quoted
from benchmarks.inspection.skops_schema import TREE, Met
from benchmarks.skops_types import TYPES

NEWEST_PROTOCOL = 2
_CACHED = "CachedNode"
"""Stands for a node that was met before."""
_FORESTS = ("sklearn.tree._classes", "sklearn.ensemble._forest", "sklearn.ensemble._gb")
"""Where estimators hand their rows to a tree as they are."""
MAX_TREE_NODES = 3_000_000
_PLAIN_STEPS = "Leave it out of the model, or export the model to ONNX with skl2onnx and give that."
_DUMP_AGAIN = "Dump the model again with skops.io.dump."


@dataclass(frozen=True)
class _Parsed:
    content: Content
    nodes: tuple[Met, ...]
    protocol: object


def _protocol(parsed: _Parsed) -> None:
    """A file chooses by it who reads its nodes."""
    if type(parsed.protocol) is not int or not 0 <= parsed.protocol <= NEWEST_PROTOCOL:
        found = f"It is of protocol {quoted(str(parsed.protocol), 20)}, which skops 0.16 does not read."
        raise refusal("protocol", found, "the schema", _DUMP_AGAIN)


def _calls(parsed: _Parsed) -> None:
    """Nodes that call a method, a function or a constructor while the file is loaded."""
    for met in parsed.nodes:
        kind = met.node["__loader__"]
        if kind not in TYPES and kind != _CACHED:
            found = f"It has a node of the kind {quoted(str(kind))}, which calls something when it is loaded."
            raise refusal("calls-when-loaded", found, _place(met), _PLAIN_STEPS)


def _types(parsed: _Parsed) -> None:
    for met in parsed.nodes:
        allowed = TYPES.get(met.node["__loader__"])
        name = skops_schema.type_name(met.node)
        if allowed is not None and name not in allowed:
            found = f"It holds {quoted(name)}, which is not among the types that are known to be harmless."
            raise refusal("untrusted-type", found, _place(met), _PLAIN_STEPS)


def _place(met: Met) -> str:
    if not met.around:
        return "the model itself"
    return f"the estimator {quoted(skops_schema.type_name(met.around[-1]))}"


def _arrays(parsed: _Parsed) -> None:
    """What an array declares against the bytes that are there; an array of objects is a pickle."""
    stored = {met.node.get("file") for met in parsed.nodes if met.node["__loader__"] == "NdArrayNode"}
    for name in sorted(stored - {None}):
        if name not in parsed.content.files:
            raise Damaged(f"lacks the file {quoted(name)}")
        array = npy.read(parsed.content.view(name))
        if array.objects:
            raise refusal("pickle", "An array holds Python objects.", f"the file {quoted(name)}", _DUMP_AGAIN)
        if array.elements * array.item_bytes != len(array.data):
            found = f"An array of {array.elements:,} elements holds {len(array.data):,} bytes."
            raise refusal("array-size", found, f"the file {quoted(name)}", _DUMP_AGAIN)


def _trees(parsed: _Parsed) -> None:
    """The numbers of nodes and columns that scikit-learn follows without looking."""
    left_over = MAX_TREE_NODES
    for met in parsed.nodes:
        if met.node["__loader__"] != TREE:
            continue
        nodes = _nodes_of(parsed.content, met)
        rows = nodes.shape[0]
        left_over -= rows
        if left_over < 0:
            raise Damaged(f"has trees of more than {MAX_TREE_NODES:,} nodes")
        left, right, feature = (_column(nodes, name) for name in ("left_child", "right_child", "feature"))
        counted = skops_schema.number(skops_schema.attribute(met.node, "node_count"))
        fault = decision_trees.fault(left, right, feature, _width(met))
        if counted != rows:
            fault = f"counts {counted} nodes and has {rows}"
        if fault:
            raise refusal("tree-structure", f"A decision tree {fault}.", _place(met), _DUMP_AGAIN)


def _nodes_of(content: Content, tree: Met) -> npy.Array:
    held = skops_schema.attribute(tree.node, "nodes")
    name = held.get("file") if isinstance(held, dict) else None
    if name not in content.files or held.get("type") != "numpy":
        raise Damaged("has a decision tree without nodes")
    array = npy.read(content.view(name))
    if len(array.shape) != 1 or array.elements * array.item_bytes > len(array.data):
        raise Damaged("has a decision tree whose nodes are no table")
    return array


def _column(nodes: npy.Array, name: str) -> list[int]:
    """One column of whole numbers of the nodes."""
    field = nodes.fields.get(name)
    if field is None or field.dtype != "<i8":
        raise Damaged(f"has a decision tree without {name}")
    row = struct.Struct(f"<{field.at}xq{nodes.item_bytes - field.at - 8}x")
    return [value for (value,) in row.iter_unpack(nodes.data[: nodes.elements * nodes.item_bytes])]


def _width(tree: Met) -> int:
    """How many values the rows have that reach the tree: the least that it and the estimators that hand them
    on say."""
    arguments = tree.node.get("__reduce__")
    arguments = arguments.get("args") if isinstance(arguments, dict) else None
    said = [skops_schema.number(argument) for argument in skops_schema.items(arguments)[:1]]
    for estimator in reversed(tree.around):
        if estimator.get("__module__") not in _FORESTS:
            break
        said.append(skops_schema.number(skops_schema.attribute(estimator, "n_features_in_")))
    return min((width for width in said if width is not None), default=0)


RULES: dict[str, Callable[[_Parsed], None]] = {
    "protocol": _protocol,
    "calls-when-loaded": _calls,
    "untrusted-type": _types,
    "array-size": _arrays,
    "tree-structure": _trees,
}


def audit(content: Content, root: str) -> Audit:
    schema = skops_schema.read(content, root)
    parsed = _Parsed(content, tuple(skops_schema.walk(schema)), schema.get("protocol"))
    for rule in RULES.values():
        rule(parsed)
    return Audit(
        not_examined=(
            "whether the arrays fit one another",
            "how much memory and time the model takes when it runs",
        )
    )
