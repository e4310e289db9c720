"""A review to take along: as Markdown, JSON and HTML."""

import re

import streamlit as st

from reviews import document, html, markdown
from reviews.people import Visitor
from reviews.review import Review, Revision
from reviews.store import Reviews


def draw(reviews: Reviews, review: Review, visitor: Visitor, revision: Revision, address: str) -> None:
    """`address`: the link that opens what is exported."""
    name = _filename(revision.content.title)
    with st.popover("Export"):
        st.download_button(
            "Decision record (Markdown, MADR 4)",
            lambda: markdown.write(review, revision, address),
            f"{name}.md",
            "text/markdown",
            on_click="ignore",
        )
        st.download_button(
            "One HTML file, to print",
            lambda: html.write(review, revision, address),
            f"{name}.html",
            "text/html",
            on_click="ignore",
        )
        st.download_button(
            "All of it (JSON)",
            lambda: document.write(reviews.load(review.id, visitor)),
            f"{name}.json",
            "application/json",
            on_click="ignore",
        )
        st.caption("JSON holds every revision, and can be imported again.")


def _filename(title: str) -> str:
    """Of letters that every file system takes."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "review"
