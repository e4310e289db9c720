"""A plan as a picture: one row of boxes and arrows per hardware target.

Drawn in HTML rather than as a chart: it takes the colours of the theme it stands in, wraps in a narrow
window, and is an ordered list to a screen reader.
"""

from html import escape

import streamlit as st

from advisor import Knowledge, Option, PlanLine
from pages.view import text

STYLE = """<style>
ol.route { list-style: none; display: flex; flex-wrap: wrap; align-items: stretch; gap: .4rem 0;
         margin: .3rem 0 .9rem; padding: 0 !important; }
.route li { display: flex; align-items: center; margin: 0; padding: 0; }
.route .box { border: 1px solid color-mix(in srgb, currentColor 45%, transparent); border-radius: .4rem;
              padding: .3rem .65rem; line-height: 1.25; }
.route .kind { display: block; font-size: .75rem; opacity: .8; }
.route .name { font-weight: 600; }
.route .more { display: block; font-size: .75rem; max-width: 15rem; overflow: hidden; white-space: nowrap;
               text-overflow: ellipsis; }
.route .kept .box { border: 2px solid #2f7fd6; background: color-mix(in srgb, #2f7fd6 14%, transparent); }
.route li + li::before { content: "→" / ""; padding: 0 .5rem; font-size: 1.15rem; }
</style>"""


LONGEST_CALL = 400


def draw(option: Option, knowledge: Knowledge) -> None:
    """Draws the plan of `option`; the format that is kept stands out."""
    st.html(STYLE + "".join(_row(line, option.format, knowledge) for line in option.plan))


def words(line: PlanLine, knowledge: Knowledge) -> str:
    """One target's calls, runtime and packages as Markdown."""
    calls = [
        f"{text.as_code(call, LONGEST_CALL)} (package {text.as_code(package)})"
        for call, package in zip(line.exporters, line.exporter_packages, strict=True)
    ]
    target = text.plain(knowledge.name("hardware", line.hardware))
    runtime = text.plain(knowledge.name("runtime", line.runtime))
    provider = f" with its {_provider(line, knowledge)} provider" if line.provider else ""
    package = f", package {text.as_code(line.package)}" if line.package else ""
    return (
        f"**{target.capitalize() if line.hardware not in knowledge.ids('hardware') else target}**: "
        f"{', then '.join(calls) or 'nothing to convert'}; run by {runtime}{text.plain(provider)}{package}"
    )


def _provider(line: PlanLine, knowledge: Knowledge) -> str:
    return knowledge.name("provider", line.provider)


def _row(line: PlanLine, kept: str, knowledge: Knowledge) -> str:
    first, *formats = line.steps
    kind = "framework" if first in knowledge.ids("framework") else "format"
    started = "trained in" if kind == "framework" else "starts from"
    boxes = [_box(started, knowledge.name(kind, first), first == kept)]
    for step, call in zip(formats, line.exporters, strict=True):
        how = "kept as" if step == kept else "converted to"
        boxes.append(_box(how, knowledge.name("format", step), step == kept, call))
    provider = f"{_provider(line, knowledge)} provider: " if line.provider else ""
    boxes.append(_box("run by", knowledge.name("runtime", line.runtime), more=provider + line.package))
    if line.hardware in knowledge.ids("hardware"):
        boxes.append(_box("on", knowledge.name("hardware", line.hardware)))
    return f'<ol class="route" aria-label="Route">{"".join(boxes)}</ol>'


def _box(kind: str, name: str, kept: bool = False, more: str = "") -> str:
    """`more` is cut off at the width of the box: the calls and packages stand below in full."""
    marked = ' class="kept"' if kept else ""
    below = f'<span class="more" title="{escape(more)}">{escape(more)}</span>' if more else ""
    return (
        f'<li{marked}><span class="box"><span class="kind">{escape(kind)}</span> '
        f'<span class="name">{escape(name)}</span>{below}</span></li>'
    )
