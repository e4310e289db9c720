"""One TOML value → what an entry holds. Raises `ValueError` with what was wrong about the value."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from advisor.graph import CONFIDENCES, ROLES, STATUSES, Claim, Condition, Loss, Refusal

Claims = Mapping[str, Claim]
Convert = Callable[[Claims, Any], Any]
"""A reader of one key's value; the claims of the whole knowledge base are there to be cited."""


def claim(row: Any) -> Claim:
    """One row of an entry's claims."""
    kept = _row(row, {"id", "text", "source", "checked", "confidence"}, {"role", "when"}, "a claim")
    name = f"claims[{kept['id']}]"
    for key in ("id", "text", "source"):
        if not isinstance(kept[key], str) or not kept[key].strip():
            raise ValueError(f"{key} of {name} is missing or wrong")
    if not isinstance(kept["checked"], datetime.date):
        raise ValueError(f"checked of {name} is not a date such as 2026-11-23")
    for key, known in (("confidence", CONFIDENCES), ("role", ROLES)):
        if key in kept and kept[key] not in known:
            raise ValueError(f"{key} of {name} is none of {', '.join(known)}")
    return Claim(
        text=kept["text"],
        source=kept["source"],
        checked=kept["checked"].isoformat(),
        confidence=kept["confidence"],
        id=kept["id"],
        role=kept.get("role", "fact"),
        when=condition(kept.get("when", {})),
    )


def condition(value: Any) -> Condition:
    """`{ hardware = ["android"], … }`; a single id may stand without its brackets."""
    pairs = _table(value).items()
    return tuple((key, frozenset([ids] if isinstance(ids, str) else _ids(ids))) for key, ids in sorted(pairs))


def _row(value: Any, required: set[str], optional: set[str], what: str) -> dict[str, Any]:
    table = _table(value)
    unknown, missing = sorted(set(table) - required - optional), sorted(required - set(table))
    if missing:
        raise ValueError(
            f"{what} lacks {', '.join(missing)} (it has {', '.join(sorted(table)) or 'nothing'})"
        )
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is not a key of {what}")
    return table


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not a table")
    return value


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list of tables")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is not a number")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is not true or false")
    return value


def _ids(value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{value!r} is not a list of ids")
    return value


def _cited(claims: Claims, value: Any) -> Claim:
    if not isinstance(value, str) or value not in claims:
        raise ValueError(f"cites the claim {value!r}, which does not exist")
    return claims[value]


def _loses(claims: Claims, value: Any) -> tuple[Loss, ...]:
    rows = [_row(row, {"need", "claim"}, {"rewrite"}, "a loss") for row in _rows(value)]
    return tuple(
        Loss(_text(row["need"]), _cited(claims, row["claim"]), _text(row.get("rewrite", ""))) for row in rows
    )


def _refuses(claims: Claims, value: Any) -> tuple[Refusal, ...]:
    rows = [_row(row, {"formats", "claim"}, {"when"}, "a refusal") for row in _rows(value)]
    return tuple(
        Refusal(_cited(claims, row["claim"]), frozenset(_ids(row["formats"])), condition(row.get("when", {})))
        for row in rows
    )


def _status(_claims: Claims, value: Any) -> str:
    if value not in STATUSES:
        raise ValueError(f"{value!r} is none of {', '.join(STATUSES)}")
    return value


BY_KEY: dict[str, Convert] = {
    "status": _status,
    "loses": _loses,
    "refuses": _refuses,
    "routes_claim": _cited,
    "code_claim": _cited,
    "footprint_claim": _cited,
    "file_claim": _cited,
}
BY_TYPE: dict[Any, Convert] = {
    str: lambda _, value: _text(value),
    bool: lambda _, value: _truth(value),
    float | None: lambda _, value: _number(value),
    frozenset[str]: lambda _, value: frozenset(_ids(value)),
    tuple[str, ...]: lambda _, value: tuple(_ids(value)),
    Mapping[str, str]: lambda _, value: {key: _text(item) for key, item in _table(value).items()},
    Mapping[str, float]: lambda _, value: {key: _number(item) for key, item in _table(value).items()},
    Mapping[str, tuple[str, ...]]: lambda _, value: {
        key: tuple(_ids(item)) for key, item in _table(value).items()
    },
}
