"""A review as one HTML file that needs nothing else: pictures inside, a style for print, no script."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from advisor import load_knowledge
from advisor.answers import WORDS
from reviews import pictures, safe_text
from reviews.review import Review, Revision
from reviews.said import said_of
from reviews.wording import (
    answer,
    event_words,
    person_words,
    signature_words,
    status_words,
    verdict_words,
    when,
)

TEMPLATE = "record.html"
ARGUMENTS = {"reasons": "For", "gives_up": "Against", "caveats": "Mind"}
"""What is said of an option, by the kinds of `said.KEYS`."""
SCORES, LATENCIES = "Scores of the formats", "Median latency with its interval"
"""What the pictures are called."""


def write(review: Review, revision: Revision | None = None, address: str = "") -> str:
    """The record of a revision, the current one if None. `address`: the link that opens it, "" to leave it
    out."""
    revision = revision or review.current
    return _template().render(
        review=review,
        revision=revision,
        content=revision.content,
        signed=review.signed(revision, elsewhere=True),
        status=status_words(review, revision),
        comments=[one for one in review.comments if one.revision <= revision.number],
        parts={one.key for one in review.participants},
        arguments=ARGUMENTS,
        style_of_pictures=Markup(pictures.STYLE),
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
        "scores": lambda scenario: Markup(pictures.draw(SCORES, pictures.scores(scenario))),
        "latencies": lambda evidence: Markup(pictures.draw(LATENCIES, pictures.latencies(evidence))),
        "signature": signature_words,
        "verdict": verdict_words,
        "when": when,
        "event_words": event_words,
    }
    return environment.get_template(TEMPLATE)
