"""The newest runs as links."""

from datetime import UTC, datetime
from html import escape

import streamlit as st

from benchmarks import jobs
from pages.view import link
from pages.view.text import one_line


def show(opened: str | None) -> None:
    """Draws the runs of everybody who uses this server, newest first; `opened` is the one on the page."""
    runs = [run for run in jobs.recent() if run.id != opened]
    if not runs:
        return
    st.subheader("Recent runs", anchor=False)
    entries = []
    for run in runs:
        when = datetime.fromtimestamp(run.created, UTC).strftime("%d %b %Y %H:%M UTC")
        entries.append(
            f'<li><a href="?run={run.id}">{escape(one_line(run.title))}</a>: {escape(run.state)}, {when}</li>'
        )
    link.draw(f'<ul aria-label="Recent runs">{"".join(entries)}</ul>')
