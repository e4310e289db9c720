"""Advise: four questions, and at once a sourced answer with a link that opens it elsewhere."""

import streamlit as st

from advisor import AnswersError, Requirements, load_knowledge, recommend
from pages.view import questions, recommendation, text

knowledge = load_knowledge()

st.title("Which format should the model be saved in?", anchor=False)
answered = questions.ask(knowledge)

if answered.dropped:
    listed = ", ".join(text.as_code(entry) for entry in answered.dropped[:5])
    more = f" and {len(answered.dropped) - 5} more" if len(answered.dropped) > 5 else ""
    st.warning(f"The link held something that answers no question here, and it was left out: {listed}{more}.")

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
    with st.popover("Link to this answer"):
        st.code(questions.link(answered), language=None, wrap_lines=True)
    recommendation.show(recommend(requirements), knowledge)
