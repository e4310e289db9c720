"""The verdict as two or three sentences."""

from collections.abc import Sequence

from advisor.answers import Requirements
from advisor.evidence import Candidate
from advisor.graph import Claim, Knowledge
from advisor.ranking import Ranked
from advisor.recommendation import Rejected
from advisor.standing import confidence_of, is_wrong_question, rivals_of_best, tied_with_best, verdict_of


def headline(
    knowledge: Knowledge,
    requirements: Requirements,
    ranked: Sequence[Ranked],
    rejected: Sequence[Rejected],
) -> str:
    """What to do, how sure that is, and whether the formats that people ask about first were the wrong
    question."""
    if not ranked:
        telling = _telling(knowledge, requirements, rejected)
        return f"None of the formats known here fits these answers. {telling.text}"
    sentence = f"{_start(knowledge, requirements, ranked[0])}{_standing(knowledge, ranked)}"
    if is_wrong_question(knowledge, ranked):
        names = [entry.name for entry in knowledge.formats.values() if entry.headline]
        verb = "is" if len(names) == 1 else "are"
        sentence += f" {_list(names)} {verb} the wrong question here: none of them fits these answers."
    return sentence


def headline_of_fastest(
    knowledge: Knowledge, requirements: Requirements, ranked: Sequence[Ranked], fastest: Candidate
) -> str:
    """What to do where a measurement decided between equals."""
    equals = [ranked[0], *tied_with_best(ranked)]
    best = next(one for one in equals if one.selection.master.id == fastest.format)
    others = [one.selection.master.name for one in equals if one is not best]
    sentence = (
        f"{_start(knowledge, requirements, best)}: as good as {_list(others)}, and measurably the fastest"
    )
    return f"{sentence}{'' if fastest.plain else f', as {fastest.label}'}."


def _start(knowledge: Knowledge, requirements: Requirements, best: Ranked) -> str:
    targets = [knowledge.name("hardware", item) for item in requirements.hardware]
    place = f" on {_list(targets)}" if targets else ""
    name = best.selection.master.name
    if requirements.framework == best.selection.master.id:
        return f"Keep it as {name}{place}"
    return f"{knowledge.name('framework', requirements.framework)} → {name}{place}"


def _standing(knowledge: Knowledge, ranked: Sequence[Ranked]) -> str:
    verdict = verdict_of(ranked)
    if verdict == "rewrite-needed":
        lost = ranked[0].rewrites
        needs = dict.fromkeys(knowledge.name("need", loss.need).lower() for loss in lost)
        sentence = f" works only after a rewrite of the model, because of: {_list(list(needs))}."
        rivals = rivals_of_best(ranked)
        return f"{sentence} It is {_lead(ranked)}, which needs one too." if rivals else sentence
    if verdict == "tie":
        tied = [one.selection.master.name for one in tied_with_best(ranked)]
        fit = "fits" if len(tied) == 1 else "fit"
        return f", but {_list(tied)} {fit} as well: the evidence cannot tell them apart."
    if confidence_of(ranked, 0) == "only":
        return ": the only one of the formats known here that fits as the model stands."
    return f": {_lead(ranked)}."


def _lead(ranked: Sequence[Ranked]) -> str:
    best, rival = ranked[0], rivals_of_best(ranked)[0]
    word = "clearly" if confidence_of(ranked, 0) == "clear" else "narrowly"
    return f"{word} ahead of {rival.selection.master.name} ({best.score:.2f} to {rival.score:.2f})"


def _telling(knowledge: Knowledge, requirements: Requirements, rejected: Sequence[Rejected]) -> Claim:
    """The claim that rules out the most formats, with what the engine says of it where it says the same of
    several; that the framework does not write a format comes last."""
    no_route = knowledge.frameworks[requirements.framework].routes_claim
    reasons = [claim for one in rejected for claim in one.reasons]
    telling = [claim for claim in reasons if no_route is None or claim.id != no_route.id] or reasons
    ids = [claim.id for claim in telling]
    first = max(ids, key=ids.count)
    said = [claim for claim in telling if claim.id == first]
    most = max(said, key=said.count)
    return most if said.count(most) > 1 else knowledge.claims[first]


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
