"""Step two, rank: six criteria from 0 to 1, each derived from the graph, weighed by the priorities.

    score = Σ weight × criterion / Σ weight        (all weights 0 count as all 1)

- portability: the mean share of hardware, languages, serving stacks and training frameworks that the master
  reaches directly or by its ordinary deliveries.
- fidelity: half the share of needs that survive on the way to the master without a rewrite (none in a file
  without a graph), half that share for what the targets run (their mean).
- footprint: 1 at 10 MB, 0 at 2000 MB on a logarithmic scale, the mean over the runtimes; 0.5 where
  unmeasured.
- effort: `Route.effort`, the mean over the targets.
- longevity: the worst support status among master, converters and runtimes.
- safety: does loading run code; the mean of the worst file on the way and what the targets load. From an
  artifact without its source, the worst file counts alone, because that very file has to be trusted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log10

from advisor.answers import Requirements
from advisor.graph import Constraint, Knowledge, Loss
from advisor.rejection import Selection
from advisor.routes import Route, can_serve, edges_from

TIE = 0.1 / 6
"""Scores closer than this are a tie: a tenth on one of six equal criteria is below what the scales
resolve."""

LONGEVITY = {
    "active": 1.0,
    "maintenance": 0.7,
    "beta": 0.6,
    "community": 0.5,
    "stale": 0.3,
    "deprecated": 0.2,
    "archived": 0.0,
}
SAFETY = {"none": 1.0, "partial": 0.7, "full": 0.0}
SMALL_MB, LARGE_MB, UNMEASURED = 10.0, 2000.0, 0.5


@dataclass(frozen=True)
class Ranked:
    """A possible master with its criteria and score, 0 to 1."""

    selection: Selection
    criteria: Mapping[str, float]
    score: float

    @property
    def rewrites(self) -> tuple[Loss, ...]:
        return tuple(loss for line in self.selection.lines for loss in line.rewrites)


@lru_cache(maxsize=512)
def weights_of(
    knowledge: Knowledge, priorities: tuple[tuple[str, int], ...], constraints: tuple[str, ...]
) -> dict[str, float]:
    """The priorities, with what the constraints add to them."""
    weights: dict[str, float] = {name: float(weight) for name, weight in priorities}
    for name in constraints:
        constraint: Constraint = knowledge.constraints[name]
        for criterion, more in constraint.raises.items():
            weights[criterion] += more
    return weights if any(weights.values()) else dict.fromkeys(weights, 1.0)


def rank(
    knowledge: Knowledge,
    requirements: Requirements,
    possible: tuple[tuple[Selection, Mapping[str, float]], ...],
) -> list[Ranked]:
    """The possible masters, best first: those that need no rewrite before those that do, then by score,
    then by id."""
    weights = weights_of(knowledge, requirements.priorities, requirements.constraints)
    total, weighed = sum(weights.values()), list(weights.items())
    ranked = [
        Ranked(selection, values, sum([weight * values[name] for name, weight in weighed]) / total)
        for selection, values in possible
    ]
    return sorted(ranked, key=lambda one: (one.selection.rewrite, -one.score, one.selection.master.id))


def criteria_of(knowledge: Knowledge, selection: Selection, artifact: bool) -> Mapping[str, float]:
    """The six criteria of a master whose targets can all be reached; see the module's docstring."""
    reached = tuple((line.route, line.hardware) for line in selection.lines)
    return _criteria(knowledge, selection.master.id, reached, artifact)


Reached = tuple[tuple[Route, str | None], ...]
"""The routes chosen, each with its target."""


@lru_cache(maxsize=2048)
def _criteria(knowledge: Knowledge, master: str, reached: Reached, artifact: bool) -> Mapping[str, float]:
    routes = [route for route, _ in reached]
    needs = len(knowledge.entries["need"])
    return {
        "portability": portability(knowledge, master),
        "fidelity": _mean((_kept(one, needs) + needs - len(one.losses)) / 2 / needs for one in routes),
        "footprint": _mean(_footprint(one.runtime.footprint_mb) for one in routes),
        "effort": _mean(route.effort(hardware) for route, hardware in reached),
        "longevity": min(LONGEVITY[status] for one in routes for status in _statuses(one)),
        "safety": _safety(knowledge, routes, artifact),
    }


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def _kept(route: Route, needs: int) -> int:
    return needs - len(route.master_losses) if route.master.graph else 0


def _statuses(route: Route) -> list[str]:
    return [one.status for one in (route.master, route.delivered, route.runtime, *route.converters)]


def _footprint(megabytes: float | None) -> float:
    if megabytes is None:
        return UNMEASURED
    return min(1.0, max(0.0, 1 - log10(megabytes / SMALL_MB) / log10(LARGE_MB / SMALL_MB)))


def _safety(knowledge: Knowledge, routes: list[Route], artifact: bool) -> float:
    passed = [step for one in routes for step in (one.steps if artifact else one.steps[1:])]
    on_the_way = min(SAFETY[knowledge.formats[step].code_on_load] for step in passed)
    if artifact:
        return on_the_way
    return _mean((on_the_way, min(SAFETY[one.delivered.code_on_load] for one in routes)))


@lru_cache(maxsize=64)
def portability(knowledge: Knowledge, master: str) -> float:
    """The mean of four shares, each of all entries of its kind in the knowledge base that are not
    archived."""
    reached = [(master, runtime) for runtime in knowledge.runtimes.values() if master in runtime.formats]
    for edge in edges_from(knowledge, master):
        reached += [(edge.target, knowledge.runtimes[name]) for name in sorted(edge.delivers_to)]
    hardware = {target for _, runtime in reached for target in runtime.hardware}
    languages = {word for _, runtime in reached if not runtime.server for word in runtime.languages}
    stacks = [stack for stack in knowledge.serving.values() if stack.status != "archived"]
    serving = [stack for stack in stacks if any(can_serve(stack, runtime, file) for file, runtime in reached)]
    trained = [entry for entry in knowledge.frameworks.values() if not entry.artifact]
    sources = [
        entry for entry in trained if any(edge.target == master for edge in edges_from(knowledge, entry.id))
    ]
    return _mean(
        (
            len(hardware) / len(knowledge.entries["hardware"]),
            len(languages) / len(knowledge.entries["language"]),
            len(serving) / len(stacks),
            len(sources) / len(trained),
        )
    )
