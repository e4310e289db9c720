"""A recommendation as text and pictures: the answer first, then why, what it costs, what would change it, and
everything else that is possible or not.
"""

import datetime
from collections.abc import Mapping, Sequence

import streamlit as st

from advisor import Claim, Knowledge, Option, Recommendation, Rejected
from advisor.answers import WORDS
from pages.view import age, changes, link, possible, route, text

VERDICTS = {
    "recommended": ("Recommended", "green"),
    "tie": ("Tie", "blue"),
    "rewrite-needed": ("Rewrite needed", "orange"),
    "none": ("No format fits", "red"),
}
CONFIDENCES = {
    "clear": ("Clear lead", "green"),
    "narrow": ("Narrow lead", "orange"),
    "only": ("Nothing else fits as it stands", "blue"),
}
WRONG_QUESTION = "Beyond the usual formats"


def show(
    recommendation: Recommendation, knowledge: Knowledge, address: str, query: Mapping[str, Sequence[str]]
) -> None:
    """Draws the whole answer; `address` is the link that opens it, `query` what that says of the answers."""
    _headline(recommendation, knowledge, address, query)
    option = recommendation.recommended
    if option:
        said, pictures = st.columns([3, 2], gap="large")
        with said:
            _claims("Why", option.reasons)
            _claims("What it gives up", option.gives_up)
            _claims("Before you rely on it", option.caveats)
        with pictures:
            changes.show(recommendation.flips, knowledge)
            possible.draw(recommendation, knowledge)
        possible.explain(recommendation.alternatives, knowledge)
    else:
        changes.show(recommendation.flips, knowledge)
    _rejected(recommendation.rejected, knowledge)
    st.caption(
        f"Knowledge version {recommendation.knowledge_version}. The same answers and version always give the "
        "same result."
    )


def _headline(
    recommendation: Recommendation, knowledge: Knowledge, address: str, query: Mapping[str, Sequence[str]]
) -> None:
    option = recommendation.recommended
    with st.container(border=True):
        with st.container(horizontal=True, gap="small"):
            label, color = VERDICTS[recommendation.verdict]
            st.badge(label, color=color)
            if option and recommendation.verdict != "tie":
                label, color = CONFIDENCES[option.confidence]
                st.badge(label, color=color)
            if recommendation.wrong_question:
                st.badge(WRONG_QUESTION, color="violet")
        st.subheader(text.plain(recommendation.headline), anchor=False)
        if recommendation.conflict:
            contradicting = " and ".join(WORDS[key] for key in recommendation.conflict)
            st.markdown(f"These answers contradict each other: **{text.plain(contradicting)}**.")
        changes.show_relaxations(recommendation.relaxations, knowledge)
        if option:
            route.draw(option, knowledge)
            for rewrite in option.rewrites:
                st.markdown(f"**First, in the model:** {text.plain(rewrite)}")
            with st.expander("The calls and packages"):
                st.markdown(_steps(option, knowledge))
        st.caption(age.of_result(recommendation, datetime.date.today()))
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.popover("Link to this answer"):
                st.code(address, language=None, wrap_lines=True)
            if option:
                link.to_format(option.format, knowledge)
            link.to_new_review(query)


def _steps(option: Option, knowledge: Knowledge) -> str:
    return "\n".join(f"- {route.words(line, knowledge)}" for line in option.plan)


def _claims(title: str, claims: tuple) -> None:
    if claims:
        st.subheader(title, anchor=False)
        st.markdown(text.claims(claims))


def _rejected(rejected: tuple[Rejected, ...], knowledge: Knowledge) -> None:
    """Draws what is ruled out and why; what the same claims rule out stands together."""
    if not rejected:
        return
    st.subheader(f"Ruled out: {len(rejected)}", anchor=False)
    together: dict[tuple[Claim, ...], list[str]] = {}
    for one in rejected:
        together.setdefault(one.reasons, []).append(knowledge.name("format", one.format))
    groups = list(together.items())
    half = (len(groups) + 1) // 2
    columns = st.columns(2, gap="large")
    for place, some in zip(columns, (groups[:half], groups[half:]), strict=True):
        for reasons, names in some:
            place.markdown(f"**{text.plain(', '.join(names))}**\n\n{text.claims(reasons)}")
