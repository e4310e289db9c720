"""Where the path comes from that a lookup table of a SavedModel reads."""

from collections import defaultdict

from benchmarks.inspection.savedmodel_meta import MetaGraph
from benchmarks.inspection.tensorflow_graph import Node

_PASSES_ON = {"Identity", "StopGradient", "EnsureShape"}
_CALLS = {"PartitionedCall", "StatefulPartitionedCall"}
"""Their inputs are the function's arguments, in order."""
_ON_PATHS = {"AssignVariableOp", "ReadVariableOp", "VarIsInitializedOp"}
_PATH_INPUT = 1
_MOST_VALUES = 1_000_000
"""Looked at per meta graph; bounds the time. What lies behind is not followed."""

Value = tuple[str, str]
"""A value by its function ("" for the graph) and its name there: a node or an argument."""


class TableFiles:
    """The paths of one meta graph's tables, followed back through functions, calls and the variable in
    which a model that was loaded and saved again keeps its path. What cannot be followed is foreign."""

    def __init__(self, meta: MetaGraph):
        self._bound, self._asset_objects = meta.objects.bound, meta.objects.assets
        self._assets = {asset.tensor.split(":")[0] for asset in meta.assets} - {""}
        self._arguments = {
            name: {argument: index for index, argument in enumerate(function.arguments)}
            for name, function in meta.graph.functions.items()
        }
        self._nodes: dict[Value, Node] = {}
        self._callers: dict[str, list[tuple[str, Node]]] = defaultdict(list)
        self._users: dict[str, list[Node]] = defaultdict(list)
        self._inputs: dict[int, list[str]] = {}
        self._followed: set[Value] = set()
        self._variables: set[str] = set()
        self._left = _MOST_VALUES
        for function, nodes in meta.graph.bodies():
            for node in nodes:
                self._nodes[function, node.name] = node
                for name in meta.graph.called(node):
                    self._callers[name].append((function, node))
                for name in () if function else self._data_inputs(node):
                    self._users[name].append(node)

    def foreign(self, function: str, node: Node) -> bool:
        """Whether the table `node` may read any other file than an asset. Once True, this is used up."""
        waiting = [(function, self._input(node, _PATH_INPUT))]
        while waiting:
            value = waiting.pop()
            if value not in self._followed:
                self._followed.add(value)
                sources = self._sources(*value)
                if sources is None or len(sources) > self._left:
                    return True
                self._left -= len(sources)
                waiting += sources
        return False

    def _data_inputs(self, node: Node) -> list[str]:
        if id(node) not in self._inputs:
            names = [name.split(":")[0] for name in node.inputs if not name.startswith("^")]
            self._inputs[id(node)] = names
        return self._inputs[id(node)]

    def _input(self, node: Node, index: int) -> str:
        names = self._data_inputs(node)
        return names[index] if index < len(names) else ""

    def _sources(self, function: str, name: str) -> list[Value] | None:
        """The values that this one is a copy of, none for the path of an asset; None if it is neither."""
        if not function and name in self._assets:
            return []
        node = self._nodes.get((function, name))
        if node is None:
            return self._argument_sources(function, name)
        if node.op in _PASSES_ON:
            return [(function, self._input(node, 0))]
        if node.op == "ReadVariableOp" and not function:
            return self._assigned(self._input(node, 0))
        return None

    def _argument_sources(self, function: str, name: str) -> list[Value] | None:
        arguments = self._arguments.get(function, {})
        if name not in arguments:
            return None
        index, bound = arguments[name], self._bound.get(function)
        if bound is not None:
            at = index - (len(arguments) - len(bound))
            if not 0 <= at < len(bound) or bound[at] not in self._asset_objects:
                return None
        callers = self._callers[function]
        if any(node.op not in _CALLS for _, node in callers):
            return None
        return [(caller, self._input(node, index)) for caller, node in callers]

    def _assigned(self, variable: str) -> list[Value] | None:
        """What the graph assigns to a variable, at its first read: later ones give nothing new. None for a
        variable that it may set in other ways."""
        if variable in self._variables:
            return []
        self._variables.add(variable)
        handle = self._nodes.get(("", variable))
        users = self._users[variable]
        if handle is None or handle.op != "VarHandleOp" or any(node.op not in _ON_PATHS for node in users):
            return None
        return [("", self._input(node, 1)) for node in users if node.op == "AssignVariableOp"] or None
