"""A run while it works: its stages one by one in words, drawn again every second until it ends."""

import streamlit as st

from benchmarks import jobs
from benchmarks.errors import ProblemError
from pages.view import table, text
from pages.view.text import one_line

EVERY_S = 1.0  # drawing more often would disturb what is being measured
OUTCOMES = {
    None: "…\u00a0running",
    "passed": "✓\u00a0passed",
    "failed": "✗\u00a0failed",
    "skipped": "○\u00a0skipped",
    "unavailable": "○\u00a0unavailable",
}
STOPPED = "■\u00a0stopped"


def follow(run_id: str) -> None:
    """Draws the stages and a button to cancel; when the run ends, the whole page is drawn again."""
    st.fragment(_draw, run_every=EVERY_S)(run_id)


def ended(run: jobs.Run) -> None:
    """Says why a run ended without a result."""
    draw = st.info if run.state == "cancelled" else st.error
    draw(text.problem(run.problem))


def _draw(run_id: str) -> None:
    try:
        run = jobs.load(run_id)
    except ProblemError:  # deleted in another session: the page says so
        st.rerun()
    if not run.active:
        st.rerun()
    stages(run)
    st.caption("This page can be closed: the run goes on, and its address shows it again.")
    st.button("Cancel", on_click=jobs.cancel, args=(run_id,))


def stages(run: jobs.Run) -> None:
    """Draws how far a run is, or how far it came."""
    running = OUTCOMES[None] if run.active else STOPPED
    rows = [
        (
            stage.title,
            running if stage.outcome is None else OUTCOMES[stage.outcome],
            one_line(stage.detail, 300),
        )
        for stage in run.stages
    ]
    table.draw("Stages", ("Stage", "Outcome", "Detail"), rows or [("Start", running, "")])
