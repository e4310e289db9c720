"""The routes of one framework, numbered, and which of them a question leaves.

A set of routes is held as the bits of an integer, so that what several answers leave together is their
conjunction. Every question is put to every route once, however many answers ask it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from advisor.graph import Framework, Knowledge
from advisor.routes import Route, routes_from


@dataclass(frozen=True, eq=False)
class Ways:
    """`routes` in the order of their numbers; `keeping`: the set of its own of every master that has any."""

    knowledge: Knowledge
    framework: Framework
    routes: tuple[Route, ...]
    keeping: Mapping[str, int]

    def of(self, numbers: int) -> tuple[Route, ...]:
        """The routes of a set, in order."""
        return tuple([route for number, route in enumerate(self.routes) if numbers >> number & 1])


@lru_cache(maxsize=64)
def ways_from(knowledge: Knowledge, framework: str) -> Ways:
    """The routes of a framework, all that there are."""
    routes: list[Route] = []
    keeping: dict[str, int] = {}
    for master, found in routes_from(knowledge, framework).items():
        if found:
            keeping[master] = (1 << len(found)) - 1 << len(routes)
            routes += found
    return Ways(knowledge, knowledge.frameworks[framework], tuple(routes), keeping)
