"""A review out as a file and in again: the same review, and the same bytes."""

import json
import random
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from reviews import document, html, markdown
from reviews.errors import ReviewError
from reviews.people import DECISION_MAKER, Participant, Visitor, self_declared
from reviews.review import ACCEPTED, PROPOSED
from reviews.store import Reviews
from store import engine
from tests.reviews import generated
from tests.reviews.conftest import NOBODY, logged_in, typed

MADE = {"sqlite": range(100), "postgresql": range(100, 200)}
"""The seeds of the reviews that are written and read again, 200 in all."""


def test_the_schema_is_one():
    Draft202012Validator.check_schema(json.loads(document.SCHEMA.read_text()))


@pytest.fixture
def elsewhere(folder_in_memory) -> Reviews:
    """Another team's database."""
    return Reviews(engine.engine_of(engine.known(f"sqlite:///{folder_in_memory}/elsewhere.db")))


@pytest.mark.slow
def test_export_import_export_gives_the_same_bytes(reviews, elsewhere, database_url):
    reader = Visitor.of(self_declared("Reader"))
    statuses = set()
    for seed in MADE[database_url.partition(":")[0]]:
        made = generated.grow(reviews, random.Random(seed))
        written = document.write(made)
        read = document.read(written)
        assert read == made, seed
        kept = elsewhere.keep_imported(read, reader)
        again = elsewhere.load(made.id, NOBODY)
        assert again == kept and replace(again, imported=None) == made, seed
        assert document.write(again) == written, seed
        statuses.add(made.status)
    assert statuses >= {"draft", "proposed"}


@pytest.fixture
def written(reviews, content) -> dict:
    made = reviews.create(content, typed("Anna"))
    made = reviews.comment(made.id, "hm", typed("Ben"))
    return json.loads(document.write(made))


def refused(data: bytes, words: str) -> None:
    with pytest.raises(ReviewError) as told:
        document.read(data)
    assert told.value.kind == "wrong-file"
    assert words in str(told.value), str(told.value)


def test_what_was_changed_outside_is_refused(written):
    for change, words in (
        (lambda d: d["revisions"][0]["content"].update(outcome="Other."), "revision 1 is not what its hash"),
        (lambda d: d["revisions"][0].update(sha256="0" * 64), "revision 1 is not what its hash"),
        (lambda d: d["comments"].append(d["comments"][0]), "two of its comments have the same id"),
        (lambda d: d["comments"][0].update(revision=7), "not in it"),
        (lambda d: d["events"].pop(0), "not numbered"),
        (lambda d: d.update(status="signed"), "at status"),
        (lambda d: d.update(more=1), "at its top"),
        (lambda d: d.pop("owner"), "'owner' is a required property"),
        (lambda d: d["participants"].append({"key": "name:x", "name": "x", "part": "y"}), "participants[0]"),
        (lambda d: d["owner"].update(name="a\0b"), "zero characters"),
    ):  # fmt: skip
        document_ = json.loads(json.dumps(written))
        change(document_)
        refused(json.dumps(document_).encode(), words)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format": "other"}', b"null"]
)
def test_what_is_no_review_is_refused(data):
    refused(data, "This file is no review that can be read")


def test_a_signature_of_nothing_is_refused(reviews, written):
    signature = {
        "id": "0" * 16, "sha256": "0" * 64, "revision": 1, "signer": {"key": "name:eve", "name": "Eve"},
        "part": "decision-maker", "stand": "approve", "at": "2026-11-26T00:00:00.000000Z", "note": "",
    }  # fmt: skip
    refused(json.dumps(written | {"signatures": [signature]}).encode(), "is of no revision")


def test_an_import_is_marked_and_never_written_over(reviews, elsewhere, written):
    data = json.dumps(written).encode()
    kept = elsewhere.keep_imported(document.read(data), typed("Zoe"))
    assert kept.imported["by"]["name"] == "Zoe"
    with pytest.raises(ReviewError) as told:
        elsewhere.keep_imported(document.read(data), typed("Zoe"))
    assert told.value.kind == "exists"
    with pytest.raises(ReviewError) as told:
        elsewhere.keep_imported(document.read(data), NOBODY)
    assert told.value.kind == "not-allowed"


def test_signatures_out_of_a_file_count_for_nothing(reviews, elsewhere, content):
    anna, ben = typed("Anna"), typed("Ben")
    made = reviews.create(content, anna)
    reviews.set_participants(made.id, [Participant(ben.person.key, "Ben", DECISION_MAKER)], False, anna)
    reviews.move(made.id, PROPOSED, anna)
    signed = reviews.sign(made.id, made.current.sha256, ben)
    assert signed.missing == ()
    kept = elsewhere.keep_imported(document.read(document.write(signed)), anna)
    assert kept.standing == () and kept.missing == ("Ben has not signed this revision.",)
    for written in (markdown.write(kept), html.write(kept)):
        assert "says the imported file" in written
    with pytest.raises(ReviewError) as told:
        elsewhere.move(made.id, ACCEPTED, ben)
    assert told.value.kind == "not-ready"
    assert elsewhere.sign(made.id, made.current.sha256, ben).missing == ()


def test_where_people_sign_in_only_who_takes_part_imports(reviews, elsewhere, content):
    owner = logged_in("olga")
    data = document.write(reviews.create(content, owner))
    with pytest.raises(ReviewError) as told:
        elsewhere.keep_imported(document.read(data), logged_in("eve"))
    assert told.value.kind == "not-allowed"
    assert elsewhere.keep_imported(document.read(data), owner).owner == owner.person
