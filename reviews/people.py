"""Who does something, and what they may.

With a login a person is who the provider says; without one a name is typed, believed, and marked
self-declared everywhere. What somebody may do to a review follows from how they take part in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

DECISION_MAKER, CONSULTED, INFORMED = "decision-maker", "consulted", "informed"
PARTS = (DECISION_MAKER, CONSULTED, INFORMED)
"""How somebody takes part (MADR's words)."""

VIEWER, CONTRIBUTOR, DECIDER, OWNER = "viewer", "contributor", "decision-maker", "owner"
ROLES = (VIEWER, CONTRIBUTOR, DECIDER, OWNER)
"""What somebody may do, each what those before may and more: read; comment and edit; accept and reject;
choose who takes part and who may see it. Whoever is named as a decision-maker signs, and nobody else."""
LONGEST_NAME, LONGEST_KEY = 100, 500


@dataclass(frozen=True)
class Person:
    """`key`: what tells the person from others, `oidc:ISSUER|SUBJECT` from a login and `name:NAME` of who
    typed it; `name`: what is shown."""

    key: str
    name: str

    @property
    def self_declared(self) -> bool:
        return self.key.startswith("name:")

    def to_json(self) -> dict[str, str]:
        return {"key": self.key, "name": self.name}


def self_declared(name: str) -> Person:
    """Raises ValueError for a name that is none."""
    words = " ".join(name.split())
    if not words or len(words) > LONGEST_NAME or not words.isprintable():
        raise ValueError(f"A name has 1 to {LONGEST_NAME} characters that can be seen.")
    return Person(f"name:{words.casefold()}", words)


def signed_in(issuer: str, subject: str, name: str) -> Person:
    """Who a provider vouches for; `name` may be any text."""
    shown = "".join(c if c.isprintable() else "�" for c in " ".join(name.split()))[:LONGEST_NAME]
    return Person(f"oidc:{issuer}|{subject}"[:LONGEST_KEY], shown or "unnamed")


@dataclass(frozen=True)
class Participant:
    """How a person takes part. Of somebody who has not signed in yet only the e-mail address may be known;
    `key` is then `mail:ADDRESS`, and whoever signs in with that address, verified, is that person."""

    key: str
    name: str
    part: str

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"{self.part!r} is none of {', '.join(PARTS)}")

    @property
    def self_declared(self) -> bool:
        return self.key.startswith("name:")

    def to_json(self) -> dict[str, str]:
        return {"key": self.key, "name": self.name, "part": self.part}


@dataclass(frozen=True)
class Visitor:
    """Who looks at a review: nobody known (`person` None), or a person. `keys`: all by which a participant
    may have been named; `login`: whether a login is configured, without which a name proves nothing."""

    person: Person | None
    keys: frozenset[str] = frozenset()
    login: bool = False

    @classmethod
    def of(cls, person: Person | None, mail: str = "", login: bool = False) -> "Visitor":
        """`mail`: the verified address of a login, "" if none."""
        keys = {person.key} if person else set()
        if mail:
            keys.add(mail_key(mail))
        return cls(person, frozenset(keys), login)


def mail_key(address: str) -> str:
    return f"mail:{address.strip().casefold()}"


def role(visitor: Visitor, owner: Person, participants: Iterable[Participant], private: bool) -> str:
    """The role of a visitor in a review, "" where they may not even know that it is there."""
    if owner.key in visitor.keys:
        return OWNER
    parts = {one.part for one in participants if one.key in visitor.keys}
    if DECISION_MAKER in parts:
        return DECIDER
    if CONSULTED in parts:
        return CONTRIBUTOR
    if private:
        return VIEWER if parts else ""
    # Names count for nothing in a review of somebody who signed in, also where the login is gone by now.
    typed = visitor.person and not visitor.login and owner.self_declared
    return CONTRIBUTOR if typed else VIEWER


def at_least(role: str, needed: str) -> bool:
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
