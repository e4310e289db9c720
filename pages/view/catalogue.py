"""The formats side by side, and one of them with everything that is known of it."""

from collections.abc import Iterable

import streamlit as st

from advisor import Claim, Entry, Knowledge
from advisor.graph import Runtime
from advisor.matrix import Profile, profile
from pages.view import grid, link, table, text
from pages.view.formats_link import Asked, close, note

CODE_ON_LOAD = {"none": "no", "partial": "not by design", "full": "yes, any code"}
HEADS = (
    grid.GridHead("Support", "Is it still cared for, and since when not"),
    grid.GridHead("Licence"),
    grid.GridHead("Loading runs code?", "What whoever made the file can do to whoever loads it"),
    grid.GridHead("One file?"),
    grid.GridHead("Runtimes", "Installed size in MB (10⁶ bytes) without dependencies, where it was measured"),
    grid.GridHead("Made from", "Training frameworks and other formats with a converter to it"),
    grid.GridHead("Loaded by", "Serving stacks that load it as it is"),
)
ROLES = {
    "reason": "For it",
    "cost": "What it costs",
    "caveat": "Before you rely on it",
    "fact": "Also known",
}
SHOWN = 3


def draw(knowledge: Knowledge, asked: Asked) -> Asked | None:
    """Draws all formats as rows; returns what is to be shown after a click on one."""
    rows = [_row(profile(knowledge, one)) for one in knowledge.ids("format")]
    open_one = (asked.format, None) if asked.format and not asked.at else None
    clicked = grid.draw("catalogue", "All formats", HEADS, rows, open_one)
    return Asked(asked.by, clicked[0]) if clicked else None


def _row(known: Profile) -> grid.GridRow:
    one = known.format
    cells = (
        _first_upper(status(one)),
        one.licence or "not known",
        _first_upper(CODE_ON_LOAD[one.code_on_load]),
        "Yes" if one.single_file else "No",
        _some(map(_sized, known.runtimes), "none known", "\n", "\n"),
        _some((entry.name for entry in known.sources), "none known"),
        _some((entry.name for entry in known.serving), "none known"),
    )
    return grid.GridRow(one.id, one.name, [grid.GridCell(cell) for cell in cells], one.description)


def status(entry: Entry) -> str:
    """ "deprecated since PyTorch 2.5"."""
    return f"{entry.status} since {entry.status_since}" if entry.status_since else entry.status


def _first_upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _sized(runtime: Runtime) -> str:
    megabytes = runtime.footprint_mb
    return runtime.name if megabytes is None else f"{runtime.name} {megabytes:,g}\u00a0MB"


def _some(names: Iterable[str], none: str, separator: str = ", ", last: str = " ") -> str:
    listed = list(names)
    if len(listed) > SHOWN:
        return f"{separator.join(listed[:SHOWN])}{last}and {len(listed) - SHOWN} more"
    return separator.join(listed) or none


def open_format(knowledge: Knowledge, asked: Asked) -> None:
    """Opens a drawer with everything that is known of a format, each fact with its source."""
    known = profile(knowledge, asked.format)
    dialog = st.dialog(known.format.name, width="medium", position="right", on_dismiss=close)
    dialog(_show)(known, asked)


def _show(known: Profile, asked: Asked) -> None:
    note(asked)
    one = known.format
    st.markdown(text.plain(one.description))
    facts = [
        ("Support", _first_upper(status(one))),
        ("Licence", one.licence or "not known"),
        ("Loading runs code?", _first_upper(CODE_ON_LOAD[one.code_on_load])),
        ("One file?", "Yes" if one.single_file else "No"),
        ("To be kept?", "Yes" if one.master else "No: made from a kept format for delivery"),
        ("Runtimes", "; ".join(map(_sized, known.runtimes)) or "none known"),
        ("Made from", ", ".join(entry.name for entry in known.sources) or "none known"),
        ("Loaded by", ", ".join(entry.name for entry in known.serving) or "none known"),
    ]
    table.draw(f"About {one.name}", ("Property", "Value"), facts)
    for role, title in ROLES.items():
        _claims(title, [claim for claim in one.claims if claim.role == role])
    sizes = [runtime.footprint_claim for runtime in known.runtimes if runtime.footprint_claim]
    _claims("Of its runtimes", sizes)
    link.to_advice()


def _claims(title: str, claims: list[Claim]) -> None:
    if claims:
        st.markdown(f"**{title}**\n\n{text.claims(claims)}")
