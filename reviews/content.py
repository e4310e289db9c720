"""What a review says: the question, the answers and the advice for them, the options, the evidence and the
decision. A content is a value: it never changes.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MOST_SCENARIOS = 5
MOST_EVIDENCE, MOST_OPTIONS = 20, 50
LONGEST_NAME = 200
LONGEST_TITLE = 200
LONGEST_TEXT = 20_000
_ODD = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Scenario:
    """A set of answers in the contract's form, and the recommendation for it as the contract has it, whole,
    with the version of the knowledge that gave it."""

    name: str
    answers: Mapping[str, Any]
    recommendation: Mapping[str, Any]

    @property
    def knowledge_version(self) -> str:
        return self.recommendation["knowledge_version"]

    @property
    def format(self) -> str:
        """The id of the format that is recommended, "" where none is."""
        recommended = self.recommendation["recommended"]
        return recommended["format"] if recommended else ""


@dataclass(frozen=True)
class Considered:
    """One option that was considered: a format, and what the team says of it in Markdown."""

    format: str
    note: str = ""


@dataclass(frozen=True)
class Evidence:
    """A run's report, without its raw samples, and the SHA-256 of the whole report.json."""

    run: str
    title: str
    sha256: str
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Content:
    """All that a revision holds. `context`, `outcome`, `consequences` and `confirmation` (how it will be
    checked that the decision is kept) are Markdown; `chosen`: the format decided on, "" while open."""

    title: str
    context: str = ""
    scenarios: tuple[Scenario, ...] = ()
    options: tuple[Considered, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    chosen: str = ""
    outcome: str = ""
    consequences: str = ""
    confirmation: str = ""

    def to_json(self) -> dict[str, Any]:
        """Shares what it holds with the content."""
        return {
            name: [dict(vars(one)) for one in value] if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Content":
        """The content of a document that was checked against the schema, or that this program wrote."""
        return cls(
            **{
                **document,
                "scenarios": tuple(Scenario(**one) for one in document["scenarios"]),
                "options": tuple(Considered(**one) for one in document["options"]),
                "evidence": tuple(Evidence(**one) for one in document["evidence"]),
            }
        )


def canonical(document: Any) -> str:
    """JSON in the one form that is hashed: keys sorted, nothing between them, numbers as Python writes them.
    Raises ValueError for a number that JSON does not have."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def cleaned(document: Any) -> Any:
    """A document or text without what a database or JSON cannot hold: zero characters, halves of surrogate
    pairs and numbers that are none."""
    if isinstance(document, str):
        return (
            document.replace("\0", "�").encode("utf-8", "replace").decode()
            if _ODD.search(document)
            else document
        )
    if isinstance(document, Mapping):
        return {cleaned(str(key)): cleaned(value) for key, value in document.items()}
    if isinstance(document, (list, tuple)):
        return [cleaned(one) for one in document]
    if isinstance(document, float) and not math.isfinite(document):
        return None
    return document


def cleaned_content(content: Content) -> Content:
    return Content.from_json(cleaned(content.to_json()))


@dataclass(frozen=True)
class Fault:
    """Where a content cannot be kept as it is, and why; `field` is the name of the field."""

    field: str
    words: str


def faults(content: Content) -> list[Fault]:
    """What must be mended before the content can be kept; empty where it can."""
    found = []
    if not content.title.strip():
        found.append(Fault("title", "A review needs a title. Say in a few words what is decided."))
    if len(content.title) > LONGEST_TITLE:
        found.append(Fault("title", f"The title has {len(content.title)} characters; {LONGEST_TITLE} fit."))
    for name in TEXTS:
        if len(getattr(content, name)) > LONGEST_TEXT:
            words = f"The text has {len(getattr(content, name)):,} characters; {LONGEST_TEXT:,} fit."
            found.append(Fault(name, f"{words} Attach what is longer as a link."))
    if not 1 <= len(content.scenarios) <= MOST_SCENARIOS:
        found.append(Fault("scenarios", f"A review holds 1 to {MOST_SCENARIOS} scenarios."))
    names = [scenario.name for scenario in content.scenarios]
    if any(not 1 <= len(name) <= LONGEST_NAME for name in names):
        found.append(Fault("scenarios", f"A scenario's name has 1 to {LONGEST_NAME} characters."))
    if len(set(names)) < len(names):
        found.append(Fault("scenarios", "Two scenarios have the same name. Rename one of them."))
    if len(content.options) > MOST_OPTIONS or any(len(one.note) > LONGEST_TEXT for one in content.options):
        words = f"At most {MOST_OPTIONS} options are considered, each in {LONGEST_TEXT:,} characters."
        found.append(Fault("options", words))
    if len({one.format for one in content.options}) < len(content.options):
        found.append(Fault("options", "A format is considered twice. Leave one of the two out."))
    if len(content.evidence) > MOST_EVIDENCE:
        found.append(Fault("evidence", f"A review holds at most {MOST_EVIDENCE} reports. Detach some."))
    if len({one.run for one in content.evidence}) < len(content.evidence):
        found.append(Fault("evidence", "A run is attached twice. Detach one of the two."))
    return found


TEXTS = ("context", "outcome", "consequences", "confirmation")
"""The fields that people write, beside the title."""


@dataclass(frozen=True)
class Change:
    """A field that two contents have otherwise. `before`, `after`: as lines of text."""

    field: str
    before: str
    after: str


def changes(before: Content, after: Content) -> list[Change]:
    """What is different in `after`, field by field in the order of the fields; scenarios, options and
    evidence one by one, by their names."""
    found = [
        Change(name, getattr(before, name), getattr(after, name))
        for name in ("title", "context", "chosen", "outcome", "consequences", "confirmation")
        if getattr(before, name) != getattr(after, name)
    ]
    for name, key in LISTS.items():
        old, new = _by(key, getattr(before, name)), _by(key, getattr(after, name))
        for one in dict.fromkeys([*old, *new]):
            if old.get(one) != new.get(one):
                found.append(Change(f"{name}: {one}", _lines(old.get(one)), _lines(new.get(one))))
    return found


def _by(key: str, items: Iterable[Any]) -> dict[str, Any]:
    return {getattr(one, key): one for one in items}


def _lines(one: Scenario | Considered | Evidence | None) -> str:
    """What a person would compare of it."""
    if one is None:
        return ""
    if isinstance(one, Considered):
        return one.note
    if isinstance(one, Evidence):
        return f"{one.title}\nreport {one.sha256}"
    answers = "\n".join(f"{key}: {_value(value)}" for key, value in one.answers.items())
    return f"{answers}\nrecommended: {one.format or 'nothing'}\nknowledge: {one.knowledge_version}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {weight}" for key, weight in value.items())
    return value if isinstance(value, str) else ", ".join(map(str, value))


MINE, THEIRS, BOTH = "mine", "theirs", "both"


def merged(
    base: Content, mine: Content, theirs: Content, choices: Mapping[str, str] | None = None
) -> tuple[Content, list[str]]:
    """Two edits of one content put together: each field, and each item of a list, as whoever changed it has
    it. Where both did, and otherwise, `choices` says by its name whose it is: MINE, also where nothing is
    said, THEIRS, or for a text BOTH, theirs first. Returns the names of those too, as `changes` has them."""
    clashes = []

    def choose(name: str, was: Any, my: Any, their: Any) -> Any:
        if my == was:
            return their
        if their in (was, my):
            return my
        clashes.append(name)
        choice = (choices or {}).get(name, MINE)
        if choice == BOTH:
            return f"{their}\n\n{my}"
        return their if choice == THEIRS else my

    values: dict[str, Any] = {}
    for name in FIELDS:
        was, my, their = (getattr(one, name) for one in (base, mine, theirs))
        if key := LISTS.get(name):
            was, my, their = _by(key, was), _by(key, my), _by(key, their)
            chosen = [
                choose(f"{name}: {one}", was.get(one), my.get(one), their.get(one))
                for one in dict.fromkeys([*my, *their])
            ]
            values[name] = tuple(one for one in chosen if one is not None)
        else:
            values[name] = choose(name, was, my, their)
    return Content(**values), clashes


LISTS = {"scenarios": "name", "options": "format", "evidence": "run"}
"""The fields that are lists, with what tells their items apart."""
FIELDS = tuple(Content.__dataclass_fields__)
