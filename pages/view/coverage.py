"""Which operators reach which format, before anything is converted: a heatmap, and the same as a table."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go
import streamlit as st

from benchmarks.artifact import Description
from benchmarks.coverage import NOT_SUPPORTED, SUPPORTED, UNKNOWN, OperatorCoverage, coverage
from benchmarks.formats import NAMES
from pages.view import table, text
from pages.view.latency_plot import INK
from pages.view.text import one_line

STATES = {SUPPORTED: "✓", UNKNOWN: "?", NOT_SUPPORTED: "✗"}
WORDS = {SUPPORTED: "translated", UNKNOWN: "not known", NOT_SUPPORTED: "no translation"}
# Okabe and Ito's green, grey and vermilion, each with white text of contrast 4.5 or more, told apart by their
# signs as well.
COLOURS = ("#00755a", "#6b6b6b", "#b34700")
SHOWN, SHOWN_IN_TABLE = 15, 100
LONGEST_NAME = 22
ROW_PX, FRAME_PX = 30, 130
KINDS = {"control-flow": "control flow", "custom": "custom domain", "": ""}


def show(description: Description) -> None:
    """Draws nothing where nothing is known of the format's operators."""
    rows = coverage(description)
    if not rows:
        return
    st.subheader("Which operators have a translation", anchor=False)
    st.markdown(text.plain(_summary(rows)))
    _heatmap(rows[:SHOWN])
    st.caption(
        text.plain(
            "✓ the converter has a translation of it, ✗ it has none, ? not known before it is tried. Read "
            "from the converters' own lists; a translation may still refuse a type or an attribute."
            + (f" {len(rows) - SHOWN} more operators stand in the table." if len(rows) > SHOWN else "")
        )
    )
    with st.expander("The same as a table, with the reasons"):
        _table(rows[:SHOWN_IN_TABLE])
        if len(rows) > SHOWN_IN_TABLE:
            st.caption(f"And {len(rows) - SHOWN_IN_TABLE:,} more.")


def _summary(rows: Sequence[OperatorCoverage]) -> str:
    """Where something is missing, or that nothing is."""
    missing: dict[int, list[str]] = {}
    for target in rows[0].targets:
        if count := sum(row.targets[target].state == NOT_SUPPORTED for row in rows):
            missing.setdefault(count, []).append(NAMES[target])
    said = [f"{count} of {len(rows)} have none to {', '.join(names)}" for count, names in missing.items()]
    if said:
        return f"{'; '.join(said)}: expect that to fail."
    complete = [
        NAMES[target]
        for target in rows[0].targets
        if all(row.targets[target].state == SUPPORTED for row in rows)
    ]
    return (
        f"All {len(rows)} have one to {', '.join(complete)}."
        if complete
        else "No operator is known to be without one."
    )


def _heatmap(rows: Sequence[OperatorCoverage]) -> None:
    targets = list(rows[0].targets)
    states = list(STATES)
    figure = go.Figure(
        go.Heatmap(
            z=[[states.index(row.targets[target].state) for target in targets] for row in rows],
            x=list(range(len(targets))),
            y=list(range(len(rows))),
            text=[[STATES[row.targets[target].state] for target in targets] for row in rows],
            customdata=[[escape(row.targets[target].reason) for target in targets] for row in rows],
            texttemplate="%{text}",
            textfont={"color": "#ffffff", "size": 14},
            hovertemplate="%{customdata}<extra></extra>",
            colorscale=[
                [(place + edge) / len(COLOURS), colour]
                for place, colour in enumerate(COLOURS)
                for edge in (0, 1)
            ],
            zmin=-0.5,
            zmax=len(COLOURS) - 0.5,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.update_layout(
        height=FRAME_PX + ROW_PX * len(rows), margin={"l": 10, "r": 50, "t": 10, "b": 10}, dragmode=False
    )
    figure.update_xaxes(
        tickvals=list(range(len(targets))),
        ticktext=[NAMES[target] for target in targets],
        side="top",
        tickangle=-40,
        automargin=True,
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[escape(_named(row, LONGEST_NAME)) for row in rows],
        autorange="reversed",
        automargin=True,
        showgrid=False,
        fixedrange=True,
    )
    if ink := INK.get(st.context.theme.type):
        figure.update_xaxes(tickfont={"color": ink})
        figure.update_yaxes(tickfont={"color": ink})
    st.plotly_chart(
        figure,
        key="coverage",
        config={"displayModeBar": False, "displaylogo": False},
        alt=f"Operators against formats. {_summary(rows)} The table below has every cell in words.",
    )


def _named(row: OperatorCoverage, longest: int) -> str:
    return f"{one_line(row.operator, longest)} × {row.count:,}"


def _table(rows: Sequence[OperatorCoverage]) -> None:
    targets = list(rows[0].targets)
    cells = [
        (
            "\n".join(filter(None, (_named(row, 80), KINDS[row.kind]))),
            *(f"{WORDS[row.targets[t].state]}\n{row.targets[t].reason}" for t in targets),
        )
        for row in rows
    ]
    table.draw("Operators by format", ("Operator", *(NAMES[target] for target in targets)), cells)
