"""Reject → rank → explain. Deterministic: the same answers and the same knowledge give the same bytes."""

from collections.abc import Mapping
from functools import lru_cache, partial

from advisor.answers import Requirements
from advisor.explanation import headline, option
from advisor.flips import find_conflict, find_flips
from advisor.graph import Knowledge
from advisor.ranking import TIE, Ranked, criteria_of, rank, weights_of
from advisor.reading import load_knowledge
from advisor.recommendation import Recommendation, Rejected
from advisor.rejection import Selection, forbidden_by, select


def recommend(requirements: Requirements, knowledge: Knowledge | None = None) -> Recommendation:
    """The format to keep the model in, with its plan, reasons, rivals, and what would change the answer.

    A format whose way loses a need is only ever `rewrite-needed`; scores closer than `ranking.TIE` are a
    tie."""
    return _recommend(knowledge or load_knowledge(), requirements)


@lru_cache(maxsize=256)
def _recommend(knowledge: Knowledge, requirements: Requirements) -> Recommendation:
    """Kept for the last answers: a page asks again, with the same ones, each time anything on it changes."""
    ranked = _decide(knowledge, requirements)
    possible = {one.selection.master.id for one in ranked}
    rejected = tuple(
        Rejected(master.id, forbidden_by(knowledge, requirements, master))
        for master in knowledge.masters
        if master.id not in possible
    )
    verdict, tied = _verdict(ranked)
    weights = weights_of(knowledge, requirements.priorities, requirements.constraints)
    options = tuple(option(knowledge, requirements, one, weights) for one in ranked)
    decide = partial(_best_format, knowledge)
    best = options[0] if options else None
    return Recommendation(
        verdict=verdict,
        headline=headline(knowledge, requirements, verdict, ranked, rejected),
        recommended=best,
        ties=tuple(one.selection.master.id for one in tied),
        alternatives=options[1:],
        rejected=rejected,
        flips=find_flips(knowledge, requirements, ranked[0] if ranked else None, decide),
        conflict=() if best else find_conflict(knowledge, requirements, decide),
        knowledge_version=knowledge.version,
    )


def _decide(knowledge: Knowledge, requirements: Requirements) -> list[Ranked]:
    return rank(knowledge, requirements, _possible(knowledge, requirements.with_answer("priorities", ())))


@lru_cache(maxsize=512)
def _possible(
    knowledge: Knowledge, requirements: Requirements
) -> tuple[tuple[Selection, Mapping[str, float]], ...]:
    """The masters left with their criteria. Neither depends on the priorities, and the search for flips
    asks for neighbours again and again."""
    artifact = knowledge.frameworks[requirements.framework].artifact
    return tuple(
        (one, criteria_of(knowledge, one, artifact)) for one in select(knowledge, requirements) if one.lines
    )


def _best_format(knowledge: Knowledge, requirements: Requirements) -> str | None:
    ranked = _decide(knowledge, requirements)
    return ranked[0].selection.master.id if ranked else None


def _verdict(ranked: list[Ranked]) -> tuple[str, list[Ranked]]:
    if not ranked:
        return "none", []
    if ranked[0].selection.rewrite:
        return "rewrite-needed", []
    tied = [one for one in ranked[1:] if not one.selection.rewrite and ranked[0].score - one.score < TIE]
    return ("tie" if tied else "recommended"), tied
