"""The answer: small frozen records and their JSON."""

from dataclasses import dataclass

from advisor.graph import Claim

VERDICTS = ("recommended", "tie", "rewrite-needed", "none")


@dataclass(frozen=True)
class PlanLine:
    """The route to one target: the ids walked from the framework to the format deployed, and what runs it.

    `hardware` is "undecided" where none was asked for. `exporters` are the calls of the steps, in order;
    `rewrites` say what must change in the model first."""

    hardware: str
    steps: tuple[str, ...]
    runtime: str
    package: str
    exporters: tuple[str, ...]
    rewrites: tuple[str, ...] = ()

    def to_json(self) -> dict:
        return {
            "hardware": self.hardware,
            "steps": list(self.steps),
            "runtime": self.runtime,
            "package": self.package,
            "exporters": list(self.exporters),
            "rewrites": list(self.rewrites),
        }


@dataclass(frozen=True)
class Option:
    """One format as the master. `score` and each criterion are 0 to 1, higher is better; `weights` are
    what the criteria were weighed with, so that score = Σ weight × criterion / Σ weight."""

    format: str
    score: float
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

    def to_json(self) -> dict:
        return {
            "format": self.format,
            "score": self.score,
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


@dataclass(frozen=True)
class Flip:
    """A single change of answer that changes the format: `key`'s new `value` is complete, ready to be
    merged into the answers; `to` is the format then; `words` says it for a reader."""

    key: str
    value: str | tuple[str, ...] | tuple[tuple[str, int], ...]
    to: str
    words: str

    def to_json(self) -> dict:
        value: object = self.value
        if self.key == "priorities":
            value = dict(self.value)
        elif isinstance(value, tuple):
            value = list(value)
        return {"change": {self.key: value}, "to": self.to, "words": self.words}


@dataclass(frozen=True)
class Recommendation:
    """What the engine says. `verdict` is recommended, tie, rewrite-needed or none; with none
    `recommended` is None and `conflict` names the two answers that contradict each other, if two do.
    `headline` says it in words."""

    verdict: str
    headline: str
    recommended: Option | None
    ties: tuple[str, ...]
    alternatives: tuple[Option, ...]
    rejected: tuple[Rejected, ...]
    flips: tuple[Flip, ...]
    conflict: tuple[str, ...]
    knowledge_version: str

    def to_json(self) -> dict:
        """The contract's object; `conflict` only where there is one."""
        document: dict = {
            "verdict": self.verdict,
            "headline": self.headline,
            "recommended": self.recommended.to_json() if self.recommended else None,
            "ties": list(self.ties),
            "alternatives": [option.to_json() for option in self.alternatives],
            "rejected": [rejected.to_json() for rejected in self.rejected],
            "flips": [flip.to_json() for flip in self.flips],
            "knowledge_version": self.knowledge_version,
        }
        if self.conflict:
            document["conflict"] = list(self.conflict)
        return document
