"""What a score is made of: a bar for each possible format, a piece of it for each criterion."""

from collections.abc import Sequence
from html import escape
from itertools import cycle

import streamlit as st

from advisor import Knowledge, Option

# Each stands out from a white and from a dark page (3:1) and from its neighbours, which a gap parts as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b0609a", "#6f6ad8", "#8a7330")
STYLE = """<style>
.bars { container-type: inline-size; font-variant-numeric: tabular-nums; }
.bars ol, .bars ul { list-style: none; margin: 0; padding: 0 !important; }
.bars ol > li { display: grid; grid-template-columns: minmax(9rem, 13rem) 1fr 3rem; align-items: center;
                gap: 0 .7rem; margin: 0; padding: .3rem 0; }
.bars .whole { display: flex; height: 1.2rem; background: color-mix(in srgb, currentColor 8%, transparent); }
.bars .piece { box-sizing: border-box; border-right: 2px solid var(--st-background-color, Canvas); }
.bars .score { text-align: right; font-weight: 600; }
.bars .best { font-weight: 700; }
.bars .mark { font-weight: 400; }
.bars ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .875rem; margin-top: .5rem; }
.bars ul li { margin: 0; padding: 0; }
.bars .swatch { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem;
                vertical-align: -.08rem; }
@container (max-width: 36rem) {
  .bars ol > li { grid-template-columns: 1fr 3rem; }
  .bars .whole { grid-row: 2; grid-column: 1 / -1; }
}
</style>"""


def draw(options: Sequence[Option], ties: Sequence[str], knowledge: Knowledge) -> None:
    """Draws `options`, best first; a bar as long as the row would be a score of 1."""
    rows = "".join(
        _row(number, option, option.format in ties, knowledge) for number, option in enumerate(options, 1)
    )
    legend = "".join(
        f'<li><span class="swatch" style="background:{colour}"></span>'
        f"{escape(knowledge.name('priority', criterion))} × {weight:g}</li>"
        for colour, (criterion, weight) in zip(cycle(COLOURS), options[0].weights)
    )
    st.html(
        f'{STYLE}<div class="bars"><ol aria-label="Ranking">{rows}</ol>'
        f'<ul aria-label="Criteria and their weights">{legend}</ul></div>'
    )


def _row(number: int, option: Option, tied: bool, knowledge: Knowledge) -> str:
    total = sum(weight for _, weight in option.weights)
    values = dict(option.criteria)
    parts = [
        (colour, knowledge.name("priority", criterion), weight * values[criterion] / total)
        for colour, (criterion, weight) in zip(cycle(COLOURS), option.weights)
    ]
    pieces = "".join(
        f'<span class="piece" style="width:{100 * part:.2f}%;background:{colour}" '
        f'title="{escape(name)}: {part:.2f}"></span>'
        for colour, name, part in parts
        if part
    )
    said = ", ".join(f"{name.lower()} {part:.2f}" for _, name, part in parts)
    name = f"{number}. {escape(knowledge.name('format', option.format))}"
    mark = "tie" if tied else "after a rewrite" if option.rewrites else ""
    mark = f' <span class="mark">({mark})</span>' if mark else ""
    return (
        f"<li><span{' class=best' * (number == 1)}>{name}{mark}</span>"
        f'<span class="whole" role="img" aria-label="Made of: {escape(said)}">{pieces}</span>'
        f'<span class="score">{option.score:.2f}</span></li>'
    )
