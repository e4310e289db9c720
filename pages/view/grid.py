"""A table whose cells open what lies behind them: a component, since neither a canvas nor a button of
Streamlit's for each of hundreds of cells can be read, reached by keyboard and drawn quickly.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.runtime import Runtime

PACKAGE, NAME = "format-advisor-grid", "grid"
ASSETS = Path(__file__).with_name("assets")


@dataclass(frozen=True)
class GridHead:
    """A column's name, with what it is as the tip of the pointer."""

    name: str
    title: str = ""


@dataclass(frozen=True)
class GridCell:
    """With a `grade` (the style of the same name) the cell is a button that opens `id`; without, only
    text.
    """

    text: str
    id: str = ""
    grade: str = ""


@dataclass(frozen=True)
class GridRow:
    """A row, its name a button that opens it; `more` stands below the name."""

    id: str
    name: str
    cells: Sequence[GridCell]
    more: str = ""


Opened = tuple[str, str | None]
"""The ids of a row and of its cell, None for the row itself."""


def draw(
    key: str,
    label: str,
    heads: Sequence[GridHead],
    rows: Sequence[GridRow],
    opened: Opened | None,
    upright: bool = False,
) -> Opened | None:
    """Draws the table, `opened` marked; returns what was just clicked. `upright` heads take less room."""
    if not Runtime.exists():  # the page is imported as a module: there is nobody to draw for
        return None
    data = {
        "label": label,
        "corner": "Format",
        "upright": upright,
        "heads": [asdict(head) for head in heads],
        "rows": [asdict(row) for row in rows],
        "open": list(opened) if opened else None,
    }
    clicked = _component()(key=key, data=data, on_opened_change=lambda: None).opened
    return (clicked[0], clicked[1]) if clicked else None


def _component():
    """Registers the component with this runtime, which costs little when done before; from a folder, since
    the Content-Security-Policy forbids a script given as text.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(f"{PACKAGE}.{NAME}") is None:
        config = ComponentConfig(NAME, ASSETS.name)
        manager.register_from_manifest(ComponentManifest(PACKAGE, "1", [config]), ASSETS.parent)
    return st.components.v2.component(
        f"{PACKAGE}.{NAME}",
        html=_text("grid.html"),
        css=_text("grid.css"),
        js="grid.js",
        isolate_styles=False,
    )


@cache
def _text(name: str) -> str:
    return (ASSETS / name).read_text()
