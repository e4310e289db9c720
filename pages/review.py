"""Review: one decision, from the question to the signatures; the address holds the review, and with a number
the revision.
"""

import streamlit as st

from advisor import Knowledge, load_knowledge
from pages.view import link, text, theme
from pages.view.review import discussion, editor, export, here, history, people, record, scenarios, starting
from reviews.errors import ReviewError
from reviews.people import CONTRIBUTOR, Visitor, at_least
from reviews.review import ACCEPTED, Review, Revision
from reviews.store import Reviews, role_in


def head(review: Review, shown: Revision) -> None:
    with st.container(horizontal=True, gap="small"):
        st.badge(review.status.capitalize(), color=here.COLOURS[review.status])
        if review.private:
            st.badge("Private", color="violet")
        if review.imported:
            st.badge("Imported", color="orange")
    st.title(text.plain(shown.content.title), anchor=False)
    when = shown.at[:16].replace("T", " ")
    words = f"Revision {shown.number} of {len(review.revisions)}, {when} UTC, by {here.named(shown.author)}"
    st.markdown(f":small[{words}]")
    if shown is not review.current:
        st.info(
            f"**This is revision {shown.number}, as it was.** The current one is {review.current.number}."
        )
        link.to_review(review.id, "Open the current revision")
    if review.superseded_by:
        st.warning("**This decision was superseded.**")
        link.to_review(review.superseded_by, "Open the review that took its place")
    if review.supersedes:
        link.to_review(review.supersedes, "Open the review that this one supersedes")
    if review.imported:
        by = text.plain(str(review.imported["by"]["name"]))
        st.warning(
            f"**Imported from a file by {by}, {str(review.imported['at'])[:10]}.** Its hashes are right; who "
            "signed it was not checked here."
        )
    if review.editable and review.void:
        names = ", ".join(one.signer.name for one in review.void)
        st.warning(f"**A later edit voided the signature of {text.plain(names)}.** It must be signed anew.")


def one(review_id: str, reviews: Reviews, visitor: Visitor, knowledge: Knowledge) -> None:
    """Draws a review, or the editor where this session edits it."""
    number = st.query_params.get("revision", "")
    try:
        review = reviews.load(review_id, visitor, {text.number(number)})
    except ReviewError as error:
        here.refused(error)
        st.page_link("pages/reviews.py", label="All reviews")
        return
    if editing := editor.running(review.id):
        editor.draw(reviews, review, editing, visitor, knowledge)
        return
    shown = review.revision(text.number(number))
    if number and shown is None:
        st.warning(text.dropped([f"revision={number}"]))
    show(review, shown or review.current, reviews, visitor, knowledge)


def show(review: Review, shown: Revision, reviews: Reviews, visitor: Visitor, knowledge: Knowledge) -> None:
    head(review, shown)
    may = visitor.person is not None and at_least(role_in(review, visitor), CONTRIBUTOR)
    with st.container(horizontal=True):
        if may and review.editable and shown is review.current and st.button("Edit"):
            editor.begin(review.id, review.current.number, review.current.content)
            st.rerun()
        if may and review.status == ACCEPTED and not review.superseded_by:
            st.page_link("pages/review.py", label="Supersede it", query_params={"supersedes": review.id})
        starting.links(review, shown)
        export.draw(reviews, review, visitor, shown, starting.address(review, shown))
    said, asked = st.columns([7, 3], gap="large")
    with asked:
        people.draw(reviews, review, visitor)
    with said:
        decided, compared, talked, happened = st.tabs(["Decision", "Scenarios", "Discussion", "History"])
        with decided:
            record.decision(shown.content, knowledge)
            record.options(shown.content, knowledge)
            record.evidence(shown.content.evidence)
        with compared:
            scenarios.draw(shown.content.scenarios, knowledge)
        with talked:
            discussion.draw(reviews, review, visitor, knowledge)
        with happened:
            history.draw(reviews, review, visitor)


theme.draw()
# A link within this page comes with its query once; the address bar and the next click keep it only if told.
st.query_params.from_dict({key: st.query_params.get_all(key) for key in st.query_params})
here.introduce()
if st.query_params.get("id"):
    one(st.query_params["id"], here.reviews(), here.visitor(), load_knowledge())
else:
    starting.draw(here.reviews(), here.visitor(), load_knowledge())
