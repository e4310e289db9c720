"""Pictures of a review as HTML and CSS alone, the same on the page and in the exported file: no script, no
font, nothing from elsewhere. Their colours are the text's and one accent, so that they can be read in light,
dark and print; what they show stands beside them in figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from advisor import load_knowledge
from benchmarks import formats
from reviews.content import Evidence, Scenario
from reviews.safe_text import visible

MOST_ROWS = 12
LONGEST_NAME = 40
STYLE = """<style>
.lengths { display: grid; grid-template-columns: minmax(6rem, 13rem) minmax(3rem, 1fr) auto; gap: .3rem .8rem;
           align-items: center; max-width: 40rem; font-size: .92rem; }
.lengths .name { text-align: right; overflow-wrap: anywhere; }
.lengths .space { position: relative; height: .8rem; }
.lengths .bar, .lengths .interval { position: absolute; height: 100%; box-sizing: border-box;
                                    print-color-adjust: exact; }
.lengths .bar { background: #3b6ea5; border-radius: 2px; }
.lengths .other { opacity: .55; }
.lengths .interval { border: solid currentColor; border-width: 0 1px; min-width: 2px;
                     background: linear-gradient(currentColor, currentColor) center / 100% 1px no-repeat; }
.lengths .value { font-variant-numeric: tabular-nums; }
</style>"""


@dataclass(frozen=True)
class Bar:
    """`interval`: from where to where the end of the bar may lie, None where that is not said; `words`: the
    figures."""

    name: str
    length: float
    words: str
    interval: tuple[float, float] | None = None


def draw(label: str, bars: Sequence[Bar]) -> str:
    """Needs STYLE somewhere on the page. The first bar is the strongest; `label` names the picture to a
    screen reader. "" where there is no bar."""
    longest = max((max(bar.length, *(bar.interval or (0.0,))) for bar in bars), default=0.0) or 1.0
    cells = []
    for place, bar in enumerate(bars):
        name = visible(bar.name).replace("\n", " ")
        name = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        kind = "bar other" if place else "bar"
        drawn = f'<span class="{kind}" style="width:{_percent(bar.length / longest)}"></span>'
        if bar.interval:
            low, high = (end / longest for end in bar.interval)
            where = f"left:{_percent(low)};width:{_percent(high - low)}"
            drawn += f'<span class="interval" style="{where}"></span>'
        cells.append(
            f'<span class="name">{escape(name)}</span><span class="space">{drawn}</span>'
            f'<span class="value">{escape(bar.words)}</span>'
        )
    if not cells:
        return ""
    return f'<div class="lengths" role="group" aria-label="{escape(label)}">{"".join(cells)}</div>'


def _percent(share: float) -> str:
    return f"{100 * max(0.0, min(1.0, share)):.2f}%"


def scores(scenario: Scenario) -> tuple[Bar, ...]:
    """How the possible formats stand in a scenario, 0 to 1, the best first."""
    recommendation, knowledge = scenario.recommendation, load_knowledge()
    options = [one for one in (recommendation["recommended"], *recommendation["alternatives"]) if one]
    return tuple(
        Bar(knowledge.name("format", one["format"]), float(one["score"]), f"{one['score']:.2f}")
        for one in options[:MOST_ROWS]
    )


def latencies(evidence: Evidence) -> tuple[Bar, ...]:
    """The median latency of each candidate in ms with its interval, the fastest first, under the condition
    that the verdict is of. A report may come from anywhere: what is no measurement is passed over."""
    rows = evidence.report.get("measurements")
    rows = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []
    found, first = [], None
    for row in rows:
        latency, condition = row.get("latency_ms"), (row.get("batch"), row.get("threads"))
        first = first or condition
        if condition != first or not isinstance(latency, Mapping):
            continue
        numbers = [latency.get(key) for key in ("median", "ci_low", "ci_high")]
        if all(isinstance(number, (int, float)) and 0 <= number < 1e12 for number in numbers):
            median, low, high = map(float, numbers)
            name = formats.name(str(row.get("label") or row.get("format")))
            found.append(Bar(name, median, f"{median:.3g} ms ({low:.3g} to {high:.3g})", (low, high)))
    return tuple(sorted(found, key=lambda bar: bar.length)[:MOST_ROWS])
