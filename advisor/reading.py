"""TOML → `Knowledge`. One file per kind, one table per entry; the loader says file, line and key of every
fault.

A rule cites a claim by its id, whichever file the claim stands in, so that each fact is written once.
"""

import hashlib
import tomllib
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from advisor import values
from advisor.graph import ENTRY_TYPES, Claim, Entry, Knowledge
from advisor.lines import line_of

FOLDER = Path(__file__).parent / "knowledge"
FILES = {
    "framework": "frameworks.toml",
    "format": "formats.toml",
    "converter": "converters.toml",
    "runtime": "runtimes.toml",
    "provider": "providers.toml",
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


class Finding(NamedTuple):
    """A fault in an entry, before its line is known."""

    entry: Entry
    key: str
    message: str


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
        rows = table.get("claims", [])
        if not isinstance(rows, list):
            self._fault(kind, entry_id, "claims", f"must be a list of tables, not {rows!r}")
            return ()
        claims = []
        for row in rows:
            try:
                claim = values.claim(row)
            except ValueError as error:
                name = row.get("id", "claims") if isinstance(row, dict) else "claims"
                self._fault(kind, entry_id, str(name), str(error))
                continue
            if claim.id in self.claims:
                self._fault(kind, entry_id, claim.id, f"the claim id {claim.id!r} is used twice")
            self.claims[claim.id] = claim
            claims.append(claim)
        return tuple(claims)

    def _entry(self, kind: str, entry_id: str, table: dict[str, Any]) -> Entry:
        """Build the entry that the table describes; the dataclass says which keys there are."""
        cls = ENTRY_TYPES.get(kind, Entry)
        known = {_TOML_NAMES.get(field.name, field.name): field for field in fields(cls)}
        held: dict[str, Any] = {"id": entry_id, "kind": kind, "claims": self.claims_of[kind, entry_id]}
        for key, value in table.items():
            if key == "claims":
                continue
            if key not in known or key in ("id", "kind"):
                self._fault(kind, entry_id, key, f"is not a key of a {kind}")
                raise _Missing
            convert = values.BY_KEY.get(key) or values.BY_TYPE[known[key].type]
            try:
                held[known[key].name] = convert(self.claims, value)
            except ValueError as error:
                self._fault(kind, entry_id, key, str(error))
                raise _Missing from None
        needed = [key for key, field in known.items() if field.default is field.default_factory is MISSING]
        missing = [key for key in needed if known[key].name not in held]
        if missing:
            self._fault(kind, entry_id, "", f"lacks {', '.join(missing)}")
            raise _Missing
        return cls(**held)


_TOML_NAMES = {"source": "from", "target": "to"}
"""A converter's ends are called in TOML what Python does not allow."""
