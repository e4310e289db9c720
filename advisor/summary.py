"""A recommendation as text for a terminal."""

from collections.abc import Iterator

from advisor.graph import Claim, Knowledge
from advisor.recommendation import Option, Recommendation

FLIPS_SHOWN = 6


def summarize(knowledge: Knowledge, result: Recommendation) -> str:
    """The whole answer, every claim with its source and date."""
    return "\n".join(_lines(knowledge, result))


def _lines(knowledge: Knowledge, result: Recommendation) -> Iterator[str]:
    yield result.headline
    if result.conflict:
        yield f"These answers contradict each other: {' and '.join(result.conflict)}."
    if result.recommended:
        yield from _plan(knowledge, result.recommended)
        for title, claims in (
            ("Why", result.recommended.reasons),
            ("What it gives up", result.recommended.gives_up),
            ("Mind", result.recommended.caveats),
        ):
            yield from _claims(title, claims)
    if result.alternatives:
        yield "\nAlternatives"
        for other in result.alternatives:
            after = f", after a rewrite: {' '.join(other.rewrites)}" if other.rewrites else ""
            yield f"  {knowledge.name('format', other.format)} ({other.score:.2f}){after}"
    for rejected in result.rejected:
        yield from _claims(f"Not {knowledge.name('format', rejected.format)}", rejected.reasons)
    if result.flips:
        yield "\nWhat would change this"
        yield from (f"  {flip.words}" for flip in result.flips[:FLIPS_SHOWN])
    yield f"\nKnowledge {result.knowledge_version}."


def _plan(knowledge: Knowledge, option: Option) -> Iterator[str]:
    yield "\nPlan"
    for line in option.plan:
        where = "" if line.hardware == "undecided" else f"{knowledge.name('hardware', line.hardware)}: "
        runtime = knowledge.name("runtime", line.runtime)
        yield f"  {where}{' → '.join(line.steps)}, run by {runtime} ({line.package})"
        yield from (f"    {call}" for call in line.exporters)
    yield from (f"  Rewrite first: {rewrite}" for rewrite in option.rewrites)


def _claims(title: str, claims: tuple[Claim, ...]) -> Iterator[str]:
    if claims:
        yield f"\n{title}"
    for claim in claims:
        doubt = "" if claim.confidence == "high" else f", {claim.confidence} confidence"
        yield f"  - {claim.text}\n    [{claim.source}; checked {claim.checked}{doubt}]"
