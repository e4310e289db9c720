"""What would change the result: the engine run again with one answer changed at a time, nearest first."""

from collections.abc import Callable, Iterator, Sequence

from advisor.answers import SEVERAL, SINGLE, UNDECIDED, WORDS, Requirements
from advisor.crossings import weighing
from advisor.graph import Entry, Framework, Knowledge, Serving
from advisor.ranking import Ranked, raised
from advisor.recommendation import Flip
from advisor.routes import can_serve
from advisor.standing import rivals_of_best

PER_KEY = 2
"""How many flips are kept for one question; more would only repeat what the reader can try."""

Decide = Callable[[Requirements], str | None]
"""Answers → the recommended format, None where there is none."""
Change = tuple[str, str | tuple | None, str]
"""A question, its new answer, and the change in words."""


def find_flips(
    knowledge: Knowledge, requirements: Requirements, ranked: Sequence[Ranked], decide: Decide
) -> tuple[Flip, ...]:
    """The nearest changes for each question, a different format each; with nothing possible yet, the answers
    to exchange for others that make something possible (what to give up is `relaxing`'s). Changes that cannot
    matter are not tried: asking for more where nothing is possible, or for a need that survives on the best
    format's way."""
    best = ranked[0] if ranked else None
    current = best.selection.master.id if best else None
    flips: list[Flip] = []
    if best:
        flips += _by_weights(knowledge, requirements, ranked, decide)
    for changes in _changes(knowledge, requirements, best):
        found: dict[str, Flip] = {}
        for key, value, words in changes:
            to = decide(requirements.with_answer(key, value))
            if to is None or to == current or to in found:
                continue
            words = f"{words}, it would be {knowledge.name('format', to)}."
            found[to] = Flip(((key, value or UNDECIDED),), to, words)
            if len(found) == PER_KEY:
                break
        flips += found.values()
    return tuple(flips)


def _by_weights(
    knowledge: Knowledge, requirements: Requirements, ranked: Sequence[Ranked], decide: Decide
) -> list[Flip]:
    """The smallest changes of one weight that flip, a different format each, with where exactly they do."""
    contenders = [ranked[0], *rivals_of_best(ranked)]
    current = ranked[0].selection.master.id
    weights = raised(knowledge, requirements.priorities, requirements.constraints)
    near: list[tuple[float, Flip]] = []
    for name, now in requirements.priorities:
        free = weighing(contenders, weights, name, now)
        for wholes in free.turns():
            for whole in wholes:
                priorities = tuple(
                    (one, whole if one == name else kept) for one, kept in requirements.priorities
                )
                to = decide(requirements.with_answer("priorities", priorities))
                if to is None or to == current:
                    continue
                at = round(free.flips_at(to, whole), 4)
                words = (
                    f"With {knowledge.name('priority', name).lower()} weighed {whole} instead of {now} "
                    f"(the order flips at {at:.4g}), it would be {knowledge.name('format', to)}."
                )
                near.append((abs(at - now), Flip((("priorities", priorities),), to, words, name, at)))
                break
    kept: dict[str, Flip] = {}
    for _, flip in sorted(near, key=lambda one: one[0]):
        kept.setdefault(flip.to, flip)
    return list(kept.values())[:PER_KEY]


def _changes(
    knowledge: Knowledge, requirements: Requirements, best: Ranked | None
) -> Iterator[Iterator[Change]]:
    """The other candidate changes, by question, from the smallest change of mind to the largest."""
    if best:
        lost = {loss.need for line in best.selection.lines for loss in line.route.losses}
        yield _fewer_or_more(knowledge, requirements, "needs", lost)
        for key, kind in (("constraints", "constraint"), ("hardware", "hardware")):
            yield _fewer_or_more(knowledge, requirements, key, set(knowledge.ids(kind)))
    for key in ("language", "serving", "model", "framework"):
        yield _others(knowledge, requirements, key, best)


def _fewer_or_more(
    knowledge: Knowledge, requirements: Requirements, key: str, worth_adding: set[str]
) -> Iterator[Change]:
    kind = SEVERAL[key]
    answered: tuple[str, ...] = getattr(requirements, key)
    for item in answered:
        left = tuple(other for other in answered if other != item)
        yield key, left, f"Without “{knowledge.name(kind, item)}”"
    for item in knowledge.ids(kind):
        if item in worth_adding and item not in answered:
            chosen = {*answered, item}
            more = tuple(one for one in knowledge.ids(kind) if one in chosen)
            yield key, more, f"With “{knowledge.name(kind, item)}”{' as well' if answered else ''}"


def _others(
    knowledge: Knowledge, requirements: Requirements, key: str, best: Ranked | None
) -> Iterator[Change]:
    kind = SINGLE[key]
    answered = getattr(requirements, key)
    if answered and best and key != "framework":
        yield key, None, f"Without “{knowledge.name(kind, answered)}”"
    for entry in knowledge.of(kind):
        if entry.id != answered and (answered or best) and _can_matter(requirements, entry, best, answered):
            yield key, entry.id, f"With “{entry.name}” as {WORDS[key]}{' instead' if answered else ''}"


def _can_matter(requirements: Requirements, entry: Entry, best: Ranked | None, answered: str | None) -> bool:
    """Losing the training code is no change of mind; a stack that loads nothing makes nothing possible, and
    one for another kind of model would change two answers; and an answer to an open question that the best
    plan meets already only narrows its rivals, unless a stack behind a network takes away the question of
    the language."""
    if isinstance(entry, Framework):
        return not entry.artifact
    if isinstance(entry, Serving) and not (entry.any_runtime or entry.loads):
        return False
    if isinstance(entry, Serving) and entry.model not in ("", requirements.model):
        return False
    if answered or best is None or entry.kind == "model":
        return True
    routes = [line.route for line in best.selection.lines]
    if isinstance(entry, Serving):
        frees = entry.network and requirements.language is not None
        return frees or not all(can_serve(entry, route.runtime, route.delivered.id) for route in routes)
    return not all(
        line.route.runtime.server or line.route.runtime.can_be_called(entry.id, line.hardware)
        for line in best.selection.lines
    )
