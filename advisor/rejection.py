"""Step one, reject: what an answer makes impossible, each with the claim that forbids it.

A format goes because an answer refuses it by name, because no route leads to it, or because none of its
routes to one of the targets passes the stages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from advisor.answers import UNDECIDED, Requirements
from advisor.graph import Claim, Condition, Format, Knowledge, Loss, Provider, Refusal
from advisor.recommendation import Rejected
from advisor.routes import CONTAINER, Route, needs_container, provider_of
from advisor.stages import basis, cite, left_by, why
from advisor.targets import Target, targets_of
from advisor.ways import Ways, ways_from


@dataclass(frozen=True, eq=False)
class Line:
    """A target and the route chosen for it, with what has to be rewritten first and the effort, 0 to 1."""

    hardware: str | None
    route: Route
    provider: Provider | None
    rewrites: tuple[Loss, ...]
    effort: float


@dataclass(frozen=True)
class Selection:
    """What is left of one master: a line per target. `rewrite`: the model must be changed before one of the
    lines works."""

    master: Format
    lines: tuple[Line, ...]
    rewrite: bool


def holds(condition: Condition, context: Mapping[str, set[str]]) -> bool:
    """Whether every pair of the condition meets the answers."""
    return all(not wanted.isdisjoint(context.get(key, ())) for key, wanted in condition)


def context_of(requirements: Requirements) -> dict[str, set[str]]:
    """The answers as sets of ids by key; "undecided" where there is no answer."""
    return {
        "framework": {requirements.framework},
        "hardware": set(requirements.hardware) or {UNDECIDED},
        "serving": {requirements.serving or UNDECIDED},
        "language": {requirements.language or UNDECIDED},
        "needs": set(requirements.needs),
        "constraints": set(requirements.constraints),
        "model": {requirements.model or UNDECIDED},
    }


Failures = tuple[tuple[str, Loss], ...]
"""The formats that failed on the model itself, each with what that costs."""


def select(knowledge: Knowledge, requirements: Requirements, failures: Failures = ()) -> list[Selection]:
    """The masters that are possible, in the order of the knowledge base. One that is made into, or is, a
    format of `failures` needs a rewrite."""
    ways = ways_from(knowledge, requirements.framework)
    targets = targets_of(knowledge, requirements, _refusals(knowledge, requirements))
    left = [_left(ways, target) for target in targets]
    needs = frozenset(requirements.needs)
    selections = []
    for master, own in ways.keeping.items():
        if all(own & numbers for numbers in left):
            lines = tuple(
                [
                    _line(ways, own & numbers, target.hardware, target.serving, target.model, needs, failures)
                    for target, numbers in zip(targets, left, strict=True)
                ]
            )
            rewrite = any(line.rewrites for line in lines)
            selections.append(Selection(knowledge.formats[master], lines, rewrite))
    return selections


def _left(ways: Ways, target: Target) -> int:
    """The routes that pass all stages."""
    numbers = -1
    for question in target.questions:
        numbers &= left_by(ways, question)
    return numbers


@lru_cache(maxsize=16384)
def _line(
    ways: Ways,
    numbers: int,
    hardware: str | None,
    stack: str | None,
    model: str | None,
    needs: frozenset[str],
    failures: Failures,
) -> Line:
    """The route with the fewest rewrites; then by a runtime made for this kind of model; then, where no stack
    is asked for, in the program's own process; then with the least effort."""
    serving = ways.knowledge.serving[stack] if stack else None

    def effort(route: Route) -> float:
        own = serving is not None and needs_container(serving, route.runtime, route.delivered.id)
        return route.effort(hardware) * (CONTAINER if own else 1.0)

    def rewrites(route: Route) -> tuple[Loss, ...]:
        kept = (route.master.id, route.delivered.id)
        return (*route.lost(needs), *(loss for format_id, loss in failures if format_id in kept))

    def order(route: Route) -> tuple:
        general = model not in route.runtime.models
        aside = serving is None and route.runtime.server
        return len(rewrites(route)), general, aside, -effort(route), len(route.steps)

    best = min(ways.of(numbers), key=order)
    provider = provider_of(ways.knowledge, best.runtime.id, hardware, best.delivered.id, ways.framework.id)
    return Line(hardware, best, provider, rewrites(best), effort(best))


def rejections(knowledge: Knowledge, requirements: Requirements, possible: set[str]) -> tuple[Rejected, ...]:
    """The masters that are not possible with the claims that rule them out, target by target."""
    ways = ways_from(knowledge, requirements.framework)
    refusals = _refusals(knowledge, requirements)
    targets = targets_of(knowledge, requirements, refusals)
    rejected = []
    for master in knowledge.masters:
        if master.id in possible:
            continue
        claims = [refusal.claim for refusal in refusals if master.id in refusal.formats]
        if not claims and master.id not in ways.keeping:
            claims = [_no_route(knowledge, ways.framework.id, master.id)]
        if not claims:
            claims = [claim for one in targets for claim in _why(ways, one, master.id)]
        rejected.append(Rejected(master.id, tuple(dict.fromkeys(claims))))
    return tuple(rejected)


@lru_cache(maxsize=1024)
def _no_route(knowledge: Knowledge, framework_id: str, master_id: str) -> Claim:
    framework, master = knowledge.frameworks[framework_id], knowledge.formats[master_id]
    if master.status == "archived":
        return cite(f"{master.name} is archived.", basis(master))
    return cite(f"No known route leads there from {framework.name}.", basis(framework))


def _why(ways: Ways, target: Target, master: str) -> tuple[Claim, ...]:
    """The claims of the first question that none of the master's routes passes; empty where it is possible on
    this target."""
    numbers = ways.keeping[master]
    for question in target.questions:
        passing = numbers & left_by(ways, question)
        if not passing:
            return why(ways, question, master, numbers)
        numbers = passing
    return ()


def _refusals(knowledge: Knowledge, requirements: Requirements) -> tuple[Refusal, ...]:
    """What the constraints and the kind of model refuse by name; a serving stack's refusals belong to its own
    stage."""
    found = _refusals_of(knowledge, requirements.constraints, requirements.model)
    if not found:
        return ()
    context = context_of(requirements)
    return tuple(refusal for refusal in found if holds(refusal.when, context))


@lru_cache(maxsize=2048)
def _refusals_of(
    knowledge: Knowledge, constraints: tuple[str, ...], model: str | None
) -> tuple[Refusal, ...]:
    entries = [knowledge.constraints[name] for name in constraints]
    entries += [knowledge.get("model", model)] if model else []
    return tuple(refusal for entry in entries for refusal in entry.refuses)
