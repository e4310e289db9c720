"""Evidence beside knowledge: what was measured of the model takes the place of what was expected of it.

Three things change, and what the answers reject stays rejected:

- A runtime's installed size, as measured, is the one that is ranked, and that a limit on the size holds.
- A format that failed on the model works after a rewrite only; the failure's words are its reason.
- Where the advice holds several formats as equals and the comparison names the fastest of them, that one
  comes first, if the answers leave the hardware open or ask for the kind that comparisons run on. Speed on
  one machine decides nothing else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from advisor.answers import Requirements
from advisor.evidence import FASTEST, Candidate, Evidence
from advisor.graph import Claim, Knowledge, Loss
from advisor.ranking import Ranked
from advisor.recommendation import Rejected, Replaced
from advisor.rejection import Failures, Selection, rejections, select
from advisor.routes import ORDINARY, footprint_of
from advisor.standing import tied_with_best

FAILURE = "what failed when this model was tried"
"""What stands where a rewrite is needed for the name of what was lost."""


@lru_cache(maxsize=32)
def with_footprints(knowledge: Knowledge, evidence: Evidence) -> Knowledge:
    """The same knowledge with the installed sizes that were measured."""
    if not evidence.footprints:
        return knowledge
    runtimes = dict(knowledge.runtimes)
    for name, size in evidence.footprints:
        runtime = runtimes[name]
        text = f"The packages of {runtime.name} alone take {size:.4g} MB where this model was measured."
        claim = _claim(_footprint_id(name), text, evidence)
        runtimes[name] = replace(
            runtime, footprint_mb=size, footprint_claim=claim, claims=(*runtime.claims, claim)
        )
    return Knowledge(knowledge.version, {**knowledge.entries, "runtime": runtimes})


def possible_after(knowledge: Knowledge, requirements: Requirements, evidence: Evidence) -> list[Selection]:
    """The masters that are possible by what is known and by what was measured."""
    expected = _masters(select(knowledge, requirements))
    measured = select(with_footprints(knowledge, evidence), requirements, failures_of(knowledge, evidence))
    return [one for one in measured if one.master.id in expected]


def rejections_after(
    knowledge: Knowledge, requirements: Requirements, evidence: Evidence, possible: set[str]
) -> tuple[Rejected, ...]:
    """Why the others are not; what was known comes before what was measured."""
    measured = rejections(with_footprints(knowledge, evidence), requirements, possible)
    expected = rejections(knowledge, requirements, _masters(select(knowledge, requirements)))
    known = {one.format: one for one in expected}
    return tuple(known.get(one.format, one) for one in measured)


def _masters(selections: Sequence[Selection]) -> set[str]:
    return {one.master.id for one in selections}


@lru_cache(maxsize=32)
def failures_of(knowledge: Knowledge, evidence: Evidence) -> Failures:
    """What failed on this model, as losses that a rewrite may mend."""
    failures = []
    for one in evidence.failures:
        text = f"{knowledge.name('format', one.format)} failed on this model: {one.reason}"
        claim = _claim(f"measured-failure-{one.format}", text, evidence)
        failures.append((one.format, Loss(FAILURE, claim, one.next_step or one.reason)))
    return tuple(failures)


def fastest_of_equals(
    requirements: Requirements, ranked: Sequence[Ranked], evidence: Evidence
) -> Candidate | None:
    """The candidate whose format is measurably the fastest of those that the ranking holds as equals, in a
    runtime that its plan names; None where the ranking holds none so, or no speed decides between them."""
    others = tied_with_best(ranked)
    if not others or (requirements.hardware and ORDINARY not in requirements.hardware):
        return None
    runs = {
        one.selection.master.id: {line.route.runtime.id for line in one.selection.lines}
        for one in (ranked[0], *others)
    }
    fastest = (one for one in evidence.first if one.place == FASTEST)
    return next((one for one in fastest if one.runtime in runs.get(one.format, ())), None)


def replaced_by(
    knowledge: Knowledge, ranked: Sequence[Ranked], evidence: Evidence, decided: Candidate | None
) -> Iterator[Replaced]:
    """What the evidence took the place of, for the formats that are possible, best first."""
    failed = {one.format: one for one in evidence.failures}
    for one in ranked:
        format_id, name = one.selection.master.id, one.selection.master.name
        lines = one.selection.lines
        runs = {line.route.runtime.id: footprint_of(line.route.runtime, line.provider) for line in lines}
        for runtime, (size, claim) in runs.items():
            if size and claim and claim.id == _footprint_id(runtime):
                expected = knowledge.runtimes[runtime].footprint_mb
                before = "an unknown size" if expected is None else f"{expected:g} MB"
                words = (
                    f"{name}: {knowledge.name('runtime', runtime)} takes {size:.4g} MB instead of {before}."
                )
                yield Replaced(format_id, "footprint_mb", expected, size, words)
        if format_id in failed:
            words = f"{name} failed on this model: {failed[format_id].reason}"
            yield Replaced(format_id, "outcome", "works", "failed", words)
    if decided:
        best = ranked[0].selection.master
        name = knowledge.name("format", decided.format)
        words = f"{name} comes first of those that tie, because it is measurably the fastest."
        yield Replaced(decided.format, "order", best.id, decided.format, words)


def _footprint_id(runtime: str) -> str:
    return f"measured-footprint-{runtime}"


def _claim(claim_id: str, text: str, evidence: Evidence) -> Claim:
    source = f"measured: report of the model {evidence.sha256[:16]}".strip()
    return Claim(text, source, evidence.made, "high", claim_id, "cost")
