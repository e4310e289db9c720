"""What a format reaches, as a matrix whose cells open their ways and claims."""

import streamlit as st

from advisor import Knowledge
from advisor.matrix import KINDS, Cell, Row, matrix
from pages.view import grid, link, text, theme
from pages.view.formats_link import Asked, close, note, switch

NAMES = {"hardware": "Hardware", "serving": "Serving stack", "framework": "Framework"}
LEGENDS = {
    "hardware": "**first**: among the best known routes to that hardware. **second**: works, behind those. "
    "**beta**: not yet finished there. **converted**: after a conversion that is ordinary when deploying.",
    "serving": "**loads**: as it is. **converted**: after a conversion that is ordinary when deploying. Any "
    "other word is the support status of what would do the work.",
    "framework": "**native**: the framework's own serialization. **exporter**: translated by a cared-for "
    "tool. **converted**: over another format. Any other word is the support status of the exporter.",
}
EVERYWHERE = (
    "**refused**: a source says that it does not work. **unknown**: no source here says that it does."
)


def draw(knowledge: Knowledge, asked: Asked) -> Asked | None:
    """Draws the switch and the matrix it chooses; returns what is to be shown after a click on a cell."""
    theme.draw()
    st.session_state["by"] = asked.by
    st.segmented_control(
        "Formats against",
        KINDS,
        key="by",
        format_func=NAMES.__getitem__,
        required=True,
        on_change=lambda: switch(st.session_state["by"]),
    )
    table = matrix(knowledge, asked.by)
    heads = [grid.GridHead(column.name, column.description) for column in table.columns]
    clicked = grid.draw(
        "matrix",
        f"Formats against {NAMES[asked.by].lower()}",
        heads,
        [_row(row) for row in table.rows],
        (asked.format, asked.at) if asked.format else None,
        upright=True,
    )
    st.caption(f"{LEGENDS[asked.by]} {EVERYWHERE}")
    return Asked(asked.by, *clicked) if clicked else None


def _row(row: Row) -> grid.GridRow:
    cells = [grid.GridCell(cell.label, cell.column, cell.grade) for cell in row.cells]
    return grid.GridRow(row.format.id, row.format.name, cells)


def open_cell(knowledge: Knowledge, asked: Asked) -> None:
    """Opens a drawer with what a cell rests on."""
    cell = matrix(knowledge, asked.by).cell(asked.format, asked.at)
    name, column = knowledge.name("format", cell.format), knowledge.name(asked.by, cell.column)
    dialog = st.dialog(f"{name} × {column}", width="small", position="right", on_dismiss=close)
    dialog(_show)(cell, name, column, asked)


def _show(cell: Cell, name: str, column: str, asked: Asked) -> None:
    """Draws the ways of a cell, best first, and the claims that they rest on."""
    note(asked)
    if cell.ways:
        st.markdown("\n".join(f"- **{text.plain(way.label)}:** {text.plain(way.words)}" for way in cell.ways))
    else:
        why = "no source here leads" if cell.grade == "unknown" else "as this says, no way leads"
        st.markdown(f"**{text.plain(cell.label)}:** {text.plain(f'{why} from {name} to {column}.')}")
    st.markdown(f"**What this rests on**\n\n{text.claims(cell.claims)}")
    link.to_advice()
