"""Reviews in the database: everything that can be done to one, by whom, each in one transaction with the
event that tells of it (an import comes with its own). What is not allowed, or comes too late, raises and
changes nothing.
"""

import itertools
import json
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, TimeoutError

from reviews import rows
from reviews.content import Content, canonical, changes, cleaned, cleaned_content, faults
from reviews.errors import Conflict, ReviewError, unknown
from reviews.hashing import revision_sha256
from reviews.people import (
    CONTRIBUTOR,
    DECIDER,
    DECISION_MAKER,
    LONGEST_KEY,
    LONGEST_NAME,
    OWNER,
    PARTS,
    VIEWER,
    Participant,
    Person,
    Visitor,
    at_least,
    role,
)
from reviews.review import (
    ACCEPTED,
    ANCHORS,
    APPROVE,
    DRAFT,
    MOVES,
    OBJECT,
    OPEN,
    SUPERSEDED,
    Comment,
    Event,
    Review,
    Revision,
    Signature,
    Summary,
)
from store import tables
from store.engine import reading, writing

ID = re.compile("[0-9a-f]{32}")
LONGEST_COMMENT, LONGEST_ANCHOR = 5000, 500
MOST_PARTICIPANTS = 100
MOST_WORDS = 10
SOME = 50


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Found:
    """A page of a list, and how many there are in all."""

    reviews: tuple[Summary, ...]
    total: int


class Reviews:
    """`clock`: what gives the time, as ISO text in UTC."""

    def __init__(self, engine: Engine, clock: Callable[[], str] = now):
        self._engine = engine
        self._clock = clock

    def create(self, content: Content, visitor: Visitor, private: bool = False) -> Review:
        """A draft that belongs to the visitor. Raises ReviewError."""
        return self._create(content, visitor, private)

    def load(self, review_id: str, visitor: Visitor, texts: Collection[int] | None = None) -> Review:
        """With the texts of the current revision and of those numbers, of all if None. Raises ReviewError for
        one that is not there or may not be seen, in the same words."""
        review = None
        if ID.fullmatch(review_id):
            with reading(self._engine) as connection:
                review = rows.read(connection, review_id, texts)
        if review is None or not role_in(review, visitor):
            raise unknown()
        return review

    def find(
        self, visitor: Visitor, words: str = "", statuses: Sequence[str] = (), count: int = 50, skip: int = 0
    ) -> Found:
        """The reviews that the visitor may see and that have every word somewhere (title, texts, people,
        answers, models), newest first; those of the `statuses` only, if any are given."""
        table = tables.reviews
        where = [self._visible(visitor)]
        where += [table.c.status.in_(statuses)] if statuses else []
        for word in cleaned(words).casefold().split()[:MOST_WORDS]:
            where.append(table.c.sought.contains(word, autoescape=True))
        columns = [table.c[name] for name in LISTED]
        query = select(*columns).where(*where).order_by(table.c.updated.desc(), table.c.id)
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()
            found = connection.execute(query.limit(count).offset(skip)).mappings().all()
        return Found(tuple(rows.summary(row) for row in found), total)

    def decided(self, visitor: Visitor) -> Iterator[tuple[Summary, Content]]:
        """The accepted reviews that the visitor may see, with what stands in them, newest first; some at a
        time, since their contents are long, and between transactions, since whoever asks takes time."""
        table, kept = tables.reviews, tables.revisions
        current = (kept.c.review == table.c.id) & (kept.c.number == table.c.revision)
        columns = [table.c[name] for name in LISTED]
        query = select(*columns, kept.c.content).join(kept, current)
        query = query.where(self._visible(visitor), table.c.status == ACCEPTED)
        query = query.order_by(table.c.updated.desc(), table.c.id).limit(SOME)
        for skip in itertools.count(0, SOME):
            with reading(self._engine) as connection:
                found = connection.execute(query.offset(skip)).mappings().all()
            for row in found:
                yield rows.summary(row), Content.from_json(json.loads(row["content"]))
            if len(found) < SOME:
                return

    def chain(self, review: Review, visitor: Visitor) -> tuple[Summary, ...]:
        """The decisions in whose line a review that is kept stands, oldest first: what it supersedes, itself,
        and what superseded it, as far as the visitor may see them one after the other."""
        table = tables.reviews
        columns = [table.c[name] for name in (*LISTED, "supersedes", "superseded_by")]
        line: dict[str, Summary] = {}

        def follow(review_id: str | None, column: str) -> None:
            while review_id and review_id not in line:  # an imported one may supersede itself
                query = select(*columns).where(table.c.id == review_id, self._visible(visitor))
                row = connection.execute(query).mappings().one_or_none()
                if row is None:
                    return
                line[review_id] = rows.summary(row)
                review_id = row[column]

        with reading(self._engine) as connection:
            follow(review.id, "supersedes")
            line = dict(reversed(line.items()))
            follow(review.superseded_by, "superseded_by")
        return tuple(line.values())

    def revise(self, review_id: str, base: int, content: Content, visitor: Visitor, note: str = "") -> Review:
        """Saves a revision that was made from revision `base`. Raises Conflict where another has been saved
        since, ReviewError otherwise. What changes nothing is not saved."""
        content = cleaned_content(content)
        _check(content)
        with self._changing(review_id, visitor, CONTRIBUTOR, (base,)) as change:
            review = change.review
            _demand_open(review)
            edited = review.revision(base)
            if edited is None:
                raise ReviewError("wrong-content", f"There is no revision {base} to edit. Reload the page.")
            if content == review.current.content:
                return review
            if base != review.current.number:
                raise Conflict(edited.content, review.current, content)
            revision = _revision(
                review.current.number + 1, review.current.sha256, content, change.actor, change.at, note
            )
            rows.write_revision(change.connection, review.id, revision)
            fields = [one.field for one in changes(review.current.content, content)]
            voided = [one.signer.name for one in review.standing]
            detail = {"revision": revision.number, "sha256": revision.sha256, "changed": fields}
            change.tell("revised", detail | ({"voided": voided} if voided else {}))
            return change.keep(revisions=(*review.revisions, revision))

    def comment(
        self, review_id: str, text: str, visitor: Visitor, anchor: str = "review", of: str = ""
    ) -> Review:
        """Raises ReviewError."""
        words, of = cleaned(text).strip(), cleaned(of)[:LONGEST_ANCHOR]
        if not words or len(words) > LONGEST_COMMENT:
            raise ReviewError("wrong-content", f"A comment has 1 to {LONGEST_COMMENT:,} characters.")
        if anchor not in ANCHORS:
            raise ReviewError("wrong-content", f"A comment cannot be about {anchor!r}.")
        with self._changing(review_id, visitor, CONTRIBUTOR) as change:
            review = change.review
            _demand_open(review)
            comment = Comment(_token(), review.current.number, anchor, of, change.actor, change.at, words)
            rows.write_comment(change.connection, review.id, len(review.comments), comment)
            change.tell("commented", {"comment": comment.id, "anchor": anchor, "of": comment.of})
            return change.keep(comments=(*review.comments, comment))

    def resolve(self, review_id: str, comment_id: str, visitor: Visitor, resolved: bool = True) -> Review:
        """Resolves a comment, or opens it again. Raises ReviewError."""
        with self._changing(review_id, visitor, CONTRIBUTOR) as change:
            review = change.review
            _demand_open(review)
            comment = next((one for one in review.comments if one.id == comment_id), None)
            if comment is None:
                raise ReviewError("wrong-content", "There is no such comment. Reload the page.")
            if comment.open != resolved:
                return review
            by, at = (change.actor, change.at) if resolved else (None, None)
            table = tables.comments
            change.connection.execute(
                update(table)
                .where(table.c.review == review.id, table.c.id == comment_id)
                .values(resolved_by=rows.person_text(by), resolved_at=at)
            )
            change.tell("resolved" if resolved else "reopened", {"comment": comment_id})
            after = replace(comment, resolved_by=by, resolved_at=at)
            return change.keep(comments=tuple(after if one is comment else one for one in review.comments))

    def sign(
        self, review_id: str, sha256: str, visitor: Visitor, stand: str = APPROVE, note: str = ""
    ) -> Review:
        """Signs the revision with this hash, which must be the one that stands. Raises ReviewError."""
        if stand not in (APPROVE, OBJECT):
            raise ReviewError("wrong-content", f"A signature cannot {stand!r}.")
        with self._changing(review_id, visitor, VIEWER) as change:
            review = change.review
            _demand_open(review)
            part = next((p.part for p in review.participants if p.key == change.actor.key), None)
            if part != DECISION_MAKER:
                raise ReviewError(
                    "not-allowed", "Only the decision-makers of a review sign it; its owner names them."
                )
            if sha256 != review.current.sha256:
                raise ReviewError(
                    "conflict",
                    f"Revision {review.current.number} was saved since you opened this. Read it, then sign.",
                )
            signature = Signature(
                _token(),
                sha256,
                review.current.number,
                change.actor,
                part,
                stand,
                change.at,
                cleaned(note).strip()[:LONGEST_COMMENT],
            )
            rows.write_signature(change.connection, review.id, len(review.signatures), signature)
            change.tell("signed", {"revision": signature.revision, "sha256": sha256, "stand": stand})
            return change.keep(signatures=(*review.signatures, signature))

    def move(self, review_id: str, status: str, visitor: Visitor, note: str = "") -> Review:
        """Gives the review another status. Raises ReviewError where that is not the next, or something is
        missing."""
        needed = CONTRIBUTOR if status in OPEN else DECIDER
        with self._changing(review_id, visitor, needed) as change:
            review = change.review
            if status not in MOVES[review.status]:
                raise ReviewError(
                    "read-only" if not review.editable else "wrong-content",
                    f"A review that is {review.status} does not become {status}.",
                )
            if status == ACCEPTED and review.missing:
                raise ReviewError("not-ready", "It cannot be accepted yet. " + " ".join(review.missing))
            change.tell(status, {"from": review.status} | ({"note": cleaned(note)} if note.strip() else {}))
            if status == ACCEPTED and review.supersedes:
                _supersede(change, review.supersedes, visitor)
            return change.keep(status=status)

    def supersede(self, review_id: str, content: Content, visitor: Visitor) -> Review:
        """A draft that is to take the place of an accepted review: with its participants, and the content
        given. The old one is superseded once the new one is accepted. Raises ReviewError."""
        old = self.load(review_id, visitor, ())
        if not at_least(role_in(old, visitor), CONTRIBUTOR):
            raise not_allowed()
        if old.status != ACCEPTED:
            raise ReviewError(
                "read-only", f"Only an accepted review is superseded; this one is {old.status}."
            )
        participants = old.participants
        if visitor.person and visitor.person.key != old.owner.key:
            others = [one for one in participants if one.key != old.owner.key]
            participants = (Participant(old.owner.key, old.owner.name, DECISION_MAKER), *others)
        return self._create(content, visitor, old.private, participants, old.id)

    def set_participants(
        self, review_id: str, participants: Iterable[Participant], private: bool, visitor: Visitor
    ) -> Review:
        """Raises ReviewError."""
        named = [replace(one, name=cleaned(one.name)[:LONGEST_NAME]) for one in participants]
        wanted = tuple({one.key: one for one in named}.values())
        if any(len(one.key) > LONGEST_KEY or "\0" in one.key for one in wanted):
            raise ReviewError("wrong-content", f"A name or address has at most {LONGEST_KEY} characters.")
        if len(wanted) > MOST_PARTICIPANTS:
            raise ReviewError("wrong-content", f"At most {MOST_PARTICIPANTS} people take part in a review.")
        with self._changing(review_id, visitor, OWNER) as change:
            review = change.review
            _demand_open(review)
            if private and not visitor.login:
                raise no_private()
            if (wanted, private) == (review.participants, review.private):
                return review
            detail = {"participants": [one.to_json() for one in wanted], "private": private}
            change.tell("people", detail)
            after = change.keep(participants=wanted, private=private)
            rows.write_participants(change.connection, after)
            return after

    def keep_imported(self, review: Review, visitor: Visitor) -> Review:
        """Keeps a review that came out of a file, exactly as it is. Raises ReviewError where one with its id
        is here already, or the visitor takes no part in it."""
        if visitor.person is None:
            raise ReviewError("not-allowed", "Say who you are first: an import has a name to it.")
        imported = {
            "by": visitor.person.to_json(),
            "at": self._clock(),
            "signatures": len(review.signatures),
        }
        review = replace(review, imported=imported)
        if review.private and not visitor.login:
            raise no_private()
        if visitor.login and not role_in(replace(review, private=True), visitor):
            raise ReviewError(
                "not-allowed", "You take no part in the review in this file; ask somebody who does."
            )
        try:
            with self._writing() as connection:
                rows.write(connection, review)
        except IntegrityError:
            raise ReviewError(
                "exists", "The review in this file is here already; open it under its own link."
            ) from None
        return review

    def _create(
        self,
        content: Content,
        visitor: Visitor,
        private: bool,
        participants: tuple[Participant, ...] = (),
        supersedes: str | None = None,
    ) -> Review:
        content = cleaned_content(content)
        _check(content)
        actor = _named(visitor)
        if private and not visitor.login:
            raise no_private()
        at = self._clock()
        revision = _revision(1, "", content, actor, at, "")
        detail: dict[str, Any] = {"sha256": revision.sha256}
        detail |= {"supersedes": supersedes} if supersedes else {}
        event = Event(1, at, actor, "created", detail)
        review = Review(
            secrets.token_hex(16), DRAFT, actor, private, at, at, supersedes, None,
            participants, (revision,), (), (), (event,),
        )  # fmt: skip
        with self._writing() as connection:
            rows.write(connection, review)
        return review

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except (OperationalError, TimeoutError) as error:
            raise ReviewError(
                "busy",
                "The database did not answer in time: many save at once, or it is down. See in a moment "
                "whether your change is there; if not, save again.",
            ) from error

    def _visible(self, visitor: Visitor):
        """Of the reviews, those that the visitor may see."""
        table, parts = tables.reviews, tables.participants
        taking_part = select(parts.c.review).where(parts.c.key.in_(visitor.keys))
        own = and_(table.c.private, or_(table.c.owner_key.in_(visitor.keys), table.c.id.in_(taking_part)))
        return or_(table.c.private.is_(False), own)

    @contextmanager
    def _changing(self, review_id: str, visitor: Visitor, needed: str, texts: Collection[int] = ()):
        """The review, held until the block ends. Raises ReviewError where it is not there or the visitor may
        not do what needs the role."""
        if not ID.fullmatch(review_id):
            raise unknown()
        with self._writing() as connection:
            review = rows.read(connection, review_id, texts, for_change=True)
            if review is None or not (mine := role_in(review, visitor)):
                raise unknown()
            if visitor.person is None or not at_least(mine, needed):
                raise not_allowed(named=visitor.person is not None)
            if review.altered:
                raise ReviewError(
                    "altered",
                    f"Revision {review.altered[-1]} is not what its hash says: somebody changed it in the "
                    "database. Nothing is done to this review before it is restored from a backup.",
                )
            change = _Change(connection, review, visitor.person, self._clock())
            change.claim(visitor)
            yield change


@dataclass
class _Change:
    """A review while it is being changed."""

    connection: Connection
    review: Review
    actor: Person
    at: str

    def claim(self, visitor: Visitor) -> None:
        """A participant who was named by e-mail and is here now is from now on who signed in."""
        named = {one.key for one in self.review.participants} & visitor.keys - {self.actor.key}
        if not named or not self.review.editable:
            return
        mine = [one for one in self.review.participants if one.key in visitor.keys]
        part = min((one.part for one in mine), key=PARTS.index)  # the one that may most
        me = Participant(self.actor.key, self.actor.name, part)
        others = [one for one in self.review.participants if one.key not in visitor.keys]
        self.review = replace(self.review, participants=(me, *others))
        rows.write_participants(self.connection, self.review)
        self.tell("joined", {"named": sorted(named)})

    def tell(self, kind: str, detail: dict[str, Any]) -> None:
        event = Event(len(self.review.events) + 1, self.at, self.actor, kind, detail)
        rows.write_event(self.connection, self.review.id, event)
        self.review = replace(self.review, events=(*self.review.events, event))

    def keep(self, **values: Any) -> Review:
        """The review with these values, as it is kept."""
        self.review = replace(self.review, updated=self.at, **values)
        _write_head(self.connection, self.review)
        return self.review


LISTED = ("id", "title", "status", "owner", "private", "updated", "format", "imported")


def _supersede(change: _Change, old_id: str, visitor: Visitor) -> None:
    """The older review gets its status when the newer one is accepted, by somebody who may decide both.
    Raises ReviewError."""
    old = rows.read(change.connection, old_id, (), for_change=True)
    if old is None:
        return
    if not at_least(role_in(old, visitor), DECIDER):
        raise ReviewError(
            "not-allowed",
            "This review supersedes another: a decision-maker of that one, or its owner, must accept it.",
        )
    if old.status != ACCEPTED:
        raise ReviewError(
            "not-ready", f"The review that this one supersedes is {old.status}, so it cannot be any more."
        )
    event = Event(len(old.events) + 1, change.at, change.actor, SUPERSEDED, {"by": change.review.id})
    rows.write_event(change.connection, old.id, event)
    after = replace(old, status=SUPERSEDED, superseded_by=change.review.id, updated=change.at)
    _write_head(change.connection, after)


def role_in(review: Review, visitor: Visitor) -> str:
    return role(visitor, review.owner, review.participants, review.private)


def not_allowed(named: bool = True) -> ReviewError:
    words = "You may read this review and not change it; its owner can name you as somebody who takes part."
    return ReviewError(
        "not-allowed", words if named else "Say who you are first: every change has a name to it."
    )


def no_private() -> ReviewError:
    return ReviewError(
        "not-allowed",
        "A review can be private only where people sign in: a name that is typed keeps nobody out.",
    )


def _write_head(connection: Connection, review: Review) -> None:
    table = tables.reviews
    connection.execute(update(table).where(table.c.id == review.id).values(**rows.head(review)))


def _named(visitor: Visitor) -> Person:
    if visitor.person is None:
        raise not_allowed(named=False)
    return visitor.person


def _demand_open(review: Review) -> None:
    if not review.editable:
        raise ReviewError(
            "read-only",
            f"This review is {review.status} and stays as it is. To decide otherwise, supersede it."
            if review.status == ACCEPTED
            else f"This review is {review.status} and stays as it is.",
        )


def _check(content: Content) -> None:
    if found := faults(content):
        raise ReviewError("wrong-content", " ".join(fault.words for fault in found))


def _revision(number: int, previous: str, content: Content, author: Person, at: str, note: str) -> Revision:
    text = canonical(content.to_json())
    sha256 = revision_sha256(number, previous, text)
    return Revision(number, previous, sha256, author, at, cleaned(note).strip()[:LONGEST_COMMENT], text)


def _token() -> str:
    return secrets.token_hex(8)
