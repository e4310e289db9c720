"""What runs when a tensor of a SavedModel is fetched: nodes through their inputs, functions by calls."""

from collections import defaultdict
from collections.abc import Iterable

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
        self._next: dict[Part, set[Part]] = defaultdict(set)
        called: set[str] = set()
        for function, nodes in meta.graph.bodies():
            for node in nodes:
                names = set(meta.graph.called(node))
                called |= names
                self._next[part_of(function, node)] |= {("function", name) for name in names}
                if not function:
                    self._next["node", node.name] |= {node_of(name) for name in node.inputs}
        for function, gradient in meta.graph.gradients:
            self._next["function", function].add(("function", gradient))
            called.add(gradient)
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
                waiting += self._next.get(part, ())
        return found
