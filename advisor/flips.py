"""What would change the result: the engine run again with one answer changed at a time, nearest first."""

from collections.abc import Callable, Iterator

from advisor.answers import KEYS, MAX_PRIORITY, SEVERAL, SINGLE, Requirements
from advisor.graph import Entry, Framework, Knowledge, Serving
from advisor.ranking import Ranked
from advisor.recommendation import Flip
from advisor.routes import can_serve

PER_KEY = 2
"""How many flips are kept for one question; more would only repeat what the reader can try."""

Decide = Callable[[Requirements], str | None]
"""Answers → the recommended format, None where there is none."""


def find_flips(
    knowledge: Knowledge, requirements: Requirements, best: Ranked | None, decide: Decide
) -> tuple[Flip, ...]:
    """The nearest changes for each question, a different format each; with nothing possible yet, those
    that make something possible. Changes that cannot matter are not tried: asking for more where
    nothing is possible, or for a need that survives on the best format's way."""
    current = best.selection.master.id if best else None
    flips: list[Flip] = []
    for changes in _changes(knowledge, requirements, best, decide):
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
    knowledge: Knowledge, requirements: Requirements, best: Ranked | None, decide: Decide
) -> Iterator[Iterator[Change]]:
    """The candidate changes, by question, from the smallest change of mind to the largest."""
    if best:
        yield _weights(knowledge, requirements, decide)
        lost = {loss.need for line in best.selection.lines for loss in line.route.losses}
        yield _fewer_or_more(knowledge, requirements, "needs", lost)
        for key, kind in (("constraints", "constraint"), ("hardware", "hardware")):
            yield _fewer_or_more(knowledge, requirements, key, set(knowledge.ids(kind)))
    else:
        for key in ("needs", "constraints", "hardware"):
            yield _fewer_or_more(knowledge, requirements, key, set())
    for key in ("language", "serving", "framework"):
        yield _others(knowledge, requirements, key, best)
    if requirements.model:
        yield iter([("model", None, "Without the kind of model")])


def _weights(knowledge: Knowledge, requirements: Requirements, decide: Decide) -> Iterator[Change]:
    """The smallest change of each weight that flips, then of each that flips at an end.

    Scores are linear in a weight: what is best at both ends is best between, so only an end that flips
    is looked at more closely."""
    current = decide(requirements)
    near: list[tuple[int, str, Requirements]] = []
    for name, weight in requirements.priorities:
        for end, step in ((0, -1), (MAX_PRIORITY, 1)):
            if end == weight or decide(_weighed(requirements, name, end)) == current:
                continue
            for other in range(weight + step, end + step, step):
                changed = _weighed(requirements, name, other)
                if decide(changed) != current:
                    near.append((abs(other - weight), name, changed))
                    break
    for _, name, changed in sorted(near, key=lambda one: one[0]):
        weight = dict(changed.priorities)[name]
        words = f"With {knowledge.name('priority', name).lower()} weighed {weight}"
        yield "priorities", changed.priorities, words


def _weighed(requirements: Requirements, name: str, weight: int) -> Requirements:
    changed = tuple((one, weight if one == name else kept) for one, kept in requirements.priorities)
    return requirements.with_answer("priorities", changed)


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
    if answered and key != "framework":
        yield key, None, f"Without “{knowledge.name(kind, answered)}”"
    for entry in knowledge.of(kind):
        if entry.id != answered and _can_matter(entry, best, bool(answered)):
            yield key, entry.id, f"With “{entry.name}”"


def _can_matter(entry: Entry, best: Ranked | None, answered: bool) -> bool:
    """Losing the training code is no change of mind; a stack that loads nothing makes nothing possible;
    and an answer to an open question that the best plan meets already only narrows its rivals."""
    if isinstance(entry, Framework):
        return not entry.artifact
    if isinstance(entry, Serving) and not (entry.any_runtime or entry.loads):
        return False
    if answered or best is None:
        return True
    routes = [line.route for line in best.selection.lines]
    if isinstance(entry, Serving):
        return not all(can_serve(entry, route.runtime, route.delivered.id) for route in routes)
    return not all(route.runtime.server or entry.id in route.runtime.languages for route in routes)


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
    return any(
        decide(requirements.with_answer("framework", other.id))
        for other in knowledge.training_frameworks
        if other.id != requirements.framework
    )
