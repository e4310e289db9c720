"""A recommendation as text and tables: the answer first, then why, what it costs and what would change it."""

from html import escape

import streamlit as st

from advisor import Knowledge, Option, Recommendation, Rejected
from pages.view import route, text

TABLE_STYLE = """<style>
.scores { overflow-x: auto; }
.scores table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.scores th, .scores td { padding: .35rem .6rem; text-align: right;
                         border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.scores th:first-child { text-align: left; white-space: nowrap; }
.scores td:nth-child(2), .scores tbody tr:first-child th { font-weight: 700; }
.scores th { font-weight: 500; }
</style>"""
VERDICTS = {
    "recommended": ("Recommended", "green"),
    "tie": ("Tie", "blue"),
    "rewrite-needed": ("Rewrite needed", "orange"),
    "none": ("No format fits", "red"),
}
QUESTIONS = {
    "framework": "training framework",
    "hardware": "target hardware",
    "serving": "serving stack",
    "language": "language of the host program",
    "needs": "what must survive",
    "constraints": "constraints",
    "model": "kind of model",
    "priorities": "priorities",
}


def show(recommendation: Recommendation, knowledge: Knowledge) -> None:
    """Draws the whole answer."""
    _headline(recommendation, knowledge)
    option = recommendation.recommended
    if option:
        _claims("Why", option.reasons)
        _claims("What it gives up", option.gives_up)
        _claims("Before you rely on it", option.caveats)
    _flips(recommendation, knowledge)
    _alternatives(recommendation, knowledge)
    _rejected(recommendation.rejected, knowledge, opened=option is None)
    st.caption(
        f"Knowledge version {recommendation.knowledge_version}. The same answers and version always give the "
        "same result."
    )


def _headline(recommendation: Recommendation, knowledge: Knowledge) -> None:
    label, color = VERDICTS[recommendation.verdict]
    with st.container(border=True):
        st.badge(label, color=color)
        st.subheader(text.plain(recommendation.headline), anchor=False)
        if recommendation.conflict:
            contradicting = " and ".join(QUESTIONS.get(key, key) for key in recommendation.conflict)
            st.markdown(f"These answers contradict each other: **{text.plain(contradicting)}**.")
        option = recommendation.recommended
        if option:
            route.draw(option, knowledge)
            for rewrite in option.rewrites:
                st.markdown(f"**First, in the model:** {text.plain(rewrite)}")
            with st.expander("The calls and packages"):
                st.markdown(_steps(option, knowledge))


def _steps(option: Option, knowledge: Knowledge) -> str:
    lines = []
    for line in option.plan:
        calls = ", then ".join(text.as_code(call) for call in line.exporters) or "nothing to convert"
        package = f" from {text.as_code(line.package)}" if line.package else ""
        runtime = text.plain(knowledge.name("runtime", line.runtime))
        target = text.plain(knowledge.name("hardware", line.hardware))
        lines.append(f"- **{target}**: {calls}; run by {runtime}{package}")
    return "\n".join(lines)


def _claims(title: str, claims: tuple) -> None:
    if claims:
        st.subheader(title, anchor=False)
        st.markdown(text.claims(claims))


def _flips(recommendation: Recommendation, knowledge: Knowledge) -> None:
    if recommendation.flips:
        st.subheader("What would change the answer", anchor=False)
        st.markdown("\n".join(f"- {text.plain(flip.words)}" for flip in recommendation.flips))


def _alternatives(recommendation: Recommendation, knowledge: Knowledge) -> None:
    """Every possible format with its score and the criteria the score is made of, 0 to 1, higher is
    better.
    """
    options = [option for option in (recommendation.recommended, *recommendation.alternatives) if option]
    if len(options) < 2:
        return
    st.subheader("All that is possible", anchor=False)
    st.html(_scores(options, recommendation.ties, knowledge))
    st.caption("0 to 1, higher is better. The score is the mean of the criteria, weighed by your priorities.")
    for option in recommendation.alternatives:
        name = knowledge.name("format", option.format)
        with st.expander(f"{text.plain(name)}: how, why and what it gives up"):
            route.draw(option, knowledge)
            for title, claims in (
                ("For it", option.reasons),
                ("It gives up", option.gives_up),
                ("Before you rely on it", option.caveats),
            ):
                if claims:
                    st.markdown(f"**{title}**\n\n{text.claims(claims)}")


def _scores(options: list[Option], ties: tuple[str, ...], knowledge: Knowledge) -> str:
    """The table of scores; in a narrow window it scrolls by itself, by keyboard too."""
    columns = ["Score", *(knowledge.name("priority", criterion) for criterion, _ in options[0].criteria)]
    rows = []
    for option in options:
        name = escape(knowledge.name("format", option.format)) + (" (tie)" if option.format in ties else "")
        values = [option.score, *(value for _, value in option.criteria)]
        cells = "".join(f"<td>{value:.2f}</td>" for value in values)
        rows.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col">{escape(column)}</th>' for column in ["Format", *columns])
    return (
        f'{TABLE_STYLE}<div class="scores" tabindex="0" role="region" aria-label="Scores of all formats">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _rejected(rejected: tuple[Rejected, ...], knowledge: Knowledge, opened: bool) -> None:
    if rejected:
        with st.expander(f"Ruled out: {len(rejected)}", expanded=opened):
            for one in rejected:
                name = text.plain(knowledge.name("format", one.format))
                st.markdown(f"**{name}**\n\n{text.claims(one.reasons)}")
