"""A review as a decision record in Markdown: MADR 4 (adr.github.io/madr, template of 4.0.0)."""

import json
from collections.abc import Collection, Iterator

from advisor import Knowledge, load_knowledge
from reviews.content import Content, Evidence
from reviews.people import CONSULTED, DECISION_MAKER, INFORMED
from reviews.review import Review, Revision
from reviews.safe_text import one_line, quoted
from reviews.said import Said, said_of
from reviews.wording import (
    SELF_DECLARED,
    answers,
    person_words,
    signature_words,
    status_words,
    verdict_words,
)

ARGUMENTS = {"reasons": "Good", "gives_up": "Bad", "caveats": "Neutral"}


def write(review: Review, revision: Revision | None = None, address: str = "") -> str:
    """The record of a revision, the current one if None. `address`: the link that opens it, "" to leave it
    out."""
    revision = revision or review.current
    return "\n".join(_lines(review, revision, address)).rstrip() + "\n"


def _lines(review: Review, revision: Revision, address: str) -> Iterator[str]:
    content, knowledge = revision.content, load_knowledge()
    yield from _front(review, revision)
    yield f"# {one_line(content.title)}"
    yield from _section("## Context and Problem Statement", content.context)
    yield from _drivers(content, knowledge)
    yield "\n## Considered Options\n"
    yield from (f"* {_name(knowledge, one.format)}" for one in content.options)
    yield "\n## Decision Outcome\n"
    if content.chosen:
        yield f"Chosen option: “{_name(knowledge, content.chosen)}”.\n"
    else:
        yield "No option is chosen yet.\n"
    if content.outcome.strip():
        yield quoted(content.outcome)
    yield from _section("### Consequences", content.consequences)
    yield from _section("### Confirmation", content.confirmation)
    yield from _options(content, knowledge)
    yield from _more(review, revision, address, knowledge)


def _front(review: Review, revision: Revision) -> Iterator[str]:
    """YAML, whose strings may be written as those of JSON."""
    yield "---"
    yield f"status: {json.dumps(status_words(review, revision))}"
    yield f"date: {revision.at[:10]}"
    for key, part in (
        ("decision-makers", DECISION_MAKER),
        ("consulted", CONSULTED),
        ("informed", INFORMED),
    ):
        names = [person_words(one) for one in review.participants if one.part == part]
        yield f"{key}: {json.dumps(names, ensure_ascii=False)}"
    yield "---\n"


def _section(title: str, text: str) -> Iterator[str]:
    if text.strip():
        yield f"\n{title}\n"
        yield quoted(text)


def _drivers(content: Content, knowledge: Knowledge) -> Iterator[str]:
    """The answers and the priorities, scenario by scenario, with what is recommended for them."""
    yield "\n## Decision Drivers\n"
    several = len(content.scenarios) > 1
    for scenario in content.scenarios:
        if several:
            yield f"* {one_line(scenario.name)}"
        for line in (*answers(scenario, knowledge), scenario.recommendation["headline"]):
            yield f"{'  ' if several else ''}* {one_line(line)}"


def _options(content: Content, knowledge: Knowledge) -> Iterator[str]:
    """For each option what the recommendations say for and against it."""
    yield "\n## Pros and Cons of the Options"
    names = _names(knowledge)
    for option in content.options:
        yield f"\n### {_name(knowledge, option.format)}\n"
        if option.note.strip():
            yield quoted(option.note) + "\n"
        for said in said_of(content.scenarios, option.format):
            where = f" (only in: {one_line(', '.join(said.scenarios))})" if said.scenarios else ""
            yield f"* {ARGUMENTS[said.key]}, because {_claim(said, names)}{where}"


def _claim(said: Said, names: Collection[str]) -> str:
    """In the middle of a sentence, where only names begin with a capital."""
    text = one_line(said.text).rstrip(".")
    first = text.partition(" ")[0]
    common = first == "A" or (first[1:].isalpha() and first[1:].islower() and first not in names)
    return f"{text[:1].lower() if common else text[:1]}{text[1:]} ({one_line(said.source)})"


def _names(knowledge: Knowledge) -> frozenset[str]:
    """The words of which the names of products are made."""
    kinds = ("format", "framework", "hardware", "serving")
    return frozenset(
        word for kind in kinds for one in knowledge.ids(kind) for word in knowledge.name(kind, one).split()
    )


def _more(review: Review, revision: Revision, address: str, knowledge: Knowledge) -> Iterator[str]:
    yield "\n## More Information\n"
    if address:
        yield f"* Review: <{address}>"
    yield f"* Revision {revision.number} of {len(review.revisions)}, SHA-256 `{revision.sha256}`"
    versions = dict.fromkeys(one.knowledge_version for one in revision.content.scenarios)
    yield f"* Knowledge base: {', '.join(map(one_line, versions))}"
    if review.supersedes:
        yield f"* Supersedes review {review.supersedes}"
    yield from (f"* Evidence: {_evidence(one)}" for one in revision.content.evidence)
    signed = review.signed(revision, elsewhere=True)
    for one in signed:
        yield f"* {one_line(f'{person_words(one.signer)} {signature_words(one, review)}')}"
    if review.imported:
        yield "* This copy was imported from a file; its signatures were not made where it is kept."
    people = (review.owner, *review.participants, *(one.signer for one in signed))
    if any(person.self_declared for person in people):
        yield f"* Names marked “{SELF_DECLARED}” were typed by whoever used them, and checked by nobody."
    written = [one for one in review.comments if one.revision <= revision.number]
    if written:
        yield "\n### Discussion\n"
        for comment in written:
            about = f" on {comment.anchor} {one_line(comment.of)}" if comment.of else ""
            by = comment.resolved_by
            state = f"resolved by {one_line(person_words(by))}" if by else "open"
            yield f"**{one_line(person_words(comment.author))}**{about}, {comment.at[:10]}, {state}:\n"
            yield "\n".join(f"> {line}" for line in quoted(comment.text).splitlines()) + "\n"


def _evidence(evidence: Evidence) -> str:
    name, verdict = one_line(evidence.title), one_line(verdict_words(evidence))
    return f"{name}, run {one_line(evidence.run)}, SHA-256 `{evidence.sha256}`. {verdict}"


def _name(knowledge: Knowledge, format_id: str) -> str:
    return one_line(knowledge.name("format", format_id))
