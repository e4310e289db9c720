"""The stages that a route to a target must pass, each with why it does not.

Is it for this kind of model, can the serving stack load it and be there, does a runtime reach the hardware,
can the host program call it, is none of its formats refused, do the constraints allow it, do the needs
survive. The first stage that leaves no route is why a format is impossible on the target.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from advisor.graph import Claim, Constraint, Entry, Format, Knowledge, Runtime
from advisor.routes import (
    Route,
    can_drive,
    can_serve,
    footprint_of,
    provider_of,
    providers_of,
    refused_by,
    takes,
)
from advisor.ways import Ways

Routes = tuple[Route, ...]
Question = tuple
"""A stage's name, and all that the stage's answer depends on: ids, truth values, sets of ids."""


@dataclass(frozen=True)
class Stage:
    """`passes(ways, route, *question)`: whether the route does. `why(ways, master, routes, *question)`: the
    claims that rule out a master none of whose routes does."""

    passes: Callable[..., bool]
    why: Callable[..., Iterable[Claim]]


def cite(text: str, claim: Claim) -> Claim:
    """A sentence of the engine's that rests on a claim: the claim's own words and source follow."""
    return Claim(f"{text} {claim.text}", claim.source, claim.checked, claim.confidence, claim.id)


def basis(*entries: Entry) -> Claim:
    """The claim that says what is known to work with the first entry that has one."""
    for entry in entries:
        if entry.routes_claim:
            return entry.routes_claim
    return next(claim for entry in entries for claim in entry.claims)


def _runtimes(routes: Routes) -> str:
    return " and ".join(dict.fromkeys(route.runtime.name for route in routes[:3]))


def _is_for_model(ways: Ways, route: Route, kind: str | None, implying: str | None) -> bool:
    """A runtime for some kinds of model is none for a model of another kind, nor of an unknown one.
    `implying`: the serving stack, where it is for one kind of model."""
    if implying is None:
        return _is_for(route.runtime, kind)
    implied = ways.knowledge.serving[implying].model
    return kind in (None, implied) and _is_for(route.runtime, implied)


def _is_for(runtime: Runtime, kind: str | None) -> bool:
    return not runtime.models or kind in runtime.models


def _not_for_model(
    ways: Ways, master: Format, left: Routes, kind: str | None, implying: str | None
) -> Iterable[Claim]:
    stack = ways.knowledge.serving[implying] if implying else None
    if stack and kind not in (None, stack.model):
        yield _for_kinds(ways, stack, [stack.model], master)
        return
    for route in left:
        if route.runtime.models:
            yield _for_kinds(ways, route.runtime, sorted(route.runtime.models), master)


def _for_kinds(ways: Ways, entry: Entry, kinds: list[str], master: Format) -> Claim:
    names = " or ".join(ways.knowledge.name("model", kind).lower() for kind in kinds)
    return cite(f"{entry.name} is for this kind of model: {names}.", basis(entry, master))


def _can_be_served(ways: Ways, route: Route, stack: str) -> bool:
    return can_serve(ways.knowledge.serving[stack], route.runtime, route.delivered.id)


def _not_served(ways: Ways, master: Format, left: Routes, stack: str) -> Iterable[Claim]:
    serving = ways.knowledge.serving[stack]
    named = [refusal.claim for refusal in serving.refuses if master.id in refusal.formats]
    return named or (cite(f"{serving.name} does not load {master.name}.", basis(serving)),)


def _is_there(ways: Ways, route: Route, stack: str, hardware: str) -> bool:
    return hardware in stack_hardware(ways.knowledge, stack)


def _not_there(ways: Ways, master: Format, left: Routes, stack: str, hardware: str) -> Iterable[Claim]:
    serving, target = ways.knowledge.serving[stack], ways.knowledge.hardware[hardware]
    return (cite(f"{serving.name} does not run on {target.name}.", basis(serving)),)


@lru_cache(maxsize=64)
def stack_hardware(knowledge: Knowledge, stack: str) -> frozenset[str]:
    """Where a stack can be: where it says, else wherever a runtime is that it uses."""
    serving = knowledge.serving[stack]
    if serving.hardware:
        return serving.hardware
    return frozenset(
        hardware
        for runtime in knowledge.runtimes.values()
        if any(can_serve(serving, runtime, format_id) for format_id in runtime.formats)
        for hardware in runtime.hardware
    )


def _can_run(ways: Ways, route: Route, hardware: str) -> bool:
    if not can_drive(ways.knowledge, route.runtime, hardware):
        return False
    drives = [one for one in providers_of(ways.knowledge, route.runtime.id) if hardware in one.hardware]
    return not drives or any(takes(one, route.delivered.id, ways.framework.id) for one in drives)


def _not_run(ways: Ways, master: Format, left: Routes, hardware: str) -> Iterable[Claim]:
    target = ways.knowledge.hardware[hardware]
    refused = [
        claim
        for route in left
        if hardware in route.runtime.hardware
        for provider in providers_of(ways.knowledge, route.runtime.id)
        if hardware in provider.hardware
        for claim in refused_by(provider, route.delivered.id, ways.framework.id)
    ]
    text = f"{master.name} does not reach {target.name} through {_runtimes(left)}."
    return refused or (cite(text, basis(target)),)


def _can_be_called(ways: Ways, route: Route, language: str, hardware: str | None, networked: bool) -> bool:
    if networked or route.runtime.server:
        return True
    return speaks(ways.knowledge, hardware, language) and route.runtime.can_be_called(language, hardware)


def _not_called(
    ways: Ways, master: Format, left: Routes, language: str, hardware: str | None, networked: bool
) -> Iterable[Claim]:
    name = ways.knowledge.name("language", language)
    if hardware and not speaks(ways.knowledge, hardware, language):
        target = ways.knowledge.hardware[hardware]
        return (cite(f"Programs on {target.name} are not written in {name}.", basis(target)),)
    return (cite(f"{_runtimes(left)} cannot be called from {name}.", basis(left[0].runtime, master)),)


def speaks(knowledge: Knowledge, hardware: str | None, language: str) -> bool:
    """Whether programs on the target are written in the language."""
    languages = knowledge.hardware[hardware].languages if hardware else ()
    return not languages or language in languages


def _is_welcome(ways: Ways, route: Route, claim: str, formats: frozenset[str]) -> bool:
    return formats.isdisjoint(route.files)


def _not_welcome(
    ways: Ways, master: Format, left: Routes, claim: str, formats: frozenset[str]
) -> Iterable[Claim]:
    return (ways.knowledge.claims[claim],)


def _is_allowed(
    ways: Ways,
    route: Route,
    constraint: str,
    python_stack: str | None,
    python_host: bool,
    hardware: str | None,
) -> bool:
    return _broken(ways, route, constraint, python_stack, python_host, hardware) is None


def _not_allowed(
    ways: Ways,
    master: Format,
    left: Routes,
    constraint: str,
    python_stack: str | None,
    python_host: bool,
    hardware: str | None,
) -> Iterable[Claim]:
    broken = (_broken(ways, route, constraint, python_stack, python_host, hardware) for route in left)
    return (claim for claim in broken if claim)


def _broken(
    ways: Ways,
    route: Route,
    name: str,
    python_stack: str | None,
    python_host: bool,
    hardware: str | None,
) -> Claim | None:
    """The claim for why the constraint forbids the route; None where it does not. `python_stack`: the serving
    stack, where it is a Python program; `python_host`: a Python program holds the model itself; `hardware`:
    the target, where the constraint limits the size."""
    constraint: Constraint = ways.knowledge.constraints[name]
    runtime = route.runtime
    if constraint.requires_no_python:
        if python_stack:
            stack = ways.knowledge.serving[python_stack]
            return cite(f"{stack.name} is itself a Python program.", basis(stack))
        if not runtime.server and not runtime.languages - {"python"}:
            return cite(f"{runtime.name} needs Python.", basis(runtime, route.master))
        if not runtime.server and python_host:
            return cite("A host program in Python needs Python.", basis(runtime, route.master))
    limit = constraint.footprint_limit_mb
    if limit is not None:
        provider = provider_of(ways.knowledge, runtime.id, hardware, route.delivered.id, ways.framework.id)
        size, measured = footprint_of(runtime, provider)
        if size is not None and size > limit:
            text = f"{runtime.name} takes {size:g} MB there, more than the {limit:g} MB of a small image."
            return cite(text, measured or basis(runtime, route.master))
    if constraint.requires_single_file:
        for file in (route.master, route.delivered):
            if not file.single_file:
                return cite(f"{file.name} is not a single file.", file.file_claim or basis(file))
    if constraint.requires_no_code_on_load:
        loaded = [route.master, route.delivered]
        if ways.framework.artifact:
            loaded.insert(0, ways.knowledge.formats[ways.framework.id])
        for file in loaded:
            if file.code_on_load == "full":
                return file.code_claim or basis(file)
    return None


def _can_survive(ways: Ways, route: Route, need: str) -> bool:
    """Whether the need survives, if only after a rewrite; without the source nothing can be rewritten."""
    return all(loss.rewrite and not ways.framework.artifact for loss in route.lost(frozenset({need})))


def _not_survived(ways: Ways, master: Format, left: Routes, need: str) -> Iterable[Claim]:
    name = ways.knowledge.name("need", need)
    lost = (loss for route in left for loss in route.lost(frozenset({need})))
    return (
        cite(f"{name}: does not survive the way there.", loss.claim)
        for loss in lost
        if not loss.rewrite or ways.framework.artifact
    )


STAGES = {
    "model": Stage(_is_for_model, _not_for_model),
    "serving": Stage(_can_be_served, _not_served),
    "place": Stage(_is_there, _not_there),
    "hardware": Stage(_can_run, _not_run),
    "language": Stage(_can_be_called, _not_called),
    "refusal": Stage(_is_welcome, _not_welcome),
    "constraint": Stage(_is_allowed, _not_allowed),
    "need": Stage(_can_survive, _not_survived),
}
"""In the order in which they are asked."""


@lru_cache(maxsize=65536)
def left_by(ways: Ways, question: Question) -> int:
    """The set of the routes that pass."""
    name, *asked = question
    passes = STAGES[name].passes
    return sum(1 << number for number, route in enumerate(ways.routes) if passes(ways, route, *asked))


@lru_cache(maxsize=16384)
def why(ways: Ways, question: Question, master: str, numbers: int) -> tuple[Claim, ...]:
    """Why none of the master's routes that came to the question passes."""
    name, *asked = question
    claims = STAGES[name].why(ways, ways.knowledge.formats[master], ways.of(numbers), *asked)
    return tuple(dict.fromkeys(claims))
