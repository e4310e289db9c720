"""Between rows of the database and the records of a review."""

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from reviews.content import canonical
from reviews.people import Participant, Person
from reviews.review import Comment, Event, Review, Revision, Signature, Summary
from store import tables

PEOPLE = {"author", "resolved_by", "signer", "actor"}
"""The columns that hold somebody."""


def person_text(person: Person | None) -> str | None:
    return canonical(person.to_json()) if person else None


def person_of(text: str | None) -> Person | None:
    return Person(**json.loads(text)) if text else None


def read(
    connection: Connection, review_id: str, texts: Collection[int] | None = None, for_change: bool = False
) -> Review | None:
    """The review, None where there is none, with the texts of the current revision and of those numbers
    (of all if None); with `for_change` nobody else changes it before the transaction ends."""
    query = select(tables.reviews).where(tables.reviews.c.id == review_id)
    row = connection.execute(query.with_for_update() if for_change else query).one_or_none()
    if row is None:
        return None
    return Review(
        row.id,
        row.status,
        person_of(row.owner),
        row.private,
        row.created,
        row.updated,
        row.supersedes,
        row.superseded_by,
        _records(Participant, connection, tables.participants, review_id),
        _revisions(connection, review_id, texts),
        _records(Comment, connection, tables.comments, review_id),
        _records(Signature, connection, tables.signatures, review_id),
        _records(Event, connection, tables.events, review_id, "number"),
        json.loads(row.imported) if row.imported else None,
    )


def _revisions(connection: Connection, review_id: str, texts: Collection[int] | None) -> tuple[Revision, ...]:
    """Their texts are long, and most that read a review need one of them."""
    table = tables.revisions
    of_it = table.c.review == review_id
    columns = [column for column in table.c if column is not table.c.content]
    found = connection.execute(select(*columns).where(of_it).order_by(table.c.number)).all()
    wanted = select(table.c.number, table.c.content).where(of_it)
    if texts is not None:
        wanted = wanted.where(table.c.number.in_({found[-1].number, *texts}))
    kept = {row.number: row.content for row in connection.execute(wanted)}
    return tuple(
        Revision(r.number, r.previous, r.sha256, person_of(r.author), r.at, r.note, kept.get(r.number))
        for r in found
    )


def _records(kind: type, connection: Connection, table: Table, review_id: str, order: str = "place") -> tuple:
    """The rows of a table whose columns are called like the fields of a record."""
    names = [field.name for field in fields(kind)]
    query = select(*(table.c[name] for name in names)).where(table.c.review == review_id)
    found = connection.execute(query.order_by(table.c[order])).mappings()
    return tuple(kind(**{name: _value(name, row[name]) for name in names}) for row in found)


def _value(name: str, column: Any) -> Any:
    if name in PEOPLE:
        return person_of(column)
    return json.loads(column) if name == "detail" else column


def _columns(record: Any, **more: Any) -> dict[str, Any]:
    values = {field.name: getattr(record, field.name) for field in fields(record)} | more
    people = {name: person_text(values[name]) for name in PEOPLE & values.keys()}
    return values | people | ({"detail": canonical(values["detail"])} if "detail" in values else {})


def write(connection: Connection, review: Review) -> None:
    """A whole review that is not there yet."""
    connection.execute(insert(tables.reviews), [head(review)])
    write_participants(connection, review)
    for revision in review.revisions:
        write_revision(connection, review.id, revision)
    for place, comment in enumerate(review.comments):
        write_comment(connection, review.id, place, comment)
    for place, signature in enumerate(review.signatures):
        write_signature(connection, review.id, place, signature)
    for event in review.events:
        write_event(connection, review.id, event)


def head(review: Review) -> dict[str, Any]:
    """The row of the review itself, with what lists need of its current revision."""
    content = review.current.content
    return {
        "id": review.id,
        "status": review.status,
        "owner_key": review.owner.key,
        "owner": person_text(review.owner),
        "private": review.private,
        "created": review.created,
        "updated": review.updated,
        "supersedes": review.supersedes,
        "superseded_by": review.superseded_by,
        "imported": canonical(review.imported) if review.imported else None,
        "revision": review.current.number,
        "title": content.title,
        "format": content.chosen or content.scenarios[0].format,
        "sought": sought(review),
    }


def sought(review: Review) -> str:
    """What a search looks through, without regard to case."""
    content = review.current.content
    people = [review.owner.name, *(one.name for one in review.participants)]
    answers = [str(value) for scenario in content.scenarios for value in scenario.answers.values()]
    texts = [content.title, content.chosen, content.context, content.outcome]
    models = [one.title for one in content.evidence]
    return "\n".join([*texts, *people, *answers, *models, review.status]).casefold()


def write_participants(connection: Connection, review: Review) -> None:
    """In place of those that were there."""
    table = tables.participants
    connection.execute(table.delete().where(table.c.review == review.id))
    rows = [_columns(one, review=review.id, place=place) for place, one in enumerate(review.participants)]
    if rows:
        connection.execute(insert(table), rows)


def write_revision(connection: Connection, review_id: str, revision: Revision) -> None:
    row = _columns(revision, review=review_id, content=revision.text)
    del row["text"]
    connection.execute(insert(tables.revisions), [row])


def write_comment(connection: Connection, review_id: str, place: int, comment: Comment) -> None:
    connection.execute(insert(tables.comments), [_columns(comment, review=review_id, place=place)])


def write_signature(connection: Connection, review_id: str, place: int, signature: Signature) -> None:
    connection.execute(insert(tables.signatures), [_columns(signature, review=review_id, place=place)])


def write_event(connection: Connection, review_id: str, event: Event) -> None:
    connection.execute(insert(tables.events), [_columns(event, review=review_id)])


def summary(row: Mapping[str, Any]) -> Summary:
    return Summary(
        row["id"],
        row["title"],
        row["status"],
        person_of(row["owner"]),
        row["private"],
        row["updated"],
        row["format"],
        row["imported"] is not None,
    )
