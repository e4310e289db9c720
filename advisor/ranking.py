"""Step two, rank: six criteria from 0 to 1, each derived from the graph, weighed by the priorities.

    score = Σ weight × criterion / Σ weight        (all weights 0 count as all 1)

- portability: the mean share of hardware, languages, serving stacks and training frameworks that the master
  reaches directly or by its ordinary deliveries.
- fidelity: half the share of needs that survive on the way to the master without a rewrite, half that share
  for what the targets run (their mean).
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
from advisor.rejection import Line, Selection
from advisor.routes import can_serve, edges_from

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


@lru_cache(maxsize=4096)
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
    knowledge: Knowledge, requirements: Requirements, possible: tuple[tuple[Selection, dict[str, float]], ...]
) -> list[Ranked]:
    """The possible masters, best first: those that need no rewrite before those that do, then by score,
    then by id."""
    weights = weights_of(knowledge, requirements.priorities, requirements.constraints)
    total = sum(weights.values())
    ranked = [
        Ranked(selection, values, sum(weight * values[name] for name, weight in weights.items()) / total)
        for selection, values in possible
    ]
    return sorted(ranked, key=lambda one: (bool(one.rewrites), -one.score, one.selection.master.id))


def criteria_of(knowledge: Knowledge, selection: Selection, artifact: bool) -> dict[str, float]:
    """The six criteria of a master whose targets can all be reached; see the module's docstring."""
    lines, master = selection.lines, selection.master
    needs = len(knowledge.entries["need"])
    return {
        "portability": portability(knowledge, master.id),
        "fidelity": _mean(
            1 - (len(line.route.master_losses) + len(line.route.losses)) / 2 / needs for line in lines
        ),
        "footprint": _mean(_footprint(line.route.runtime.footprint_mb) for line in lines),
        "effort": _mean(line.route.effort(line.hardware) for line in lines),
        "longevity": min(min(map(LONGEVITY.__getitem__, _statuses(line))) for line in lines),
        "safety": _safety(knowledge, lines, artifact),
    }


def _mean(values: Iterable[float]) -> float:
    numbers = list(values)
    return sum(numbers) / len(numbers)


def _statuses(line: Line) -> list[str]:
    route = line.route
    return [route.master.status, route.delivered.status, route.runtime.status] + [
        edge.status for edge in route.converters
    ]


def _footprint(megabytes: float | None) -> float:
    if megabytes is None:
        return UNMEASURED
    return min(1.0, max(0.0, 1 - log10(megabytes / SMALL_MB) / log10(LARGE_MB / SMALL_MB)))


def _safety(knowledge: Knowledge, lines: tuple[Line, ...], artifact: bool) -> float:
    formats = knowledge.entries["format"]
    passed = [
        formats[step]
        for line in lines
        for step in line.route.steps[0 if artifact else 1 :]
        if step in formats
    ]
    on_the_way = min(SAFETY[file.code_on_load] for file in passed)
    return (
        on_the_way
        if artifact
        else _mean((on_the_way, min(SAFETY[line.route.delivered.code_on_load] for line in lines)))
    )


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
