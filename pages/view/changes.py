"""What would change the answer: sentences that apply themselves when clicked."""

from collections.abc import Sequence

import streamlit as st

from advisor import Flip, Knowledge
from pages.view import questions, text

# A sentence reads from its start, also where it takes two lines.
STYLE = "<style>.st-key-flips p, .st-key-relaxations p { text-align: left; }</style>"


def show(flips: Sequence[Flip], knowledge: Knowledge) -> None:
    """Draws single changes of answer that change the result."""
    if flips:
        st.html(STYLE)
        st.subheader("What would change the answer", anchor=False)
        st.caption("A click applies the change; the browser's back button takes it back.")
        _buttons("flip", flips, knowledge)


def show_relaxations(relaxations: Sequence[Flip], knowledge: Knowledge) -> None:
    """Draws the smallest things to give up so that something becomes possible."""
    if relaxations:
        st.html(STYLE)
        st.markdown("**The least to give up.** A click gives it up:")
        _buttons("relaxation", relaxations, knowledge)


def _buttons(kind: str, offered: Sequence[Flip], knowledge: Knowledge) -> None:
    with st.container(gap="xsmall", key=f"{kind}s"):
        for number, flip in enumerate(offered):
            st.button(
                text.plain(flip.words),
                key=f"{kind} {number}",
                on_click=questions.change,
                args=(knowledge, flip.to_json()["change"]),
            )
