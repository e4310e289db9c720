"""What can be done to a review, by whom, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from reviews import store
from reviews.content import Scenario, canonical
from reviews.errors import Conflict, ReviewError
from reviews.hashing import revision_sha256
from reviews.people import CONSULTED, DECISION_MAKER, INFORMED, Participant, mail_key
from reviews.review import ACCEPTED, APPROVE, DEPRECATED, DRAFT, OBJECT, PROPOSED, REJECTED, SUPERSEDED
from store import tables
from store.engine import writing
from tests.reviews.conftest import NOBODY, STRANGER, logged_in, typed

ANNA, BEN = typed("Anna"), typed("Ben")


def part(visitor, how=DECISION_MAKER) -> Participant:
    return Participant(visitor.person.key, visitor.person.name, how)


def refused(kind: str):
    return pytest.raises(ReviewError, check=lambda error: error.kind == kind)


@pytest.fixture
def review(reviews, content):
    """A draft of Anna's with Ben as the one who decides."""
    made = reviews.create(content, ANNA)
    return reviews.set_participants(made.id, [part(BEN)], False, ANNA)


def accepted(reviews, review):
    reviews.move(review.id, PROPOSED, ANNA)
    reviews.sign(review.id, review.current.sha256, BEN)
    return reviews.move(review.id, ACCEPTED, BEN)


def test_what_is_kept_is_what_was_given(reviews, opened, content):
    made = reviews.create(content, ANNA)
    assert (made.status, made.owner, made.current.number) == (DRAFT, ANNA.person, 1)
    assert made.current.content == content
    assert made.current.sha256 == revision_sha256(1, "", made.current.text)
    assert opened().load(made.id, NOBODY) == made


def test_a_revision_names_the_one_before_and_what_changed(reviews, review, content):
    after = reviews.revise(review.id, 1, replace(content, title="Another", outcome="ONNX."), ANNA, "shorter")
    first, second = after.revisions
    assert second.previous == first.sha256
    assert second.sha256 == revision_sha256(2, first.sha256, second.text)
    assert after.events[-1].detail["changed"] == ["title", "outcome"]
    assert second.note == "shorter"
    assert after.revision(1).content == content and after.revision(3) is None
    assert reviews.load(review.id, NOBODY) == after


def test_what_changes_nothing_is_no_revision(reviews, review, content):
    assert len(reviews.revise(review.id, 1, content, ANNA).revisions) == 1


def test_who_comes_second_is_told_and_loses_nothing(reviews, review, content):
    reviews.revise(review.id, 1, replace(content, outcome="Ben's"), BEN)
    mine = replace(content, outcome="Anna's", title="Anna's title")
    with pytest.raises(Conflict) as conflict:
        reviews.revise(review.id, 1, mine, ANNA)
    told = conflict.value
    assert (told.base, told.mine, told.theirs.number) == (content, mine, 2)
    assert told.theirs.content.outcome == "Ben's"
    assert "Ben saved revision 2" in str(told)
    assert len(reviews.load(review.id, NOBODY).revisions) == 2


def test_a_later_edit_voids_a_signature_and_says_so(reviews, review, content):
    signed = reviews.sign(review.id, review.current.sha256, BEN)
    assert [one.signer.name for one in signed.standing] == ["Ben"] and not signed.void
    edited = reviews.revise(review.id, 1, replace(content, outcome="Otherwise."), ANNA)
    assert edited.standing == () and [one.signer.name for one in edited.void] == ["Ben"]
    assert edited.events[-1].detail["voided"] == ["Ben"]
    assert "Ben has not signed this revision." in edited.missing
    again = reviews.sign(review.id, edited.current.sha256, BEN)
    assert again.void == () and len(again.standing) == 1


def test_a_revision_that_is_not_the_current_one_is_not_signed(reviews, review, content):
    reviews.revise(review.id, 1, replace(content, outcome="Otherwise."), ANNA)
    with refused("conflict"):
        reviews.sign(review.id, review.current.sha256, BEN)


def test_only_decision_makers_sign(reviews, review):
    for visitor in (ANNA, typed("Cleo")):
        with refused("not-allowed"):
            reviews.sign(review.id, review.current.sha256, visitor)


def test_it_is_accepted_once_nothing_is_missing(reviews, review):
    reviews.comment(review.id, "And Android?", BEN)
    proposed = reviews.move(review.id, PROPOSED, ANNA)
    with refused("not-ready") as told:
        reviews.move(review.id, ACCEPTED, BEN)
    assert "Ben has not signed" in str(told.value) and "1 comment is not resolved" in str(told.value)
    reviews.resolve(review.id, proposed.comments[0].id, BEN)
    reviews.sign(review.id, review.current.sha256, BEN, OBJECT)
    assert reviews.load(review.id, NOBODY).missing == ("Ben objects.",)
    reviews.sign(review.id, review.current.sha256, BEN, APPROVE)
    assert reviews.move(review.id, ACCEPTED, BEN).status == ACCEPTED


def test_nobody_else_accepts(reviews, review):
    reviews.move(review.id, PROPOSED, ANNA)
    with refused("not-allowed"):
        reviews.move(review.id, ACCEPTED, typed("Cleo"))


@pytest.mark.parametrize("end", [ACCEPTED, REJECTED])
def test_what_is_decided_stays_as_it_is(reviews, review, content, end):
    if end == ACCEPTED:
        done = accepted(reviews, review)
    else:
        reviews.move(review.id, PROPOSED, ANNA)
        done = reviews.move(review.id, REJECTED, BEN, "too early")
    for change in (
        lambda: reviews.revise(review.id, 1, replace(content, outcome="Otherwise."), ANNA),
        lambda: reviews.comment(review.id, "late", ANNA),
        lambda: reviews.sign(review.id, review.current.sha256, BEN),
        lambda: reviews.set_participants(review.id, [], False, ANNA),
        lambda: reviews.move(review.id, DRAFT, ANNA),
    ):
        with refused("read-only"):
            change()
    assert reviews.load(review.id, NOBODY) == done


def test_an_accepted_one_is_superseded_when_its_successor_is_accepted(reviews, review, content):
    old = accepted(reviews, review)
    new = reviews.supersede(old.id, replace(content, title="Two years later"), ANNA)
    assert (new.supersedes, new.status, new.participants) == (old.id, DRAFT, old.participants)
    assert reviews.load(old.id, NOBODY).status == ACCEPTED
    rival = reviews.supersede(old.id, replace(content, title="Too late"), ANNA)
    accepted(reviews, new)
    before = reviews.load(old.id, NOBODY)
    assert (before.status, before.superseded_by) == (SUPERSEDED, new.id)
    assert before.events[-1].kind == SUPERSEDED
    for one in (before, reviews.load(new.id, NOBODY)):
        assert [found.id for found in reviews.chain(one, NOBODY)] == [old.id, new.id]
    assert [found.id for found in reviews.chain(rival, NOBODY)] == [old.id, rival.id]
    reviews.move(rival.id, PROPOSED, ANNA)
    reviews.sign(rival.id, rival.current.sha256, BEN)
    with refused("not-ready"):
        reviews.move(rival.id, ACCEPTED, BEN)
    assert reviews.load(rival.id, NOBODY).status == PROPOSED


def test_only_an_accepted_one_is_superseded_or_deprecated(reviews, review, content):
    with refused("read-only"):
        reviews.supersede(review.id, content, ANNA)
    with refused("wrong-content"):
        reviews.move(review.id, DEPRECATED, ANNA)
    assert reviews.move(accepted(reviews, review).id, DEPRECATED, BEN).status == DEPRECATED


def test_comments_are_resolved_and_opened_again(reviews, review):
    made = reviews.comment(review.id, "  Which **opset**? ", BEN, "option", "onnx")
    (comment,) = made.comments
    assert (comment.text, comment.anchor, comment.of) == ("Which **opset**?", "option", "onnx")
    resolved = reviews.resolve(review.id, comment.id, ANNA).comments[0]
    assert resolved.resolved_by == ANNA.person and not resolved.open
    reopened = reviews.resolve(review.id, comment.id, BEN, resolved=False)
    assert reopened.comments[0].open
    assert [event.kind for event in reopened.events[-3:]] == ["commented", "resolved", "reopened"]
    assert reviews.load(review.id, NOBODY) == reopened


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_a_comment_that_is_none_is_refused(reviews, review, text):
    with refused("wrong-content"):
        reviews.comment(review.id, text, ANNA)


def test_who_has_no_name_changes_nothing(reviews, review, content):
    for change in (
        lambda: reviews.create(content, NOBODY),
        lambda: reviews.comment(review.id, "hello", NOBODY),
        lambda: reviews.revise(review.id, 1, replace(content, title="Mine"), NOBODY),
        lambda: reviews.move(review.id, PROPOSED, NOBODY),
    ):
        with refused("not-allowed"):
            change()


def test_without_a_login_nothing_is_private(reviews, review, content):
    with refused("not-allowed"):
        reviews.create(content, ANNA, private=True)
    with refused("not-allowed"):
        reviews.set_participants(review.id, [], True, ANNA)


def test_a_private_one_is_as_if_it_were_not_there(reviews, content):
    owner, guest = logged_in("olga"), logged_in("gus", "gus@example.org")
    made = reviews.create(content, owner, private=True)
    for other in (NOBODY, STRANGER, guest, typed("olga")):
        with refused("unknown-review") as told:
            reviews.load(made.id, other)
        with refused("unknown-review") as missing:
            reviews.load("0" * 32, other)
        assert str(told.value) == str(missing.value)
        assert reviews.find(other).total == 0
        with refused("unknown-review"):
            reviews.comment(made.id, "let me in", other)
        with refused("unknown-review"):
            reviews.supersede(made.id, content, other)
    reviews.set_participants(
        made.id, [Participant(mail_key("Gus@Example.org"), "Gus", CONSULTED)], True, owner
    )
    assert reviews.find(guest).total == 1
    assert reviews.load(made.id, guest).id == made.id
    joined = reviews.comment(made.id, "thank you", guest)
    assert joined.participants[0].key == guest.person.key
    assert [event.kind for event in joined.events[-2:]] == ["joined", "commented"]
    with refused("unknown-review"):
        reviews.load(made.id, logged_in("gustav", "gustav@example.org"))


def test_roles_do_what_they_may_and_no_more(reviews, content):
    owner, decider, asked, told = (logged_in(name) for name in ("olga", "dan", "cleo", "ida"))
    made = reviews.create(content, owner)
    parts = [part(decider), part(asked, CONSULTED), part(told, INFORMED)]
    reviews.set_participants(made.id, parts, False, owner)
    edited = replace(content, outcome="Otherwise.")
    may = {
        "comment": lambda who: reviews.comment(made.id, "hm", who),
        "revise": lambda who: reviews.revise(made.id, reviews.load(made.id, who).current.number,
                                             replace(edited, title=who.person.name), who),
        "sign": lambda who: reviews.sign(made.id, reviews.load(made.id, who).current.sha256, who),
        "people": lambda who: reviews.set_participants(made.id, parts, False, who),
    }  # fmt: skip
    allowed = {
        owner: {"comment", "revise", "people"},
        decider: {"comment", "revise", "sign"},
        asked: {"comment", "revise"},
        told: set(),
        logged_in("stranger"): set(),
    }
    for who, things in allowed.items():
        for thing, do in may.items():
            if thing in things:
                do(who)
            else:
                with refused("not-allowed"):
                    do(who)


def test_who_typed_a_name_may_as_much_as_any_who_did(reviews, review):
    reviews.set_participants(review.id, [part(BEN, INFORMED)], False, ANNA)
    assert reviews.comment(review.id, "hm", BEN).comments
    assert reviews.comment(review.id, "hm", typed("Anybody")).comments


def test_a_typed_name_counts_for_nothing_where_the_owner_signed_in(reviews, content):
    made = reviews.create(content, logged_in("olga"))
    assert reviews.load(made.id, ANNA) == made
    with refused("not-allowed"):
        reviews.comment(made.id, "hm", ANNA)


def test_an_older_decision_is_superseded_only_by_who_may_decide_it(reviews, content):
    owner, other = logged_in("olga"), logged_in("otto")
    old = reviews.create(content, owner)
    reviews.set_participants(old.id, [part(owner), part(other, CONSULTED)], False, owner)
    reviews.move(old.id, PROPOSED, owner)
    reviews.sign(old.id, old.current.sha256, owner)
    reviews.move(old.id, ACCEPTED, owner)
    new = reviews.supersede(old.id, replace(content, title="Otherwise"), other)
    reviews.set_participants(new.id, [part(other)], False, other)
    reviews.move(new.id, PROPOSED, other)
    reviews.sign(new.id, new.current.sha256, other)
    with refused("not-allowed"):
        reviews.move(new.id, ACCEPTED, other)
    assert [reviews.load(one.id, owner).status for one in (old, new)] == [ACCEPTED, PROPOSED]


def test_what_was_changed_in_the_database_is_told_and_not_signed(reviews, review, content):
    reviews.revise(review.id, 1, replace(content, outcome="Second."), ANNA)
    with writing(reviews._engine) as connection:
        changed = canonical(replace(content, outcome="Another.").to_json())
        where = (tables.revisions.c.review == review.id) & (tables.revisions.c.number == 2)
        connection.execute(update(tables.revisions).where(where).values(content=changed))
    found = reviews.load(review.id, NOBODY, ())
    assert found.altered == (2,)
    for change in (
        lambda: reviews.sign(review.id, found.current.sha256, BEN),
        lambda: reviews.revise(review.id, 2, replace(content, outcome="Third."), ANNA),
        lambda: reviews.move(review.id, PROPOSED, ANNA),
    ):
        with refused("altered"):
            change()


def test_a_text_is_read_where_it_is_asked_for(reviews, review, content):
    for number in (1, 2):
        reviews.revise(review.id, number, replace(content, outcome=f"After {number}."), ANNA)
    assert [bool(one.text) for one in reviews.load(review.id, NOBODY, (2,)).revisions] == [False, True, True]
    assert all(one.text for one in reviews.load(review.id, NOBODY).revisions)


def test_accepted_ones_are_gone_through_some_at_a_time(reviews, content, monkeypatch):
    monkeypatch.setattr(store, "SOME", 2)
    made = []
    for number in range(5):
        draft = reviews.create(replace(content, title=str(number)), ANNA)
        made.append(accepted(reviews, reviews.set_participants(draft.id, [part(BEN)], False, ANNA)))
    reviews.create(content, ANNA)
    found = list(reviews.decided(NOBODY))
    assert [one.id for one, _ in found] == [one.id for one in reversed(made)]
    assert [kept for _, kept in found] == [one.current.content for one in reversed(made)]


def test_a_search_finds_every_word_wherever_it_stands(reviews, content):
    for title, owner in (("Ärger with 100% load", "Alma"), ("Edge devices", "Berta"), ("Servers_1", "Cora")):
        reviews.create(replace(content, title=title), typed(owner))
    found = lambda words, **more: [one.title for one in reviews.find(NOBODY, words, **more).reviews]  # noqa: E731
    assert found("") == ["Servers_1", "Edge devices", "Ärger with 100% load"]
    assert found("ÄRGER 100%") == ["Ärger with 100% load"]
    assert found("s_1") == ["Servers_1"]
    assert found("BERTA devices android") == ["Edge devices"]
    assert found("berta servers") == []
    assert found("android", count=1, skip=1) == ["Edge devices"]
    assert found("nothing has this") == []
    assert found("", statuses=(ACCEPTED,)) == []


def test_odd_characters_are_kept_or_replaced(reviews, content):
    odd = replace(content, title="a\0b \ud800 😀 \u202e", outcome="'; DROP TABLE reviews; --")
    made = reviews.create(odd, ANNA)
    assert made.title == "a�b ? 😀 \u202e"
    assert reviews.load(made.id, NOBODY) == made


def test_what_cannot_be_kept_is_refused_in_words(reviews, content):
    for bad, words in (
        (replace(content, title=" "), "needs a title"),
        (replace(content, scenarios=()), "1 to 5 scenarios"),
        (replace(content, scenarios=content.scenarios * 2), "the same name"),
        (replace(content, context="x" * 20_001), "20,000 fit"),
        (
            replace(content, scenarios=tuple(_renamed(content.scenarios[0], str(n)) for n in range(6))),
            "1 to 5",
        ),
    ):
        with refused("wrong-content") as told:
            reviews.create(bad, ANNA)
        assert words in str(told.value)
    assert reviews.find(NOBODY).total == 0


def _renamed(scenario: Scenario, name: str) -> Scenario:
    return replace(scenario, name=name)
