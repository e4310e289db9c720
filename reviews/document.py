"""A review as one JSON document, and back: what is written out and read in again is the same review, and is
written out again as the same bytes. The schema stands in `review.schema.json`.
"""

import itertools
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from reviews.content import canonical, cleaned, faults
from reviews.errors import ReviewError
from reviews.hashing import revision_sha256
from reviews.people import Participant, Person
from reviews.review import Comment, Event, Review, Revision, Signature

FORMAT = "format-advisor-review"
VERSION = 1
SCHEMA = Path(__file__).with_name("review.schema.json")
LARGEST_MB = 64
MOST_FAULTS = 20
"""Looked at in a file that is none; a million of them take minutes."""
_HEAD = ("id", "status", "private", "created", "updated", "supersedes", "superseded_by")


def to_json(review: Review) -> dict[str, Any]:
    """All of it but how it came here."""
    head = {name: getattr(review, name) for name in _HEAD} | {"owner": review.owner.to_json()}
    parts = ("participants", "revisions", "comments", "signatures", "events")
    lists = {name: [asdict(one) for one in getattr(review, name)] for name in parts}
    for revision in lists["revisions"]:
        revision["content"] = json.loads(revision.pop("text"))
    return {"format": FORMAT, "version": VERSION, **head, **lists}


def write(review: Review) -> bytes:
    """UTF-8, keys in order, indented, a newline at the end."""
    text = json.dumps(to_json(review), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def read(data: bytes) -> Review:
    """Raises ReviewError where the bytes are no review, or one that was changed after it was written out: its
    revisions do not have the hashes that they say."""
    if len(data) > LARGEST_MB * 1e6:
        raise _wrong(f"it has {len(data) / 1e6:,.0f} MB, and {LARGEST_MB} MB are read at most")
    try:
        return _read(json.loads(data))
    except RecursionError:
        raise _wrong("it is nested too deep") from None
    except ValueError:
        raise _wrong("it is not JSON") from None


def _read(document: Any) -> Review:
    if fault := best_match(itertools.islice(validator().iter_errors(document), MOST_FAULTS)):
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault.absolute_path)
        raise _wrong(f"at {where.lstrip('.') or 'its top'}: {' '.join(fault.message.split())[:300]}")
    if cleaned(document) != document:
        raise _wrong("it holds zero characters or halves of characters, which this program never writes")
    review = Review(
        **{name: document[name] for name in _HEAD},
        owner=Person(**document["owner"]),
        participants=tuple(Participant(**one) for one in document["participants"]),
        revisions=tuple(_revision(one) for one in document["revisions"]),
        comments=tuple(_comment(one) for one in document["comments"]),
        signatures=tuple(
            Signature(**one | {"signer": Person(**one["signer"])}) for one in document["signatures"]
        ),
        events=tuple(Event(**one | {"actor": Person(**one["actor"])}) for one in document["events"]),
    )
    _check(review)
    return review


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text()))


def _revision(document: Mapping[str, Any]) -> Revision:
    about = {key: value for key, value in document.items() if key != "content"}
    return Revision(
        **about | {"author": Person(**document["author"]), "text": canonical(document["content"])}
    )


def _comment(document: Mapping[str, Any]) -> Comment:
    by = document["resolved_by"]
    people = {"author": Person(**document["author"]), "resolved_by": Person(**by) if by else None}
    return Comment(**{**document, **people})


def _check(review: Review) -> None:
    """What a schema cannot say."""
    previous = ""
    for number, revision in enumerate(review.revisions, 1):
        sha256 = revision_sha256(number, previous, revision.text)
        if (revision.number, revision.previous, revision.sha256) != (number, previous, sha256):
            raise _wrong(
                f"revision {number} is not what its hash says, so it was changed outside this program"
            )
        if found := faults(revision.content):
            raise _wrong(f"revision {number}: {found[0].words}")
        previous = sha256
    hashes = {revision.sha256: revision.number for revision in review.revisions}
    for signature in review.signatures:
        if hashes.get(signature.sha256) != signature.revision:
            raise _wrong(f"the signature of {signature.signer.name} is of no revision in it")
    if [event.number for event in review.events] != list(range(1, len(review.events) + 1)):
        raise _wrong("its events are not numbered one after the other")
    for name in ("comments", "signatures"):
        ids = [one.id for one in getattr(review, name)]
        if len(set(ids)) < len(ids):
            raise _wrong(f"two of its {name} have the same id")
    if any(not 1 <= comment.revision <= len(review.revisions) for comment in review.comments):
        raise _wrong("a comment is of a revision that is not in it")


def _wrong(what: str) -> ReviewError:
    return ReviewError(
        "wrong-file",
        f"This file is no review that can be read: {what}. Give the JSON file that “Export” writes.",
    )
