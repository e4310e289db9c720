"""What people, events, answers and verdicts are called wherever a review is read: on the page, in exports."""

from collections.abc import Mapping
from typing import Any

from advisor import Knowledge
from advisor.answers import SEVERAL, SINGLE, WORDS
from reviews.content import Evidence, Scenario
from reviews.people import Participant, Person
from reviews.review import Event, Review, Revision, Signature
from reviews.safe_text import visible

STANDS = {"approve": "approves", "object": "objects"}
SELF_DECLARED = "self-declared"
"""Marks a name that was typed and checked by nobody."""


def person_words(person: Person | Participant) -> str:
    return visible(person.name) + (f" ({SELF_DECLARED})" if person.self_declared else "")


def when(at: str) -> str:
    """A time of a review to the minute."""
    return f"{at[:16].replace('T', ' ')} UTC"


def verdict_words(evidence: Evidence) -> str:
    verdict = evidence.report.get("verdict")
    reason = verdict.get("reason") if isinstance(verdict, Mapping) else None
    return visible(reason) if isinstance(reason, str) else "The report names no verdict."


def event_words(event: Event) -> str:
    """What happened, in a few words."""
    detail = event.detail
    words = _EVENTS.get(event.kind, event.kind).format_map(_Blank(detail))
    if event.kind == "revised" and detail.get("voided"):
        words += f", which voids the signature of {', '.join(map(str, detail['voided']))}"
    if detail.get("note"):
        words += f": {detail['note']}"
    return visible(words)


_EVENTS = {
    "created": "started the review",
    "revised": "saved revision {revision}",
    "commented": "commented",
    "resolved": "resolved a comment",
    "reopened": "opened a comment again",
    "signed": "signed revision {revision}: {stand}",
    "people": "changed who takes part",
    "joined": "signed in as somebody who was named",
    "draft": "took it back to draft",
    "proposed": "proposed it",
    "accepted": "accepted it",
    "rejected": "rejected it",
    "superseded": "superseded it",
    "deprecated": "deprecated it",
}


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def status_words(review: Review, revision: Revision) -> str:
    """The status, said so that it is not taken for that of an older revision."""
    words = review.status
    if review.superseded_by:
        words = f"superseded by {review.superseded_by}"
    if revision.sha256 != review.current.sha256:
        words = f"revision {revision.number} of {len(review.revisions)}, of a review that is {words}"
    return words


def signature_words(signature: Signature, review: Review) -> str:
    """How somebody stands to a revision, since when, and whether that was seen here."""
    words = f"{STANDS[signature.stand]}, {signature.at[:10]}"
    if signature not in review.made_here:
        words += ", says the imported file"
    return visible(f"{words}: {signature.note}" if signature.note else words)


def answers(scenario: Scenario, knowledge: Knowledge) -> list[str]:
    """What was answered, a line each."""
    lines = []
    for key, value in scenario.answers.items():
        name = WORDS.get(key, key)
        lines.append(f"{name[:1].upper()}{name[1:]}: {answer(knowledge, key, value)}")
    return lines


def answer(knowledge: Knowledge, key: str, value: Any) -> str:
    """An answer to a question in words; ids that are not known any more, and questions, stay as they are."""
    kind = SINGLE.get(key) or SEVERAL.get(key) or "priority"
    if isinstance(value, Mapping):
        return ", ".join(f"{knowledge.name(kind, str(one))} {value[one]}" for one in value)
    given = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(knowledge.name(kind, str(one)) for one in given)
