"""What would be recommended today: the same answers under the knowledge base that is installed now."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from advisor import AnswersError, Requirements, load_knowledge, recommend
from reviews.content import Scenario, canonical


@dataclass(frozen=True)
class ChangedClaim:
    """A claim that a recommendation relies on. `before`, `after`: its text with its source then and now, ""
    where it was not, or is no longer, relied on."""

    id: str
    before: str
    after: str


@dataclass(frozen=True)
class Reevaluation:
    """A scenario under today's knowledge. `before`, `after`: ids of the formats recommended then and now, ""
    for none; `fault`: why the answers cannot be evaluated any more, "" where they can."""

    scenario: str
    before: str
    after: str
    headline: str
    knowledge_before: str
    knowledge_after: str
    claims: tuple[ChangedClaim, ...]
    fault: str = ""

    @property
    def moved(self) -> bool:
        """Whether the knowledge is another than it was."""
        return self.knowledge_before != self.knowledge_after

    @property
    def differs(self) -> bool:
        """Whether something else would be recommended, or nothing can be."""
        return bool(self.fault) or self.before != self.after


def reevaluate(scenario: Scenario) -> Reevaluation:
    """Costs nothing where the knowledge is what it was, else a few milliseconds."""
    now = load_knowledge().version
    if scenario.knowledge_version == now:
        headline = scenario.recommendation["headline"]
        return Reevaluation(scenario.name, scenario.format, scenario.format, headline, now, now, ())
    document, fault = _recommended(canonical(scenario.answers), now)
    if document is None:
        return Reevaluation(
            scenario.name, scenario.format, "", "", scenario.knowledge_version, now, (), fault
        )
    recommended = document["recommended"]
    return Reevaluation(
        scenario.name,
        scenario.format,
        recommended["format"] if recommended else "",
        document["headline"],
        scenario.knowledge_version,
        now,
        tuple(_changed_claims(scenario.recommendation, document)),
    )


@lru_cache(maxsize=4096)
def _recommended(answers: str, version: str) -> tuple[Mapping[str, Any] | None, str]:
    """Of answers as canonical JSON; `version` of the knowledge only tells one from another."""
    try:
        return recommend(Requirements.parse(json.loads(answers))).to_json(), ""
    except AnswersError as error:
        return None, str(error)


def _changed_claims(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ChangedClaim]:
    """Of what is said for and against the recommended formats, and of what rules others out."""
    old, new = dict(_claims(before)), dict(_claims(after))
    for claim_id in dict.fromkeys([*old, *new]):
        then, now = old.get(claim_id, ""), new.get(claim_id, "")
        if then != now:
            yield ChangedClaim(claim_id, then, now)


def _claims(recommendation: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    option = recommendation["recommended"] or {}
    lists = [option.get(key, ()) for key in ("reasons", "gives_up", "caveats")]
    lists += [one["reasons"] for one in recommendation["rejected"]]
    for claims in lists:
        for claim in claims:
            yield claim.get("id") or claim["text"], f"{claim['text']} ({claim['source']})"
