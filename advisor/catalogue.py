"""Everything the advisor knows as one JSON document: every id by kind, with its claims."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from advisor.graph import KINDS, Claim, Entry, Knowledge

_JSON_NAMES = {"source": "from", "target": "to"}
"""A converter's ends are called in JSON as they are in TOML."""


def catalogue(knowledge: Knowledge) -> dict[str, Any]:
    """`{"knowledge_version", "<kind>": [entry, …], …}`, in the order of the files."""
    document: dict[str, Any] = {"knowledge_version": knowledge.version}
    for kind in KINDS:
        document[kind] = [_entry(entry) for entry in knowledge.of(kind)]
    return document


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        _JSON_NAMES.get(field.name, field.name): _plain(getattr(entry, field.name))
        for field in fields(entry)
        if field.name != "kind"
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Claim):
        return value.to_json() | {"role": value.role}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
