"""Step one, reject: what an answer makes impossible, each with the claim that forbids it.

A format goes because an answer refuses it by name, because no route leads to it, or because the routes
to one of the targets do not pass the stages of `targets`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from advisor.answers import Requirements
from advisor.graph import Claim, Condition, Format, Knowledge, Loss, Refusal
from advisor.routes import Route, routes_from
from advisor.targets import Target, basis, cite, targets_of


@dataclass(frozen=True)
class Line:
    """A target and the route chosen for it, with what has to be rewritten first."""

    hardware: str | None
    route: Route
    rewrites: tuple[Loss, ...]


@dataclass(frozen=True)
class Selection:
    """What is left of one master: a line per target; none where it is impossible. `rewrite`: the model must
    be changed before one of the lines works."""

    master: Format
    lines: tuple[Line, ...]
    rewrite: bool


def holds(condition: Condition, context: dict[str, set[str]]) -> bool:
    """Whether every pair of the condition meets the answers."""
    return all(context.get(key, frozenset()) & wanted for key, wanted in condition)


def context_of(requirements: Requirements) -> dict[str, set[str]]:
    """The answers as sets of ids by key; "undecided" where there is no answer."""
    undecided = "undecided"
    return {
        "framework": {requirements.framework},
        "hardware": set(requirements.hardware) or {undecided},
        "serving": {requirements.serving or undecided},
        "language": {requirements.language or undecided},
        "needs": set(requirements.needs),
        "constraints": set(requirements.constraints),
        "model": {requirements.model or undecided},
    }


def select(knowledge: Knowledge, requirements: Requirements) -> tuple[Selection, ...]:
    """What is left of every master, in the order of the knowledge base."""
    refused = _refused(knowledge, requirements)
    targets = [(target, target.outcomes()) for target in targets_of(knowledge, requirements)]
    selections = []
    for master in knowledge.masters:
        lines: tuple[Line, ...] = ()
        if master.id not in refused and all(outcomes[master.id][0] is None for _, outcomes in targets):
            lines = tuple([_best_line(target, outcomes[master.id][1]) for target, outcomes in targets])
        selections.append(Selection(master, lines, any(line.rewrites for line in lines)))
    return tuple(selections)


def forbidden_by(knowledge: Knowledge, requirements: Requirements, master: Format) -> tuple[Claim, ...]:
    """The claims that rule a master out, target by target; empty where it is possible."""
    refused = _refused(knowledge, requirements)
    if master.id in refused:
        return tuple(refused[master.id])
    targets = targets_of(knowledge, requirements)
    if not routes_from(knowledge, requirements.framework)[master.id]:
        framework = targets[0].framework
        return (cite(f"No known route leads from {framework.name} to {master.name}.", basis(framework)),)
    claims: list[Claim] = []
    for target in targets:
        stage, left = target.outcomes()[master.id]
        if stage is not None:
            claims += _REASONS[stage](target, master, left)
    return tuple(dict.fromkeys(claims))


def _refused(knowledge: Knowledge, requirements: Requirements) -> dict[str, list[Claim]]:
    """The formats that an answer rules out by name. A serving stack's refusals belong to its own stage."""
    refused: dict[str, list[Claim]] = {}
    for refusal in _refusals(knowledge, requirements.constraints, requirements.model):
        if holds(refusal.when, context_of(requirements)):
            for format_id in sorted(refusal.formats):
                refused.setdefault(format_id, []).append(refusal.claim)
    return refused


@lru_cache(maxsize=4096)
def _refusals(knowledge: Knowledge, constraints: tuple[str, ...], model: str | None) -> tuple[Refusal, ...]:
    entries = [knowledge.constraints[name] for name in constraints]
    entries += [knowledge.get("model", model)] if model else []
    return tuple(refusal for entry in entries for refusal in entry.refuses)


@lru_cache(maxsize=2048)
def _best_line(target: Target, routes: tuple[Route, ...]) -> Line:
    """The route with the fewest rewrites, then in the program's own process, then with the least effort."""
    hardware = target.hardware.id if target.hardware else None

    def order(route: Route) -> tuple:
        aside = target.serving is None and route.runtime.server
        return len(route.lost(target.needs)), aside, -route.effort(hardware), len(route.steps)

    best = min(routes, key=order)
    return Line(hardware, best, best.lost(target.needs))


def _not_served(target: Target, master: Format, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    serving = target.serving
    assert serving is not None
    named = [refusal.claim for refusal in serving.refuses if master.id in refusal.formats]
    return tuple(named) or (cite(f"{serving.name} does not load {master.name}.", basis(serving)),)


def _not_run(target: Target, master: Format, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    assert target.hardware is not None
    runtimes = " and ".join(dict.fromkeys(route.runtime.name for route in left[:3]))
    text = f"{master.name} does not reach {target.hardware.name} through {runtimes}."
    return (cite(text, basis(target.hardware)),)


def _not_called(target: Target, master: Format, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    language = target.knowledge.name("language", target.language or "")
    runtimes = " and ".join(dict.fromkeys(route.runtime.name for route in left[:3]))
    return (cite(f"{runtimes} cannot be called from {language}.", basis(left[0].runtime, master)),)


def _not_allowed(target: Target, master: Format, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    return tuple(dict.fromkeys(filter(None, map(target.broken_constraint, left))))


def _not_survived(target: Target, master: Format, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    lost = (loss for route in left for loss in route.lost(target.needs))
    fatal = [loss for loss in lost if not loss.rewrite or target.framework.artifact]
    names = target.knowledge
    return tuple(
        dict.fromkeys(
            cite(f"{names.name('need', loss.need)}: does not survive the way there.", loss.claim)
            for loss in fatal
        )
    )


_REASONS: tuple[Callable[[Target, Format, tuple[Route, ...]], tuple[Claim, ...]], ...] = (
    _not_served,
    _not_run,
    _not_called,
    _not_allowed,
    _not_survived,
)
"""Why a stage left nothing, in the order of `targets.STAGES`."""
