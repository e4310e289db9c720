"""Links within the program. Streamlit's Markdown opens every link in a new window; these stay in this one."""

import streamlit as st

from advisor import Knowledge
from pages.view import text

# Links in st.html do not follow the theme; the colour of the text can be read in both.
STYLE = "<style>.links a { color: inherit !important; text-decoration: underline; }</style>"


def draw(html: str) -> None:
    """Draws `html`, whose every text from elsewhere the caller has escaped."""
    st.html(f'{STYLE}<div class="links">{html}</div>')


def to_format(format_id: str, knowledge: Knowledge) -> None:
    """Draws a link to what the page Formats knows of a format; this session's answers stay."""
    name = text.plain(knowledge.name("format", format_id))
    st.page_link("pages/formats.py", label=f"{name} on the page Formats", query_params={"format": format_id})


def to_advice() -> None:
    """Draws a link to the page Advise, where this session's answers still stand."""
    st.page_link("pages/advise.py", label="Back to the advice")
