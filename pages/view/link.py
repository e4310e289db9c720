"""Links within the program. Streamlit's Markdown opens every link in a new window; these stay in this one."""

import streamlit as st

# Links in st.html do not follow the theme; the colour of the text can be read in both.
STYLE = "<style>.links a { color: inherit !important; text-decoration: underline; }</style>"


def draw(html: str) -> None:
    """Draws `html`, whose every text from elsewhere the caller has escaped."""
    st.html(f'{STYLE}<div class="links">{html}</div>')
