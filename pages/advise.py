"""Advise: four questions, and at once a sourced answer with a link that opens it elsewhere."""

import streamlit as st

from advisor import AnswersError, Requirements, load_knowledge, recommend
from pages.view import questions, recommendation, text

# As wide as two columns can be read.
STYLE = "<style>[data-testid=stMainBlockContainer] { max-width: 80rem; }</style>"

knowledge = load_knowledge()

st.html(STYLE)
st.title("Which format should the model be saved in?", anchor=False)
answered = questions.ask(knowledge)

if answered.dropped:
    st.warning(text.dropped(answered.dropped))

if "framework" not in answered.answers:
    st.info(
        "**Choose the training framework to begin.** An answer appears here at once and follows every "
        "further answer: the format to keep, the route from training to each target, why, what it gives "
        "up, and what would change it. Every statement carries its source and the day it was checked. The "
        "address of this page always holds your answers, so a copied link opens the same result for a "
        "colleague."
    )
else:
    try:
        requirements = Requirements.parse(answered.answers, knowledge)
    except AnswersError as error:
        st.error(text.plain(str(error)))
        st.stop()
    recommendation.show(recommend(requirements), knowledge, questions.link(answered), answered.query)
