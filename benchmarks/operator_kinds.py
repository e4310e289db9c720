"""What operators do, whatever their runtime calls them, and what to do where that takes long: from
`operator_kinds.toml`."""

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Advice:
    """What to do, and where that is from, "" where it follows from what was measured."""

    next_step: str
    source: str = ""


_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
BETWEEN, OTHER = "between", "other"
"""Time in no operator, and in operators of no kind that the table has."""
NAMES: dict[str, str] = {
    **{kind["id"]: kind["name"] for kind in _TABLE["kind"]},
    BETWEEN: _TABLE["between"]["name"],
    OTHER: "other operators",
}
FALLBACKS: dict[str, str] = {why: entry["words"] for why, entry in _TABLE["fell_back"].items()}
"""Why a node did not run as its runtime runs such nodes at its best: the end of a sentence about several."""
OTHERWISE, WAITING = Advice(_TABLE["otherwise"]), Advice(_TABLE["waiting"]["next_step"])


def _advice(entries: dict[str, dict]) -> dict[str, Advice]:
    return {
        key: Advice(entry["next_step"], entry.get("source", ""))
        for key, entry in entries.items()
        if "next_step" in entry
    }


ADVICE = _advice({BETWEEN: _TABLE["between"], **{kind["id"]: kind for kind in _TABLE["kind"]}})
"""By kind, where there is a step that fits it."""
AFTER_FALLBACK = _advice(_TABLE["fell_back"])
ELSEWHERE = _advice(_TABLE["elsewhere"])
"""By runtime, how to profile where Python cannot."""


@cache
def kind_of(operator: str) -> str:
    """The id of the kind of an operator, by the name that a runtime gives it."""
    name = operator.rsplit("::", 1)[-1].strip("_").lower().removeprefix("mkl")
    for kind in _TABLE["kind"]:
        if any(fnmatchcase(name, pattern) for pattern in kind["operators"]):
            return kind["id"]
    return OTHER
