"""Rows of bars, drawn with HTML alone: Streamlit takes SVG out of what a page draws."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from pages.view.text import one_line

STYLE = """<style>
.lengths { display: grid; grid-template-columns: minmax(6rem, 13rem) 1fr; gap: .3rem .8rem;
           align-items: center; max-width: 40rem; font-size: .92rem; }
.lengths .name { text-align: right; overflow-wrap: anywhere; }
.lengths .track { display: flex; align-items: center; gap: .5rem; }
.lengths .bar { height: .8rem; border-radius: 2px; background: #3b6ea5; flex: none; }
.lengths .other { opacity: .55; }
.lengths .value { white-space: nowrap; font-variant-numeric: tabular-nums; }
</style>"""
WIDEST = 75
"""Percent of the track that the longest bar takes; the rest is for its value."""


def draw(label: str, rows: Sequence[tuple[str, float, str]]) -> None:
    """Draws name, length and value in words of each row, the first one strongest. `label` names the picture
    to a screen reader."""
    longest = max((length for _, length, _ in rows), default=0.0) or 1.0
    cells = []
    for place, (name, length, words) in enumerate(rows):
        width = max(0.0, length) / longest * WIDEST
        kind = "bar other" if place else "bar"
        cells.append(
            f'<span class="name">{escape(one_line(name, 40))}</span><span class="track">'
            f'<span class="{kind}" style="width:{width:.1f}%"></span>'
            f'<span class="value">{escape(words)}</span></span>'
        )
    st.html(f'{STYLE}<div class="lengths" role="group" aria-label="{escape(label)}">{"".join(cells)}</div>')
