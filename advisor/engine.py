"""Reject → rank → explain. Deterministic: the same answers and the same knowledge give the same bytes."""

from functools import lru_cache, partial

from advisor.answers import Requirements
from advisor.explanation import options_of
from advisor.flips import find_flips
from advisor.graph import Knowledge
from advisor.headline import headline
from advisor.ranking import Ranked, rank, weights_of
from advisor.reading import load_knowledge
from advisor.recommendation import Recommendation
from advisor.rejection import rejections, select
from advisor.relaxing import find_conflict, find_relaxations
from advisor.standing import is_wrong_question, tied_with_best, verdict_of


def recommend(
    requirements: Requirements, knowledge: Knowledge | None = None, flips: bool = True
) -> Recommendation:
    """The format to keep the model in, with its plan, reasons, rivals, and what would change the answer.

    A format whose way loses a need is only ever `rewrite-needed`; scores closer than `standing.TIE` are a
    tie. Without `flips` nothing is looked for beyond these answers: `flips`, `relaxations` and `conflict` are
    empty, everything else is the same."""
    return _recommend(knowledge or load_knowledge(), requirements, flips)


@lru_cache(maxsize=256)
def _recommend(knowledge: Knowledge, requirements: Requirements, flips: bool) -> Recommendation:
    """Kept for the last answers: a page asks again, with the same ones, each time anything on it changes."""
    ranked = _decide(knowledge, requirements)
    rejected = rejections(knowledge, requirements, {one.selection.master.id for one in ranked})
    weights = weights_of(knowledge, requirements.priorities, requirements.constraints)
    options = options_of(knowledge, requirements, ranked, weights)
    decide = partial(_best_format, knowledge)
    none = flips and not options
    return Recommendation(
        verdict=verdict_of(ranked),
        headline=headline(knowledge, requirements, ranked, rejected),
        wrong_question=is_wrong_question(knowledge, ranked),
        recommended=options[0] if options else None,
        ties=tuple(one.selection.master.id for one in tied_with_best(ranked)),
        alternatives=options[1:],
        rejected=rejected,
        flips=find_flips(knowledge, requirements, ranked, decide) if flips else (),
        conflict=find_conflict(knowledge, requirements, decide) if none else (),
        relaxations=find_relaxations(knowledge, requirements, decide) if none else (),
        knowledge_version=knowledge.version,
    )


def _decide(knowledge: Knowledge, requirements: Requirements) -> list[Ranked]:
    return rank(knowledge, requirements, select(knowledge, requirements))


def _best_format(knowledge: Knowledge, requirements: Requirements) -> str | None:
    ranked = _decide(knowledge, requirements)
    return ranked[0].selection.master.id if ranked else None
