"""One target of the answers, and the stages that a route to it must pass.

Can the serving stack load it, does a runtime reach the hardware, can the host program call it, do the
constraints allow it, do the needs survive. The first stage that leaves no route is why the format is
impossible there.
"""

from collections.abc import Callable
from functools import lru_cache

from advisor.answers import Requirements
from advisor.graph import Claim, Constraint, Entry, Framework, Hardware, Knowledge, Loss, Serving
from advisor.routes import Route, can_serve, routes_from


class Target:
    """One target's answers, with what each stage of rejection asks of a route."""

    def __init__(self, knowledge: Knowledge, requirements: Requirements, hardware: str | None):
        self.knowledge = knowledge
        self.framework: Framework = knowledge.frameworks[requirements.framework]
        self.hardware: Hardware | None = knowledge.hardware[hardware] if hardware else None
        self.needs = frozenset(requirements.needs)
        self.constraints: list[Constraint] = [
            knowledge.constraints[name] for name in requirements.constraints
        ]
        others = tuple(other for other in requirements.hardware if other != hardware)
        self.serving = self._serving(requirements.serving, others)
        self.language = self._language(requirements.language, others)
        self.undecided = requirements.serving is None

    def _serving(self, serving_id: str | None, others: tuple[str, ...]) -> Serving | None:
        """The stack, unless it cannot be on this target and another target asked for is the one for it."""
        if serving_id is None:
            return None
        serving: Serving = self.knowledge.serving[serving_id]
        where = _serving_hardware(self.knowledge, serving_id)
        if self.hardware and self.hardware.id not in where and any(other in where for other in others):
            return None
        return serving

    def _language(self, language: str | None, others: tuple[str, ...]) -> str | None:
        """The host's language, unless programs on this target are written in others and another target
        fits it."""
        if (
            language is None
            or not self.hardware
            or not self.hardware.languages
            or language in self.hardware.languages
        ):
            return language
        fits = (self.knowledge.hardware[other].languages for other in others)
        return None if any(not languages or language in languages for languages in fits) else language

    def can_be_served(self, route: Route) -> bool:
        return self.serving is None or can_serve(self.serving, route.runtime, route.delivered.id)

    def can_run(self, route: Route) -> bool:
        return self.hardware is None or self.hardware.id in route.runtime.hardware

    def can_be_called(self, route: Route) -> bool:
        networked = route.runtime.server or (self.serving is not None and self.serving.network)
        return self.language is None or networked or self.language in route.runtime.languages

    def is_allowed(self, route: Route) -> bool:
        return not self.constraints or self.broken_constraint(route) is None

    def broken_constraint(self, route: Route) -> Claim | None:
        for constraint in self.constraints:
            claim = broken(constraint, self, route)
            if claim:
                return claim
        return None

    def rewrites(self, route: Route) -> tuple[Loss, ...]:
        return tuple(loss for loss in route.losses if loss.need in self.needs)

    def can_survive(self, route: Route) -> bool:
        """Whether every need survives, if only after a rewrite; without the source nothing can be
        rewritten."""
        return all(loss.rewrite and not self.framework.artifact for loss in self.rewrites(route))


@lru_cache(maxsize=64)
def _serving_hardware(knowledge: Knowledge, serving_id: str) -> frozenset[str]:
    serving: Serving = knowledge.serving[serving_id]
    if serving.hardware:
        return serving.hardware
    return frozenset(
        hardware
        for runtime in knowledge.runtimes.values()
        if any(can_serve(serving, runtime, format_id) for format_id in runtime.formats)
        for hardware in runtime.hardware
    )


def cite(text: str, claim: Claim) -> Claim:
    """A sentence of the engine's that rests on a claim: the claim's own words and source follow."""
    return Claim(f"{text} {claim.text}", claim.source, claim.checked, claim.confidence, claim.id)


def basis(*entries: Entry) -> Claim:
    """The claim that says what is known to work with the first entry that has one."""
    for entry in entries:
        if entry.routes_claim:
            return entry.routes_claim
    return next(claim for entry in entries for claim in entry.claims)


def broken(constraint: Constraint, target: Target, route: Route) -> Claim | None:
    """The claim for why the constraint forbids the route; None where it does not."""
    runtime, delivered = route.runtime, route.delivered
    if constraint.requires_no_python:
        if target.serving and target.serving.python:
            return cite(f"{target.serving.name} is itself a Python program.", basis(target.serving))
        if not runtime.server and not runtime.languages - {"python"}:
            return cite(f"{runtime.name} needs Python.", basis(runtime, route.master))
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


STAGES: tuple[Callable[[Target, Route], bool], ...] = (
    Target.can_be_served,
    Target.can_run,
    Target.can_be_called,
    Target.is_allowed,
    Target.can_survive,
)
CACHED = 3
"""The first stages depend on few answers and are asked again and again; their outcome is kept."""

Outcome = tuple[int | None, tuple[Route, ...]]
"""The routes left; or the number of the stage that left none, with the routes that came into it."""


def pass_stages(target: Target, master: str) -> Outcome:
    """What is left of a master's routes for one target."""
    serving = target.serving.id if target.serving else None
    hardware = target.hardware.id if target.hardware else None
    reached = _reach(target.knowledge, target.framework.id, hardware, serving, target.language)
    stage, routes = reached[master]
    return (stage, routes) if stage is not None else _pass(target, routes, range(CACHED, len(STAGES)))


@lru_cache(maxsize=32768)
def _reach(
    knowledge: Knowledge, framework: str, hardware: str | None, serving: str | None, language: str | None
) -> dict[str, Outcome]:
    alone = Requirements(framework, (hardware,) if hardware else (), serving, language)
    target = Target(knowledge, alone, hardware)
    return {
        master: _pass(target, routes, range(CACHED))
        for master, routes in routes_from(knowledge, framework).items()
    }


def _pass(target: Target, routes: tuple[Route, ...], numbers: range) -> Outcome:
    for number in numbers:
        fits = STAGES[number]
        fitting = tuple([route for route in routes if fits(target, route)])
        if not fitting:
            return number, routes
        routes = fitting
    return None, routes
