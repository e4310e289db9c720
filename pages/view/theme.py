"""Where Streamlit draws words in the primary colour: that cannot at once stand out from a dark page and carry
the white text of chosen options, so these words take the colour of the text.
"""

import streamlit as st

STYLE = """<style>
[data-testid=stSliderThumbValue] { color: inherit !important; }
[data-testid=stButtonGroup] [aria-checked=true] { color: inherit !important; font-weight: 600; }
</style>"""


def draw() -> None:
    """Draws the style, which nobody sees, once on a page that has sliders, pills or a switch."""
    st.html(STYLE)
