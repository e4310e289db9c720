"""What would change the result: the engine run again with one answer changed at a time, nearest first."""

from collections.abc import Callable, Iterator

from advisor.answers import KEYS, MAX_PRIORITY, SEVERAL, SINGLE, Requirements
from advisor.graph import Entry, Knowledge, Serving
from advisor.ranking import Ranked
from advisor.recommendation import Flip

PER_KEY = 2
"""How many flips are kept for one question; more would only repeat what the reader can try."""

Decide = Callable[[Requirements], str | None]
"""Answers → the recommended format, None where there is none."""


def find_flips(
    knowledge: Knowledge, requirements: Requirements, best: Ranked | None, decide: Decide
) -> tuple[Flip, ...]:
    """The nearest changes for each question, a different format each; with nothing possible yet, those that
    make something possible. Changes that cannot matter are not tried: asking for more where nothing is
    possible, or for a need that survives on the best format's way."""
    current = best.selection.master.id if best else None
    flips: list[Flip] = []
    for changes in _changes(knowledge, requirements, best):
        found: dict[str, Flip] = {}
        for key, value, words in changes:
            to = decide(requirements.with_answer(key, value))
            if to is None or to == current or to in found:
                continue
            words = f"{words}, it would be {knowledge.name('format', to)}."
            found[to] = Flip(key, value or "undecided", to, words)
            if len(found) == PER_KEY:
                break
        flips += found.values()
    return tuple(flips)


Change = tuple[str, str | tuple | None, str]


def _changes(
    knowledge: Knowledge, requirements: Requirements, best: Ranked | None
) -> Iterator[Iterator[Change]]:
    """The candidate changes, by question, from the smallest change of mind to the largest."""
    if best:
        yield _weights(knowledge, requirements)
        lost = {loss.need for line in best.selection.lines for loss in line.route.losses}
        yield _fewer_or_more(knowledge, requirements, "needs", lost)
        for key, kind in (("constraints", "constraint"), ("hardware", "hardware")):
            yield _fewer_or_more(knowledge, requirements, key, set(knowledge.ids(kind)))
    else:
        for key in ("needs", "constraints", "hardware"):
            yield _fewer_or_more(knowledge, requirements, key, set())
    for key in ("language", "serving", "framework"):
        yield _others(knowledge, requirements, key)
    if requirements.model:
        yield iter([("model", None, "Without the kind of model")])


def _weights(knowledge: Knowledge, requirements: Requirements) -> Iterator[Change]:
    """Every other weight of every priority, the smallest change of a weight first."""
    others = [
        (abs(other - weight), name, other)
        for name, weight in requirements.priorities
        for other in range(MAX_PRIORITY + 1)
        if other != weight
    ]
    for _, name, other in sorted(others, key=lambda change: change[0]):
        changed = tuple((one, other if one == name else kept) for one, kept in requirements.priorities)
        yield "priorities", changed, f"With {knowledge.name('priority', name).lower()} weighed {other}"


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


def _others(knowledge: Knowledge, requirements: Requirements, key: str) -> Iterator[Change]:
    """Each other answer; losing the training code is no change of mind, so artifacts are left out,
    and so are serving stacks that load none of the formats."""
    kind = SINGLE[key]
    answered = getattr(requirements, key)
    if answered and key != "framework":
        yield key, None, f"Without “{knowledge.name(kind, answered)}”"
    for entry in knowledge.of(kind):
        item = entry.id
        if item != answered and not getattr(entry, "artifact", False) and _loads(entry):
            yield key, item, f"With “{knowledge.name(kind, item)}”"


def _loads(entry: Entry) -> bool:
    return not isinstance(entry, Serving) or entry.any_runtime or bool(entry.loads)


def find_conflict(knowledge: Knowledge, requirements: Requirements, decide: Decide) -> tuple[str, ...]:
    """Of answers that allow nothing, the two that contradict each other: giving up either one is enough.

    Empty where a single answer rules everything out by itself, or where more than two would have to give."""
    loose: list[str] = []
    if _another_framework_helps(knowledge, requirements, decide):
        loose.append("framework")
    for key in KEYS[1:-1]:
        answered = getattr(requirements, key)
        if answered and decide(requirements.with_answer(key, () if key in SEVERAL else None)):
            loose.append(key)
    return tuple(loose[:2]) if len(loose) >= 2 else ()


def _another_framework_helps(knowledge: Knowledge, requirements: Requirements, decide: Decide) -> bool:
    trained = [entry.id for entry in knowledge.frameworks.values() if not entry.artifact]
    return any(
        decide(requirements.with_answer("framework", other))
        for other in trained
        if other != requirements.framework
    )
