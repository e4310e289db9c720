"""The exact weight at which the order of the formats flips.

With one weight w free and the others kept, every score is (a + w × c) / (b + w) with the same denominator, so
that two formats are level where a₁ + w × c₁ = a₂ + w × c₂: at one weight or nowhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from advisor.answers import MAX_PRIORITY
from advisor.ranking import Ranked

Line = tuple[float, float]
"""a and c of one format."""


@dataclass(frozen=True)
class Weighing:
    """One criterion's weight set free: `now` is the priority answered, `raised` what the constraints add to
    it, `lines` those of all formats that are compared."""

    now: int
    raised: float
    lines: Mapping[str, Line]

    def turns(self) -> Iterator[range]:
        """The whole weights, below and above, among which another format may be first, nearest first. Two
        formats can be level at the first of them: which of the two is first there is for the engine to
        say."""
        best, (_, slope) = next(iter(self.lines.items()))
        below = [self._level(best, name) for name, (_, other) in self.lines.items() if other < slope]
        above = [self._level(best, name) for name, (_, other) in self.lines.items() if other > slope]
        falls, rises = max(below, default=-1.0), min(above, default=MAX_PRIORITY + 1.0)
        yield range(min(self.now - 1, floor(falls + SLACK)), -1, -1)
        yield range(max(self.now + 1, ceil(rises - SLACK)), MAX_PRIORITY + 1)

    def flips_at(self, to: str, whole: int) -> float:
        """The weight from which on `to` is first, on the way from `now` to `whole`, where it is."""
        up = whole > self.now
        levels = [
            self._level(to, name)
            for name, (_, slope) in self.lines.items()
            if (slope < self.lines[to][1] if up else slope > self.lines[to][1])
        ]
        levels = [at for at in levels if min(self.now, whole) - SLACK <= at <= max(self.now, whole) + SLACK]
        if not levels:  # every other weight is 0, and at 0 all count alike
            return float(whole)
        return min(max(max(levels) if up else min(levels), 0.0), float(MAX_PRIORITY))

    def _level(self, one: str, other: str) -> float:
        """The weight at which two formats with different slopes are level."""
        (a1, c1), (a2, c2) = self.lines[one], self.lines[other]
        return (a2 - a1) / (c1 - c2) - self.raised


SLACK = 1e-9
"""What rounding may have moved a level by."""


def weighing(contenders: Sequence[Ranked], weights: Mapping[str, float], name: str, now: int) -> Weighing:
    """The criterion `name`, answered with `now`, set free. `contenders`: best first; `weights`: the
    priorities with what the constraints add to them."""
    lines = {
        one.selection.master.id: (
            sum(weight * one.criteria[other] for other, weight in weights.items() if other != name),
            one.criteria[name],
        )
        for one in contenders
    }
    return Weighing(now, weights[name] - now, lines)
