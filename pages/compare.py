"""Compare: a model, converted, verified and measured; the address holds the run."""

import streamlit as st

from benchmarks import jobs
from benchmarks.errors import ProblemError
from pages.view import comparison, earlier_runs, link, model, progress, protection, recent, start, text

st.title("Which format is fastest for this model?", anchor=False)

run_id = st.query_params.get("run")
run = None
if run_id is not None:
    try:
        run = jobs.load(run_id)
    except ProblemError as error:
        start.refuse(error.problem)

if (run is None or (not run.active and run.state != "done")) and not protection.can_run():
    protection.explain_refusal()

if run is None:
    start.choose()
else:
    link.draw('<a href="?">Compare another model</a>')
    st.header(text.plain(model.one_line(run.title)), anchor=False)
    if run.state == "draft":
        start.draft(run)
    elif run.active:
        progress.follow(run.id)
        if run.description:
            with st.expander("What the file says"):
                model.show(run.description)
                model.not_examined(run.description)
                model.findings(run.description.findings)
    elif run.state == "done" and run.report is None:
        st.error("**The report of this run is gone or too large to be shown.** Start another run.")
    elif run.state == "done":
        comparison.show(run)
        earlier_runs.show(run)
        with st.expander("What was done"):
            progress.stages(run)
    else:
        progress.ended(run)
        progress.stages(run)
        start.ask(run, "Start again")
    if not run.active:
        start.offer_deletion(run)

recent.show(run.id if run else None)
