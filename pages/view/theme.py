"""What Streamlit's own look lacks.

Where it draws words in the primary colour, they take that of the text: the primary colour cannot at once
stand out from a dark page and carry the white text of chosen options. A link to another page looks like one.
"""

import streamlit as st

STYLE = """<style>
[data-testid=stSliderThumbValue] { color: inherit !important; }
[data-testid=stButtonGroup] [aria-checked=true] { color: inherit !important; font-weight: 600; }
[role=tab][aria-selected=true] { color: inherit !important; font-weight: 600; }
[data-testid=stPageLink] p { text-decoration: underline; }
[data-testid=stPageLink] a { padding-left: 0; padding-right: 0; }
</style>"""


def draw() -> None:
    """Draws the style, once on a page that has sliders, pills, tabs, a switch or links to other pages."""
    st.html(STYLE)
