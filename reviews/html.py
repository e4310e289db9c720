"""A review as one HTML file that needs nothing else: pictures inside, a style for print, no script."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from advisor import load_knowledge
from advisor.answers import WORDS
from reviews import pictures, safe_text
from reviews.content import Evidence
from reviews.markdown import STANDS, answer
from reviews.people import Participant, Person
from reviews.review import Event, Review, Revision
from reviews.said import said_of

TEMPLATE = "record.html"
ARGUMENTS = {"reasons": "For", "gives_up": "Against", "caveats": "Mind"}
"""What is said of an option, by the kinds of `said.KEYS`."""


def write(review: Review, revision: Revision | None = None, address: str = "") -> str:
    """The record of a revision, the current one if None. `address`: the link that opens it, "" to leave it
    out."""
    revision = revision or review.current
    return _template().render(
        review=review,
        revision=revision,
        content=revision.content,
        signed=[one for one in review.signatures if one.sha256 == revision.sha256],
        comments=[one for one in review.comments if one.revision <= revision.number],
        parts={one.key for one in review.participants},
        stands=STANDS,
        arguments=ARGUMENTS,
        address=address,
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "visible": lambda text: safe_text.visible(str(text)),
        "markdown": lambda text: Markup(safe_text.html_of(text)),
        "person": person_words,
        "format_name": lambda format_id: safe_text.visible(load_knowledge().name("format", format_id)),
        "question": lambda key: WORDS.get(key, safe_text.visible(key)).capitalize(),
        "answer": lambda value, key: safe_text.visible(answer(load_knowledge(), key, value)),
        "said_of": said_of,
        "scores": lambda scenario: Markup(pictures.scores(scenario)),
        "latencies": lambda evidence: Markup(pictures.latencies(evidence)),
        "verdict": verdict_words,
        "event_words": event_words,
    }
    return environment.get_template(TEMPLATE)


def person_words(person: Person | Participant) -> str:
    declared = person.key.startswith("name:")
    return safe_text.visible(person.name) + (" (self-declared)" if declared else "")


def verdict_words(evidence: Evidence) -> str:
    verdict = evidence.report.get("verdict")
    reason = verdict.get("reason") if isinstance(verdict, Mapping) else None
    return safe_text.visible(reason) if isinstance(reason, str) else "The report names no verdict."


def event_words(event: Event) -> str:
    """What happened, in a few words."""
    detail = event.detail
    words = _EVENTS.get(event.kind, event.kind).format_map(_Blank(detail))
    if event.kind == "revised" and detail.get("voided"):
        words += f", which voids the signature of {', '.join(map(str, detail['voided']))}"
    if detail.get("note"):
        words += f": {detail['note']}"
    return safe_text.visible(words)


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
