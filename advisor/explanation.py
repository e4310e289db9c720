"""Step three, explain: the claims on the walked path that bear on the answers, and the result in words."""

from collections.abc import Iterable

from advisor.answers import DEFAULT_PRIORITY, Requirements
from advisor.graph import Claim, Entry, Knowledge
from advisor.ranking import TIE, Ranked
from advisor.recommendation import Option, PlanLine, Rejected
from advisor.rejection import Line, context_of, holds

CLEAR = 0.1
"""A lead from which the headline calls a recommendation clear."""


def option(
    knowledge: Knowledge, requirements: Requirements, ranked: Ranked, weights: dict[str, float]
) -> Option:
    """A ranked master with its plan and the claims for and against it."""
    context = context_of(requirements)
    context["format"] = {ranked.selection.master.id}
    context["runtime"] = {line.route.runtime.id for line in ranked.selection.lines}
    claims = {"reason": [], "cost": [], "caveat": []}  # type: dict[str, list[Claim]]
    for entry in _entries(knowledge, requirements, ranked):
        for claim in entry.claims:
            if claim.role != "fact" and holds(claim.when, context):
                claims[claim.role].append(claim)
    lost = [loss.claim for loss in ranked.rewrites]
    return Option(
        format=ranked.selection.master.id,
        score=round(ranked.score, 4),
        plan=tuple(_plan_line(line) for line in ranked.selection.lines),
        reasons=_once(claims["reason"]),
        gives_up=_once(lost + claims["cost"]),
        caveats=_once(claims["caveat"]),
        criteria=tuple((name, round(value, 4)) for name, value in ranked.criteria.items()),
        weights=tuple(weights.items()),
    )


def _entries(knowledge: Knowledge, requirements: Requirements, ranked: Ranked) -> Iterable[Entry]:
    """What the plan rests on, the format first, then the path, then the answers."""
    lines = ranked.selection.lines
    yield ranked.selection.master
    for line in lines:
        yield from line.route.converters
        yield line.route.runtime
    if requirements.serving:
        yield knowledge.serving[requirements.serving]
    for name in requirements.hardware:
        yield knowledge.hardware[name]
    yield knowledge.frameworks[requirements.framework]
    for kind, names in (("need", requirements.needs), ("constraint", requirements.constraints)):
        for name in names:
            yield knowledge.get(kind, name)
    for kind, name in (("language", requirements.language), ("model", requirements.model)):
        if name:
            yield knowledge.get(kind, name)
    for name, weight in requirements.priorities:
        if weight > DEFAULT_PRIORITY:
            yield knowledge.get("priority", name)


def _once(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple({claim.id: claim for claim in claims}.values())


def _plan_line(line: Line) -> PlanLine:
    route = line.route
    return PlanLine(
        hardware=line.hardware or "undecided",
        steps=route.steps,
        runtime=route.runtime.id,
        package=route.runtime.package,
        exporters=tuple(edge.exporter for edge in route.converters),
        rewrites=tuple(dict.fromkeys(loss.rewrite for loss in line.rewrites)),
    )


def headline(
    knowledge: Knowledge,
    requirements: Requirements,
    verdict: str,
    ranked: list[Ranked],
    rejected: tuple[Rejected, ...],
) -> str:
    """The verdict as one or two sentences."""
    if verdict == "none":
        telling = _telling(knowledge, requirements, rejected)
        return f"None of the formats known here fits these answers. {telling.text}"
    framework = knowledge.name("framework", requirements.framework)
    best = ranked[0]
    name = best.selection.master.name
    targets = [knowledge.name("hardware", item) for item in requirements.hardware]
    place = f" on {_list(targets)}" if targets else ""
    start = (
        f"Keep it as {name}"
        if requirements.framework == best.selection.master.id
        else f"{framework} → {name}"
    )
    if verdict == "rewrite-needed":
        needs = dict.fromkeys(knowledge.name("need", loss.need).lower() for loss in best.rewrites)
        return f"{start}{place} works only after a rewrite of the model, because of: {_list(list(needs))}."
    rivals = [one for one in ranked[1:] if not one.selection.rewrite]
    if verdict == "tie":
        tied = [one.selection.master.name for one in rivals if best.score - one.score < TIE]
        fit = "fits" if len(tied) == 1 else "fit"
        return f"{start}{place}, but {_list(tied)} {fit} as well: the evidence cannot tell them apart."
    if not rivals:
        return f"{start}{place}: the only one of the formats known here that fits as the model stands."
    word = "clearly ahead of" if best.score - rivals[0].score >= CLEAR else "ahead of"
    rival = rivals[0]
    return f"{start}{place}: {word} {rival.selection.master.name} ({best.score:.2f} to {rival.score:.2f})."


def _telling(knowledge: Knowledge, requirements: Requirements, rejected: tuple[Rejected, ...]) -> Claim:
    """The claim that rules out the most formats; that the framework does not write one comes last."""
    no_route = knowledge.frameworks[requirements.framework].routes_claim
    ids = [claim.id for one in rejected for claim in one.reasons]
    telling = [name for name in ids if no_route is None or name != no_route.id] or ids
    return knowledge.claims[max(telling, key=telling.count)]


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
