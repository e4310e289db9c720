"""One target of the answers, and the stages that a route to it must pass.

Can the serving stack load it, does a runtime reach the hardware, can the host program call it, do the
constraints allow it, do the needs survive. The first stage that leaves no route is why the format is
impossible there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from advisor.answers import Requirements
from advisor.graph import Claim, Constraint, Entry, Framework, Hardware, Knowledge, Serving
from advisor.routes import Route, can_serve, routes_from

Outcome = tuple[int | None, tuple[Route, ...]]
"""The routes left; or the number of the stage that left none, with the routes that came into it."""


@dataclass(frozen=True, eq=False)
class Target:
    """One target's answers, with what each stage of rejection asks of a route. `hardware`, `serving` and
    `language` are None where nothing was answered or where another target is the one the answer fits."""

    knowledge: Knowledge
    framework: Framework
    hardware: Hardware | None
    serving: Serving | None
    language: str | None
    needs: frozenset[str]
    constraints: tuple[Constraint, ...]

    def outcomes(self) -> dict[str, Outcome]:
        """What is left of every master's routes."""
        hardware = self.hardware.id if self.hardware else None
        serving = self.serving.id if self.serving else None
        reached = _reached(self.knowledge, self.framework.id, hardware, serving, self.language)
        if not (self.needs or self.constraints):
            return reached
        return {
            master: outcome if outcome[0] is not None else _pass(self, outcome[1], _RARE)
            for master, outcome in reached.items()
        }

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

    def can_survive(self, route: Route) -> bool:
        """Whether every need survives, if only after a rewrite; without the source nothing can be
        rewritten."""
        return all(loss.rewrite and not self.framework.artifact for loss in route.lost(self.needs))


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
_COMMON, _RARE = range(3), range(3, len(STAGES))
"""The first stages depend on few answers and are asked again and again; their outcome is kept by itself."""


def targets_of(knowledge: Knowledge, requirements: Requirements) -> list[Target]:
    """The targets asked for, or one undecided target.

    A serving stack that cannot be on a target is not asked of it where another target can have the stack; nor
    is the host's language where programs on the target are written in others and another target fits it."""
    answered = requirements.hardware
    where = _serving_hardware(knowledge, requirements.serving) if requirements.serving else frozenset()
    somewhere = any(hardware in where for hardware in answered)
    spoken = {hardware: _speaks(knowledge, hardware, requirements.language) for hardware in answered}
    return [
        _target(
            knowledge,
            requirements.framework,
            hardware,
            None if somewhere and hardware not in where else requirements.serving,
            None if hardware and any(spoken.values()) and not spoken[hardware] else requirements.language,
            requirements.needs,
            requirements.constraints,
        )
        for hardware in answered or (None,)
    ]


def _speaks(knowledge: Knowledge, hardware: str, language: str | None) -> bool:
    languages = knowledge.hardware[hardware].languages
    return not languages or language in languages


@lru_cache(maxsize=1024)
def _target(
    knowledge: Knowledge,
    framework: str,
    hardware: str | None,
    serving: str | None,
    language: str | None,
    needs: tuple[str, ...],
    constraints: tuple[str, ...],
) -> Target:
    return Target(
        knowledge=knowledge,
        framework=knowledge.frameworks[framework],
        hardware=knowledge.hardware[hardware] if hardware else None,
        serving=knowledge.serving[serving] if serving else None,
        language=language,
        needs=frozenset(needs),
        constraints=tuple(knowledge.constraints[name] for name in constraints),
    )


@lru_cache(maxsize=4096)
def _reached(
    knowledge: Knowledge, framework: str, hardware: str | None, serving: str | None, language: str | None
) -> dict[str, Outcome]:
    target = _target(knowledge, framework, hardware, serving, language, (), ())
    routes = routes_from(knowledge, framework)
    return {master: _pass(target, found, _COMMON) for master, found in routes.items()}


def _pass(target: Target, routes: tuple[Route, ...], numbers: range) -> Outcome:
    for number in numbers:
        fits = STAGES[number]
        fitting = tuple([route for route in routes if fits(target, route)])
        if not fitting:
            return number, routes
        routes = fitting
    return None, routes
