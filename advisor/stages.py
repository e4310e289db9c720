"""The stages that a route to a target must pass, each with why it does not.

Is it for this kind of model, can the serving stack load it, does a runtime reach the hardware, can the host
program call it, is none of its formats refused, do the constraints allow it, do the needs survive. The first
stage that leaves no route is why a format is impossible on the target.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from advisor.graph import Claim, Constraint, Entry, Format, Refusal, Runtime
from advisor.routes import Route, can_drive, can_serve
from advisor.targets import Target, speaks

Routes = tuple[Route, ...]


@dataclass(frozen=True)
class Stage:
    """`passes`: whether a route meets what the target asks at this stage. `why`: the claims that rule out a
    master none of whose routes, given here, passes."""

    passes: Callable[[Target, Route], bool]
    why: Callable[[Target, Format, Routes], Iterable[Claim]]


def cite(text: str, claim: Claim) -> Claim:
    """A sentence of the engine's that rests on a claim: the claim's own words and source follow."""
    return Claim(f"{text} {claim.text}", claim.source, claim.checked, claim.confidence, claim.id)


def basis(*entries: Entry) -> Claim:
    """The claim that says what is known to work with the first entry that has one."""
    for entry in entries:
        if entry.routes_claim:
            return entry.routes_claim
    return next(claim for entry in entries for claim in entry.claims)


def _is_for_model(target: Target, route: Route) -> bool:
    """A runtime for some kinds of model is none for a model of another kind, nor of an unknown one."""
    answered, implying = target.model
    if implying:
        return answered in (None, implying.model) and _is_for(route.runtime, implying.model)
    return _is_for(route.runtime, answered)


def _is_for(runtime: Runtime, kind: str | None) -> bool:
    return not runtime.models or kind in runtime.models


def _not_for_model(target: Target, master: Format, left: Routes) -> Iterable[Claim]:
    answered, implying = target.model
    if implying and answered not in (None, implying.model):
        yield _is_for_kinds(target, implying, [implying.model], master)
        return
    for route in left:
        if route.runtime.models:
            yield _is_for_kinds(target, route.runtime, sorted(route.runtime.models), master)


def _is_for_kinds(target: Target, entry: Entry, kinds: list[str], master: Format) -> Claim:
    names = " or ".join(target.knowledge.name("model", kind).lower() for kind in kinds)
    return cite(f"{entry.name} is for this kind of model: {names}.", basis(entry, master))


def _can_be_served(target: Target, route: Route) -> bool:
    return target.serving is None or can_serve(target.serving, route.runtime, route.delivered.id)


def _not_served(target: Target, master: Format, left: Routes) -> Iterable[Claim]:
    serving = target.serving
    assert serving is not None
    named = [refusal.claim for refusal in serving.refuses if master.id in refusal.formats]
    return named or (cite(f"{serving.name} does not load {master.name}.", basis(serving)),)


def _can_run(target: Target, route: Route) -> bool:
    return target.hardware is None or can_drive(target.knowledge, route.runtime, target.hardware.id)


def _not_run(target: Target, master: Format, left: Routes) -> Iterable[Claim]:
    assert target.hardware is not None
    text = f"{master.name} does not reach {target.hardware.name} through {_runtimes(left)}."
    return (cite(text, basis(target.hardware)),)


def _runtimes(routes: Routes) -> str:
    return " and ".join(dict.fromkeys(route.runtime.name for route in routes[:3]))


def _over_a_network(target: Target, route: Route) -> bool:
    return route.runtime.server or (target.serving is not None and target.serving.network)


def _can_be_called(target: Target, route: Route) -> bool:
    if target.language is None or _over_a_network(target, route):
        return True
    spoken = target.hardware is None or speaks(target.hardware, target.language)
    return spoken and target.language in route.runtime.languages


def _not_called(target: Target, master: Format, left: Routes) -> Iterable[Claim]:
    language = target.knowledge.name("language", target.language or "")
    if target.hardware and not speaks(target.hardware, target.language or ""):
        text = f"Programs on {target.hardware.name} are not written in {language}."
        return (cite(text, basis(target.hardware)),)
    text = f"{_runtimes(left)} cannot be called from {language}."
    return (cite(text, basis(left[0].runtime, master)),)


def _refusals_of(target: Target, route: Route) -> list[Refusal]:
    """What refuses one of the formats that the route passes."""
    return [refusal for refusal in target.refusals if not refusal.formats.isdisjoint(route.files)]


def _is_welcome(target: Target, route: Route) -> bool:
    return not _refusals_of(target, route)


def _not_welcome(target: Target, master: Format, left: Routes) -> Iterable[Claim]:
    return (refusal.claim for route in left for refusal in _refusals_of(target, route))


def _is_allowed(target: Target, route: Route) -> bool:
    return all(_broken(constraint, target, route) is None for constraint in target.constraints)


def _not_allowed(target: Target, master: Format, left: Routes) -> Iterable[Claim]:
    broken = (_broken(constraint, target, route) for route in left for constraint in target.constraints)
    return (claim for claim in broken if claim)


def _broken(constraint: Constraint, target: Target, route: Route) -> Claim | None:
    """The claim for why the constraint forbids the route; None where it does not."""
    runtime, delivered = route.runtime, route.delivered
    if constraint.requires_no_python:
        if target.serving and target.serving.python:
            return cite(f"{target.serving.name} is itself a Python program.", basis(target.serving))
        if not runtime.server and not runtime.languages - {"python"}:
            return cite(f"{runtime.name} needs Python.", basis(runtime, route.master))
        if target.language == "python" and not _over_a_network(target, route):
            return cite("A host program in Python needs Python.", basis(runtime, route.master))
    limit = constraint.footprint_limit_mb
    if limit is not None and runtime.footprint_mb is not None and runtime.footprint_mb > limit:
        text = (
            f"{runtime.name} takes {runtime.footprint_mb:g} MB, more than the {limit:g} MB of a small image."
        )
        return cite(text, runtime.footprint_claim or basis(runtime, route.master))
    if constraint.requires_single_file:
        for file in (route.master, delivered):
            if not file.single_file:
                return cite(f"{file.name} is not a single file.", file.file_claim or basis(file))
    if constraint.requires_no_code_on_load:
        loaded = [route.master, delivered]
        if target.framework.artifact:
            loaded.insert(0, target.knowledge.formats[target.framework.id])
        for file in loaded:
            if file.code_on_load == "full":
                return file.code_claim or basis(file)
    return None


def _can_survive(target: Target, route: Route) -> bool:
    """Whether every need survives, if only after a rewrite; without the source nothing can be rewritten."""
    return all(loss.rewrite and not target.framework.artifact for loss in route.lost(target.needs))


def _not_survived(target: Target, master: Format, left: Routes) -> Iterable[Claim]:
    names = target.knowledge
    return (
        cite(f"{names.name('need', loss.need)}: does not survive the way there.", loss.claim)
        for route in left
        for loss in route.lost(target.needs)
        if not loss.rewrite or target.framework.artifact
    )


STAGES = (
    Stage(_is_for_model, _not_for_model),
    Stage(_can_be_served, _not_served),
    Stage(_can_run, _not_run),
    Stage(_can_be_called, _not_called),
    Stage(_is_welcome, _not_welcome),
    Stage(_is_allowed, _not_allowed),
    Stage(_can_survive, _not_survived),
)
"""In the order of a target's questions."""
