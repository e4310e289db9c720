"""Step one, reject: what an answer makes impossible, each with the claim that forbids it.

A format goes because an answer refuses it by name, because no route leads to it, or because its routes to one
of the targets do not pass the stages.

What is left of a target's routes is kept, stage by stage: neighbouring answers differ in few of their
questions, so most of the work of one is the work of the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from advisor.answers import UNDECIDED, Requirements
from advisor.graph import Claim, Condition, Format, Knowledge, Loss, Provider, Refusal
from advisor.recommendation import Rejected
from advisor.routes import Route, provider_of, routes_from
from advisor.stages import STAGES, basis, cite
from advisor.targets import Target, targets_of

Outcome = tuple[int | None, tuple[Route, ...]]
"""The routes left; or the number of the stage that left none, with the routes that came into it."""


@dataclass(frozen=True, eq=False)
class Line:
    """A target and the route chosen for it, with what has to be rewritten first."""

    hardware: str | None
    route: Route
    provider: Provider | None
    rewrites: tuple[Loss, ...]


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


def select(knowledge: Knowledge, requirements: Requirements) -> tuple[Selection, ...]:
    """The masters that are possible, in the order of the knowledge base."""
    refusals = _refusals(knowledge, requirements)
    first, *others = [_lines(one) for one in targets_of(knowledge, requirements, refusals)]
    selections = []
    for name, line in first.items():
        lines = (line, *(found[name] for found in others if name in found))
        if len(lines) == 1 + len(others):
            master = knowledge.formats[name]
            selections.append(Selection(master, lines, any(line.rewrites for line in lines)))
    return tuple(selections)


def rejections(knowledge: Knowledge, requirements: Requirements, possible: set[str]) -> tuple[Rejected, ...]:
    """The masters that are not possible with the claims that rule them out, target by target."""
    refusals = _refusals(knowledge, requirements)
    targets = targets_of(knowledge, requirements, refusals)
    rejected = []
    for master in knowledge.masters:
        if master.id in possible:
            continue
        claims = [refusal.claim for refusal in refusals if master.id in refusal.formats]
        if not claims:
            claims = [claim for one in targets for claim in _why(one, master.id)]
        rejected.append(Rejected(master.id, tuple(dict.fromkeys(claims))))
    return tuple(rejected)


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


@lru_cache(maxsize=4096)
def _outcomes(target: Target) -> Mapping[str, Outcome]:
    """What is left of every master's routes after the target's last stage."""
    if target.stage < 0:
        routes = routes_from(target.knowledge, target.framework.id)
        return {master: (None, found) for master, found in routes.items() if found}
    passes = STAGES[target.stage].passes
    outcomes = dict(_outcomes(target.before))
    for master, (failed, routes) in outcomes.items():
        if failed is None:
            left = tuple([route for route in routes if passes(target, route)])
            outcomes[master] = (None, left) if left else (target.stage, routes)
    return outcomes


@lru_cache(maxsize=4096)
def _lines(target: Target) -> Mapping[str, Line]:
    """The best line of every master that can reach the target."""
    return {
        master: _best_line(target, routes)
        for master, (failed, routes) in _outcomes(target).items()
        if failed is None
    }


def _best_line(target: Target, routes: tuple[Route, ...]) -> Line:
    """The route with the fewest rewrites, then in the program's own process, then with the least effort."""
    hardware = target.hardware.id if target.hardware else None

    def order(route: Route) -> tuple:
        aside = target.serving is None and route.runtime.server
        return len(route.lost(target.needs)), aside, -route.effort(hardware), len(route.steps)

    best = min(routes, key=order)
    provider = provider_of(target.knowledge, best.runtime.id, hardware)
    return Line(hardware, best, provider, best.lost(target.needs))


def _why(target: Target, master: str) -> tuple[Claim, ...]:
    """The claims that rule the master out on this target; empty where it is possible there."""
    failed, _ = _outcomes(target).get(master, (-1, ()))
    if failed is None:
        return ()
    while target.stage > failed:
        target = target.before
    return _why_at(target, master)


@lru_cache(maxsize=16384)
def _why_at(target: Target, master_id: str) -> tuple[Claim, ...]:
    """The same where it is the target's last stage that rules the master out; kept, because it rules it out
    whatever is asked further."""
    master = target.knowledge.formats[master_id]
    if target.stage < 0:
        if master.status == "archived":
            return (cite(f"{master.name} is archived.", basis(master)),)
        framework = target.framework
        text = f"No known route leads from {framework.name} to {master.name}."
        return (cite(text, basis(framework)),)
    _, left = _outcomes(target)[master_id]
    return tuple(dict.fromkeys(STAGES[target.stage].why(target, master, left)))
