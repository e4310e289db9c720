"""Reviews: the decisions of the team, found again."""

import streamlit as st

from pages.view import theme
from pages.view.review import here, importing, listing

theme.draw()
st.title("What has been decided, and why?", anchor=False)
reviews, visitor = here.reviews(), here.visitor()
here.introduce()
everything, moved = st.tabs(["All reviews", "Different today"], key="lists", on_change="rerun")
with everything:
    listing.draw(reviews, visitor)
if moved.open:
    with moved:
        listing.draw_moved(reviews, visitor)
importing.offer(reviews, visitor)
