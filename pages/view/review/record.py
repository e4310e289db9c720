"""What a revision says, drawn: the question, the decision, the options with what speaks for and against."""

from collections.abc import Sequence

import streamlit as st

from advisor import Knowledge
from pages.view import link, table, text
from reviews import pictures
from reviews.content import Content, Evidence
from reviews.html import ARGUMENTS, LATENCIES
from reviews.safe_text import html_of
from reviews.said import said_of
from reviews.wording import verdict_words


def prose(markdown: str) -> None:
    """Draws Markdown that people wrote."""
    if markdown.strip():
        link.draw(html_of(markdown))


def picture(label: str, bars: Sequence[pictures.Bar]) -> None:
    """Draws nothing where there is no bar."""
    if bars:
        st.html(pictures.STYLE + pictures.draw(label, bars))


def decision(content: Content, knowledge: Knowledge) -> None:
    prose(content.context)
    with st.container(border=True):
        chosen = knowledge.name("format", content.chosen) if content.chosen else ""
        st.caption("Chosen format")
        st.subheader(text.plain(chosen) if chosen else "None yet", anchor=False)
        prose(content.outcome)
    for title, words in (("Consequences", content.consequences), ("Confirmation", content.confirmation)):
        if words.strip():
            st.subheader(title, anchor=False)
            prose(words)


def options(content: Content, knowledge: Knowledge) -> None:
    st.subheader("Options considered", anchor=False)
    if not content.options:
        st.caption("None.")
    for option in content.options:
        chosen = " :green-badge[chosen]" if option.format == content.chosen else ""
        with st.expander(text.plain(knowledge.name("format", option.format)) + chosen):
            prose(option.note)
            rows = [
                (ARGUMENTS[said.key], said.text, said.source, ", ".join(said.scenarios) or "all")
                for said in said_of(content.scenarios, option.format)
            ]
            if rows:
                heads = ("", "What is known", "Source", "Scenarios")
                several = len(content.scenarios) > 1
                rows = [row if several else row[:3] for row in rows]
                table.draw(f"What is known of {option.format}", heads[: len(rows[0])], rows)
            else:
                st.caption("The recommendations say nothing of it.")


def evidence(attached: tuple[Evidence, ...]) -> None:
    st.subheader("Evidence", anchor=False)
    if not attached:
        st.caption(
            "No run is attached. A run of the page Compare can be attached while the review is edited."
        )
    for one in attached:
        with st.container(border=True):
            st.markdown(f"**{text.plain(one.title)}**")
            st.markdown(text.plain(verdict_words(one)))
            picture(LATENCIES, pictures.latencies(one))
            st.page_link("pages/compare.py", label="Open the run", query_params={"run": one.run})
            st.markdown(f":small[report.json with SHA-256 {text.as_code(one.sha256, 64)}]")
