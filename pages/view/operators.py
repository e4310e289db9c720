"""What is slower after conversion, and why: where the time of a call goes, in it and in the source."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from benchmarks.formats import NAMES
from benchmarks.operator_kinds import FALLBACKS
from benchmarks.operator_kinds import NAMES as KINDS
from pages.view import table, text
from pages.view.latency_plot import COLOURS, FRAME_PX, INK

MOST_KINDS = 7
ROW_PX = 44
PATTERNS = ("", "/")
HEADS = ("Operator", "What it does", "Where it ran", "Nodes", "ms", "Share")


def show(profiles: Sequence[dict]) -> None:
    """Draws `profiles` as the report holds them; nothing where nothing is slower than the source."""
    slower = [profile for profile in profiles if profile["slower_than_source"]]
    if not slower:
        return
    source = next((one for one in profiles if not one["slower_than_source"] and one["kinds"]), None)
    st.subheader("Slower after conversion, and why", anchor=False)
    for profile in slower:
        with st.container(border=True):
            _one(profile, source)


def _one(profile: dict, source: dict | None) -> None:
    by, name = profile["slower_than_source"], NAMES[profile["format"]]
    times = f"{by['estimate']:.3g} times as long as the source (interval {by['low']:.3g} to {by['high']:.3g})"
    st.markdown(f"**{text.plain(f'{name} takes {times}')}**")
    st.markdown(text.listed([profile["reason"]]))
    more = f" ({text.source(profile['reference'])})" if profile["reference"] else ""
    st.markdown(f"**What to do:** {text.plain(profile['next_step'])}{more}")
    if not profile["kinds"]:
        return
    compared = [profile, source] if source else [profile]
    _chart(compared)
    with st.expander(f"Operators of {name}" + (" and of the source" if source else "")):
        for one in compared:
            _tables(one)
        st.caption(
            f"One call, batch {profile['batch']}, {profile['threads']} threads, as the runtime's profiler "
            "tells it. A profiler slows a call down, most where there are many small ones; the latencies "
            "above are without it."
        )


def _chart(compared: list[dict]) -> None:
    """Milliseconds by what operators do, the longest of any first."""
    times = [{row["kind"]: row["ms"] for row in one["kinds"]} for one in compared]
    kinds = list(dict.fromkeys(row["kind"] for one in compared for row in one["kinds"]))
    kinds.sort(key=lambda kind: -max(of.get(kind, 0) for of in times))
    kinds = kinds[:MOST_KINDS]
    figure = go.Figure()
    for place, (one, of) in enumerate(zip(compared, times, strict=True)):
        figure.add_bar(
            name=NAMES[one["format"]],
            x=[of.get(kind, 0) for kind in kinds],
            y=[KINDS[kind] for kind in kinds],
            orientation="h",
            marker={"color": COLOURS[1 - place], "pattern": {"shape": PATTERNS[place], "solidity": 0.5}},
            hovertemplate="%{y}: %{x:.3f} ms<extra></extra>",
        )
    figure.update_layout(
        height=FRAME_PX + 40 + ROW_PX * len(kinds),
        margin={"l": 10, "r": 20, "t": 10, "b": 10},
        barmode="group",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        dragmode=False,
    )
    figure.update_xaxes(title="ms of one call", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", automargin=True)
    if ink := INK.get(st.context.theme.type):
        figure.update_xaxes(tickfont={"color": ink}, title_font={"color": ink})
        figure.update_yaxes(tickfont={"color": ink})
        figure.update_layout(legend_font_color=ink)
    st.plotly_chart(
        figure,
        key=f"operators-{compared[0]['format']}",
        config={"displayModeBar": False, "displaylogo": False},
        alt=_words(compared, times, kinds),
    )


def _words(compared: list[dict], times: list[dict[str, float]], kinds: list[str]) -> str:
    """The chart for somebody who cannot see it."""
    said = [
        f"{KINDS[kind]}: "
        + ", ".join(
            f"{NAMES[one['format']]} {of.get(kind, 0):.3g} ms"
            for one, of in zip(compared, times, strict=True)
        )
        for kind in kinds
    ]
    return "Time of one call by what operators do. " + "; ".join(said) + "."


def _tables(profile: dict) -> None:
    name = NAMES[profile["format"]]
    rows = [
        (
            text.one_line(row["operator"]),
            KINDS[row["kind"]],
            text.one_line(row["where"]),
            str(row["calls"]),
            f"{row['ms']:.3f}",
            f"{row['share'] * 100:.0f} %",
        )
        for row in profile["operators"]
    ]
    table.draw(f"Operators of {name}", (f"{HEADS[0]} of {name}", *HEADS[1:]), rows, numbers=[3, 4, 5])
    rows = [
        (text.one_line(row["name"]) or "without a name", text.one_line(row["operator"]), f"{row['ms']:.3f}")
        for row in profile["slowest"]
    ]
    table.draw(f"Slowest nodes of {name}", ("Slowest nodes", "Operator", "ms"), rows, numbers=[2])
    if profile["fell_back"]:
        rows = [
            (
                text.one_line(row["operator"]),
                f"{FALLBACKS[row['why']]}\n{text.one_line(row['where'])}",
                f"{row['ms']:.3f}",
            )
            for row in profile["fell_back"]
        ]
        table.draw(f"What fell back in {name}", ("Fell back", "These nodes", "ms"), rows, numbers=[2])
