"""What cannot be true together, though each entry alone reads well.

Every rule here takes away what the engine would walk into: a stack that loads what its runtime does not run,
something living that rests on something archived, a claim that no answer can bring up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from advisor.graph import Claim, Entry, Format, Knowledge, Loss, Runtime, Serving
from advisor.reading import Finding
from advisor.routes import routes_from

ARCHIVED = "archived"
Kind = TypeVar("Kind", bound=Entry)


def contradictions(knowledge: Knowledge) -> Iterator[Finding]:
    """All of them; the ids in the knowledge base must be known already."""
    for rule in RULES:
        yield from rule(knowledge)


def _out_of_reach(knowledge: Knowledge) -> Iterator[Finding]:
    """Formats that no living converter makes, that nothing living runs, or that no framework arrives at."""
    reached = {
        master
        for framework in knowledge.ids("framework")
        for master, routes in routes_from(knowledge, framework).items()
        if routes
    }
    for file in _living(knowledge.formats):
        edges = [edge for edge in knowledge.converters.values() if file.id in (edge.source, edge.target)]
        runtimes = [runtime for runtime in knowledge.runtimes.values() if file.id in runtime.formats]
        if not edges:
            yield Finding(file, "", "no converter leads to it or from it")
        elif all(edge.status == ARCHIVED for edge in edges):
            yield Finding(file, "", "only archived converters lead to it or from it")
        if not runtimes:
            yield Finding(file, "", "no runtime runs it")
        elif all(runtime.status == ARCHIVED for runtime in runtimes):
            yield Finding(file, "", "only archived runtimes run it")
        if file.master and file.id not in reached:
            yield Finding(file, "", "no framework reaches it")
        if not file.master and not any(edge.delivers_to for edge in edges if edge.target == file.id):
            yield Finding(file, "master", "is false, but no converter delivers it to a runtime either")
        if file.headline and not file.master:
            yield Finding(file, "headline", "is true of a format that cannot be kept")


def _resting_on_the_archived(knowledge: Knowledge) -> Iterator[Finding]:
    """Something living that names something archived as a part of its way."""
    for entry, key, kind, names in _rests(knowledge):
        for name in sorted(names):
            found = knowledge.entries[kind].get(name)
            if found and found.status == ARCHIVED and entry.status != ARCHIVED:
                yield Finding(entry, key, f"names the archived {kind} {name!r}")


def _rests(knowledge: Knowledge) -> Iterator[tuple[Entry, str, str, Iterable[str]]]:
    for edge in knowledge.converters.values():
        yield edge, "from", "format", (edge.source,)
        yield edge, "to", "format", (edge.target,)
        yield edge, "delivers_to", "runtime", edge.delivers_to
    for runtime in knowledge.runtimes.values():
        yield runtime, "formats", "format", runtime.formats
    for provider in knowledge.providers.values():
        yield provider, "runtimes", "runtime", provider.runtimes
    for stack in knowledge.serving.values():
        yield stack, "loads", "format", stack.loads
        yield stack, "loads", "runtime", {name for names in stack.loads.values() for name in names}


def _stacks(knowledge: Knowledge) -> Iterator[Finding]:
    """Serving stacks that load what they refuse, or with a runtime that cannot."""
    for stack in _living(knowledge.serving):
        if not stack.any_runtime and not stack.loads:
            yield Finding(stack, "loads", "is missing: a stack that loads nothing is archived, or unknown")
        for refusal in stack.refuses:
            for name in sorted(refusal.formats & stack.loads.keys()):
                if not refusal.when:
                    yield Finding(stack, "refuses", f"refuses {name}, which it loads")
        for file, names in stack.loads.items():
            for name in names:
                yield from _loading(knowledge, stack, file, knowledge.runtimes[name])


def _loading(knowledge: Knowledge, stack: Serving, file: str, runtime: Runtime) -> Iterator[Finding]:
    if file not in runtime.formats:
        yield Finding(stack, "loads", f"loads {file} with {runtime.id}, which does not run it")
    if stack.hardware and stack.hardware.isdisjoint(runtime.hardware):
        yield Finding(stack, "loads", f"and {runtime.id} have no hardware in common")
    if stack.model and runtime.models and stack.model not in runtime.models:
        yield Finding(stack, "model", f"is {stack.model}, which {runtime.id} is not for")


def _providers(knowledge: Knowledge) -> Iterator[Finding]:
    """Execution providers that drive what their runtime does not reach, and targets that none drives."""
    for provider in knowledge.providers.values():
        runtimes = [knowledge.runtimes[name] for name in provider.runtimes]
        reached = {target for runtime in runtimes for target in runtime.hardware}
        for target in provider.hardware:
            if target not in reached:
                yield Finding(provider, "hardware", f"names {target}, which its runtimes do not reach")
        for runtime in runtimes:
            if runtime.hardware.keys().isdisjoint(provider.hardware):
                yield Finding(provider, "runtimes", f"drives nothing that {runtime.id} reaches")
    for runtime in _living(knowledge.runtimes):
        living = [one for one in _living(knowledge.providers) if runtime.id in one.runtimes]
        for target in runtime.hardware:
            if living and not any(target in provider.hardware for provider in living):
                yield Finding(runtime, "hardware", f"no execution provider drives {target}")


def _deliveries(knowledge: Knowledge) -> Iterator[Finding]:
    """Converters that deliver to a runtime what it does not run."""
    for edge in knowledge.converters.values():
        for name in sorted(edge.delivers_to):
            if edge.target not in knowledge.runtimes[name].formats:
                yield Finding(edge, "delivers_to", f"names {name}, which does not run {edge.target}")
        if edge.delivers_to and edge.source not in knowledge.formats:
            yield Finding(edge, "delivers_to", "only a format can be kept and delivered as another")


def _languages(knowledge: Knowledge) -> Iterator[Finding]:
    """Runtimes that no program on one of their targets can call."""
    for runtime in knowledge.runtimes.values():
        for target in runtime.languages_at:
            if target not in runtime.hardware:
                yield Finding(runtime, "languages_at", f"names {target}, which is not among its hardware")
        for target in runtime.hardware:
            spoken = knowledge.hardware[target].languages or knowledge.ids("language")
            if not runtime.server and not any(runtime.can_be_called(word, target) for word in spoken):
                yield Finding(runtime, "languages", f"no program on {target} can call it")


def _refusals_without_effect(knowledge: Knowledge) -> Iterator[Finding]:
    """A converter refuses what it makes, a runtime or a provider what it runs, of some frameworks; nothing
    else."""
    own: list[tuple[Entry, set[str]]] = [(edge, {edge.target}) for edge in knowledge.converters.values()]
    own += [(runtime, set(runtime.formats)) for runtime in knowledge.runtimes.values()]
    for provider in knowledge.providers.values():
        files = {file for name in provider.runtimes for file in knowledge.runtimes[name].formats}
        own.append((provider, files))
    for entry, files in own:
        for refusal in entry.refuses:
            if not refusal.formats <= files:
                names = ", ".join(sorted(refusal.formats - files))
                yield Finding(entry, "refuses", f"refuses {names}, with which it has nothing to do")
            if [key for key, _ in refusal.when] != ["framework"]:
                yield Finding(entry, "refuses", "must say of which frameworks, and nothing else, under when")


def _losses_twice(knowledge: Knowledge) -> Iterator[Finding]:
    for group in knowledge.entries.values():
        for entry in group.values():
            losses: tuple[Loss, ...] = getattr(entry, "loses", ())
            needs = [loss.need for loss in losses]
            for need in sorted({need for need in needs if needs.count(need) > 1}):
                yield Finding(entry, "loses", f"loses {need} twice")


OWN_KEY = {
    "framework": "framework",
    "format": "format",
    "runtime": "runtime",
    "serving": "serving",
    "hardware": "hardware",
    "language": "language",
    "model": "model",
    "need": "needs",
    "constraint": "constraints",
}
"""The question that an entry answers itself: its claims are looked at only where it is the answer."""


def _never_shown(knowledge: Knowledge) -> Iterator[Finding]:
    """Claims whose condition cannot hold where they are looked at, or that nothing brings up."""
    cited = {id(claim) for claim in _cited(knowledge)}
    for group in knowledge.entries.values():
        for entry in group.values():
            for claim in entry.claims:
                if claim.role == "fact" and claim.when and id(claim) not in cited:
                    yield Finding(entry, claim.id, "has a condition, but as a fact it is never brought up")
                if claim.role != "fact" and not _can_hold(knowledge, entry, claim):
                    yield Finding(entry, claim.id, "has a condition that never holds where it is looked at")


def _can_hold(knowledge: Knowledge, entry: Entry, claim: Claim) -> bool:
    wanted = dict(claim.when)
    own = OWN_KEY.get(entry.kind, "")
    if own in wanted and entry.id not in wanted[own]:
        return False
    if isinstance(entry, Runtime) and "format" in wanted:
        return bool(wanted["format"] & _kept_for(knowledge, entry))
    return True


def _kept_for(knowledge: Knowledge, runtime: Runtime) -> set[str]:
    """The formats that are kept where the runtime runs: its own, and those delivered to it."""
    delivered = {edge.source for edge in knowledge.converters.values() if runtime.id in edge.delivers_to}
    return delivered | set(runtime.formats)


def _cited(knowledge: Knowledge) -> Iterator[Claim | None]:
    for group in knowledge.entries.values():
        for entry in group.values():
            yield entry.routes_claim
            yield from (refusal.claim for refusal in entry.refuses)
            yield from (loss.claim for loss in getattr(entry, "loses", ()))
            if isinstance(entry, Format):
                yield from (entry.code_claim, entry.file_claim)
            if isinstance(entry, Runtime):
                yield entry.footprint_claim


def _living(entries: Mapping[str, Kind]) -> list[Kind]:
    return [entry for entry in entries.values() if entry.status != ARCHIVED]


RULES: tuple[Callable[[Knowledge], Iterator[Finding]], ...] = (
    _out_of_reach,
    _resting_on_the_archived,
    _stacks,
    _providers,
    _deliveries,
    _languages,
    _refusals_without_effect,
    _losses_twice,
    _never_shown,
)
