"""What the page Formats shows, as its address says it: `?by=serving&format=onnx&at=triton`.

`by` is the matrix shown, `format` the format opened, `at` the cell of that format that is opened instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from advisor import Knowledge
from advisor.matrix import KINDS
from pages.view import text

DEFAULT = KINDS[0]


@dataclass(frozen=True)
class Asked:
    """What is shown; `dropped` is what the address held besides, as `key=value`."""

    by: str = DEFAULT
    format: str | None = None
    at: str | None = None
    dropped: tuple[str, ...] = ()

    @property
    def query(self) -> dict[str, str]:
        """The same as an address says it; what is left at its default is not written."""
        said = {"by": self.by if self.by != DEFAULT else None, "format": self.format, "at": self.at}
        return {key: value for key, value in said.items() if value}


def read_query(query: Mapping[str, tuple[str, ...]], knowledge: Knowledge) -> Asked:
    """What an address asks for. Never raises: what means nothing here stands in `dropped`."""
    by = _first(query, "by", KINDS) or DEFAULT
    format_id = _first(query, "format", knowledge.ids("format"))
    at = _first(query, "at", knowledge.ids(by)) if format_id else None
    kept = {"by": by, "format": format_id, "at": at}
    dropped = []
    for key, values in query.items():
        left = list(values)
        if kept.get(key) in left:
            left.remove(kept[key])
        dropped += [f"{key}={value}" for value in left]
    return Asked(by, format_id, at, tuple(dropped))


def _first(query: Mapping[str, tuple[str, ...]], key: str, known: tuple[str, ...]) -> str | None:
    return next((value for value in query.get(key, ()) if value in known), None)


def read(knowledge: Knowledge) -> Asked:
    """What this page's address asks for; nonsense in it is taken out."""
    query = {key: tuple(st.query_params.get_all(key)) for key in st.query_params}
    asked = read_query(query, knowledge)
    if asked.dropped:
        show(asked)
    return asked


def show(asked: Asked) -> Asked:
    """Makes the address say what is shown from now on."""
    st.query_params.from_dict(asked.query)
    return asked


def note(asked: Asked) -> None:
    """Says what was left out; in a drawer too, which covers the page and whose closing ends the note."""
    if asked.dropped:
        st.warning(text.dropped(asked.dropped))


def close() -> None:
    """Takes what is open out of the address: the callback of a drawer."""
    for key in ("format", "at"):
        if key in st.query_params:
            del st.query_params[key]


def switch(by: str) -> None:
    """Shows another matrix with nothing open: the callback of the switch."""
    show(Asked(by))
