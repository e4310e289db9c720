"""Every attempt at a conversion, where more than the first was needed or none succeeded."""

import streamlit as st

from benchmarks.formats import NAMES
from pages.view import table
from pages.view.progress import OUTCOMES

HEADS = ("Format", "Way", "Attempt", "Outcome")


def show(conversions: list[dict]) -> None:
    """Draws nothing where every format was reached at the first attempt."""
    tried = [one for one in conversions if len(one.get("attempts", ())) > 1]
    if not tried:
        return
    count = sum(len(one["attempts"]) for one in tried)
    formats = "format" if len(tried) == 1 else "formats"
    with st.expander(f"Every attempt: {count} for {len(tried)} {formats}"):
        st.caption(
            "Where a converter fails or its artifact disagrees, the next way to call it is tried, and then "
            "the next longer route. The first artifact that is verified is kept."
        )
        table.draw(
            "Attempts", HEADS, [_row(one["to"], attempt) for one in tried for attempt in one["attempts"]]
        )


def _row(target: str, attempt: dict) -> tuple[str, ...]:
    seconds = f" in {attempt['seconds']:.1f} s" if attempt["seconds"] is not None else ""
    error = attempt["error"]
    why = f"\n{error['message']}\n{error['next_step']}" if error else ""
    return (
        NAMES[target],
        " → ".join(NAMES[format] for format in attempt["route"]),
        attempt["attempt"],
        OUTCOMES[attempt["outcome"]] + seconds + why,
    )
