"""A copy of the knowledge base in which something was changed."""

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.advisor.proof.tables import FILES, Table, Tables

Change = Callable[[dict[str, dict[str, Table]]], Any]
"""Changes the tables, by kind and id, in place."""


def write_altered(folder: Path, change: Change) -> Path:
    """The knowledge base that ships with the advisor, changed, as TOML files in `folder`."""
    tables = Tables()
    change(tables.of)
    for kind, name in FILES.items():
        text = "\n".join(_table(entry, table) for entry, table in tables.of[kind].items())
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _table(name: str, table: Table) -> str:
    lines = [f"{json.dumps(key)} = {_value(value)}\n" for key, value in table.items()]
    return f"[{json.dumps(name)}]\n{''.join(lines)}"


def _value(value: Any) -> str:
    """A value on one line; JSON's strings, numbers and truth values are TOML's too."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_value(one)}' for key, one in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
