"""Reject → rank → explain. Deterministic: the same answers and the same knowledge give the same bytes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from advisor import measured
from advisor.answers import Requirements
from advisor.evidence import Evidence
from advisor.explanation import options_of
from advisor.flips import find_flips
from advisor.graph import Knowledge
from advisor.headline import headline, headline_of_fastest
from advisor.ranking import Ranked, rank, weights_of
from advisor.reading import load_knowledge
from advisor.recommendation import Recommendation, Rejected
from advisor.rejection import rejections, select
from advisor.relaxing import find_conflict, find_relaxations
from advisor.standing import is_wrong_question, tied_with_best, verdict_of

Decide = Callable[[Requirements], list[Ranked]]


def recommend(
    requirements: Requirements,
    knowledge: Knowledge | None = None,
    flips: bool = True,
    evidence: Evidence | None = None,
) -> Recommendation:
    """The format to keep the model in, with its plan, reasons, rivals, and what would change the answer.

    A format whose way loses a need is only ever `rewrite-needed`; scores closer than `standing.TIE` are a
    tie. Without `flips` nothing is looked for beyond these answers: `flips`, `relaxations` and `conflict` are
    empty, everything else is the same. With `evidence` of the model itself, what was measured takes the place
    of what was expected, as the module `measured` says."""
    return _recommend(knowledge or load_knowledge(), requirements, flips, evidence)


@lru_cache(maxsize=256)
def _recommend(
    knowledge: Knowledge, requirements: Requirements, flips: bool, evidence: Evidence | None
) -> Recommendation:
    """Kept for the last answers: a page asks again, with the same ones, each time anything on it changes."""
    if evidence:
        return _with_evidence(knowledge, requirements, flips, evidence)
    ranked = _decide(knowledge, requirements)
    rejected = rejections(knowledge, requirements, _formats(ranked))
    return _explain(knowledge, requirements, ranked, rejected, flips, partial(_decide, knowledge))


def _with_evidence(
    knowledge: Knowledge, requirements: Requirements, flips: bool, evidence: Evidence
) -> Recommendation:
    decide = partial(_decide_after, knowledge, evidence)
    ranked = decide(requirements)
    rejected = measured.rejections_after(knowledge, requirements, evidence, _formats(ranked))
    sized = measured.with_footprints(knowledge, evidence)
    result = _explain(sized, requirements, ranked, rejected, flips, decide)
    fastest = measured.fastest_of_equals(requirements, ranked, evidence)
    if fastest:
        words = headline_of_fastest(sized, requirements, ranked, fastest)
        result = _led_by(fastest.format, words, result)
    replaced = measured.replaced_by(knowledge, ranked, evidence, fastest)
    return replace(result, measured=True, replaced=tuple(replaced))


def _explain(
    knowledge: Knowledge,
    requirements: Requirements,
    ranked: Sequence[Ranked],
    rejected: tuple[Rejected, ...],
    flips: bool,
    decide: Decide,
) -> Recommendation:
    weights = weights_of(knowledge, requirements.priorities, requirements.constraints)
    options = options_of(knowledge, requirements, ranked, weights)
    best = partial(_best_format, decide)
    none = flips and not options
    return Recommendation(
        verdict=verdict_of(ranked),
        headline=headline(knowledge, requirements, ranked, rejected),
        wrong_question=is_wrong_question(knowledge, ranked),
        recommended=options[0] if options else None,
        ties=tuple(one.selection.master.id for one in tied_with_best(ranked)),
        alternatives=options[1:],
        rejected=rejected,
        flips=find_flips(knowledge, requirements, ranked, best) if flips else (),
        conflict=find_conflict(knowledge, requirements, best) if none else (),
        relaxations=find_relaxations(knowledge, requirements, best) if none else (),
        knowledge_version=knowledge.version,
    )


def _led_by(format_id: str, words: str, result: Recommendation) -> Recommendation:
    """The same with one of those that tie before all others, and no tie any more."""
    first = next(option for option in result.options if option.format == format_id)
    others = tuple(option for option in result.options if option.format != format_id)
    flips = tuple(flip for flip in result.flips if flip.to != format_id)
    return replace(
        result,
        verdict="recommended",
        headline=words,
        recommended=first,
        ties=(),
        alternatives=others,
        flips=flips,
    )


def _decide(knowledge: Knowledge, requirements: Requirements) -> list[Ranked]:
    return rank(knowledge, requirements, select(knowledge, requirements))


def _decide_after(knowledge: Knowledge, evidence: Evidence, requirements: Requirements) -> list[Ranked]:
    possible = measured.possible_after(knowledge, requirements, evidence)
    return rank(measured.with_footprints(knowledge, evidence), requirements, possible)


def _formats(ranked: Sequence[Ranked]) -> set[str]:
    return {one.selection.master.id for one in ranked}


def _best_format(decide: Decide, requirements: Requirements) -> str | None:
    ranked = decide(requirements)
    return ranked[0].selection.master.id if ranked else None
