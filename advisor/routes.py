"""Every path through the graph, before any answer rules it out.

A route is framework → (converters) → master [→ converter → delivered format] → runtime. A framework's
own exporter is taken where there is one; only without it two edges are walked. What is archived is never
walked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from advisor.graph import Claim, Converter, Entry, Format, Knowledge, Loss, Provider, Runtime, Serving

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
ORDINARY = "x86-cpu"
"""What an undecided target is taken for where the effort of a runtime is weighed; one that does not run there
counts as the worst."""
STEP = 0.85
"""What is left of the effort score after one more conversion."""
CONTAINER = 0.5
"""What is left of it where the team builds the container that serves the model, and patches it ever after."""


@dataclass(frozen=True, eq=False)
class Route:
    """One path to one runtime. `steps` are the ids walked, `files` the formats among them: the first is one
    where a file is all there is, or where the format bears its framework's name. `losses` are all needs lost
    on the way, asked for or not."""

    master: Format
    delivered: Format
    converters: tuple[Converter, ...]
    steps: tuple[str, ...]
    files: tuple[str, ...]
    runtime: Runtime
    losses: tuple[Loss, ...]
    master_losses: tuple[Loss, ...]

    def lost(self, needs: frozenset[str]) -> tuple[Loss, ...]:
        """Which of the needs do not survive as the model stands."""
        return tuple([loss for loss in self.losses if loss.need in needs]) if needs else ()

    def effort(self, hardware: str | None) -> float:
        """0 to 1: every conversion costs, immature tools and second-best targets cost more."""
        tiers = self.runtime.hardware
        tier = tiers.get(hardware or ORDINARY)
        score = TIER[tier] if tier else min(TIER.values())
        for converter in self.converters:
            score *= STEP * EFFORT[converter.status]
        return score


@lru_cache(maxsize=256)
def routes_from(knowledge: Knowledge, framework: str) -> dict[str, tuple[Route, ...]]:
    """Every route of a framework by its master, whatever the other answers are."""
    return {
        master.id: tuple(
            route
            for path in _paths(knowledge, framework, master.id)
            if all(takes(edge, edge.target, framework) for edge in path)
            for route in _endings(knowledge, framework, master, path)
            if not any(knowledge.formats[file].status == "archived" for file in route.files)
        )
        for master in knowledge.masters
    }


@lru_cache(maxsize=64)
def edges_from(knowledge: Knowledge, node: str) -> tuple[Converter, ...]:
    return tuple(
        edge
        for edge in knowledge.converters.values()
        if edge.source == node and edge.status != "archived" and edge.advised
    )


def _paths(knowledge: Knowledge, framework: str, master: str) -> list[tuple[Converter, ...]]:
    if framework == master and knowledge.frameworks[framework].artifact:
        return [()]
    first = edges_from(knowledge, framework)
    direct = [(edge,) for edge in first if edge.target == master]
    if direct:
        return direct
    return [
        (edge, onward)
        for edge in first
        for onward in edges_from(knowledge, edge.target)
        if onward.target == master
    ]


def takes(entry: Entry, file: str, framework: str) -> bool:
    """Whether a converter writes, or a runtime or a provider runs, this format of a model from this
    framework."""
    return not refused_by(entry, file, framework)


def refused_by(entry: Entry, file: str, framework: str) -> list[Claim]:
    """Why it does not; empty where it does."""
    return [
        refusal.claim
        for refusal in entry.refuses
        if file in refusal.formats
        and all(key == "framework" and framework in wanted for key, wanted in refusal.when)
    ]


def _endings(
    knowledge: Knowledge, framework: str, master: Format, path: tuple[Converter, ...]
) -> Iterable[Route]:
    made = tuple(edge.target for edge in path)
    starts_as_file = not path or knowledge.frameworks[framework].artifact
    master_losses = master.loses + tuple(loss for edge in path for loss in edge.loses)
    deliveries: list[tuple[Format, tuple[Converter, ...], frozenset[str] | None]] = [(master, (), None)]
    for edge in edges_from(knowledge, master.id):
        if edge.delivers_to and takes(edge, edge.target, framework):
            deliveries.append((knowledge.formats[edge.target], (edge,), edge.delivers_to))
    for delivered, onward, only in deliveries:
        for runtime in knowledge.runtimes.values():
            if delivered.id not in runtime.formats or runtime.status == "archived":
                continue
            if only is not None and runtime.id not in only:
                continue
            if not takes(runtime, delivered.id, framework):
                continue
            losses = master_losses + runtime.loses
            if onward:
                losses += delivered.loses + onward[0].loses
            steps = (framework, *made, *(edge.target for edge in onward))
            yield Route(
                master=master,
                delivered=delivered,
                converters=path + onward,
                steps=steps,
                files=steps if starts_as_file else steps[1:],
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
    """Whether the stack runs this format with this runtime, on whatever hardware both can be."""
    if serving.status == "archived":
        return False
    if serving.any_runtime:
        together = not serving.hardware or any(name in serving.hardware for name in runtime.hardware)
        return together and not runtime.server and (not serving.python or "python" in runtime.languages)
    return runtime.id in serving.loads.get(format_id, ())


@lru_cache(maxsize=4096)
def provider_of(
    knowledge: Knowledge, runtime: str, hardware: str | None, file: str, framework: str
) -> Provider | None:
    """The execution provider with which a runtime ordinarily drives a target for this format of a model from
    this framework: of those that are not archived the best supported, then the first in the knowledge base.
    None where there is none, and for an undecided target."""
    fitting = [
        one
        for one in providers_of(knowledge, runtime)
        if hardware in one.hardware and takes(one, file, framework)
    ]
    return max(fitting, key=lambda provider: EFFORT[provider.status], default=None)


def footprint_of(runtime: Runtime, provider: Provider | None) -> tuple[float | None, Claim | None]:
    """The installed size in MB, None where nobody has measured it, with the claim that says so. It is the
    runtime's, or that of the package which brings its provider."""
    if provider is None or provider.package_for(runtime.id) == runtime.package:
        return runtime.footprint_mb, runtime.footprint_claim
    return provider.footprint_mb, provider.footprint_claim


@lru_cache(maxsize=256)
def providers_of(knowledge: Knowledge, runtime: str) -> tuple[Provider, ...]:
    """The execution providers of a runtime that are not archived."""
    return tuple(
        provider
        for provider in knowledge.providers.values()
        if runtime in provider.runtimes and provider.status != "archived"
    )


def can_drive(knowledge: Knowledge, runtime: Runtime, hardware: str) -> bool:
    """Whether the runtime runs on the target; one that has execution providers, by one of them."""
    if hardware not in runtime.hardware:
        return False
    providers = providers_of(knowledge, runtime.id)
    return not providers or any(hardware in provider.hardware for provider in providers)


def needs_container(serving: Serving, runtime: Runtime, format_id: str) -> bool:
    """Whether the stack runs this format in a container of the team's own only: it runs anything, and has
    something ready for other formats."""
    return serving.any_runtime and bool(serving.loads) and runtime.id not in serving.loads.get(format_id, ())
