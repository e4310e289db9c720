"""What the recommendations for a review's scenarios say of an option, each claim once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviews.content import Scenario

KEYS = ("reasons", "gives_up", "caveats")
"""For a format, against it, and to be minded."""


@dataclass(frozen=True)
class Said:
    """`key`: one of KEYS; `scenarios`: the names of those in which it is said, empty where it is in all."""

    key: str
    text: str
    source: str
    scenarios: tuple[str, ...]


def said_of(scenarios: Sequence[Scenario], format_id: str) -> tuple[Said, ...]:
    """In the order of KEYS."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for key in KEYS:
        for scenario in scenarios:
            for claim in _of_format(scenario.recommendation, format_id).get(key, ()):
                named = found.setdefault((key, claim["text"], claim["source"]), [])
                if scenario.name not in named:
                    named.append(scenario.name)
    return tuple(Said(*said, () if len(of) == len(scenarios) else tuple(of)) for said, of in found.items())


def _of_format(recommendation: Mapping[str, Any], format_id: str) -> Mapping[str, Any]:
    """Of a format that is ruled out the reasons for that are what speaks against it."""
    for one in (recommendation["recommended"], *recommendation["alternatives"]):
        if one and one["format"] == format_id:
            return one
    for one in recommendation["rejected"]:
        if one["format"] == format_id:
            return {"gives_up": one["reasons"]}
    return {}
