"""`python -m advisor check`: what the loader cannot see alone. Unknown ids, what is missing, contradictions,
claims too old or from the future."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from advisor.completeness import incomplete
from advisor.contradictions import contradictions
from advisor.graph import Claim, Condition, Converter, Entry, Knowledge, Provider, Runtime, Serving
from advisor.lines import line_of
from advisor.ranking import SAFETY
from advisor.reading import FILES, FOLDER, Fault, Finding, KnowledgeError, read_knowledge
from advisor.routes import TIER

STALE_DAYS = 180
ANSWER_KINDS = {
    "framework": "framework",
    "format": "format",
    "runtime": "runtime",
    "provider": "provider",
    "hardware": "hardware",
    "serving": "serving",
    "language": "language",
    "needs": "need",
    "constraints": "constraint",
    "model": "model",
}
"""The keys that a condition may ask for, with the kind whose ids answer it."""


@dataclass(frozen=True)
class Report:
    """What `check` found: errors fail it, warnings do not."""

    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def check(folder: Path = FOLDER, today: datetime.date | None = None) -> Report:
    """Validate the knowledge base in `folder`; `today` decides which claims are stale."""
    try:
        knowledge = read_knowledge(folder)
    except KnowledgeError as error:
        return Report(error.faults, ())
    today = today or datetime.date.today()
    errors = [*_unknown_ids(knowledge), *_wrong_words(knowledge), *incomplete(knowledge)]
    errors += [*_misnamed_converters(knowledge), *_from_the_future(knowledge, today)]
    if not errors:
        errors += contradictions(knowledge)
    stale = _stale(knowledge, today)
    return Report(_located(folder, errors), _located(folder, stale))


def _located(folder: Path, findings: Iterable[Finding]) -> tuple[Fault, ...]:
    return tuple(Fault(_where(folder, one.entry, one.key), one.message) for one in findings)


def _where(folder: Path, entry: Entry, key: str) -> str:
    name = FILES[entry.kind]
    line = line_of((folder / name).read_text(encoding="utf-8"), entry.id, key)
    return f"{name}:{line} {entry.id}{'.' + key if key else ''}"


def _all(knowledge: Knowledge) -> Iterator[Entry]:
    for kind in FILES:
        yield from knowledge.of(kind)


def _unknown_ids(knowledge: Knowledge) -> Iterator[Finding]:
    for entry in _all(knowledge):
        for key, kinds, ids in _references(entry):
            for name in ids:
                if not any(name in knowledge.entries[kind] for kind in kinds):
                    wanted = " or ".join(kinds)
                    yield Finding(entry, key, f"names {name!r}, which is no known {wanted}")
        conditions = [(claim.id, claim.when) for claim in entry.claims]
        conditions += [("refuses", refusal.when) for refusal in entry.refuses]
        for key, condition in conditions:
            yield from _unknown_in_condition(knowledge, entry, key, condition)


def _references(entry: Entry) -> Iterator[tuple[str, tuple[str, ...], Iterable[str]]]:
    """Every list of ids in an entry: its key, the kinds they may be, the ids."""
    yield "refuses", ("format",), {name for refusal in entry.refuses for name in refusal.formats}
    yield "loses", ("need",), [loss.need for loss in getattr(entry, "loses", ())]
    yield "languages", ("language",), getattr(entry, "languages", ())
    yield "raises", ("priority",), getattr(entry, "raises", ())
    if isinstance(entry, Converter):
        yield "from", ("framework", "format"), (entry.source,)
        yield "to", ("format",), (entry.target,)
        yield "delivers_to", ("runtime",), entry.delivers_to
    if isinstance(entry, Runtime):
        yield "formats", ("format",), entry.formats
    if isinstance(entry, Provider):
        yield "runtimes", ("runtime",), entry.runtimes
        yield "package_with", ("runtime",), entry.package_with
    if isinstance(entry, (Runtime, Provider, Serving)):
        yield "hardware", ("hardware",), entry.hardware
    if isinstance(entry, Runtime):
        yield "models", ("model",), entry.models
        yield "languages_at", ("hardware",), entry.languages_at
        yield "languages_at", ("language",), {word for words in entry.languages_at.values() for word in words}
    if isinstance(entry, Serving):
        yield "model", ("model",), [entry.model] if entry.model else ()
        yield "loads", ("format",), entry.loads
        yield "loads", ("runtime",), {name for names in entry.loads.values() for name in names}


def _unknown_in_condition(
    knowledge: Knowledge, entry: Entry, key: str, condition: Condition
) -> Iterator[Finding]:
    for question, ids in condition:
        if question not in ANSWER_KINDS:
            yield Finding(entry, key, f"asks for {question!r}, which is no question")
            continue
        known = knowledge.entries[ANSWER_KINDS[question]]
        for name in sorted(ids - {"undecided"}):
            if name not in known:
                yield Finding(entry, key, f"names {name!r}, which is no known {ANSWER_KINDS[question]}")


def _wrong_words(knowledge: Knowledge) -> Iterator[Finding]:
    for file in knowledge.formats.values():
        if file.code_on_load not in SAFETY:
            yield Finding(file, "code_on_load", f"{file.code_on_load!r} is none of {', '.join(SAFETY)}")
    for runtime in knowledge.runtimes.values():
        for tier in runtime.hardware.values():
            if tier not in TIER:
                yield Finding(runtime, "hardware", f"{tier!r} is none of {', '.join(TIER)}")


def _misnamed_converters(knowledge: Knowledge) -> Iterator[Finding]:
    for edge in knowledge.converters.values():
        if edge.id != f"{edge.source}-to-{edge.target}":
            yield Finding(edge, "", f"must be named {edge.source}-to-{edge.target}")


def _from_the_future(knowledge: Knowledge, today: datetime.date) -> Iterator[Finding]:
    for entry in _all(knowledge):
        for claim in entry.claims:
            if age_in_days(claim, today) < 0:
                yield Finding(entry, claim.id, f"was checked on {claim.checked}, which is still to come")


def _stale(knowledge: Knowledge, today: datetime.date) -> Iterator[Finding]:
    for entry in _all(knowledge):
        for claim in entry.claims:
            age = age_in_days(claim, today)
            if age > STALE_DAYS:
                yield Finding(entry, claim.id, f"was checked {age} days ago, on {claim.checked}")


def age_in_days(claim: Claim, today: datetime.date) -> int:
    """How long ago the claim was checked."""
    return (today - datetime.date.fromisoformat(claim.checked)).days
