"""Every possible format between portability and fidelity, with the Pareto front: what no other beats at both.

Drawn in HTML like the route: Plotly would more than double what a first visit loads, and these numbers
need no zooming. The numbers in the marks are the places in the ranking.
"""

from collections.abc import Sequence
from html import escape
from math import ceil, floor

import streamlit as st

from advisor import Knowledge, Option
from pages.view.balance import POLES

STYLE = """<style>
.plane { display: grid; grid-template-columns: auto 1fr; grid-template-rows: 1fr auto auto;
         font-size: .8rem; line-height: 1.2; font-variant-numeric: tabular-nums; margin: .4rem 0 .2rem; }
.plane .up { writing-mode: vertical-rl; transform: rotate(180deg); place-self: center; grid-row: 1; }
.plane .across { grid-column: 2; text-align: center; margin-top: 1.5rem; }
.plane .field { grid-column: 2; position: relative; height: 19rem; margin: 1.8rem .8rem 0 2.2rem;
                border: 0 solid color-mix(in srgb, currentColor 45%, transparent);
                border-width: 0 0 1px 1px; }
.plane .field > * { position: absolute; }
.plane .line { background: color-mix(in srgb, currentColor 14%, transparent); }
.plane .tick { transform: translate(-50%, .35rem); }
.plane .tick.left { transform: translate(calc(-100% - .45rem), 50%); }
.plane .beaten { border: 0 dashed #2f7fd6; border-width: 2px 2px 0 0; box-sizing: border-box; }
.plane .mark { min-width: 1.5rem; height: 1.5rem; padding: 0 .25rem; box-sizing: border-box;
               border-radius: .75rem;
               border: 2px solid #2f7fd6; background: var(--st-background-color, Canvas);
               transform: translate(-50%, 50%); text-align: center; font-weight: 600; line-height: 1.25rem;
               white-space: nowrap; z-index: 1; }
.plane .front { background: #1f63b0; border-color: #1f63b0; color: #ffffff; }
.plane .best { outline: 2px solid currentColor; outline-offset: 2px; }
.plane .name { white-space: nowrap; font-weight: 600; margin-bottom: .95rem; padding: 0 .15rem;
               background: var(--st-background-color, Canvas); }
</style>"""


def draw(options: Sequence[Option], knowledge: Knowledge) -> None:
    """Draws `options`, best first; their criteria are 0 to 1."""
    places = [(dict(option.criteria)[POLES[0]], dict(option.criteria)[POLES[1]]) for option in options]
    names = [knowledge.name("priority", pole) for pole in POLES]
    across, up = (_Axis.around([place[i] for place in places]) for i in (0, 1))
    field = [*across.ticks(horizontal=True), *up.ticks(horizontal=False)]
    front = sorted({place for option, place in zip(options, places, strict=True) if option.on_front})
    field += _front(front, across, up)
    shared: dict[tuple[float, float], list[int]] = {}
    for number, place in enumerate(places, 1):
        shared.setdefault(place, []).append(number)
    for place, numbers in shared.items():
        x, y = across.share(place[0]), up.share(place[1])
        classes = "mark" + " front" * (place in front) + " best" * (1 in numbers)
        field.append(
            f'<span class="{classes}" style="left:{x}%;bottom:{y}%">{"·".join(map(str, numbers))}</span>'
        )
        if place in front or 1 in numbers:
            said = ", ".join(knowledge.name("format", options[number - 1].format) for number in numbers)
            # Shifted by its own share, so that it ends within the field at either side.
            style = f"left:{x}%;bottom:{y}%;transform:translateX(-{x}%)"
            field.append(f'<span class="name" style="{style}">{escape(said)}</span>')
    st.html(
        f'{STYLE}<div class="plane" role="img" aria-label="{escape(_words(options, knowledge))}">'
        f'<span class="up">{escape(names[1])} →</span><div class="field">{"".join(field)}</div>'
        f'<span class="across">{escape(names[0])} →</span></div>'
    )


class _Axis:
    """A stretch of 0 to 1, in tenths, that holds all values with some room."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    @classmethod
    def around(cls, values: Sequence[float]) -> "_Axis":
        return cls(max(0, floor(min(values) * 10 - 0.5)), min(10, ceil(max(values) * 10 + 0.5)))

    def share(self, value: float) -> float:
        """The way from the low to the high end, in percent."""
        return round((value * 10 - self.low) / (self.high - self.low) * 100, 2)

    def ticks(self, horizontal: bool) -> list[str]:
        side, other, kind = ("left", "width", "tick") if horizontal else ("bottom", "height", "tick left")
        full, off = ("top:0;bottom:0", "top:100%;") if horizontal else ("left:0;right:0", "left:0;")
        drawn = []
        step = 1 if self.high - self.low <= 6 else 2
        for tenth in range(self.low + self.low % step, self.high + 1, step):
            place = f"{side}:{self.share(tenth / 10)}%"
            drawn.append(f'<span class="line" style="{place};{full};{other}:1px"></span>')
            drawn.append(f'<span class="{kind}" style="{off}{place}">{tenth / 10:.1f}</span>')
        return drawn


def _front(front: Sequence[tuple[float, float]], across: _Axis, up: _Axis) -> list[str]:
    """The border of what the front beats, a step for each format on it; `front` by portability."""
    drawn, left = [], 0.0
    for place, (x, y) in enumerate(front):
        below = up.share(front[place + 1][1]) if place + 1 < len(front) else 0.0
        right, top = across.share(x), up.share(y)
        box = f"left:{left}%;width:{right - left:.2f}%;bottom:{below}%;height:{top - below:.2f}%"
        drawn.append(f'<span class="beaten" style="{box}"></span>')
        left = right
    return drawn


def _words(options: Sequence[Option], knowledge: Knowledge) -> str:
    """The picture for somebody who cannot see it."""
    said = []
    for number, option in enumerate(options, 1):
        x, y = (dict(option.criteria)[pole] for pole in POLES)
        front = ", on the Pareto front" if option.on_front else ""
        name = knowledge.name("format", option.format)
        said.append(f"{number}. {name}: portability {x:.2f}, fidelity {y:.2f}{front}")
    return "Portability and fidelity of the possible formats, 0 to 1. " + "; ".join(said) + "."
