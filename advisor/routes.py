"""Step one, reject: every path through the graph, less those that an answer makes impossible.

A route is framework → (converters) → master [→ converter → delivered format] → runtime. A framework's own exporter
is taken where there is one; only without it two edges are walked. What is archived is never walked.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from advisor.answers import Requirements
from advisor.graph import (
    Claim,
    Condition,
    Constraint,
    Converter,
    Entry,
    Format,
    Framework,
    Hardware,
    Knowledge,
    Loss,
    Runtime,
    Serving,
)

EFFORT = {
    "active": 1.0,
    "maintenance": 0.8,
    "beta": 0.7,
    "community": 0.6,
    "deprecated": 0.5,
    "stale": 0.4,
    "archived": 0.0,
}
"""How mature a step is, by the status of its tool: a deprecated one still works, a stale one may not."""
TIER = {"first": 1.0, "second": 0.8, "beta": 0.6}
"""How well a target is served by a runtime, by its place among the known routes."""
STEP = 0.85
"""What is left of the effort score after one more conversion."""


@dataclass(frozen=True, eq=False)
class Route:
    """One path to one runtime. `losses` are all needs lost on the way, asked for or not."""

    master: Format
    delivered: Format
    converters: tuple[Converter, ...]
    steps: tuple[str, ...]
    runtime: Runtime
    losses: tuple[Loss, ...]
    master_losses: tuple[Loss, ...]

    def effort(self, hardware: str | None) -> float:
        """0 to 1: every conversion costs, immature tools and second-best targets cost more."""
        score = TIER[self.runtime.hardware[hardware]] if hardware else max(map(TIER.get, self.runtime.hardware.values()))
        for converter in self.converters:
            score *= STEP * EFFORT[converter.status]
        return score


@dataclass(frozen=True)
class Line:
    """A target and the route chosen for it, with what has to be rewritten first."""

    hardware: str | None
    route: Route
    rewrites: tuple[Loss, ...]


@dataclass(frozen=True)
class Selection:
    """What is left of one master: a line per target, or the claims that forbid it."""

    master: Format
    lines: tuple[Line, ...]
    forbidden_by: tuple[Claim, ...] = ()


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


@lru_cache(maxsize=256)
def routes_from(knowledge: Knowledge, framework: str) -> dict[str, tuple[Route, ...]]:
    """Every route of a framework by its master, whatever the other answers are."""
    return {
        master.id: tuple(
            route for path in _paths(knowledge, framework, master.id) for route in _endings(knowledge, master, path)
        )
        for master in knowledge.masters
    }


@lru_cache(maxsize=64)
def edges_from(knowledge: Knowledge, node: str) -> tuple[Converter, ...]:
    return tuple(edge for edge in knowledge.of("converter") if edge.source == node and edge.status != "archived")


def _paths(knowledge: Knowledge, framework: str, master: str) -> list[tuple[Converter, ...]]:
    if framework == master:
        return [()]
    first = edges_from(knowledge, framework)
    direct = [(edge,) for edge in first if edge.target == master]
    if direct:
        return direct
    return [(edge, onward) for edge in first for onward in edges_from(knowledge, edge.target) if onward.target == master]


def _endings(knowledge: Knowledge, master: Format, path: tuple[Converter, ...]) -> Iterable[Route]:
    start = (path[0].source,) if path else (master.id,)
    steps = start + tuple(edge.target for edge in path)
    master_losses = master.loses + tuple(loss for edge in path for loss in edge.loses)
    deliveries: list[tuple[Format, tuple[Converter, ...], frozenset[str] | None]] = [(master, (), None)]
    for edge in edges_from(knowledge, master.id):
        if edge.delivers_to:
            deliveries.append((knowledge.get("format", edge.target), (edge,), edge.delivers_to))
    for delivered, onward, only in deliveries:
        for runtime in knowledge.of("runtime"):
            if delivered.id not in runtime.formats or runtime.status == "archived":
                continue
            if only is not None and runtime.id not in only:
                continue
            losses = master_losses + runtime.loses
            if onward:
                losses += delivered.loses + onward[0].loses
            yield Route(
                master=master,
                delivered=delivered,
                converters=path + onward,
                steps=steps + tuple(edge.target for edge in onward),
                runtime=runtime,
                losses=_once(losses),
                master_losses=_once(master_losses),
            )


def _once(losses: tuple[Loss, ...]) -> tuple[Loss, ...]:
    """One loss for each need: the one without a rewrite, if any."""
    kept: dict[str, Loss] = {}
    for loss in losses:
        if loss.need not in kept or not loss.rewrite:
            kept[loss.need] = loss
    return tuple(kept.values())


def can_serve(serving: Serving, runtime: Runtime, format_id: str) -> bool:
    """Whether the stack runs this format with this runtime."""
    if serving.status == "archived":
        return False
    if serving.any_runtime:
        return not runtime.server and (not serving.python or "python" in runtime.languages)
    return runtime.id in serving.loads.get(format_id, ())


class _Question:
    """One target's answers, with what each stage of rejection needs to know."""

    def __init__(self, knowledge: Knowledge, requirements: Requirements, hardware: str | None):
        self.knowledge = knowledge
        self.framework: Framework = knowledge.get("framework", requirements.framework)  # type: ignore[assignment]
        self.hardware: Hardware | None = knowledge.get("hardware", hardware) if hardware else None  # type: ignore[assignment]
        self.needs = frozenset(requirements.needs)
        self.constraints: list[Constraint] = [
            knowledge.get("constraint", name)  # type: ignore[misc]
            for name in requirements.constraints
        ]
        others = tuple(other for other in requirements.hardware if other != hardware)
        self.serving = self._serving(requirements.serving, others)
        self.language = self._language(requirements.language, others)
        self.undecided = requirements.serving is None

    def _serving(self, serving_id: str | None, others: tuple[str, ...]) -> Serving | None:
        """The stack, unless it cannot be on this target and another target asked for is the one for it."""
        if serving_id is None:
            return None
        serving: Serving = self.knowledge.get("serving", serving_id)  # type: ignore[assignment]
        where = _serving_hardware(self.knowledge, serving_id)
        if self.hardware and self.hardware.id not in where and any(other in where for other in others):
            return None
        return serving

    def _language(self, language: str | None, others: tuple[str, ...]) -> str | None:
        """The host's language, unless programs on this target are written in others and another target fits it."""
        if language is None or not self.hardware or not self.hardware.languages or language in self.hardware.languages:
            return language
        fits = (self.knowledge.get("hardware", other).languages for other in others)  # type: ignore[attr-defined]
        return None if any(not languages or language in languages for languages in fits) else language

    def can_be_served(self, route: Route) -> bool:
        return self.serving is None or can_serve(self.serving, route.runtime, route.delivered.id)

    def can_run(self, route: Route) -> bool:
        return self.hardware is None or self.hardware.id in route.runtime.hardware

    def can_be_called(self, route: Route) -> bool:
        networked = route.runtime.server or (self.serving is not None and self.serving.network)
        return self.language is None or networked or self.language in route.runtime.languages

    def broken_constraint(self, route: Route) -> Claim | None:
        for constraint in self.constraints:
            claim = _broken(constraint, self, route)
            if claim:
                return claim
        return None

    def rewrites(self, route: Route) -> tuple[Loss, ...]:
        return tuple(loss for loss in route.losses if loss.need in self.needs)

    def can_survive(self, route: Route) -> bool:
        """Whether every need survives, if only after a rewrite; without the source nothing can be rewritten."""
        return all(loss.rewrite and not self.framework.artifact for loss in self.rewrites(route))


@lru_cache(maxsize=64)
def _serving_hardware(knowledge: Knowledge, serving_id: str) -> frozenset[str]:
    serving: Serving = knowledge.get("serving", serving_id)  # type: ignore[assignment]
    if serving.hardware:
        return serving.hardware
    return frozenset(
        hardware
        for runtime in knowledge.of("runtime")
        if any(can_serve(serving, runtime, format_id) for format_id in runtime.formats)  # type: ignore[arg-type, attr-defined]
        for hardware in runtime.hardware  # type: ignore[attr-defined]
    )


def _cite(text: str, basis: Claim) -> Claim:
    """A sentence of the engine's that rests on a claim: the claim's own words and source follow."""
    return replace(basis, text=f"{text} {basis.text}", role="fact", when=())


def _basis(*entries: Entry) -> Claim:
    for entry in entries:
        if entry.routes_claim:
            return entry.routes_claim
    return next(claim for entry in entries for claim in entry.claims)


def _broken(constraint: Constraint, question: _Question, route: Route) -> Claim | None:
    runtime, delivered = route.runtime, route.delivered
    if constraint.requires_no_python:
        if question.serving and question.serving.python:
            return _cite(f"{question.serving.name} is itself a Python program.", _basis(question.serving))
        if not runtime.server and not runtime.languages - {"python"}:
            return _cite(f"{runtime.name} needs Python.", _basis(runtime, route.master))
    limit = constraint.footprint_limit_mb
    if limit is not None and runtime.footprint_mb is not None and runtime.footprint_mb > limit:
        text = f"{runtime.name} takes {runtime.footprint_mb:g} MB, more than the {limit:g} MB of a small image."
        return _cite(text, runtime.footprint_claim or _basis(runtime, route.master))
    if constraint.requires_single_file and not delivered.single_file:
        return _cite(f"{delivered.name} is not a single file.", delivered.file_claim or _basis(delivered))
    if constraint.requires_no_code_on_load:
        loaded = [route.master, delivered]
        if question.framework.artifact:
            loaded.insert(0, question.knowledge.get("format", question.framework.id))  # type: ignore[arg-type]
        for file in loaded:
            if file.code_on_load == "full":
                return file.code_claim or _basis(file)
    return None


def select(knowledge: Knowledge, requirements: Requirements) -> tuple[Selection, ...]:
    """What is left of every master; the claims that forbid it where nothing is."""
    questions = [_Question(knowledge, requirements, target) for target in requirements.hardware or (None,)]
    refused = _refused(knowledge, requirements)
    routes = routes_from(knowledge, requirements.framework)
    selections = []
    for master in knowledge.masters:
        if master.id in refused:
            selections.append(Selection(master, (), tuple(refused[master.id])))
            continue
        if not routes[master.id]:
            framework = questions[0].framework
            text = f"No known route leads from {framework.name} to {master.name}."
            selections.append(Selection(master, (), (_cite(text, _basis(framework)),)))
            continue
        lines = [_line(question, master, routes[master.id]) for question in questions]
        forbidden = tuple(dict.fromkeys(claim for line in lines if not isinstance(line, Line) for claim in line))
        possible = () if forbidden else tuple(line for line in lines if isinstance(line, Line))
        selections.append(Selection(master, possible, forbidden))
    return tuple(selections)


def _refused(knowledge: Knowledge, requirements: Requirements) -> dict[str, list[Claim]]:
    """The formats that an answer rules out by name. A serving stack's refusals belong to its own stage."""
    answered = [("constraint", item) for item in requirements.constraints]
    answered += [("need", item) for item in requirements.needs] + [("hardware", item) for item in requirements.hardware]
    answered += [("model", requirements.model)] if requirements.model else []
    refused: dict[str, list[Claim]] = {}
    context: dict[str, set[str]] | None = None
    for kind, entry_id in answered:
        for refusal in knowledge.get(kind, entry_id).refuses:
            context = context or context_of(requirements)
            if holds(refusal.when, context):
                for format_id in sorted(refusal.formats):
                    refused.setdefault(format_id, []).append(refusal.claim)
    return refused


def _line(question: _Question, master: Format, routes: tuple[Route, ...]) -> Line | tuple[Claim, ...]:
    """The best route to one target; or why the first stage that left none did so."""
    stages: tuple[tuple[Callable[[Route], bool], Callable[[tuple[Route, ...]], tuple[Claim, ...]]], ...] = (
        (question.can_be_served, lambda left: _not_served(question, master)),
        (question.can_run, lambda left: _not_run(question, master, left)),
        (question.can_be_called, lambda left: _not_called(question, master, left)),
        (
            lambda route: question.broken_constraint(route) is None,
            lambda left: tuple(dict.fromkeys(filter(None, map(question.broken_constraint, left)))),
        ),
        (question.can_survive, lambda left: _not_survived(question, left)),
    )
    for fits, explain in stages:
        fitting = tuple(route for route in routes if fits(route))
        if not fitting:
            return explain(routes)
        routes = fitting
    target = question.hardware.id if question.hardware else None

    def order(route: Route) -> tuple:
        aside = question.undecided and route.runtime.server
        return len(question.rewrites(route)), aside, -route.effort(target), len(route.steps)

    best = min(routes, key=order)
    return Line(target, best, question.rewrites(best))


def _not_served(question: _Question, master: Format) -> tuple[Claim, ...]:
    serving = question.serving
    assert serving is not None
    named = [refusal.claim for refusal in serving.refuses if master.id in refusal.formats]
    return tuple(named) or (_cite(f"{serving.name} does not load {master.name}.", _basis(serving)),)


def _not_run(question: _Question, master: Format, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    assert question.hardware is not None
    runtimes = " and ".join(dict.fromkeys(route.runtime.name for route in left[:3]))
    text = f"{master.name} does not reach {question.hardware.name} through {runtimes}."
    return (_cite(text, _basis(question.hardware)),)


def _not_called(question: _Question, master: Format, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    language = question.knowledge.name("language", question.language or "")
    runtimes = " and ".join(dict.fromkeys(route.runtime.name for route in left[:3]))
    return (_cite(f"{runtimes} cannot be called from {language}.", _basis(left[0].runtime, master)),)


def _not_survived(question: _Question, left: tuple[Route, ...]) -> tuple[Claim, ...]:
    lost = (loss for route in left for loss in question.rewrites(route))
    fatal = [loss for loss in lost if not loss.rewrite or question.framework.artifact]
    names = question.knowledge
    return tuple(
        dict.fromkeys(
            _cite(f"{names.name('need', loss.need)}: does not survive the way there.", loss.claim) for loss in fatal
        )
    )
