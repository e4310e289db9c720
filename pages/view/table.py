"""A table of text: every cell is shown as it is. In a narrow window it scrolls by itself, by keyboard too."""

import re
from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.view.text import visible

STYLE = """<style>
.grid { overflow-x: auto; }
.grid table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.grid th, .grid td { padding: .35rem .6rem; text-align: left; vertical-align: top;
                     overflow-wrap: anywhere; min-width: 6.5rem;
                     border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.grid th { font-weight: 500; }
.grid thead th { white-space: nowrap; font-size: .9rem; }
.grid tbody th { font-weight: 600; min-width: 7rem; }
.grid td.number, .grid th.number { text-align: right; white-space: nowrap; min-width: 0; }
.grid .more { display: block; font-size: .85rem; font-weight: 400; }
.grid .variable { overflow-wrap: break-word; }
</style>"""
_VARIABLE = re.compile(r"[A-Z0-9]{1,20}(_[A-Z0-9]{1,20}){1,9}")


def draw(
    label: str, heads: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()
) -> None:
    """Draws `rows` below `heads`; the first cell of a row is its heading, `numbers` are the columns that
    stand to the right. A second line within a cell, after a line break, is drawn smaller. `label` names
    the table to a screen reader."""
    top = "".join(f'<th scope="col"{_place(i, numbers)}>{escape(head)}</th>' for i, head in enumerate(heads))
    body = "".join(f"<tr>{_row(row, numbers)}</tr>" for row in rows)
    st.html(
        f'{STYLE}<div class="grid" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(row: Sequence[str], numbers: Sequence[int]) -> str:
    cells = [f'<th scope="row">{_cell(row[0])}</th>']
    cells += [f"<td{_place(i, numbers)}>{_cell(cell)}</td>" for i, cell in enumerate(row[1:], 1)]
    return "".join(cells)


def _cell(cell: str) -> str:
    first, *more = visible(cell).split("\n")
    return escape(first) + "".join(map(_more, more))


def _more(line: str) -> str:
    if _VARIABLE.fullmatch(line):  # goes on after an underscore, never within a word
        return f'<span class="more variable">{line.replace("_", "_<wbr>")}</span>'
    return f'<span class="more">{escape(line)}</span>'


def _place(column: int, numbers: Sequence[int]) -> str:
    return ' class="number"' if column in numbers else ""
