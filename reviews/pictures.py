"""Pictures of a review as SVG that stands in a page of its own: no script, no font, no file from elsewhere.
Colours are the text colour of the page and one accent, so that they can be read in light, dark and print."""

from collections.abc import Mapping, Sequence
from html import escape

from advisor import load_knowledge
from benchmarks import formats
from reviews.content import Evidence, Scenario
from reviews.safe_text import visible

WIDTH, LABEL, ROW, BAR = 640, 190, 26, 14
MOST_ROWS = 12
ACCENT = "#3b6ea5"


def scores(scenario: Scenario) -> str:
    """How the possible formats stand in a scenario, 0 to 1, the best first; "" where none is possible."""
    bars = score_rows(scenario)
    if not bars:
        return ""
    rows = []
    for place, (name, score) in enumerate(bars):
        length = max(0.0, min(1.0, score)) * (WIDTH - LABEL - 60)
        rows.append(_label(place, name))
        rows.append(_bar(place, LABEL, length, 1.0 if place == 0 else 0.45))
        rows.append(_value(place, LABEL + length + 8, f"{score:.2f}"))
    return _picture(f"Scores of the formats: {_spoken(bars)}", len(bars), rows)


def score_rows(scenario: Scenario) -> list[tuple[str, float]]:
    """Name and score, 0 to 1, of each possible format, the best first."""
    recommendation, knowledge = scenario.recommendation, load_knowledge()
    options = [one for one in (recommendation["recommended"], *recommendation["alternatives"]) if one]
    return [(knowledge.name("format", one["format"]), float(one["score"])) for one in options[:MOST_ROWS]]


def latencies(evidence: Evidence) -> str:
    """The median latency of each candidate with its interval, fastest first, under the condition that the
    verdict is of; "" where nothing was measured."""
    found = latency_rows(evidence)
    if not found:
        return ""
    largest = max(high for _, _, _, high in found) or 1.0
    scale = (WIDTH - LABEL - 110) / largest
    rows = []
    for place, (name, low, median, high) in enumerate(found):
        middle = place * ROW + ROW / 2
        rows.append(_label(place, name))
        rows.append(_bar(place, LABEL, median * scale, 1.0 if place == 0 else 0.45))
        ends = f'x1="{LABEL + low * scale:.1f}" x2="{LABEL + high * scale:.1f}"'
        rows.append(f'<line {ends} y1="{middle}" y2="{middle}" stroke="currentColor" stroke-width="2"/>')
        rows.append(_value(place, LABEL + high * scale + 8, f"{median:.3g} ms"))
    spoken = [(name, median) for name, _, median, _ in found]
    return _picture(f"Median latency in milliseconds: {_spoken(spoken)}", len(found), rows)


def latency_rows(evidence: Evidence) -> list[tuple[str, float, float, float]]:
    """Name, low, median and high in ms of each candidate, fastest first. A report may come from anywhere:
    what is no measurement is passed over."""
    rows = evidence.report.get("measurements")
    rows = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, Sequence) else []
    found, first = [], None
    for row in rows:
        latency, condition = row.get("latency_ms"), (row.get("batch"), row.get("threads"))
        first = first or condition
        if condition != first or not isinstance(latency, Mapping):
            continue
        numbers = [latency.get(key) for key in ("ci_low", "median", "ci_high")]
        if all(isinstance(number, (int, float)) and 0 <= number < 1e12 for number in numbers):
            name = formats.name(str(row.get("label") or row.get("format")))
            found.append((name, *map(float, numbers)))
    return sorted(found, key=lambda one: one[2])[:MOST_ROWS]


def _label(place: int, name: str) -> str:
    words = visible(name)
    words = words if len(words) <= 28 else words[:27] + "…"
    return f'<text x="{LABEL - 8}" y="{place * ROW + ROW / 2 + 4}" text-anchor="end">{escape(words)}</text>'


def _bar(place: int, x: float, length: float, opacity: float) -> str:
    top = place * ROW + (ROW - BAR) / 2
    size = f'x="{x}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2"'
    return f'<rect {size} fill="{ACCENT}" fill-opacity="{opacity}"/>'


def _value(place: int, x: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{place * ROW + ROW / 2 + 4}">{escape(words)}</text>'


def _spoken(rows: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in rows)


def _picture(spoken: str, count: int, rows: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {count * ROW}" width="100%" style="max-width:{WIDTH}px"'
    style = 'font-size="13" fill="currentColor" font-family="inherit"'
    return f'<svg {size} role="img" aria-label="{escape(visible(spoken))}" {style}>{"".join(rows)}</svg>'
