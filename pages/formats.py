"""Formats: the catalogue side by side, and what each format reaches; every cell opens its sources."""

import streamlit as st

from advisor import load_knowledge
from pages.view import catalogue, formats_link, reach

knowledge = load_knowledge()
asked = formats_link.read(knowledge)

st.title("The formats, side by side", anchor=False)
st.markdown(
    "What each format is, what it asks of whoever loads it, and where it can run. A format's name opens all "
    "that is known of it; a cell opens the ways there and their sources. By keyboard, arrows move within a "
    "table and Enter opens."
)
formats_link.note(asked)

opened = catalogue.draw(knowledge, asked)
st.subheader("What each format reaches", anchor=False)
opened = reach.draw(knowledge, asked) or opened
if opened:
    asked = formats_link.show(opened)
if asked.at:
    reach.open_cell(knowledge, asked)
elif asked.format:
    catalogue.open_format(knowledge, asked)
