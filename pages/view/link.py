"""Links within the program. Streamlit's Markdown opens every link in a new window; these stay in this one."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import streamlit as st

from advisor import Knowledge
from pages.view import text

# Links in st.html do not follow the theme; the colour of the text can be read in both.
STYLE = "<style>.links a { color: inherit !important; text-decoration: underline; }</style>"


def page_address() -> str:
    """The address of the page that is drawn, without what its query says."""
    return (st.context.url or "").split("?")[0].split("#")[0]


def this_page() -> str:
    """The address of the page as it stands."""
    query = {key: st.query_params.get_all(key) for key in st.query_params}
    return f"{page_address()}?{urlencode(query, doseq=True)}"


def draw(html: str) -> None:
    """Draws `html`, whose every text from elsewhere the caller has escaped."""
    st.html(f'{STYLE}<div class="links">{html}</div>')


def to_format(format_id: str, knowledge: Knowledge) -> None:
    """Draws a link to what the page Formats knows of a format; this session's answers stay."""
    name = text.plain(knowledge.name("format", format_id))
    st.page_link("pages/formats.py", label=f"{name} on the page Formats", query_params={"format": format_id})


def to_new_review(query: Mapping[str, Sequence[str]]) -> None:
    """Draws a link to a new design review that begins with what the query says."""
    wanted = [(key, value) for key, values in query.items() for value in values]
    st.page_link("pages/review.py", label="Start a design review", query_params=wanted)


def to_review(review_id: str, label: str, **query: str) -> None:
    """Draws a link to a review; within the session, so that who typed a name need not type it again. `label`:
    Markdown."""
    st.page_link("pages/review.py", label=label, query_params={"id": review_id, **query})


def to_advice() -> None:
    """Draws a link to the page Advise, where this session's answers still stand."""
    st.page_link("pages/advise.py", label="Back to the advice")
