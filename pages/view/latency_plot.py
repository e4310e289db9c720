"""Latency as dots with their 95 % intervals: a row for each candidate and batch size, on all cores."""

import plotly.graph_objects as go
import streamlit as st

from benchmarks.candidate import label_of
from benchmarks.formats import name

# Okabe and Ito's palette without its yellow and black: told apart by colour-blind readers, and visible on
# white as on dark grey. Each batch size has its own mark as well.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
MARKS = ("circle", "diamond", "square", "triangle-up")
# Streamlit draws axes in a grey that is too faint to read; None, an unknown theme, leaves it so.
INK = {"light": "#000000", "dark": "#ffffff"}
ROW_PX = 46
FRAME_PX = 80
FAR_APART = 30.0
"""Times between the fastest and the slowest from which on the axis is logarithmic: else most dots are one."""


def draw(measurements: list[dict]) -> None:
    """Draws `measurements` as the report holds them."""
    cores = max(measured["threads"] for measured in measurements)
    measurements = [measured for measured in measurements if measured["threads"] == cores]
    batches = list(dict.fromkeys(measured["batch"] for measured in measurements))
    rows = {
        (label_of(measured), measured["batch"]): name(label_of(measured))
        + (f", batch {measured['batch']}" if len(batches) > 1 else "")
        for measured in measurements
    }
    figure = go.Figure()
    for place, batch in enumerate(batches):
        series = [measured for measured in measurements if measured["batch"] == batch]
        latencies = [measured["latency_ms"] for measured in series]
        figure.add_scatter(
            name=f"batch {batch}",
            x=[latency["median"] for latency in latencies],
            y=[rows[label_of(measured), batch] for measured in series],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [latency["ci_high"] - latency["median"] for latency in latencies],
                "arrayminus": [latency["median"] - latency["ci_low"] for latency in latencies],
                "thickness": 2,
                "width": 6,
            },
            mode="markers",
            cliponaxis=False,
            marker={"size": 11, "color": COLOURS[place % 4], "symbol": MARKS[place % 4]},
            customdata=[(latency["ci_low"], latency["ci_high"]) for latency in latencies],
            hovertemplate="%{y}: %{x:.3f} ms (95 % interval %{customdata[0]:.3f} to %{customdata[1]:.3f})"
            "<extra></extra>",
        )
    figure.update_layout(
        height=FRAME_PX + ROW_PX * len(rows),
        margin={"l": 10, "r": 20, "t": 10, "b": 10},
        showlegend=False,
        dragmode=False,
    )
    title = "Median latency of one call, ms (lower is better)"
    if _spread(measurements) > FAR_APART:
        figure.update_xaxes(title=f"{title}, logarithmic", type="log", dtick=1)
    else:
        figure.update_xaxes(title=title, rangemode="tozero")
    figure.update_yaxes(categoryorder="array", categoryarray=list(rows.values())[::-1], automargin=True)
    if ink := INK.get(st.context.theme.type):
        figure.update_xaxes(tickfont={"color": ink}, title_font={"color": ink})
        figure.update_yaxes(tickfont={"color": ink})
    st.plotly_chart(
        figure,
        key="latency",
        config={"displayModeBar": False, "displaylogo": False},
        alt=_words(measurements),
    )


def _spread(measurements: list[dict]) -> float:
    """The largest end of an interval over the smallest."""
    latencies = [measured["latency_ms"] for measured in measurements]
    return max(one["ci_high"] for one in latencies) / max(1e-9, min(one["ci_low"] for one in latencies))


def _words(measurements: list[dict]) -> str:
    """The plot for somebody who cannot see it."""
    said = [
        f"{name(label_of(measured))}, batch {measured['batch']}: {measured['latency_ms']['median']:.3g} ms, "
        f"95 % interval {measured['latency_ms']['ci_low']:.3g} to {measured['latency_ms']['ci_high']:.3g} ms"
        for measured in measurements
    ]
    return "Median latency by format. " + "; ".join(said) + "."
