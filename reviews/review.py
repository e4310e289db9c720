"""A review as it stands: its revisions, what was said of them, who signed which, and what happened when."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from reviews.content import Content
from reviews.hashing import revision_sha256
from reviews.people import DECISION_MAKER, Participant, Person

DRAFT, PROPOSED, ACCEPTED, REJECTED = "draft", "proposed", "accepted", "rejected"
SUPERSEDED, DEPRECATED = "superseded", "deprecated"
STATUSES = (DRAFT, PROPOSED, ACCEPTED, REJECTED, SUPERSEDED, DEPRECATED)
OPEN = (DRAFT, PROPOSED)
"""The statuses in which a review may be edited, discussed and signed; all others are read-only."""
MOVES: Mapping[str, tuple[str, ...]] = {
    DRAFT: (PROPOSED,),
    PROPOSED: (DRAFT, ACCEPTED, REJECTED),
    ACCEPTED: (DEPRECATED,),
    REJECTED: (),
    SUPERSEDED: (),
    DEPRECATED: (),
}
"""The statuses that a person may give a review, by the one that it has. An accepted one becomes superseded by
its successor's acceptance, and in no other way."""

APPROVE, OBJECT = "approve", "object"
ANCHORS = ("review", "option", "criterion", "claim", "scenario")
"""What a comment is about: all of it, or a part with an id: a format, a criterion, a claim, a scenario's
name."""


@dataclass(frozen=True)
class Revision:
    """`number`: from 1; `previous`: the hash of the one before, "" for the first; `sha256`: of number,
    previous and content, so that a chain of revisions cannot be changed in the middle. `at`: ISO time in
    UTC. `text`: the content's canonical JSON, None where it was left in the database; two revisions are equal
    if their hashes are."""

    number: int
    previous: str
    sha256: str
    author: Person
    at: str
    note: str
    text: str | None = field(compare=False)

    @cached_property
    def content(self) -> Content:
        """Raises TypeError where the text was left in the database."""
        return Content.from_json(json.loads(self.text))


@dataclass(frozen=True)
class Comment:
    """`anchor`: one of ANCHORS, `of`: the id of that part, "" for all of it; `revision`: the number of the
    one it was written under; `text`: Markdown. `resolved_by` and `resolved_at` are None while it is open."""

    id: str
    revision: int
    anchor: str
    of: str
    author: Person
    at: str
    text: str
    resolved_by: Person | None = None
    resolved_at: str | None = None

    @property
    def open(self) -> bool:
        return self.resolved_by is None


@dataclass(frozen=True)
class Signature:
    """`sha256`: of the revision that was signed; `stand`: approve or object; `part`: how the signer took part
    then."""

    id: str
    sha256: str
    revision: int
    signer: Person
    part: str
    stand: str
    at: str
    note: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened to a review, in order. `detail`: what to know of it beside its kind."""

    number: int
    at: str
    actor: Person
    kind: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class Review:
    """`supersedes` and `superseded_by`: ids of other reviews, None where there is none. `imported`: by whom
    and when it came out of a file, whose signatures nobody here has seen being made; None for those made
    here. It is not part of an export."""

    id: str
    status: str
    owner: Person
    private: bool
    created: str
    updated: str
    supersedes: str | None
    superseded_by: str | None
    participants: tuple[Participant, ...]
    revisions: tuple[Revision, ...]
    comments: tuple[Comment, ...]
    signatures: tuple[Signature, ...]
    events: tuple[Event, ...]
    imported: Mapping[str, Any] | None = None

    @property
    def current(self) -> Revision:
        return self.revisions[-1]

    @cached_property
    def altered(self) -> tuple[int, ...]:
        """The revisions that are not what their hashes say, of those whose texts were read: somebody changed
        them in the database."""
        before = ["", *(one.sha256 for one in self.revisions)]
        return tuple(
            one.number
            for one, previous in zip(self.revisions, before, strict=False)
            if one.previous != previous
            or (one.text is not None and revision_sha256(one.number, previous, one.text) != one.sha256)
        )

    @property
    def title(self) -> str:
        return self.current.content.title

    @property
    def editable(self) -> bool:
        return self.status in OPEN

    @cached_property
    def standing(self) -> tuple[Signature, ...]:
        """The last signature of each signer under the current revision, of those that were made here: what a
        file says that somebody signed, anybody may have written."""
        return self.signed(self.current)

    def signed(self, revision: Revision, elsewhere: bool = False) -> tuple[Signature, ...]:
        """The last signature of each signer under a revision; with `elsewhere` those out of a file too."""
        made = self.signatures if elsewhere else self.made_here
        return tuple({one.signer.key: one for one in made if one.sha256 == revision.sha256}.values())

    @property
    def made_here(self) -> tuple[Signature, ...]:
        return self.signatures[self.imported["signatures"] if self.imported else 0 :]

    @property
    def void(self) -> tuple[Signature, ...]:
        """Signatures that a later revision voided, the last of each signer who has not signed again."""
        signed = {one.signer.key for one in self.standing}
        last = {one.signer.key: one for one in self.made_here if not self.holds(one)}
        return tuple(one for key, one in last.items() if key not in signed)

    def holds(self, signature: Signature) -> bool:
        """Whether a signature is of the revision that stands."""
        return signature.sha256 == self.current.sha256

    def revision(self, number: int) -> Revision | None:
        return self.revisions[number - 1] if 1 <= number <= len(self.revisions) else None

    @property
    def missing(self) -> tuple[str, ...]:
        """What is to be done before it can be accepted, in sentences; empty where nothing is."""
        content, left = self.current.content, []
        deciders = [one for one in self.participants if one.part == DECISION_MAKER]
        stands = {one.signer.key: one.stand for one in self.standing}
        if not content.chosen:
            left.append("Name the format that was chosen.")
        if not content.outcome.strip():
            left.append("Write down the outcome: what is decided, and why.")
        if not deciders:
            left.append("Name at least one decision-maker.")
        for one in deciders:
            if stands.get(one.key) == OBJECT:
                left.append(f"{one.name} objects.")
            elif one.key not in stands:
                left.append(f"{one.name} has not signed this revision.")
        if unresolved := sum(comment.open for comment in self.comments):
            left.append(f"{unresolved} comment{'s are' if unresolved > 1 else ' is'} not resolved.")
        return tuple(left)


@dataclass(frozen=True)
class Summary:
    """A review in a list. `format`: what was chosen, or is recommended as long as nothing was."""

    id: str
    title: str
    status: str
    owner: Person
    private: bool
    updated: str
    format: str
    imported: bool
