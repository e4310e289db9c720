"""TensorFlow's `GraphDef`: its nodes, and the library of functions that they call.

Field numbers are those of tensorflow/core/framework: graph, function, node_def, attr_value (2.21).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from benchmarks.inspection import protobuf_wire as wire
from benchmarks.inspection.protobuf_wire import BYTES, Budget

_MAY_CALL = re.compile(rb"[\x52\xd2\x0a\x8a]")
"""The tags of AttrValue.func and AttrValue.list, also in their longer spellings: an attribute without any
of these bytes after its key names no function, which spares reading most of them."""
_NODE_COST, _FUNCTION_COST = 4, 12
"""What keeping one costs, in fields looked at."""
_FUNC, _LIST, _LIST_FUNC = 10, 1, 9


@dataclass(frozen=True, slots=True)
class Node:
    """`inputs` as written ("name", "name:1", "^name" for control); `calls` the functions that its
    attributes name."""

    name: str
    op: str
    inputs: tuple[str, ...]
    calls: tuple[str, ...]
    attributes: tuple[memoryview, ...]


@dataclass(slots=True)
class Function:
    """`arguments` are the names of its inputs, in order."""

    arguments: list[str] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)


class Graph:
    """`gradients`: (function, the function of its gradient); `registered_gradients`: functions that
    operators call for their gradient."""

    def __init__(self, budget: Budget):
        self.nodes: list[Node] = []
        self.functions: dict[str, Function] = {}
        self.gradients: list[tuple[str, str]] = []
        self.registered_gradients: list[str] = []
        self._budget = budget

    def read(self, message: memoryview) -> None:
        """Adds what a `GraphDef` holds; protobuf merges several into one."""
        for number, wire_type, value in wire.fields(message, self._budget):
            if number == 1 and wire_type == BYTES:
                self.nodes.append(self._node(value))
            elif number == 2 and wire_type == BYTES:
                self._library(value)

    def bodies(self) -> Iterator[tuple[str, list[Node]]]:
        """The nodes of the graph, under "", and those of each function under its name."""
        yield "", self.nodes
        for name, function in self.functions.items():
            yield name, function.nodes

    def called(self, node: Node) -> Iterator[str]:
        """The functions of the library that `node` calls: named by an attribute, or by its operator."""
        for name in (*node.calls, node.op):
            if name in self.functions:
                yield name

    def _library(self, message: memoryview) -> None:
        for number, wire_type, value in wire.fields(message, self._budget):
            if wire_type != BYTES:
                continue
            if number == 1:
                self._function(value)
            elif number == 2:
                self.gradients.append(self._pair(value))
            elif number == 3:
                self.registered_gradients.append(self._pair(value)[0])

    def _function(self, message: memoryview) -> None:
        name, arguments, nodes = "", [], []
        self._budget.left -= _FUNCTION_COST
        for number, wire_type, value in wire.fields(message, self._budget):
            if number == 1 and wire_type == BYTES:
                for part, _, content in wire.fields(value, self._budget):
                    if part == 1:
                        name = wire.text(content)
                    elif part == 2:
                        arguments.append(self._pair(content)[0])
            elif number == 3 and wire_type == BYTES:
                nodes.append(self._node(value))
        function = self.functions.setdefault(name, Function())
        function.arguments += arguments
        function.nodes += nodes

    def _pair(self, message: memoryview) -> tuple[str, str]:
        first, second = "", ""
        for number, wire_type, value in wire.fields(message, self._budget):
            if number == 1:
                first = wire.text(value)
            elif number == 2 and wire_type == BYTES:
                second = wire.text(value)
        return first, second

    def _node(self, message: memoryview) -> Node:
        name, op, inputs, calls, attributes = "", "", [], [], []
        self._budget.left -= _NODE_COST
        for number, wire_type, value in wire.fields(message, self._budget):
            if number == 1:
                name = wire.text(value)
            elif number == 2:
                op = wire.text(value)
            elif number == 3:
                inputs.append(wire.text(value))
            elif number == 5 and wire_type == BYTES:
                attributes.append(value)
                if _names_function(value):
                    calls += self._functions_named(entry(value, self._budget)[1])
        return Node(name, op, tuple(inputs), tuple(calls), tuple(attributes))

    def _functions_named(self, message: memoryview) -> Iterator[str]:
        """Every function in an `AttrValue`, those among the attributes of a function included."""
        waiting = [message]
        while waiting:
            for number, wire_type, value in wire.fields(waiting.pop(), self._budget):
                if wire_type != BYTES:
                    continue
                if number == _LIST:
                    functions = list(wire.submessages(value, _LIST_FUNC, self._budget))
                else:
                    functions = [value] if number == _FUNC else []
                for function in functions:
                    for part, _, content in wire.fields(function, self._budget):
                        if part == 1:
                            yield wire.text(content)
                        elif part == 2:
                            waiting.append(entry(content, self._budget)[1])


def _names_function(attribute: memoryview) -> bool:
    """Whether an entry of NodeDef.attr may name a function: quickly, and never wrongly no."""
    if len(attribute) > 2 and attribute[0] == 0x0A and attribute[1] < 0x80:
        return _MAY_CALL.search(attribute, 2 + attribute[1]) is not None
    return True


def attribute(attributes: Iterable[memoryview], wanted: str, number: int, budget: Budget) -> memoryview:
    """The last field `number` (a message or bytes) of the attribute `wanted`, empty where there is none."""
    found = memoryview(b"")
    for message in attributes:
        key, content = entry(message, budget)
        if key == wanted:
            found = [found, *wire.submessages(content, number, budget)][-1]
    return found


def entry(message: memoryview, budget: Budget) -> tuple[str, memoryview]:
    """Key and value of one entry of a protobuf map. Several values are merged, which is to join them."""
    key, contents = "", []
    for number, wire_type, value in wire.fields(message, budget):
        if number == 1:
            key = wire.text(value)
        elif number == 2 and wire_type == BYTES:
            contents.append(value)
    return key, contents[0] if len(contents) == 1 else memoryview(b"".join(contents))
