"""A review that does not exist yet: from answers, from a run, or in place of an accepted one, with everything
that is known filled in.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

from advisor import AnswersError, EvidenceError, Knowledge
from benchmarks import jobs
from benchmarks.errors import ProblemError
from pages.view import link, questions, text
from pages.view.review import editor, here
from reviews import drafting
from reviews.content import Content
from reviews.errors import ReviewError
from reviews.people import Visitor
from reviews.review import ACCEPTED
from reviews.store import Reviews

NEW = "new"
OF = f"edit {NEW} of"
"""What the one that is begun began with."""


def draw(reviews: Reviews, visitor: Visitor, knowledge: Knowledge) -> None:
    """Draws the editor of a new review; the address says what it begins with."""
    st.title("A new design review", anchor=False)
    if visitor.login and visitor.person is None:
        st.info("**Sign in first.** Then open this link again; everything is filled in for you.")
        return
    source = {key: tuple(st.query_params.get_all(key)) for key in st.query_params}
    editing, begun = editor.running(NEW), st.session_state.get(OF)
    if editing and begun != source:
        if source:
            _choose_between(begun)
            return
        source = begun
    if editing is None:
        content = _content(reviews, visitor, source, knowledge)
        if content is None:
            return
        editing = editor.begin(NEW, 0, content)
        st.session_state[OF] = source
    if old := source.get("supersedes"):
        link.to_review(old[0], "In place of this review")
    content = editor.fields(NEW, editing, knowledge)
    private = False
    if visitor.login and "supersedes" not in source:
        private = st.checkbox(
            "Private: only who takes part sees it", key=f"edit {NEW} private", **editor.KEPT
        )
    if visitor.person is None:
        st.caption("Type your name above to save it.")
    if st.button("Save as a draft", type="primary", disabled=visitor.person is None):
        _save(reviews, visitor, content, private, source)


def _choose_between(begun: Mapping[str, Sequence[str]]) -> None:
    """What was typed into a new review is not thrown away because another was asked for."""
    title = st.session_state.get(f"edit {NEW} title") or "without a title"
    st.warning(f"**You have begun another review, not saved yet:** {text.plain(text.one_line(title, 200))}")
    with st.container(horizontal=True):
        goes_on = st.button("Go on with that one", type="primary")
        anew = st.button("Throw it away and begin this one")
    if goes_on:
        st.query_params.from_dict({key: list(values) for key, values in begun.items()})
        st.rerun()
    if anew:
        editor.end(NEW)
        st.rerun()


def _save(reviews: Reviews, visitor: Visitor, content: Content, private: bool, source: dict) -> None:
    try:
        if old := source.get("supersedes"):
            review = reviews.supersede(old[0], content, visitor)
        else:
            review = reviews.create(content, visitor, private)
    except ReviewError as error:
        here.refused(error)
        return
    editor.end(NEW)
    st.query_params.from_dict({"id": review.id})
    st.rerun()


def _content(reviews: Reviews, visitor: Visitor, source: dict, knowledge: Knowledge) -> Content | None:
    """What the review begins with; None, and a sentence on the page, where nothing was given that can be
    begun with."""
    try:
        if old := source.get("supersedes"):
            review = reviews.load(old[0], visitor, ())
            if review.status != ACCEPTED:
                st.error(f"Only an accepted review is superseded; this one is {review.status}.")
                link.to_review(review.id, "Open it")
                return None
            return review.current.content
        if run_id := source.get("run"):
            run = jobs.load(run_id[0])
            if run.report is None:
                st.error("This run has no report yet. Start the review once it is done.")
                return None
            data = (run.folder / "report.json").read_bytes()
            return drafting.from_run(run.id, run.title, data, run.report)
        answered = questions.read_query(source, knowledge)
        if answered.dropped:
            st.warning(text.dropped(answered.dropped))
        if "framework" in answered.answers:
            return drafting.from_answers(answered.answers)
    except ProblemError as error:
        st.error(f"**{text.plain(error.problem.message)}** Start a comparison first.")
        st.page_link("pages/compare.py", label="Compare a model")
        return None
    except (ReviewError, AnswersError, EvidenceError, OSError) as error:
        st.error(text.plain(str(error)))
        return None
    st.info(
        "**A review starts from an answer or from a run.** Answer the questions on the page Advise, or "
        "compare a model on the page Compare, and choose “Start a design review” there."
    )
    return None
