"""The report of a comparison, as `python -m benchmarks compare` writes it (schema 1) → `Evidence`.

The one reader of what a report says to the advice. A report may come from anywhere, so its shape is checked
here; what an older or a newer one lacks or adds is no fault.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from advisor.evidence import (
    AGREED,
    FAILED,
    FASTEST,
    LEVEL,
    SLOWER,
    UNDECIDED,
    UNTRIED,
    Candidate,
    Evidence,
)
from advisor.graph import Knowledge

SCHEMA = 1
MAX_REPORT_MB = 64
LONGEST_TEXT = 1000
OUTCOMES = {"passed": AGREED, "failed": FAILED, "skipped": UNTRIED, "unavailable": UNTRIED}
PLACES = {"winner": FASTEST, "tie": LEVEL, "inconclusive": UNDECIDED}
LIMITS = {"timeout", "out-of-memory", "disk-full", "file-too-large", "output-too-large"}
"""Failures that are this machine's, and say nothing of the format."""
DISAGREES = "It does not give the source model's outputs."


class EvidenceError(ValueError):
    """The report cannot be used; the message says where it is not what it should be, and what to give."""


def evidence_of(report: Any, knowledge: Knowledge) -> Evidence:
    """What a parsed report says. Raises `EvidenceError` where it is no report of a comparison."""
    if not isinstance(report, Mapping) or report.get("schema") != SCHEMA:
        raise _wrong("it", f"is not a JSON object with schema {SCHEMA}")
    source, verdict = _object(report, "source"), _object(report, "verdict")
    state = _text(verdict, "state", "verdict")
    if state not in PLACES:
        raise _wrong("verdict.state", f"is none of {', '.join(PLACES)}")
    outcomes = _outcomes(report, _text(source, "format", "source"))
    named = verdict.get("formats")
    if not isinstance(named, (list, tuple)) or not all(isinstance(one, str) for one in named):
        raise _wrong("verdict.formats", "is not a list of ids")
    batch, speeds = _speeds(report)
    least = min((median for _, median in speeds.values()), default=None)
    ahead = {_label(one) for one in named}
    candidates = []
    for label in dict.fromkeys([*outcomes, *speeds]):
        outcome, reason, next_step = outcomes.get(label, (AGREED, "", ""))
        runtime, median = speeds.get(label, ("", None))
        place = "" if median is None else _place(label, ahead, state)
        times = median / least if median and least else None
        candidates.append(
            Candidate(
                label,
                format_of(label, knowledge),
                outcome,
                reason,
                next_step,
                runtime,
                median,
                times,
                place,
            )
        )
    return Evidence(
        tuple(candidates),
        _footprints(report, knowledge),
        state,
        _text(verdict, "reason", "verdict"),
        batch,
        _text(source, "sha256", "source", ""),
        _date(report),
    )


def format_of(label: str, knowledge: Knowledge) -> str:
    """The format of the knowledge base that a candidate is a file of: its own, or the longest one that its
    label goes on from ("onnx-int8", "torchscript-scripted", "onnx#2"); "" where there is none."""
    known = [
        one
        for one in knowledge.formats
        if label == one or (label.startswith(one) and not label[len(one)].isalnum())
    ]
    return max(known, key=len, default="")


def _place(label: str, ahead: set[str], state: str) -> str:
    if label in ahead:
        return PLACES[state]
    return SLOWER if ahead else UNDECIDED


def _outcomes(report: Mapping, source: str) -> dict[str, tuple[str, str, str]]:
    """Outcome, reason and next step by candidate, the source itself first. A conversion's outcome counts its
    parity in; without a conversion (a race) the parity is all there is."""
    found = {_label(source): (AGREED, "", "")}
    for where, row in _rows(report, "conversions"):
        found[_label(_text(row, "to", where))] = _outcome(row, where)
    converted = set(found)
    for where, row in _rows(report, "parity"):
        label, outcome = _label(_text(row, "format", where)), _outcome(row, where)
        if label not in converted and (label not in found or outcome[0] == AGREED):
            found[label] = outcome
    return found


def _outcome(row: Mapping, where: str) -> tuple[str, str, str]:
    said = _text(row, "outcome", where)
    if said not in OUTCOMES:
        raise _wrong(f"{where}.outcome", f"is none of {', '.join(OUTCOMES)}")
    outcome = OUTCOMES[said]
    if outcome == AGREED:
        return outcome, "", ""
    error = row.get("error") or {}
    if not isinstance(error, Mapping):
        raise _wrong(f"{where}.error", "is not an object")
    if _text(error, "kind", f"{where}.error", "") in LIMITS:
        outcome = UNTRIED
    reason = _text(error, "message", f"{where}.error", DISAGREES if outcome == FAILED else "")
    return outcome, reason, _text(error, "next_step", f"{where}.error", "")


def _speeds(report: Mapping) -> tuple[int | None, dict[str, tuple[str, float]]]:
    """The batch size of the first measurement, and the runtime and median in ms of each candidate's fastest
    measurement at that size and with as many threads: the condition that the verdict is of."""
    first, speeds = None, {}
    for where, row in _rows(report, "measurements"):
        condition = _number(row, "batch", where), _number(row, "threads", where)
        first = first or condition
        if condition != first:
            continue
        label, runtime = _measured_label(row, where), _text(row, "runtime", where)
        median = _number(_object(row, "latency_ms", f"{where}."), "median", f"{where}.latency_ms")
        if median <= 0:
            raise _wrong(f"{where}.latency_ms.median", "is not greater than 0")
        if label not in speeds or median < speeds[label][1]:
            speeds[label] = (runtime, median)
    return int(first[0]) if first else None, speeds


def _measured_label(row: Mapping, where: str) -> str:
    """The candidate of a measurement; in older reports the format is all there is."""
    return _label(_text(row, "label", where, "") or _text(row, "format", where))


def _footprints(report: Mapping, knowledge: Knowledge) -> tuple[tuple[str, float], ...]:
    """MB of the packages of each runtime that was measured, as the knowledge base counts them: without what
    they require; absent from older reports."""
    sizes = {}
    for where, row in _rows(report, "measurements"):
        runtime = _text(row, "runtime", where)
        if row.get("package_mb") is not None and runtime in knowledge.runtimes:
            size = _number(row, "package_mb", where)
            if size > 0:
                sizes[runtime] = size
    return tuple(sorted(sizes.items()))


def _date(report: Mapping) -> str:
    made = re.match(r"\d{4}-\d\d-\d\d", _text(report, "created", "it", ""))
    return made.group() if made else ""


def _label(name: str) -> str:
    """A candidate's id without what a report may add to it, such as its runtime."""
    return re.split(r"[^\w#-]", name)[0]


def _object(parent: Mapping, key: str, where: str = "") -> Mapping:
    if not isinstance(parent.get(key), Mapping):
        raise _wrong(f"{where}{key}", "is not an object")
    return parent[key]


def _rows(report: Mapping, key: str) -> list[tuple[str, Mapping]]:
    rows = report.get(key)
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        raise _wrong(key, "is not a list of objects")
    return [(f"{key}[{number}]", row) for number, row in enumerate(rows)]


def _text(row: Mapping, key: str, where: str, default: str | None = None) -> str:
    """On one line, with every character replaced that is not seen, and cut where it is no sentence."""
    value = row.get(key, default)
    if not isinstance(value, str):
        raise _wrong(f"{where}.{key}", "is not text")
    words = " ".join(value.split())[:LONGEST_TEXT]
    return "".join(character if character.isprintable() else "\ufffd" for character in words)


def _number(row: Mapping, key: str, where: str) -> float:
    value = row.get(key)
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
    if not whole and not (isinstance(value, float) and math.isfinite(value)):
        raise _wrong(f"{where}.{key}", "is not a number")
    return value


def _wrong(place: str, what: str) -> EvidenceError:
    return EvidenceError(
        f"This is no report of a comparison: {place} {what}. "
        "Give the report.json that python -m benchmarks compare writes."
    )
