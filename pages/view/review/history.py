"""What happened to a review, its revisions as links, and the decisions before and after it."""

import streamlit as st

from pages.view import link, table, text
from reviews.people import Visitor
from reviews.review import Review
from reviews.store import Reviews
from reviews.wording import event_words, person_words, when


def draw(reviews: Reviews, review: Review, visitor: Visitor) -> None:
    rows = [
        (event.at[:19].replace("T", " "), person_words(event.actor), event_words(event))
        for event in reversed(review.events)
    ]
    table.draw("What happened", ("When (UTC)", "Who", "What"), rows)
    st.subheader("Revisions", anchor=False)
    for one in reversed(review.revisions):
        link.to_review(review.id, f"Revision {one.number}", revision=str(one.number))
        words = f"{when(one.at)}, {person_words(one.author)}"
        about = text.plain(f"{words}: {one.note}" if one.note else words)
        st.markdown(f":small[{about}]  \n:small[{text.as_code(one.sha256, 64)}]")
    st.caption(
        "A link to a revision always shows that revision. Its hash covers its content and the hash of "
        "the one before."
    )
    chain = reviews.chain(review, visitor)
    if len(chain) > 1:
        st.subheader("Before and after", anchor=False)
        for one in chain:
            title = text.plain(text.one_line(one.title, 200))
            if one.id == review.id:
                st.markdown(f"**{title}** (this one)")
            else:
                link.to_review(one.id, title)
            st.caption(f"{one.status}, {one.updated[:10]}")
