"""Review: one decision, from the question to the signatures; the address holds the review, and with a number
the revision.
"""

import streamlit as st

from advisor import Knowledge, load_knowledge
from pages.view import text, theme
from pages.view.review import editor, here, shown, starting
from reviews.errors import ReviewError
from reviews.people import CONTRIBUTOR, Visitor, at_least
from reviews.store import Reviews, role_in


def one(review_id: str, reviews: Reviews, visitor: Visitor, knowledge: Knowledge) -> None:
    """Draws a review, or the editor where this session edits it."""
    asked, editing = st.query_params.get("revision", ""), editor.running(review_id)
    try:
        review = reviews.load(review_id, visitor, {text.number(asked)})
    except ReviewError as error:
        here.refused(error)
        if editing:
            editor.lose(review_id, editing, "the review cannot be opened any more.")
        st.page_link("pages/reviews.py", label="All reviews")
        return
    revision = review.revision(text.number(asked))
    if editing and not revision:
        if not review.editable:
            editor.lose(review_id, editing, f"the review is {review.status} now.")
        elif not at_least(role_in(review, visitor), CONTRIBUTOR):
            editor.lose(review_id, editing, "you may not change this review any more.")
        elif editing.aside:
            editor.wait(review_id, editing)
        else:
            editor.draw(reviews, review, editing, visitor, knowledge)
            return
    if asked and not revision:
        st.warning(text.dropped([f"revision={asked}"]))
    shown.draw(review, revision or review.current, bool(revision), reviews, visitor, knowledge)


theme.draw()
# A link within this page comes with its query once; the address bar and the next click keep it only if told.
st.query_params.from_dict({key: st.query_params.get_all(key) for key in st.query_params})
here.introduce()
if st.query_params.get("id"):
    one(st.query_params["id"], here.reviews(), here.visitor(), load_knowledge())
else:
    starting.draw(here.reviews(), here.visitor(), load_knowledge())
