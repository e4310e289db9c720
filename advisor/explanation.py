"""Step three, explain: the claims on the walked path that bear on the answers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from advisor.answers import DEFAULT_PRIORITY, Requirements
from advisor.graph import Claim, Entry, Knowledge
from advisor.ranking import Ranked
from advisor.recommendation import Option, PlanLine
from advisor.rejection import Line, context_of, holds
from advisor.standing import confidence_of, is_on_front

Context = Mapping[str, set[str]]
CAVEAT = ("caveat",)
ALL = ("reason", "cost", "caveat")


def options_of(
    knowledge: Knowledge, requirements: Requirements, ranked: Sequence[Ranked], weights: Mapping[str, float]
) -> tuple[Option, ...]:
    """The ranked masters, each with its plan and the claims for and against it."""
    context = context_of(requirements)
    answers = list(_answers(requirements))
    return tuple(
        _option(knowledge, context, answers, ranked, place, tuple(weights.items()))
        for place in range(len(ranked))
    )


def _option(
    knowledge: Knowledge,
    context: Context,
    answers: list[tuple[str, str]],
    ranked: Sequence[Ranked],
    place: int,
    weights: tuple[tuple[str, float], ...],
) -> Option:
    one = ranked[place]
    lines = one.selection.lines
    context = {
        **context,
        "format": {one.selection.master.id},
        "runtime": {line.route.runtime.id for line in lines},
        "provider": {line.provider.id for line in lines if line.provider},
    }
    claims: dict[str, dict[str, Claim]] = {role: {} for role in ALL}
    claims["cost"] = {loss.claim.id: loss.claim for loss in one.rewrites}
    spoken = _spoken(knowledge)
    for key, roles in (*_path(lines), *((answer, ALL) for answer in answers)):
        for claim in spoken[key]:
            if claim.role in roles and (not claim.when or holds(claim.when, context)):
                claims[claim.role][claim.id] = claim
    return Option(
        format=one.selection.master.id,
        score=round(one.score, 6),
        confidence=confidence_of(ranked, place),
        on_front=is_on_front(ranked, one),
        plan=tuple([_plan_line(line) for line in lines]),
        reasons=tuple(claims["reason"].values()),
        gives_up=tuple(claims["cost"].values()),
        caveats=tuple(claims["caveat"].values()),
        criteria=tuple([(name, round(value, 6)) for name, value in one.criteria.items()]),
        weights=weights,
    )


@lru_cache(maxsize=8)
def _spoken(knowledge: Knowledge) -> Mapping[tuple[str, str], tuple[Claim, ...]]:
    """The claims of every entry that are more than facts."""
    return {
        (kind, name): tuple(claim for claim in entry.claims if claim.role != "fact")
        for kind, group in knowledge.entries.items()
        for name, entry in group.items()
    }


def _path(lines: Iterable[Line]) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """What the plan rests on, the format first, with the roles in which each may speak.

    A format that is only delivered is made anew from the master at any time: what it is good for and what it
    costs to keep is no matter, what to mind about it is."""
    for number, line in enumerate(lines):
        route = line.route
        if number == 0:
            yield _key(route.master), ALL
        for converter in route.converters:
            yield _key(converter), ALL
        if route.delivered is not route.master:
            yield _key(route.delivered), CAVEAT
        yield _key(route.runtime), ALL
        if line.provider:
            yield _key(line.provider), ALL


def _key(entry: Entry) -> tuple[str, str]:
    return entry.kind, entry.id


def _answers(requirements: Requirements) -> Iterator[tuple[str, str]]:
    """The entries of the answers, as far as they can speak."""
    if requirements.serving:
        yield "serving", requirements.serving
    for name in requirements.hardware:
        yield "hardware", name
    yield "framework", requirements.framework
    for name in requirements.needs:
        yield "need", name
    for name in requirements.constraints:
        yield "constraint", name
    for kind, answer in (("language", requirements.language), ("model", requirements.model)):
        if answer:
            yield kind, answer
    for name, weight in requirements.priorities:
        if weight > DEFAULT_PRIORITY:
            yield "priority", name


@lru_cache(maxsize=8192)
def _plan_line(line: Line) -> PlanLine:
    route = line.route
    return PlanLine(
        hardware=line.hardware or "undecided",
        steps=route.steps,
        runtime=route.runtime.id,
        provider=line.provider.id if line.provider else "",
        package=line.provider.package_for(route.runtime.id) if line.provider else route.runtime.package,
        exporters=tuple(edge.exporter for edge in route.converters),
        exporter_packages=tuple(edge.package for edge in route.converters),
        rewrites=tuple(dict.fromkeys(loss.rewrite for loss in line.rewrites)),
    )
