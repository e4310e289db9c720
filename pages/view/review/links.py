"""The links to a review: one that is always of today, and one of a revision."""

import streamlit as st

from pages.view import link
from reviews.review import Review, Revision


def address(review: Review, shown: Revision | None = None) -> str:
    """The link that opens the review, with a revision that one frozen."""
    return f"{link.page_address()}?id={review.id}" + (f"&revision={shown.number}" if shown else "")


def draw(review: Review, shown: Revision) -> None:
    with st.popover("Links"):
        st.caption("Live: always the current revision, evaluated under the knowledge base of the day.")
        st.code(address(review), language=None, wrap_lines=True)
        st.caption(f"Frozen: revision {shown.number}, as it is.")
        st.code(address(review, shown), language=None, wrap_lines=True)
