"""The types that a `.skops` file may name, from `skops_types.toml`: for the audit, and to load one."""

import tomllib
from pathlib import Path

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())
_ALSO: dict[str, list[str]] = _TABLE.pop("also")
ALSO = tuple(name for names in _ALSO.values() for name in names)
"""What skops loads only if it is told to."""
TYPES = {kind: frozenset([*_TABLE.get(kind, ()), *_ALSO.get(kind, ())]) for kind in {*_TABLE, *_ALSO}}
"""By the kind of a node, the types that it may name."""
