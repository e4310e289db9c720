"""Which walks the answers leave.

The walks of a framework are numbered, and what one answer leaves of them is a set of these numbers, held as
the bits of one integer and computed once: what all answers leave together takes a few look-ups.
"""

from collections.abc import Callable, Hashable
from functools import partial
from typing import NamedTuple

from tests.advisor.proof.asked import Asked, Target
from tests.advisor.proof.rules import Rules
from tests.advisor.proof.tables import Tables
from tests.advisor.proof.walks import Walk, walks_from


class Left(NamedTuple):
    """The walks that the answers leave to one target, and those among them that work only after a rewrite."""

    possible: int
    after_rewrite: int


class Walks:
    """The walks of one framework, each with a bit of its own."""

    def __init__(self, tables: Tables, framework: str):
        self.bits = {walk: 1 << number for number, walk in enumerate(walks_from(tables, framework))}
        self.bit_of = {(walk.format, walk.steps, walk.runtime): bit for walk, bit in self.bits.items()}
        masters = [name for name, table in tables.of["format"].items() if table.get("master", True)]
        self.keeping = {
            name: sum(bit for walk, bit in self.bits.items() if walk.format == name) for name in masters
        }
        self._kept: dict[Hashable, int] = {}

    def kept(self, answer: Hashable, fault: Callable[[Walk], str]) -> int:
        """The walks in which an answer finds no fault; `answer` must say all that `fault` depends on."""
        if answer not in self._kept:
            self._kept[answer] = sum(bit for walk, bit in self.bits.items() if not fault(walk))
        return self._kept[answer]


def refusals(rules: Rules, asked: Asked, target: Target) -> list[tuple[frozenset[str], bool]]:
    """The formats refused, and whether only as what is handed to the stack: a constraint or a kind of model
    refuses a format wherever it is a step, a serving stack that which it is given."""
    rows = [("constraint", name, False) for name in asked.constraints]
    rows += [("model", asked.model, False)] if asked.model else []
    rows += [("serving", target.serving, True)] if target.serving else []
    return [
        (files, delivered)
        for kind, name, delivered in rows
        if (files := rules.refused(kind, name, asked.context))
    ]


def refusal(walk: Walk, files: frozenset[str], delivered: bool) -> str:
    touched = files & ({walk.delivered} if delivered else set(walk.formats))
    return f"{', '.join(sorted(touched))} is refused" if touched else ""


def left(walks: Walks, rules: Rules, asked: Asked, target: Target) -> Left:
    """What all answers together leave to one target."""
    hardware, serving, language = target
    rule = partial(rules.model, model=asked.model, serving=asked.serving)
    possible = walks.kept(("model", asked.model, asked.serving), rule)
    if hardware:
        possible &= walks.kept(("hardware", hardware), partial(rules.hardware, hardware=hardware))
    if serving:
        rule = partial(rules.serving, serving=serving, hardware=hardware)
        possible &= walks.kept(("serving", serving, hardware), rule)
    if language:
        rule = partial(rules.language, language=language, serving=serving, hardware=hardware)
        possible &= walks.kept(("language", *target), rule)
    for name in asked.constraints:
        rule = partial(rules.constraint, name=name, serving=serving, language=language, hardware=hardware)
        possible &= walks.kept(("constraint", name, *target), rule)
    for files, delivered in refusals(rules, asked, target):
        rule = partial(refusal, files=files, delivered=delivered)
        possible &= walks.kept(("refused", files, delivered), rule)
    unharmed = possible
    for need in asked.needs:
        possible &= walks.kept(("lost", need), partial(rules.lost, need=need))
        unharmed &= walks.kept(("harmed", need), partial(rules.harmed, need=need))
    return Left(possible, possible & ~unharmed)
