"""Everything that is possible: where each format stands, what its score is made of, how it would be done."""

from collections.abc import Sequence

import streamlit as st

from advisor import Knowledge, Option, Recommendation
from pages.view import contributions, link, route, table, text, trade_off


def draw(recommendation: Recommendation, knowledge: Knowledge) -> None:
    """Draws the possible formats as pictures, and the same in numbers."""
    options = recommendation.options
    if recommendation.alternatives:
        st.subheader("Between portability and fidelity", anchor=False)
        trade_off.draw(options, knowledge)
        st.caption(
            "Numbers are places in the ranking. Filled, with the dashed line: the Pareto front, which no "
            "other format beats at both."
        )
    st.subheader("The ranking, and what scores are made of", anchor=False)
    contributions.draw(options, recommendation.ties, knowledge)
    if any(option.rewrites for option in options):
        st.caption("What works only after a rewrite of the model comes after what does not need one.")
    with st.expander("The same in numbers"):
        heads, rows = _scores(options, knowledge)
        table.draw("Scores of all possible formats", heads, rows, numbers=range(1, len(heads)))
        st.caption(
            "0 to 1, higher is better. The score is the mean of the criteria, weighed by your priorities."
        )


def _scores(options: Sequence[Option], knowledge: Knowledge) -> tuple[list[str], list[list[str]]]:
    """The heads and rows of the table of scores."""
    criteria = [knowledge.name("priority", criterion) for criterion, _ in options[0].criteria]
    rows = [
        [
            knowledge.name("format", option.format),
            f"{option.score:.2f}",
            *(f"{value:.2f}" for _, value in option.criteria),
        ]
        for option in options
    ]
    return ["Format", "Score", *criteria], rows


def explain(alternatives: Sequence[Option], knowledge: Knowledge) -> None:
    """Draws how, why and at what price each alternative would be done."""
    if alternatives:
        st.subheader("The alternatives", anchor=False)
    for number, option in enumerate(alternatives, 2):
        name = knowledge.name("format", option.format)
        with st.expander(f"{number}\\. {text.plain(name)}: how, why and what it gives up"):
            route.draw(option, knowledge)
            for rewrite in option.rewrites:
                st.markdown(f"**First, in the model:** {text.plain(rewrite)}")
            for title, claims in (
                ("For it", option.reasons),
                ("It gives up", option.gives_up),
                ("Before you rely on it", option.caveats),
            ):
                if claims:
                    st.markdown(f"**{title}**\n\n{text.claims(claims)}")
            link.to_format(option.format, knowledge)
