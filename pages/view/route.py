"""A plan as a picture: one row of boxes and arrows per hardware target.

Drawn in HTML rather than as a chart: it takes the colours of the theme it stands in, wraps in a narrow
window, and is an ordered list to a screen reader.
"""

from html import escape

import streamlit as st

from advisor import Knowledge, Option, PlanLine

STYLE = """<style>
ol.route { list-style: none; display: flex; flex-wrap: wrap; align-items: stretch; gap: .4rem 0;
         margin: .3rem 0 .9rem; padding: 0 !important; }
.route li { display: flex; align-items: center; margin: 0; padding: 0; }
.route .box { border: 1px solid color-mix(in srgb, currentColor 45%, transparent); border-radius: .4rem;
              padding: .3rem .65rem; line-height: 1.25; }
.route .kind { display: block; font-size: .75rem; opacity: .8; }
.route .name { font-weight: 600; }
.route .kept .box { border: 2px solid #2f7fd6; background: color-mix(in srgb, #2f7fd6 14%, transparent); }
.route li + li::before { content: "→" / ""; padding: 0 .5rem; font-size: 1.15rem; }
</style>"""


def draw(option: Option, knowledge: Knowledge) -> None:
    """Draws the plan of `option`; the format that is kept stands out."""
    st.html(STYLE + "".join(_row(line, option.format, knowledge) for line in option.plan))


def _row(line: PlanLine, kept: str, knowledge: Knowledge) -> str:
    first, *formats = line.steps
    kind = "framework" if first in knowledge.ids("framework") else "format"
    boxes = [
        _box(
            "trained in" if kind == "framework" else "starts from", knowledge.name(kind, first), first == kept
        )
    ]
    for step in formats:
        boxes.append(
            _box("kept as" if step == kept else "converted to", knowledge.name("format", step), step == kept)
        )
    boxes.append(_box("run by", knowledge.name("runtime", line.runtime)))
    if line.hardware in knowledge.ids("hardware"):
        boxes.append(_box("on", knowledge.name("hardware", line.hardware)))
    return f'<ol class="route" aria-label="Route">{"".join(boxes)}</ol>'


def _box(kind: str, name: str, kept: bool = False) -> str:
    marked = ' class="kept"' if kept else ""
    return (
        f'<li{marked}><span class="box"><span class="kind">{escape(kind)}</span> '
        f'<span class="name">{escape(name)}</span></span></li>'
    )
