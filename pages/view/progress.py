"""A run while it works: its stages one by one in words, drawn again twice a second until it ends."""

import streamlit as st

from benchmarks import jobs
from pages.view import table
from pages.view.model import one_line

EVERY_S = 0.5
OUTCOMES = {
    None: "…\u00a0running",
    "passed": "✓\u00a0passed",
    "failed": "✗\u00a0failed",
    "skipped": "–\u00a0skipped",
    "unavailable": "–\u00a0unavailable",
}


def follow(run_id: str) -> None:
    """Draws the stages and a button to cancel; when the run ends, the whole page is drawn again."""
    st.fragment(_draw, run_every=EVERY_S)(run_id)


def _draw(run_id: str) -> None:
    run = jobs.load(run_id)
    if not run.active:
        st.rerun()
    stages(run)
    st.caption("This page can be closed: the run goes on, and its address shows it again.")
    st.button("Cancel", on_click=jobs.cancel, args=(run_id,))


def stages(run: jobs.Run) -> None:
    """Draws how far a run is, or how far it came."""
    rows = [
        (stage.title, OUTCOMES.get(stage.outcome, stage.outcome), one_line(stage.detail, 300))
        for stage in run.stages
    ]
    table.draw("Stages", ("Stage", "Outcome", "Detail"), rows or [("Start", OUTCOMES[None], "")])
