"""What runs when a tensor of a SavedModel is fetched: nodes through their inputs, functions by calls."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from benchmarks.inspection.savedmodel_meta import MetaGraph
from benchmarks.inspection.tensorflow_graph import Node

Part = tuple[str, str]
"""("node", its name in the graph) or ("function", its name): a function runs whole or not at all."""


def node_of(tensor: str) -> Part:
    """The node of a tensor or input as it is written: "name", "name:1" or "^name"."""
    return "node", tensor.removeprefix("^").split(":")[0]


def part_of(function: str, node: Node) -> Part:
    """Where `node` of the function (of the graph: "") belongs."""
    return ("function", function) if function else ("node", node.name)


class CallGraph:
    """`served`: what a caller or a loader runs beside the saver: the signatures, the initializers, every
    function that the objects offer or that nothing calls."""

    def __init__(self, meta: MetaGraph):
        self._graph = meta.graph
        self._nodes: dict[str, list[Node]] = defaultdict(list)
        for node in meta.graph.nodes:
            self._nodes[node.name].append(node)
        self._gradients: dict[str, list[str]] = defaultdict(list)
        for function, gradient in meta.graph.gradients:
            self._gradients[function].append(gradient)
        called = meta.operators.keys() | {gradient for _, gradient in meta.graph.gradients}
        for _, nodes in meta.graph.bodies():
            for node in nodes:
                called.update(node.calls)
        offered = meta.objects.bound.keys() | set(meta.graph.registered_gradients)
        uncalled = meta.graph.functions.keys() - called
        self.served: set[Part] = {node_of(name) for name in meta.fetched}
        self.served |= {("function", name) for name in offered | uncalled}

    def reached(self, starts: Iterable[Part]) -> set[Part]:
        """`starts` and everything that runs because of them."""
        found, waiting = set(), list(starts)
        while waiting:
            part = waiting.pop()
            if part not in found:
                found.add(part)
                waiting += self._next(*part)
        return found

    def _next(self, kind: str, name: str) -> Iterator[Part]:
        """What runs because `name` does."""
        if kind == "node":
            for node in self._nodes.get(name, ()):
                yield from map(node_of, node.inputs)
                yield from (("function", function) for function in self._graph.called(node))
        elif name in self._graph.functions:
            yield from (("function", gradient) for gradient in self._gradients[name])
            for node in self._graph.functions[name].nodes:
                yield from (("function", function) for function in self._graph.called(node))
