"""The advice beside the evidence of a finished run: whether they agree, and the order once measured."""

from html import escape
from urllib.parse import urlencode

import streamlit as st

from advisor import AnswersError, EvidenceError, Knowledge, Option, Requirements, load_knowledge
from advisor.evidence import FAILED, FASTEST, LEVEL, SLOWER, Candidate
from benchmarks import jobs
from benchmarks.advice import Advice, Row, advise
from benchmarks.formats import name
from pages.view import link, questions, table, text

STATES = {
    "agrees": ("Agrees", "green"),
    "disagrees": ("Disagrees", "orange"),
    "cannot-tell": ("Cannot tell", "blue"),
}
PLACES = {FASTEST: "the fastest", LEVEL: "as fast as any other", SLOWER: "measurably slower"}
ORDER = ("Format", "Place (score), measured", "Place (score), expected")
HEADS = ("Format", "Footprint expected", "Footprint measured", "Agreement", "Time of a call")


def show(run: jobs.Run) -> None:
    """Draws the section. The answers are those of the address, else those that the run was made with, else
    the model's framework alone."""
    knowledge, report = load_knowledge(), run.report
    st.subheader("Advice and measurement", anchor=False)
    try:
        advice = advise(report, _requirements(report, knowledge))
    except (AnswersError, EvidenceError) as error:
        st.error(text.plain(str(error)))
        return
    with st.container(border=True):
        label, colour = STATES[advice.standing.state]
        st.badge(label, color=colour)
        st.markdown(f"**Advice:** {text.plain(advice.before.headline)}")
        st.markdown(f"**Measurement:** {text.plain(advice.standing.reason)}")
        _links(run, advice)
    with st.container(horizontal=True, gap="small"):
        st.badge("Measured", color="violet")
        st.markdown(text.plain(advice.after.headline))
    with st.expander("The order, and what was expected and measured"):
        _order(advice, knowledge)
        rows = [_row(row, report["source"]["format"]) for row in advice.rows()]
        table.draw("Expected and measured", HEADS, rows, numbers=(1, 2))
        _caption(advice, report)


def _requirements(report: dict, knowledge: Knowledge) -> Requirements | None:
    query = {key: tuple(st.query_params.get_all(key)) for key in st.query_params if key != "run"}
    answered = questions.read_query(query, knowledge)
    if answered.dropped:
        st.warning(text.dropped(answered.dropped))
    kept = (report.get("advice") or {}).get("answers")
    answers = answered.answers if "framework" in answered.answers else kept
    return Requirements.parse(answers, knowledge) if answers else None


def _links(run: jobs.Run, advice: Advice) -> None:
    """Back to the advice for these answers, and to this run beside other answers of this session."""
    query = questions.Answered(advice.requirements.to_json(), ()).query
    links = [
        f'<a href="./?{escape(urlencode(query, doseq=True))}">The advice for these answers</a>: tell it the '
        "hardware, the serving stack and what must survive. Speed on this machine is one reason of several."
    ]
    given = questions.given()
    if "framework" in given and given != query:
        address = urlencode({"run": run.id, **given}, doseq=True)
        links.append(f'<a href="?{escape(address)}">Hold the run beside your own answers instead</a>')
    link.draw("<br>".join(links))


def _order(advice: Advice, knowledge: Knowledge) -> None:
    before = {option.format: place for place, option in enumerate(advice.before.options, 1)}
    scores = {option.format: option for option in advice.before.options}
    rows = [
        (
            knowledge.name("format", option.format),
            _placed(place, option),
            _placed(before[option.format], scores[option.format]),
        )
        for place, option in enumerate(advice.after.options, 1)
    ]
    if rows:
        table.draw("Order, measured", ORDER, rows, numbers=(1, 2))


def _placed(place: int, option: Option) -> str:
    return f"{place} ({option.score:.2f})" + ("\nafter a rewrite" if option.rewrites else "")


def _row(row: Row, source: str) -> tuple[str, ...]:
    one = row.candidate
    counted = f"\ncounts as {name(one.format)}" if one.format and not one.plain else ""
    agreed = "the model itself" if one.label == source else "agrees"
    return (
        name(one.label) + counted,
        ("not known" if row.expected_mb is None else f"{row.expected_mb:,.0f} MB") + f"\n{row.runtime}",
        "not measured" if row.measured_mb is None else f"{row.measured_mb:,.0f} MB",
        f"failed\n{one.reason}" if one.outcome == FAILED else agreed,
        _speed(one),
    )


def _speed(one: Candidate) -> str:
    if one.median_ms is None:
        return "not measured"
    times = f", {one.times:.2f} times the least" if one.times > 1 else ""
    return f"{one.median_ms:.3g} ms{times}\n{PLACES.get(one.place, 'the order is open')}"


def _caption(advice: Advice, report: dict) -> None:
    words = [
        "Order: by the score of 0 to 1 that the advice gives each possible format, with what was measured of "
        "this model in place of what is expected of any. Footprint: the installed size of the runtime's "
        "own packages, without what they require. A format that failed needs a rewrite, whatever its score.",
        *(replaced.words for replaced in advice.after.replaced),
    ]
    kept = report.get("advice") or {}
    version = advice.before.knowledge_version
    if kept.get("knowledge_version", version) != version:
        words.append(
            f"When the run was made, with knowledge version {kept['knowledge_version']}, the standing was: "
            f"{kept['state']}. {kept['reason']}"
        )
    st.caption(text.plain(f"{' '.join(words)} Knowledge version {version}."))
