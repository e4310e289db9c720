"""What was measured of the user's own model, as the advice can weigh it."""

from collections.abc import Iterator
from dataclasses import dataclass

AGREED, FAILED, UNTRIED = "agreed", "failed", "untried"
FASTEST, LEVEL, SLOWER, UNDECIDED = "fastest", "level", "slower", "undecided"


@dataclass(frozen=True)
class Candidate:
    """What became of one candidate of a comparison.

    `label`: its id in the report; `format`: the format of the knowledge base whose file it is, which for a
    lossy variant or another way of making it is that of the plain one, and "" where there is none.
    `outcome`: agreed (it gives the source's answers, or is the source), failed, or untried (not reached
    here, or too large for this machine's limits), with `reason` and `next_step` in the report's words.

    `runtime` and `median_ms`: the fastest of its measurements, over all runtimes, at the batch size and
    thread count that the verdict is of; `times`: that median over the least of all candidates. `place`: what
    the verdict says of its speed (fastest, level, slower, undecided), "" where it was not measured."""

    label: str
    format: str
    outcome: str
    reason: str = ""
    next_step: str = ""
    runtime: str = ""
    median_ms: float | None = None
    times: float | None = None
    place: str = ""

    @property
    def plain(self) -> bool:
        """Whether it is the format as such."""
        return self.label == self.format


@dataclass(frozen=True)
class Evidence:
    """One comparison. `sha256`: of the model, as far as it is known; `made`: the ISO date of the report,
    "" where it has none; `batch`: the batch size that the speeds are of. `state`: winner, tie or
    inconclusive, `reason`: the verdict's words. `footprints`: MB (10⁶) of
    runtimes' own packages, by runtime."""

    candidates: tuple[Candidate, ...] = ()
    footprints: tuple[tuple[str, float], ...] = ()
    state: str = "inconclusive"
    reason: str = ""
    batch: int | None = None
    sha256: str = ""
    made: str = ""

    def of(self, format_id: str) -> tuple[Candidate, ...]:
        """The candidates that are files of this format, the plain one first."""
        found = [one for one in self.candidates if one.format == format_id]
        return tuple(sorted(found, key=lambda one: not one.plain))

    def outcome(self, format_id: str) -> Candidate | None:
        """What became of the format: the first of its candidates that agreed, else that failed, else that was
        not tried; None where the comparison knows nothing of it."""
        found = self.of(format_id)
        for outcome in (AGREED, FAILED, UNTRIED):
            for one in found:
                if one.outcome == outcome:
                    return one
        return None

    @property
    def failures(self) -> tuple[Candidate, ...]:
        """One for each format that failed in every way in which it was tried."""
        known = dict.fromkeys(one.format for one in self.candidates if one.format)
        outcomes = [self.outcome(format_id) for format_id in known]
        return tuple(one for one in outcomes if one and one.outcome == FAILED)

    @property
    def first(self) -> tuple[Candidate, ...]:
        """The candidates that the verdict names: the winner, or those that tie."""
        return tuple(one for one in self.candidates if one.place in (FASTEST, LEVEL))

    def measured(self) -> Iterator[Candidate]:
        """The candidates that have a speed."""
        return (one for one in self.candidates if one.median_ms is not None)
