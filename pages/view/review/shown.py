"""A review as it is read: what stands in one revision, who takes part, and what may be done."""

import streamlit as st

from advisor import Knowledge
from pages.view import link, text
from pages.view.review import (
    discussion,
    editor,
    export,
    here,
    history,
    links,
    people,
    record,
    scenarios,
)
from reviews.people import CONTRIBUTOR, Visitor, at_least
from reviews.review import ACCEPTED, Review, Revision
from reviews.store import Reviews, role_in
from reviews.wording import when


def draw(
    review: Review, shown: Revision, frozen: bool, reviews: Reviews, visitor: Visitor, knowledge: Knowledge
) -> None:
    """`frozen`: the revision is looked at for what it was, and nothing is done from there."""
    for number in review.altered:
        st.error(
            f"**Revision {number} is not what its hash says: it was changed in the database.** Nothing in it "
            "can be relied on; restore it from a backup or an export."
        )
    if shown.number in review.altered:
        history.draw(reviews, review, visitor)
        return
    _head(review, shown, frozen, reviews, visitor)
    may = visitor.person is not None and at_least(role_in(review, visitor), CONTRIBUTOR) and not frozen
    with st.container(horizontal=True):
        if may and review.editable and not editor.running(review.id) and st.button("Edit"):
            editor.begin(review.id, review.current.number, review.current.content)
            st.rerun()
        if may and review.status == ACCEPTED and not review.superseded_by:
            st.page_link("pages/review.py", label="Supersede it", query_params={"supersedes": review.id})
        links.draw(review, shown)
        export.draw(reviews, review, visitor, shown, links.address(review, shown))
    said, asked = st.columns([7, 3], gap="large")
    with asked:
        people.draw(reviews, review, shown, frozen, visitor)
    with said:
        decided, compared, talked, happened = st.tabs(["Decision", "Scenarios", "Discussion", "History"])
        with decided:
            record.decision(shown.content, knowledge)
            record.options(shown.content, knowledge)
            record.evidence(shown.content.evidence)
        with compared:
            scenarios.draw(shown.content.scenarios, knowledge, frozen)
        with talked:
            discussion.draw(reviews, review, shown, frozen, visitor, knowledge)
        with happened:
            history.draw(reviews, review, visitor)


def _head(review: Review, shown: Revision, frozen: bool, reviews: Reviews, visitor: Visitor) -> None:
    with st.container(horizontal=True, gap="small"):
        st.badge(review.status.capitalize(), color=here.COLOURS[review.status])
        if review.private:
            st.badge("Private", color="violet")
        if review.imported:
            st.badge("Imported", color="orange")
    st.title(text.plain(shown.content.title), anchor=False)
    words = f"Revision {shown.number} of {len(review.revisions)}, {when(shown.at)}, by"
    st.markdown(f":small[{words} {here.named(shown.author)}]")
    if frozen:
        which = "is still the current one" if shown.number == review.current.number else "is not the last one"
        st.info(f"**This is revision {shown.number}, as it was.** It {which}.")
        link.to_review(review.id, "Open the review")
    _before_and_after(review, reviews, visitor)
    if review.imported:
        by, day = review.imported["by"], str(review.imported["at"])[:10]
        st.warning(
            f"**Imported from a file by {text.plain(str(by['name']))}, {day}.** Its hashes are right; who "
            "wrote, signed and decided what stands in the file was not checked here."
        )
    if not frozen and review.editable and review.void:
        names = ", ".join(here.named(one.signer) for one in review.void)
        st.warning(f"**A later edit voided the signature of {names}.** It must be signed anew.")


def _before_and_after(review: Review, reviews: Reviews, visitor: Visitor) -> None:
    """The decision that this one superseded and the one that superseded it, for who may see them."""
    if not (review.supersedes or review.superseded_by):
        return
    seen = {one.id for one in reviews.chain(review, visitor)}
    if review.superseded_by:
        st.warning("**This decision was superseded.**")
        if review.superseded_by in seen:
            link.to_review(review.superseded_by, "Open the review that took its place")
    if review.supersedes in seen:
        link.to_review(review.supersedes, "Open the review that this one supersedes")
