"""The scenarios of a review side by side, differences first, each as it would be under today's knowledge."""

from collections.abc import Sequence

import streamlit as st

from advisor import Knowledge
from advisor.answers import KEYS, WORDS
from pages.view import table, text
from pages.view.review.record import picture
from reviews import pictures
from reviews.content import Scenario
from reviews.html import SCORES
from reviews.today import Reevaluation, reevaluate
from reviews.wording import answer


def draw(scenarios: Sequence[Scenario], knowledge: Knowledge, frozen: bool) -> None:
    """`frozen`: as they were, without what today's knowledge base would say."""
    st.subheader("Scenarios", anchor=False)
    _side_by_side(scenarios, knowledge)
    for scenario in scenarios:
        st.markdown(f"**{text.plain(scenario.name)}**: {text.plain(scenario.recommendation['headline'])}")
        picture(SCORES, pictures.scores(scenario))
        if frozen:
            st.caption(f"Evaluated under the knowledge base {text.as_code(scenario.knowledge_version)}.")
        else:
            _today(reevaluate(scenario), knowledge)


def _side_by_side(scenarios: Sequence[Scenario], knowledge: Knowledge) -> None:
    """Questions that were answered differently come first; those that nobody answered are left out."""
    asked = [key for key in KEYS if any(key in scenario.answers for scenario in scenarios)]
    cells = {
        key: [
            answer(knowledge, key, scenario.answers[key]) if key in scenario.answers else "–"
            for scenario in scenarios
        ]
        for key in asked
    }
    differing = [key for key in asked if len(set(cells[key])) > 1]
    rows = [(_question(key, differing), *cells[key]) for key in differing]
    formats = [knowledge.name("format", one.format) if one.format else "nothing" for one in scenarios]
    rows.append(("Recommended", *formats))
    rows += [(_question(key, differing), *cells[key]) for key in asked if key not in differing]
    table.draw("Scenarios side by side", ("", *(scenario.name for scenario in scenarios)), rows)


def _question(key: str, differing: Sequence[str]) -> str:
    return WORDS[key].capitalize() + ("\ndiffers" if key in differing else "")


def _today(again: Reevaluation, knowledge: Knowledge) -> None:
    """Draws what the knowledge base of today makes of the same answers."""
    if not again.moved:
        st.caption("Evaluated under the knowledge base of today.")
        return
    if again.fault:
        st.warning(f"**Under today's knowledge base this cannot be evaluated.** {text.plain(again.fault)}")
        return
    name = knowledge.name("format", again.after) if again.after else "nothing"
    if again.differs:
        st.warning(
            f"**Under today's knowledge base this would now be {text.plain(name)}.** "
            f"{text.plain(again.headline)}"
        )
    else:
        st.caption(f"The knowledge has moved since; the recommendation is still {text.plain(name)}.")
    if again.claims:
        with st.expander(f"Claims that changed: {len(again.claims)}", expanded=again.differs):
            rows = [(one.id, one.before or "–", one.after or "–") for one in again.claims]
            table.draw(f"Claims that changed in {again.scenario}", ("Claim", "Then", "Today"), rows)
