"""A report of a comparison that was written at another time, or by somebody else, read strictly.

What is not read here may have any shape; an older or a newer report may lack or add keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.answers import cleaned, fits
from benchmarks.errors import ProblemError
from benchmarks.formats import name
from benchmarks.report import SCHEMA

_SOURCE = {"format": str, "sha256": str}
_ENVIRONMENT = {"cpu": str, "cores": int, "os": str, "python": str, "versions": {str: (str, None)}}
_MEASUREMENT = {"format": str, "runtime": str, "batch": int, "threads": int}
_MEASUREMENT |= {"rounds_ms": ([[float]], None), "label": (str, None), "heats": ([int], None)}
_LATENCY = {"median": float, "ci_low": float, "ci_high": float}
_VERDICT = {"state": str, "formats": [str], "reason": str}

Key = tuple[str, str, int, int]
"""Format ("onnx#2" for the second of a race), runtime, batch and threads of a measurement."""


@dataclass(frozen=True)
class Interval:
    """A median in ms with its 95 % interval, as the report gives it."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Measured:
    """`rounds_ms`: the raw durations, a list for each round; empty where the report has none. `processes`:
    how many took turns at them."""

    latency: Interval
    rounds_ms: list[list[float]]
    processes: int


@dataclass(frozen=True)
class Outcome:
    """passed, failed, skipped or unavailable, with the error's message."""

    outcome: str
    message: str


@dataclass(frozen=True)
class Reported:
    """What two reports are compared by. `created`: ISO 8601, "" where the report does not say; `environment`
    and `method` are as they came, `method` empty in older reports. `conversions`: by the target's name;
    `parity`: by format and runtime, "" for one that did not load."""

    source: dict
    created: str
    environment: dict
    method: dict
    conversions: dict[str, Outcome]
    parity: dict[tuple[str, str], Outcome]
    measurements: dict[Key, Measured]
    verdict: dict


def read_report(report: Any, which: str) -> Reported:
    """`report`: parsed JSON; `which`: what it is called in a refusal. Raises ProblemError where it is no
    report."""
    return _Reader(which).read(report)


class _Reader:
    def __init__(self, which: str):
        self.which = which

    def read(self, report: Any) -> Reported:
        try:
            report = cleaned(report)
        except RecursionError:
            raise self.wrong("it", "is nested too deeply") from None
        if not isinstance(report, dict) or report.get("schema") != SCHEMA:
            raise self.wrong("it", f"is not a JSON object with schema {SCHEMA}")
        self.picked(report.get("environment"), "environment", _ENVIRONMENT)
        if not isinstance(report.get("method"), (dict, type(None))):
            raise self.wrong("method", "is not an object")
        conversions, parity = {}, {}
        for place, row in self.rows(report, "conversions"):
            conversions[name(self.text(row, place, "to"))] = self.outcome(row, place)
        for place, row in self.rows(report, "parity"):
            key = (self.text(row, place, "format"), self.text(row, place, "runtime"))
            parity[key] = self.outcome(row, place)
        return Reported(
            self.picked(report.get("source"), "source", _SOURCE),
            self.picked(report, "it", {"created": (str, None)})["created"] or "",
            report["environment"],
            report.get("method") or {},
            conversions,
            parity,
            dict(self.measured(row, place) for place, row in self.rows(report, "measurements")),
            self.picked(report.get("verdict"), "verdict", _VERDICT),
        )

    def measured(self, row: Any, place: str) -> tuple[Key, Measured]:
        one = self.picked(row, place, _MEASUREMENT)
        latency = Interval(*self.picked(row.get("latency_ms"), f"{place}.latency_ms", _LATENCY).values())
        rounds = one["rounds_ms"] or []
        if latency.median <= 0 or not all(durations and min(durations) > 0 for durations in rounds):
            raise self.wrong(place, "has a duration that is not greater than 0")
        candidate = (one["label"] or one["format"]).partition("@")[0]
        key = (candidate, one["runtime"], one["batch"], one["threads"])
        return key, Measured(latency, rounds, max(1, len(one["heats"] or ())))

    def outcome(self, row: Any, place: str) -> Outcome:
        outcome, error = self.text(row, place, "outcome"), row.get("error")
        message = error.get("message") if isinstance(error, dict) else ""
        return Outcome(outcome, message if isinstance(message, str) else "")

    def text(self, row: Any, place: str, key: str) -> str:
        return self.picked(row, place, {key: str})[key]

    def rows(self, report: dict, key: str) -> list[tuple[str, Any]]:
        if not isinstance(report.get(key), list):
            raise self.wrong(key, "is not a list")
        return [(f"{key}[{number}]", row) for number, row in enumerate(report[key])]

    def picked(self, value: Any, place: str, shape: Mapping[str, Any]) -> dict:
        """The keys of `shape`, each checked against it (see `answers`); others are left alone."""
        if not isinstance(value, dict):
            raise self.wrong(place, "is not an object")
        for key, kind in shape.items():
            if not fits(value.get(key), kind):
                raise self.wrong(f"{place}.{key}", "is missing or wrong")
        return {key: value.get(key) for key in shape}

    def wrong(self, place: str, what: str) -> ProblemError:
        return ProblemError(
            "job",
            "bad-report",
            f"The {self.which} file is no report of a comparison: {place} {what}.",
            "Give the report.json that compare --out writes.",
        )
