"""The answer: small frozen records and their JSON."""

from dataclasses import dataclass

from advisor.graph import Claim

VERDICTS = ("recommended", "tie", "rewrite-needed", "none")


@dataclass(frozen=True)
class PlanLine:
    """The route to one target: the ids walked from the framework to the format deployed, and what runs it.

    `hardware` is "undecided" where none was asked for. `exporters` are the calls of the steps, in order, and
    `exporter_packages` what each needs installed. `provider` is the runtime's execution provider there, ""
    where there is none to choose; `package` is what to install beside the model. `rewrites` say what must
    change in the model first."""

    hardware: str
    steps: tuple[str, ...]
    runtime: str
    provider: str
    package: str
    exporters: tuple[str, ...]
    exporter_packages: tuple[str, ...]
    rewrites: tuple[str, ...] = ()

    def to_json(self) -> dict:
        return {
            "hardware": self.hardware,
            "steps": list(self.steps),
            "runtime": self.runtime,
            "provider": self.provider,
            "package": self.package,
            "exporters": list(self.exporters),
            "exporter_packages": list(self.exporter_packages),
            "rewrites": list(self.rewrites),
        }


@dataclass(frozen=True)
class Option:
    """One format as the master. `score` and each criterion are 0 to 1, higher is better; `weights` are
    what the criteria were weighed with, so that score = Σ weight × criterion / Σ weight.

    `confidence` is clear, narrow or only: how sure it is that the format stands where it does
    (`standing.confidence_of`). `on_front`: no possible format is at least as portable and as faithful, and
    more so in one."""

    format: str
    score: float
    confidence: str
    on_front: bool
    plan: tuple[PlanLine, ...]
    reasons: tuple[Claim, ...]
    gives_up: tuple[Claim, ...]
    caveats: tuple[Claim, ...]
    criteria: tuple[tuple[str, float], ...]
    weights: tuple[tuple[str, float], ...]

    @property
    def rewrites(self) -> tuple[str, ...]:
        """What must change in the model before this plan works; empty where nothing must."""
        return tuple(dict.fromkeys(rewrite for line in self.plan for rewrite in line.rewrites))

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Everything said of it."""
        return self.reasons + self.gives_up + self.caveats

    def to_json(self) -> dict:
        return {
            "format": self.format,
            "score": self.score,
            "confidence": self.confidence,
            "on_front": self.on_front,
            "plan": [line.to_json() for line in self.plan],
            "reasons": [claim.to_json() for claim in self.reasons],
            "gives_up": [claim.to_json() for claim in self.gives_up],
            "caveats": [claim.to_json() for claim in self.caveats],
            "criteria": dict(self.criteria),
            "weights": dict(self.weights),
            "rewrites": list(self.rewrites),
        }


@dataclass(frozen=True)
class Rejected:
    """A format that is impossible here, with the claims that forbid it."""

    format: str
    reasons: tuple[Claim, ...]

    def to_json(self) -> dict:
        return {"format": self.format, "reasons": [claim.to_json() for claim in self.reasons]}


Value = str | tuple[str, ...] | tuple[tuple[str, int], ...]
"""An answer's new value, complete: an id or "undecided", ids, or all weights."""


@dataclass(frozen=True)
class Flip:
    """A change of answers that changes the format. `change`: the keys with their new values, ready to be
    merged into the answers; `to`: the format then; `words` says it for a reader.

    Where one weight changes, `priority` is its criterion and `at` the exact weight, 0 to 5, at which the
    order flips on the way to the whole number in `change`."""

    change: tuple[tuple[str, Value], ...]
    to: str
    words: str
    priority: str = ""
    at: float | None = None

    def to_json(self) -> dict:
        document: dict = {
            "change": {key: _plain(key, value) for key, value in self.change},
            "to": self.to,
            "words": self.words,
        }
        if self.priority:
            document |= {"priority": self.priority, "at": self.at}
        return document


def _plain(key: str, value: Value) -> str | list | dict:
    if isinstance(value, str):
        return value
    return dict(value) if key == "priorities" else list(value)


@dataclass(frozen=True)
class Replaced:
    """What was known in general and gave way to a measurement of the model itself.

    `what`: footprint_mb (of the runtime in the format's plan), outcome (whether the format works) or order
    (which of several that tie comes first); `words` says it for a reader."""

    format: str
    what: str
    expected: str | float | None
    measured: str | float
    words: str

    def to_json(self) -> dict:
        return {
            "format": self.format,
            "what": self.what,
            "expected": self.expected,
            "measured": self.measured,
            "words": self.words,
        }


@dataclass(frozen=True)
class Recommendation:
    """What the engine says. `verdict` is recommended, tie, rewrite-needed or none; `headline` says it in
    words.

    `wrong_question`: something is recommended, but none of the formats that people ask about first is
    possible. With none, `recommended` is None, `conflict` names the two answers that contradict each other,
    if two do, and `relaxations` the smallest things to give up that make something possible; `flips` are
    single answers to exchange for others. `measured`: evidence of the model itself was weighed, and
    `replaced` is what it took the place of."""

    verdict: str
    headline: str
    wrong_question: bool
    recommended: Option | None
    ties: tuple[str, ...]
    alternatives: tuple[Option, ...]
    rejected: tuple[Rejected, ...]
    flips: tuple[Flip, ...]
    conflict: tuple[str, ...]
    relaxations: tuple[Flip, ...]
    knowledge_version: str
    measured: bool = False
    replaced: tuple[Replaced, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """All that is possible, best first."""
        return (self.recommended, *self.alternatives) if self.recommended else ()

    @property
    def checked(self) -> tuple[str, str]:
        """The ISO dates on which the oldest and the newest of the claims that the result relies on were
        checked; empty where it relies on none. A measurement may have no date."""
        dates = [claim.checked for one in self.options for claim in one.claims if claim.checked]
        dates += [claim.checked for one in self.rejected for claim in one.reasons if claim.checked]
        return (min(dates), max(dates)) if dates else ("", "")

    def to_json(self) -> dict:
        """The contract's object; `conflict` only where there is one, `measured` and `replaced` only where
        evidence was weighed."""
        oldest, newest = self.checked
        document: dict = {
            "verdict": self.verdict,
            "headline": self.headline,
            "wrong_question": self.wrong_question,
            "recommended": self.recommended.to_json() if self.recommended else None,
            "ties": list(self.ties),
            "alternatives": [option.to_json() for option in self.alternatives],
            "rejected": [rejected.to_json() for rejected in self.rejected],
            "flips": [flip.to_json() for flip in self.flips],
            "relaxations": [relaxation.to_json() for relaxation in self.relaxations],
            "checked": {"oldest": oldest, "newest": newest},
            "knowledge_version": self.knowledge_version,
        }
        if self.conflict:
            document["conflict"] = list(self.conflict)
        if self.measured:
            document |= {"measured": True, "replaced": [replaced.to_json() for replaced in self.replaced]}
        return document
