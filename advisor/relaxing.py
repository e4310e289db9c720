"""Where nothing is possible: the two answers that contradict each other, and what to give up.

Both are found by running the engine on fewer answers. The framework is what is there and is never given up.
"""

from collections.abc import Iterable
from itertools import combinations

from advisor.answers import SEVERAL, SINGLE, UNDECIDED, Requirements
from advisor.flips import Decide
from advisor.graph import Knowledge
from advisor.recommendation import Flip

QUESTIONS = ("hardware", "serving", "language", "needs", "constraints", "model")
WILLING = ("needs", "constraints", "language", "serving", "model", "hardware")
"""The questions in the order in which an answer is given up more easily."""
MOST = 6
"""How many relaxations are kept."""
PAIRS = 400
"""How many pairs of items are tried at most (29 items make 406), so that the search is bounded in time."""

Item = tuple[str, str]
"""A question and one of the ids that answer it."""


def find_conflict(knowledge: Knowledge, requirements: Requirements, decide: Decide) -> tuple[str, ...]:
    """The keys of two answers that contradict each other: the two alone allow nothing, each without the
    other allows something. Where three or more are at odds, two of which either is enough to give up. Empty
    where a single answer rules everything out by itself."""
    alone = Requirements(requirements.framework, priorities=requirements.priorities)
    answered = [key for key in QUESTIONS if getattr(requirements, key)]
    allowed: list[str] = []
    for key in answered:
        if decide(alone.with_answer(key, getattr(requirements, key))):
            allowed.append(key)
        elif _another_framework_helps(knowledge, requirements, key, decide):
            return ("framework", key)
    for one, other in combinations(allowed, 2):
        both = alone.with_answer(one, getattr(requirements, one))
        if not decide(both.with_answer(other, getattr(requirements, other))):
            return (one, other)
    loose = [key for key in allowed if decide(requirements.with_answer(key, _nothing(key)))]
    return tuple(loose[:2]) if len(loose) >= 2 else ()


def _another_framework_helps(
    knowledge: Knowledge, requirements: Requirements, key: str, decide: Decide
) -> bool:
    value = getattr(requirements, key)
    return any(
        decide(Requirements(other.id, priorities=requirements.priorities).with_answer(key, value))
        for other in knowledge.training_frameworks
        if other.id != requirements.framework
    )


def _nothing(key: str) -> tuple | None:
    return () if key in SEVERAL else None


def find_relaxations(knowledge: Knowledge, requirements: Requirements, decide: Decide) -> tuple[Flip, ...]:
    """The smallest things to give up so that something becomes possible: single items of the answers; if none
    is enough, pairs of them; if none is, one longer list from which nothing can be kept."""
    items = _items(requirements)

    def possible(groups: Iterable[tuple[Item, ...]]) -> list[Flip]:
        found = (_relaxation(knowledge, requirements, group, decide) for group in groups)
        return [flip for flip in found if flip]

    flips = possible((item,) for item in items)
    if not flips:
        flips = possible(list(combinations(items, 2))[:PAIRS])
    if not flips and len(items) > 2:
        flips = possible([_longer_list(requirements, items, decide)])
    return tuple(flips[:MOST])


def _items(requirements: Requirements) -> list[Item]:
    items: list[Item] = []
    for key in WILLING:
        answer = getattr(requirements, key)
        items += [(key, item) for item in (answer if key in SEVERAL else [answer]) if item]
    return items


def _without(requirements: Requirements, items: Iterable[Item]) -> Requirements:
    for key, item in items:
        left = tuple(one for one in getattr(requirements, key) if one != item) if key in SEVERAL else None
        requirements = requirements.with_answer(key, left)
    return requirements


def _relaxation(
    knowledge: Knowledge, requirements: Requirements, items: tuple[Item, ...], decide: Decide
) -> Flip | None:
    relaxed = _without(requirements, items)
    to = decide(relaxed)
    if to is None:
        return None
    keys = dict.fromkeys(key for key, _ in items)
    names = [f"“{knowledge.name((SINGLE | SEVERAL)[key], item)}”" for key, item in items]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return Flip(
        change=tuple((key, getattr(relaxed, key) or UNDECIDED) for key in keys),
        to=to,
        words=f"Without {listed}, it would be {knowledge.name('format', to)}.",
    )


def _longer_list(requirements: Requirements, items: list[Item], decide: Decide) -> tuple[Item, ...]:
    """Give up everything, then take back, from the dearest on, what still leaves something possible."""
    given_up = list(items)
    for item in reversed(items):
        fewer = [other for other in given_up if other != item]
        if decide(_without(requirements, fewer)):
            given_up = fewer
    return tuple(given_up)
