"""A recommendation as text for a terminal."""

from collections.abc import Iterator

from advisor.answers import WORDS
from advisor.graph import Claim, Knowledge
from advisor.recommendation import Option, PlanLine, Recommendation

FLIPS_SHOWN = 6
BEHIND = {"clear": "clearly behind", "narrow": "close behind"}
"""An alternative's confidence in words."""


def summarize(knowledge: Knowledge, result: Recommendation) -> str:
    """The whole answer, every claim with its source and date."""
    return "\n".join(_lines(knowledge, result))


def _lines(knowledge: Knowledge, result: Recommendation) -> Iterator[str]:
    yield result.headline
    if result.measured:
        yield "\nWhat was measured of this model instead of expected"
        yield from (f"  {replaced.words}" for replaced in result.replaced)
        if not result.replaced:
            yield "  Nothing that bears on these answers."
    if result.conflict:
        yield f"These answers contradict each other: {' and '.join(WORDS[key] for key in result.conflict)}."
    if result.relaxations:
        yield "\nThe least to give up"
        yield from (f"  {relaxation.words}" for relaxation in result.relaxations)
    if result.recommended:
        yield from _plan(knowledge, result.recommended)
        for title, claims in (
            ("Why", result.recommended.reasons),
            ("What it gives up", result.recommended.gives_up),
            ("Mind", result.recommended.caveats),
        ):
            yield from _claims(title, claims)
    if result.alternatives:
        yield from _alternatives(knowledge, result)
    alike: dict[tuple[Claim, ...], list[str]] = {}
    for rejected in result.rejected:
        alike.setdefault(rejected.reasons, []).append(knowledge.name("format", rejected.format))
    for reasons, names in alike.items():
        yield from _claims(f"Not {', '.join(names)}", reasons)
    if result.flips:
        yield "\nWhat would change this"
        yield from (f"  {flip.words}" for flip in result.flips[:FLIPS_SHOWN])
        if len(result.flips) > FLIPS_SHOWN:
            yield f"  … and {len(result.flips) - FLIPS_SHOWN} more (--json shows all)."
    oldest, newest = result.checked
    dates = f"on {oldest}" if oldest == newest else f"from {oldest} to {newest}"
    yield f"\nRelies on claims checked {dates}. Knowledge {result.knowledge_version}."


def _plan(knowledge: Knowledge, option: Option) -> Iterator[str]:
    yield "\nPlan"
    said: set[str] = set()
    for line in option.plan:
        where = "" if line.hardware == "undecided" else f"{knowledge.name('hardware', line.hardware)}: "
        yield f"  {where}{' → '.join(line.steps)}, run by {_runner(knowledge, line)}"
        for call, package in zip(line.exporters, line.exporter_packages, strict=True):
            if call not in said:
                yield f"    {call}    ({package})"
        said.update(line.exporters)
    yield from (f"  Rewrite first: {rewrite}" for rewrite in option.rewrites)


def _runner(knowledge: Knowledge, line: PlanLine) -> str:
    name = knowledge.name("runtime", line.runtime)
    if line.provider:
        name += f" with its provider {knowledge.name('provider', line.provider)}"
    return f"{name} ({line.package})"


def _alternatives(knowledge: Knowledge, result: Recommendation) -> Iterator[str]:
    yield "\nAlternatives"
    for other in result.alternatives:
        tied = "as good" if other.format in result.ties else BEHIND[other.confidence]
        after = f"; first, in the model: {' '.join(other.rewrites)}" if other.rewrites else ""
        yield f"  {knowledge.name('format', other.format)} ({other.score:.2f}), {tied}{after}"
    front = [knowledge.name("format", one.format) for one in result.options if one.on_front]
    yield f"  Unbeaten in portability and fidelity together: {', '.join(front)}."


def _claims(title: str, claims: tuple[Claim, ...]) -> Iterator[str]:
    if claims:
        yield f"\n{title}"
    for claim in claims:
        doubt = "" if claim.confidence == "high" else f", {claim.confidence} confidence"
        checked = f"; checked {claim.checked}" if claim.checked else ""
        yield f"  - {claim.text}\n    [{claim.source}{checked}{doubt}]"
