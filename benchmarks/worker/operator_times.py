"""What a runtime's own profiler says of one call, node by node, in one form for all runtimes."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class NodeTime:
    """One node of one call. `operator`: its type as the runtime calls it; `name`: the node itself; `where`:
    the execution provider, kernel or device that ran it; `ms`: its own time, without that of nodes within
    it; `fell_back`: why it did not run as this runtime runs such nodes at its best, "" where it did: one of
    `benchmarks.operator_kinds.FALLBACKS`."""

    operator: str
    name: str
    where: str
    ms: float
    fell_back: str = ""


@dataclass(frozen=True)
class Call:
    """One call of a model under the profiler, or the mean of `of` of them: how long it took in all, and the
    nodes that it ran."""

    ms: float
    nodes: list[NodeTime]
    of: int = 1

    @property
    def between_ms(self) -> float:
        """What of it is in no node: the call from Python, and what the runtime does from node to node."""
        return max(0.0, self.ms - sum(node.ms for node in self.nodes))


def own_times(spans: Iterable[tuple[float, float]]) -> list[float]:
    """The duration of each span (start, duration), in any one unit, without that of the spans within it: a
    loop's node lasts as long as all nodes of its body. Spans of one thread, in any order; the result is in
    theirs."""
    spans = list(spans)
    own = [duration for _, duration in spans]
    around: list[int] = []
    for one in sorted(range(len(spans)), key=lambda i: (spans[i][0], -spans[i][1])):
        start, duration = spans[one]
        # By the start alone: rounded to whole microseconds, a span may seem to outlast the one around it.
        while around and sum(spans[around[-1]]) <= start:
            around.pop()
        if around:
            own[around[-1]] -= duration
        around.append(one)
    return [max(0.0, time) for time in own]


def by_call(calls: Iterable[tuple[float, float]], nodes: Iterable[tuple[float, NodeTime]]) -> list[Call]:
    """`calls`: when each began, in any unit, and how many milliseconds it took; `nodes`, each with when it
    began, belong to the last call that had begun by then, those before all calls to none."""
    ordered = sorted(calls)
    begun = [start for start, _ in ordered]
    found = [Call(ms, []) for _, ms in ordered]
    for start, node in nodes:
        if place := bisect_right(begun, start):
            found[place - 1].nodes.append(node)
    return found
