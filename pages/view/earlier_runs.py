"""What changed since an earlier run of the same model: first how the two were made, then the numbers."""

from datetime import UTC, datetime

import streamlit as st

from benchmarks import jobs
from benchmarks.errors import ProblemError
from benchmarks.formats import name
from benchmarks.over_time import Change, Changes, Interval, compare_reports
from pages.view import table, text

CHANGES = ("Format", "Batch", "Threads", "Earlier, ms", "This run, ms", "Ratio", "Change")


def show(run: jobs.Run) -> None:
    """Draws the section where there is an earlier run of the same model, whose report is read once it is
    chosen."""
    earlier = {other.id: other for other in jobs.earlier(run)}
    if not earlier:
        return
    st.subheader("Earlier runs of this model", anchor=False)
    chosen = st.selectbox(
        "Compare with",
        earlier,
        index=None,
        format_func=lambda run_id: _named(earlier[run_id]),
        placeholder="Choose an earlier run",
        key="earlier",
    )
    if chosen:
        try:
            _draw(compare_reports(earlier[chosen].report, run.report))
        except ProblemError as error:
            st.error(text.problem(error.problem))


def _named(run: jobs.Run) -> str:
    when = datetime.fromtimestamp(run.created, UTC).strftime("%d %b %Y %H:%M UTC")
    return f"{when}, {text.one_line(run.title)}"


def _draw(changes: Changes) -> None:
    if changes.differences:
        rows = [(one.what, one.kind, one.old, one.new) for one in changes.differences]
        table.draw("What differs about the two runs", ("Differs", "Part of", "Earlier", "This run"), rows)
    st.markdown(text.plain(changes.caution))
    if changes.changes:
        table.draw("Changes", CHANGES, [_row(one) for one in changes.changes], numbers=range(1, 6))
        st.caption(
            "Below each median is its 95 % interval, and below the ratio of this run to the earlier one that "
            "of the ratio, from the rounds of both runs drawn anew independently, and widened by what two "
            "processes of one program differ by."
        )
    else:
        st.markdown("No format was measured in both.")
    if changes.turns:
        rows = [(one.subject, one.what, one.old, f"{one.new}\n{one.reason}".strip()) for one in changes.turns]
        table.draw("Other results", ("Result", "Of", "Earlier", "This run"), rows)


def _row(one: Change) -> tuple[str, ...]:
    bounds = "" if one.ratio_low is None else f"\n{one.ratio_low:.2f} to {one.ratio_high:.2f}"
    return (
        f"{name(one.format)}\n{one.runtime}",
        str(one.batch),
        str(one.threads),
        _median(one.old),
        _median(one.new),
        f"{one.ratio:.2f}{bounds}",
        one.state,
    )


def _median(interval: Interval) -> str:
    return f"{interval.median:.3f}\n{interval.low:.3f} to {interval.high:.3f}"
