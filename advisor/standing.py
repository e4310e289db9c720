"""How the ranked formats stand to one another: the verdict, a tie, the confidence, the Pareto front.

Only formats alike are compared: one that fits as the model stands is ahead of every one that needs a rewrite,
whatever the scores.
"""

from collections.abc import Sequence

from advisor.graph import Knowledge
from advisor.ranking import Ranked

TIE = 0.1 / 6
"""Scores closer than this are a tie: a tenth on one of six equal criteria is below what the scales
resolve."""
CLEAR = 0.1
"""A difference of scores from which one format is clearly ahead of the other: a tenth on all six criteria."""
CONFIDENCES = ("clear", "narrow", "only")
FRONT = ("portability", "fidelity")
"""The two criteria that pull against each other."""


def verdict_of(ranked: Sequence[Ranked]) -> str:
    """recommended, tie, rewrite-needed or none."""
    if not ranked:
        return "none"
    if ranked[0].selection.rewrite:
        return "rewrite-needed"
    return "tie" if tied_with_best(ranked) else "recommended"


def tied_with_best(ranked: Sequence[Ranked]) -> list[Ranked]:
    """What the evidence cannot tell apart from the first."""
    if not ranked or ranked[0].selection.rewrite:
        return []
    return [one for one in rivals_of_best(ranked) if ranked[0].score - one.score < TIE]


def rivals_of_best(ranked: Sequence[Ranked]) -> list[Ranked]:
    """What is behind the first by score alone, best first."""
    return [one for one in ranked[1:] if one.selection.rewrite == ranked[0].selection.rewrite]


def confidence_of(ranked: Sequence[Ranked], place: int) -> str:
    """How sure the place of one format is: of the first, by its lead on the next; of another, by how far it
    is behind the first. "only": nothing else fits alike."""
    rivals = rivals_of_best(ranked)
    if place == 0 and not rivals:
        return "only"
    other = rivals[0] if place == 0 else ranked[place]
    alike = other.selection.rewrite == ranked[0].selection.rewrite
    return "narrow" if alike and ranked[0].score - other.score < CLEAR else "clear"


def is_on_front(ranked: Sequence[Ranked], one: Ranked) -> bool:
    """Whether no other possible format is at least as portable and as faithful, and more so in one."""
    own = [one.criteria[name] for name in FRONT]
    for other in ranked:
        theirs = [other.criteria[name] for name in FRONT]
        if theirs != own and all(value >= than for value, than in zip(theirs, own, strict=True)):
            return False
    return True


def is_wrong_question(knowledge: Knowledge, ranked: Sequence[Ranked]) -> bool:
    """Whether something is possible, but none of the formats that people ask about first."""
    headline = {entry.id for entry in knowledge.formats.values() if entry.headline}
    return bool(headline and ranked) and headline.isdisjoint(one.selection.master.id for one in ranked)
