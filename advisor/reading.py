"""TOML → `Knowledge`. One file per kind, one table per entry; the loader says file, line and key of every
fault.

A rule cites a claim by its id, whichever file the claim stands in, so that each fact is written once.
"""

import datetime
import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from advisor.graph import (
    CONFIDENCES,
    ENTRY_TYPES,
    ROLES,
    STATUSES,
    Claim,
    Condition,
    Entry,
    Knowledge,
    Loss,
    Provider,
    Refusal,
)
from advisor.lines import line_of

FOLDER = Path(__file__).parent / "knowledge"
FILES = {
    "framework": "frameworks.toml",
    "format": "formats.toml",
    "converter": "converters.toml",
    "runtime": "runtimes.toml",
    "serving": "serving.toml",
    "hardware": "hardware.toml",
    "language": "languages.toml",
    "need": "needs.toml",
    "constraint": "constraints.toml",
    "model": "models.toml",
    "priority": "priorities.toml",
}


@dataclass(frozen=True)
class Fault:
    """Something wrong in the knowledge base: where (file:line, entry.key) and what."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class KnowledgeError(Exception):
    """The knowledge base cannot be read; `faults` lists everything found, the message is the first of
    them."""

    def __init__(self, faults: list[Fault]):
        self.faults = tuple(faults)
        more = f" (and {len(faults) - 1} more; run `python -m advisor check`)" if len(faults) > 1 else ""
        super().__init__(f"{faults[0]}{more}")


class _Missing(Exception):
    """An entry lacks something it cannot be built without; the fault has been noted already."""


@lru_cache(maxsize=1)
def load_knowledge() -> Knowledge:
    """The knowledge base that ships with the advisor, read once; raises `KnowledgeError`."""
    return read_knowledge(FOLDER)


def read_knowledge(folder: Path) -> Knowledge:
    """Read the knowledge base in `folder`; raises `KnowledgeError` with every fault found."""
    reader = _Reader(folder)
    entries = reader.entries()
    if reader.faults:
        raise KnowledgeError(reader.faults)
    return Knowledge(version=reader.version, entries=entries)


def _condition(table: Mapping[str, Any]) -> Condition:
    return tuple(
        (key, frozenset([value] if isinstance(value, str) else value)) for key, value in sorted(table.items())
    )


class _Reader:
    """Reads every file, then builds the entries; notes faults instead of stopping at the first."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.faults: list[Fault] = []
        self.texts: dict[str, str] = {}
        tables = {kind: self._tables(kind, name) for kind, name in FILES.items()}
        content = "\0".join(f"{name}\0{self.texts.get(name, '')}" for name in FILES.values())
        self.version = hashlib.sha256(content.encode()).hexdigest()[:12]
        self.tables = tables
        self.claims: dict[str, Claim] = {}
        self.claims_of: dict[tuple[str, str], tuple[Claim, ...]] = {}
        for kind, group in tables.items():
            for entry_id, table in group.items():
                self.claims_of[kind, entry_id] = self._read_claims(kind, entry_id, table)

    def entries(self) -> dict[str, dict[str, Entry]]:
        built: dict[str, dict[str, Entry]] = {kind: {} for kind in FILES}
        for kind, group in self.tables.items():
            for entry_id, table in group.items():
                try:
                    built[kind][entry_id] = self._entry(kind, entry_id, table)
                except _Missing:
                    continue
        return built

    def _tables(self, kind: str, name: str) -> dict[str, dict[str, Any]]:
        try:
            text = (self.folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(Fault(name, f"cannot be read as text: {error}"))
            return {}
        self.texts[name] = text
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = line_of(str(error))
            key = (
                text.splitlines()[line - 1].split("=")[0].strip()
                if 0 < line <= len(text.splitlines())
                else ""
            )
            self.faults.append(Fault(f"{name}:{line}", f"is not valid TOML near {key!r}: {error}"))
            return {}
        for entry_id, table in list(document.items()):
            if not isinstance(table, dict):
                self.faults.append(Fault(self._place(kind, entry_id), "must be a table, not a value"))
                del document[entry_id]
        return document

    def _place(self, kind: str, entry_id: str, key: str = "") -> str:
        name = FILES[kind]
        line = line_of(self.texts.get(name, ""), entry_id, key)
        return f"{name}:{line} {entry_id}{'.' + key if key else ''}"

    def _fault(self, kind: str, entry_id: str, key: str, message: str) -> None:
        self.faults.append(Fault(self._place(kind, entry_id, key), message))

    def _read_claims(self, kind: str, entry_id: str, table: dict[str, Any]) -> tuple[Claim, ...]:
        claims = []
        for number, row in enumerate(table.get("claims", []), 1):
            claim_id = str(row.get("id", ""))
            place = f"claims[{claim_id or number}]"
            wrong = [key for key in ("id", "text", "source") if not str(row.get(key, "")).strip()]
            if not isinstance(row.get("checked"), datetime.date):
                wrong.append("checked")
            if row.get("confidence") not in CONFIDENCES:
                wrong.append("confidence")
            if row.get("role", "fact") not in ROLES:
                wrong.append("role")
            unknown = set(row) - {"id", "text", "source", "checked", "confidence", "role", "when"}
            for key in sorted(unknown) + wrong:
                problem = "is not a key of a claim" if key in unknown else "is missing or wrong"
                self._fault(kind, entry_id, claim_id or "claims", f"{key} of {place} {problem}")
            if wrong:
                continue
            if claim_id in self.claims:
                self._fault(kind, entry_id, claim_id, f"the claim id {claim_id!r} is used twice")
            claim = Claim(
                text=row["text"],
                source=row["source"],
                checked=row["checked"].isoformat(),
                confidence=row["confidence"],
                id=claim_id,
                role=row.get("role", "fact"),
                when=_condition(row.get("when", {})),
            )
            self.claims[claim_id] = claim
            claims.append(claim)
        return tuple(claims)

    def _claim(self, kind: str, entry_id: str, key: str, claim_id: object) -> Claim:
        if claim_id not in self.claims:
            self._fault(kind, entry_id, key, f"cites the claim {claim_id!r}, which does not exist")
            raise _Missing
        return self.claims[claim_id]  # type: ignore[index]

    def _entry(self, kind: str, entry_id: str, table: dict[str, Any]) -> Entry:
        cls = ENTRY_TYPES.get(kind, Entry)
        types: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            types |= getattr(base, "__annotations__", {})
        values: dict[str, Any] = {}
        for key, value in table.items():
            target = {"from": "source", "to": "target"}.get(key, key)
            if key == "claims":
                continue
            if target not in types or key in ("id", "kind", "source", "target"):
                self._fault(kind, entry_id, key, f"is not a key of a {kind}")
                raise _Missing
            convert = _CONVERTERS.get(target) or _PLAIN.get(types[target])
            try:
                values[target] = convert(self, kind, entry_id, value) if convert else value
            except (TypeError, KeyError, ValueError, AttributeError) as error:
                self._fault(kind, entry_id, key, f"is not what a {kind} needs there: {error}")
                raise _Missing from None
        try:
            return cls(id=entry_id, kind=kind, claims=self.claims_of[kind, entry_id], **values)
        except TypeError as error:
            missing = str(error).partition("argument")[2].lstrip("s: ").strip()
            self._fault(kind, entry_id, "", f"lacks the key {missing}")
            raise _Missing from None


Convert = Callable[[_Reader, str, str, Any], Any]


def _plain(expected: type | tuple[type, ...], name: str) -> Convert:
    def convert(_reader: _Reader, _kind: str, _entry: str, value: Any) -> Any:
        if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
            raise TypeError(f"{value!r} is not {name}")
        return value

    return convert


def _ids(make: Callable[[list[str]], Any]) -> Convert:
    def convert(_reader: _Reader, _kind: str, _entry: str, value: Any) -> Any:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise TypeError(f"{value!r} is not a list of ids")
        return make(value)

    return convert


def _table(_reader: _Reader, _kind: str, _entry: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not a table")
    return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}


def _loses(reader: _Reader, kind: str, entry_id: str, rows: Any) -> tuple[Loss, ...]:
    return tuple(
        Loss(row["need"], reader._claim(kind, entry_id, "loses", row["claim"]), row.get("rewrite", ""))
        for row in rows
    )


def _refuses(reader: _Reader, kind: str, entry_id: str, rows: Any) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            claim=reader._claim(kind, entry_id, "refuses", row["claim"]),
            formats=frozenset(row["formats"]),
            when=_condition(row.get("when", {})),
        )
        for row in rows
    )


def _providers(_reader: _Reader, _kind: str, _entry: str, rows: Any) -> tuple[Provider, ...]:
    return tuple(
        Provider(row["name"], row["package"], tuple(row["hardware"]), row.get("status", "active"))
        for row in rows
    )


def _cited(key: str) -> Convert:
    return lambda reader, kind, entry_id, value: reader._claim(kind, entry_id, key, value)


def _status(_reader: _Reader, _kind: str, _entry: str, value: Any) -> str:
    if value not in STATUSES:
        raise ValueError(f"{value!r} is none of {', '.join(STATUSES)}")
    return value


_PLAIN: dict[Any, Convert] = {
    str: _plain(str, "text"),
    bool: _plain(bool, "true or false"),
    float | None: _plain((int, float), "a number"),
    frozenset[str]: _ids(frozenset),
    tuple[str, ...]: _ids(tuple),
    Mapping[str, str]: _table,
    Mapping[str, float]: _table,
    Mapping[str, tuple[str, ...]]: _table,
}
_CONVERTERS: dict[str, Convert] = {
    "status": _status,
    "loses": _loses,
    "refuses": _refuses,
    "providers": _providers,
    "routes_claim": _cited("routes_claim"),
    "code_claim": _cited("code_claim"),
    "footprint_claim": _cited("footprint_claim"),
    "file_claim": _cited("file_claim"),
}
