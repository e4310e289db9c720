"""What a `.skops` file describes: a tree of nodes in schema.json, which names every type before it is loaded.

A node is an object of JSON with `__loader__` (its kind), `__module__` and `__class__` (its type), `content`,
and `file` where its bytes lie in a file of the zip. Format: skops/io (skops 0.16, protocol 2).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.once import once

SCHEMA = "schema.json"
MAX_NESTING = 200
MAX_ESTIMATORS_AROUND = 24
MAX_NODES = 250_000
"""A forest of a thousand trees has some 160,000."""
OBJECT, TREE = "ObjectNode", "TreeNode"
Node = dict


@dataclass(frozen=True)
class Met:
    """A node, and the nodes of objects around it, innermost last."""

    node: Node
    around: tuple[Node, ...]


@once
def read(content: Content, _root: str) -> Node:
    """The outermost node. Raises `Damaged` where there is none."""
    schema = content.json(SCHEMA)
    if not is_node(schema):
        raise Damaged("has a description that is none of skops'")
    return schema


def is_node(value: object) -> bool:
    return isinstance(value, dict) and "__loader__" in value


def walk(schema: Node) -> Iterator[Met]:
    """Every node, from the outermost inwards, whatever key it stands under."""
    waiting: list[tuple[object, tuple[Node, ...], int]] = [(schema, (), 0)]
    met = 0
    while waiting:
        value, around, depth = waiting.pop()
        if depth > MAX_NESTING:
            raise Damaged("nests its description too deeply")
        if is_node(value):
            met += 1
            if met > MAX_NODES or len(around) > MAX_ESTIMATORS_AROUND:
                raise Damaged("has more nodes, or deeper ones, than any real model")
            yield Met(value, around)
            around = (*around, value) if value["__loader__"] == OBJECT else around
        inner = [*(value.values() if isinstance(value, dict) else value)]
        waiting += [(item, around, depth + 1) for item in reversed(inner) if isinstance(item, dict | list)]


def type_name(node: Node) -> str:
    return f"{node.get('__module__')}.{node.get('__class__')}"


def attribute(node: Node, name: str) -> object:
    """An attribute of an object, as its node; None where there is none."""
    attributes = node.get("content")
    attributes = attributes.get("content") if isinstance(attributes, dict) else None
    return attributes.get(name) if isinstance(attributes, dict) else None


def plain(node: object) -> object:
    """The value of a node of JSON: a number, a text, a boolean; None for every other node."""
    if not is_node(node) or node["__loader__"] != "JsonNode" or not isinstance(node.get("content"), str):
        return None
    value = json.loads(node["content"])
    return value if isinstance(value, int | float | str) else None


def number(node: object) -> int | None:
    """A whole number of a node of JSON."""
    value = plain(node)
    return value if type(value) is int else None


def items(node: object) -> list:
    """What stands in a list or a tuple."""
    inner = node.get("content") if isinstance(node, dict) else None
    return inner if isinstance(inner, list) else []
