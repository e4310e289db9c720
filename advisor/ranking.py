"""Step two, rank: six criteria from 0 to 1, each derived from the graph, weighed by the priorities.

    score = Σ weight × criterion / Σ weight        (all weights 0 count as all 1)

- portability: the mean share of hardware, languages, serving stacks and training frameworks that the master
  reaches directly or by its ordinary deliveries.
- fidelity: half the share of needs that survive on the way to the master without a rewrite (none in a file
  without a graph), half that share for what the targets run (their mean).
- footprint: 1 at 10 MB, 0 at 2000 MB on a logarithmic scale, the mean over the runtimes; 0.5 where
  unmeasured.
- effort: `Route.effort`, less where a container has to be built for the serving stack; the mean over the
  targets.
- longevity: the worst support status among master, converters and runtimes.
- safety: does loading run code; the mean of the worst file on the way and what the targets load. From an
  artifact without its source, the worst file counts alone, because that very file has to be trusted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log10
from typing import NamedTuple

from advisor.answers import Requirements
from advisor.graph import Constraint, Knowledge, Loss
from advisor.rejection import Line, Selection
from advisor.routes import Route, can_serve, edges_from, footprint_of

LONGEVITY = {
    "active": 1.0,
    "maintenance": 0.8,
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


def weights_of(
    knowledge: Knowledge, priorities: Iterable[tuple[str, float]], constraints: tuple[str, ...]
) -> dict[str, float]:
    """The priorities, with what the constraints add to them; where all are 0, all are 1."""
    weights = raised(knowledge, priorities, constraints)
    return weights if any(weights.values()) else dict.fromkeys(weights, 1.0)


def raised(
    knowledge: Knowledge, priorities: Iterable[tuple[str, float]], constraints: tuple[str, ...]
) -> dict[str, float]:
    """The priorities, with what the constraints add to them."""
    weights = {name: float(weight) for name, weight in priorities}
    for name in constraints:
        constraint: Constraint = knowledge.constraints[name]
        for criterion, more in constraint.raises.items():
            weights[criterion] += more
    return weights


def rank(knowledge: Knowledge, requirements: Requirements, possible: Iterable[Selection]) -> list[Ranked]:
    """The possible masters, best first: those that need no rewrite before those that do, then by score,
    then by id."""
    weights = weights_of(knowledge, requirements.priorities, requirements.constraints)
    artifact = knowledge.frameworks[requirements.framework].artifact
    total, weighed = sum(weights.values()), list(weights.items())
    ranked = []
    for selection in possible:
        values = criteria_of(knowledge, selection, artifact)
        score = sum([weight * values[name] for name, weight in weighed]) / total
        ranked.append(Ranked(selection, values, score))
    return sorted(ranked, key=lambda one: (one.selection.rewrite, -one.score, one.selection.master.id))


def criteria_of(knowledge: Knowledge, selection: Selection, artifact: bool) -> Mapping[str, float]:
    """The six criteria of a master whose targets can all be reached; see the module's docstring."""
    lines = [_line_criteria(knowledge, line) for line in selection.lines]
    on_the_way = min([line.safety_on_the_way for line in lines])
    return {
        "portability": portability(knowledge, selection.master.id),
        "fidelity": _mean([line.fidelity for line in lines]),
        "footprint": _mean([line.footprint for line in lines]),
        "effort": _mean([line.effort for line in lines]),
        "longevity": min([line.longevity for line in lines]),
        "safety": on_the_way
        if artifact
        else _mean([on_the_way, min([line.safety_of_target for line in lines])]),
    }


class _LineCriteria(NamedTuple):
    """What one line of a plan adds to the criteria."""

    fidelity: float
    footprint: float
    effort: float
    longevity: float
    safety_on_the_way: float
    safety_of_target: float


@lru_cache(maxsize=8192)
def _line_criteria(knowledge: Knowledge, line: Line) -> _LineCriteria:
    route = line.route
    needs = len(knowledge.entries["need"])
    return _LineCriteria(
        fidelity=(_kept(route, needs) + needs - len(route.losses)) / 2 / needs,
        footprint=_footprint(footprint_of(route.runtime, line.provider)[0]),
        effort=line.effort,
        longevity=min(LONGEVITY[status] for status in _statuses(route)),
        safety_on_the_way=min(SAFETY[knowledge.formats[file].code_on_load] for file in route.files),
        safety_of_target=SAFETY[route.delivered.code_on_load],
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _kept(route: Route, needs: int) -> int:
    return needs - len(route.master_losses) if route.master.graph else 0


def _statuses(route: Route) -> list[str]:
    return [one.status for one in (route.master, route.delivered, route.runtime, *route.converters)]


def _footprint(megabytes: float | None) -> float:
    if megabytes is None:
        return UNMEASURED
    return min(1.0, max(0.0, 1 - log10(megabytes / SMALL_MB) / log10(LARGE_MB / SMALL_MB)))


@lru_cache(maxsize=64)
def portability(knowledge: Knowledge, master: str) -> float:
    """The mean of four shares, each of all entries of its kind in the knowledge base that are not
    archived."""
    reached = [(master, runtime) for runtime in knowledge.runtimes.values() if master in runtime.formats]
    for edge in edges_from(knowledge, master):
        reached += [(edge.target, knowledge.runtimes[name]) for name in sorted(edge.delivers_to)]
    reached = [(file, runtime) for file, runtime in reached if runtime.status != "archived"]
    hardware = {target for _, runtime in reached for target in runtime.hardware}
    called = [runtime for _, runtime in reached if not runtime.server]
    languages = {word for runtime in called for word in runtime.languages}
    languages |= {word for runtime in called for words in runtime.languages_at.values() for word in words}
    stacks = [stack for stack in knowledge.serving.values() if stack.status != "archived"]
    serving = [stack for stack in stacks if any(can_serve(stack, runtime, file) for file, runtime in reached)]
    trained = [entry for entry in knowledge.frameworks.values() if not entry.artifact]
    sources = [
        entry for entry in trained if any(edge.target == master for edge in edges_from(knowledge, entry.id))
    ]
    return _mean(
        [
            len(hardware) / len(knowledge.entries["hardware"]),
            len(languages) / len(knowledge.entries["language"]),
            len(serving) / len(stacks),
            len(sources) / len(trained),
        ]
    )
