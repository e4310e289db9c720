"""The editor of a review's content, for a new one and for the next revision. What is being edited stays in
the session until it is saved or thrown away; if somebody else was faster, both edits are laid side by side.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import streamlit as st

from advisor import AnswersError, Knowledge, Requirements
from benchmarks import jobs
from benchmarks.errors import ProblemError
from pages.view import questions, table, text
from pages.view.review import here
from reviews import drafting
from reviews.content import (
    BOTH,
    LONGEST_NAME,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MINE,
    TEXTS,
    THEIRS,
    Considered,
    Content,
    changes,
    merged,
)
from reviews.errors import Conflict, ReviewError
from reviews.people import Visitor
from reviews.review import Review
from reviews.store import Reviews
from reviews.today import reevaluate

PROSE = {
    "context": ("Context", "What is asked, and why now", 120),
    "outcome": ("Outcome", "What is decided, and why", 120),
    "consequences": ("Consequences", "What gets better, what is given up, what it costs", 120),
    "confirmation": ("Confirmation", "How it will be checked that the decision is kept", 90),
}
KEPT = {"persist_state": "session"}
"""What somebody typed stays while they look something up on another page."""
MARKDOWN = "Markdown: **bold**, `code`, lists and links. HTML and images are shown as text."


@dataclass
class Editing:
    """`base`: the number of the revision that is edited, 0 for a new review, `start`: its content; `content`:
    as edited, but for what the widgets hold; `conflict`: set once somebody else was faster; `added`: how many
    scenarios were, so that the boxes for the next one are empty; `aside`: whether the review is looked at
    meanwhile."""

    base: int
    content: Content
    start: Content
    conflict: Conflict | None = None
    added: int = 0
    aside: bool = False


def key_of(review_id: str) -> str:
    return f"edit {review_id}"


def begin(review_id: str, base: int, content: Content, start: Content | None = None) -> Editing:
    """Fills the widgets with a content; `start` is that of the revision where it is another."""
    editing = Editing(base, content, start or content)
    st.session_state[key_of(review_id)] = editing
    for name in ("title", "chosen", *PROSE):
        st.session_state[f"edit {review_id} {name}"] = getattr(content, name) or (
            None if name == "chosen" else ""
        )
    st.session_state[f"edit {review_id} options"] = [one.format for one in content.options]
    for option in content.options:
        st.session_state[f"edit {review_id} note {option.format}"] = option.note
    return editing


def running(review_id: str) -> Editing | None:
    return st.session_state.get(key_of(review_id))


def end(review_id: str) -> None:
    for key in [key for key in st.session_state if str(key).startswith(key_of(review_id))]:
        del st.session_state[key]


def draw(reviews: Reviews, review: Review, editing: Editing, visitor: Visitor, knowledge: Knowledge) -> None:
    """Draws the edit of a review until it is saved or thrown away."""
    if editing.conflict:
        settle(review.id, editing)
        return
    st.title("Edit the review", anchor=False)
    content = fields(review.id, editing, knowledge)
    note = st.text_input(
        "What is new, in a few words (optional)",
        key=f"edit {review.id} revision",
        max_chars=LONGEST_TITLE,
        **KEPT,
    )
    with st.container(horizontal=True):
        if st.button("Save the revision", type="primary"):
            save(reviews, review, editing, content, visitor, note)
        if st.button("Look at the review"):
            editing.aside = True
            st.rerun()
        _throw_away(review.id)


def wait(review_id: str, editing: Editing) -> None:
    """Draws that an edit waits while the review is looked at."""
    st.info(f"**You are editing this review, from revision {editing.base} on.** What you typed is kept.")
    with st.container(horizontal=True):
        if st.button("Go on editing", type="primary"):
            editing.aside = False
            st.rerun()
        _throw_away(review_id)


def lose(review_id: str, editing: Editing, why: str) -> None:
    """Draws an edit that cannot be saved any more, to be copied."""
    st.warning(f"**Your edit cannot be saved: {text.plain(why)}** What you typed:")
    mine = editing.conflict.mine if editing.conflict else _typed(review_id, editing.content)
    for one in changes(editing.start, mine):
        st.caption(text.plain(_upper(one.field)))
        st.code(one.after or "–", language=None, wrap_lines=True)
    _throw_away(review_id)


def _typed(review_id: str, content: Content) -> Content:
    """The content with what the widgets held when they were last drawn."""

    def held(name: str, otherwise: Any) -> Any:
        return st.session_state.get(f"edit {review_id} {name}", otherwise)

    notes = {one.format: one.note for one in content.options}
    options = (
        Considered(one, held(f"note {one}", notes.get(one, ""))) for one in held("options", list(notes))
    )
    texts = {name: held(name, getattr(content, name)) for name in ("title", *PROSE)}
    return replace(content, options=tuple(options), chosen=held("chosen", content.chosen) or "", **texts)


def _throw_away(review_id: str) -> None:
    with st.popover("Throw the edit away"):
        if st.button("Throw it away for good", key=f"throw away {review_id}"):
            end(review_id)
            st.rerun()


def fields(review_id: str, editing: Editing, knowledge: Knowledge) -> Content:
    """Draws the widgets and returns the content that they hold."""
    content = editing.content
    title = st.text_input("Title", key=f"edit {review_id} title", max_chars=LONGEST_TITLE, **KEPT)
    texts = {"context": _prose(review_id, "context")}
    _scenarios(review_id, editing, knowledge)
    mentioned = [*(one.format for one in content.options), content.chosen]
    formats = list(dict.fromkeys([*knowledge.ids("format"), *filter(None, mentioned)]))
    listed = st.multiselect(
        "Options considered",
        formats,
        key=f"edit {review_id} options",
        format_func=lambda one: knowledge.name("format", one),
        **KEPT,
    )
    notes = {one.format: one.note for one in content.options}
    considered = []
    for format_id in listed:
        key = f"edit {review_id} note {format_id}"
        st.session_state.setdefault(key, notes.get(format_id, ""))
        known = format_id in knowledge.ids("format")
        name = knowledge.name("format", format_id) if known else text.plain(format_id)
        note = st.text_area(f"What you say of {name}", key=key, height=68, max_chars=LONGEST_TEXT, **KEPT)
        considered.append(Considered(format_id, note))
    _evidence(review_id, editing)
    chosen = st.selectbox(
        "Chosen format",
        formats,
        index=None,
        key=f"edit {review_id} chosen",
        format_func=lambda one: knowledge.name("format", one),
        placeholder="Not decided yet",
        **KEPT,
    )
    texts |= {name: _prose(review_id, name) for name in PROSE if name != "context"}
    return replace(content, title=title, options=tuple(considered), chosen=chosen or "", **texts)


def _prose(review_id: str, name: str) -> str:
    label, placeholder, height = PROSE[name]
    return st.text_area(
        label,
        key=f"edit {review_id} {name}",
        height=height,
        max_chars=LONGEST_TEXT,
        placeholder=placeholder,
        help=MARKDOWN,
        **KEPT,
    )


def _scenarios(review_id: str, editing: Editing, knowledge: Knowledge) -> None:
    with st.expander(f"Scenarios: {len(editing.content.scenarios)}"):
        for scenario in editing.content.scenarios:
            name = text.plain(scenario.name)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{name}**: {text.plain(scenario.recommendation['headline'])}")
                again = reevaluate(scenario)
                if again.moved and not again.fault:
                    st.button(
                        f"Evaluate {name} anew",
                        key=f"edit {review_id} anew {scenario.name}",
                        on_click=_evaluate_anew,
                        args=(editing, scenario.name),
                    )
                if len(editing.content.scenarios) > 1:
                    st.button(
                        f"Remove {name}",
                        key=f"edit {review_id} remove {scenario.name}",
                        on_click=_remove,
                        args=(editing, scenario.name),
                    )
        name = st.text_input(
            "Name of a further scenario",
            key=f"edit {review_id} scenario {editing.added}",
            max_chars=LONGEST_NAME,
            **KEPT,
        )
        address = st.text_input(
            "Its answers",
            key=f"edit {review_id} answers {editing.added}",
            **KEPT,
            placeholder="Paste a link from the page Advise",
            help="On the page Advise, “Link to this answer” has it.",
        )
        with st.container(horizontal=True):
            if st.button("Add the scenario", key=f"edit {review_id} add"):
                _add_scenario(editing, name, _query(address), knowledge)
            last = questions.given()
            if last and st.button("Add what Advise was last asked here", key=f"edit {review_id} add last"):
                _add_scenario(editing, name, last, knowledge)


def _query(address: str) -> questions.Query:
    try:
        return {key: tuple(values) for key, values in parse_qs(urlsplit(address).query).items()}
    except ValueError:  # of what is no address
        return {}


def _evaluate_anew(editing: Editing, name: str) -> None:
    editing.content = replace(
        editing.content,
        scenarios=tuple(
            drafting.scenario(name, Requirements.parse(one.answers)) if one.name == name else one
            for one in editing.content.scenarios
        ),
    )


def _remove(editing: Editing, name: str) -> None:
    left = tuple(one for one in editing.content.scenarios if one.name != name)
    editing.content = replace(editing.content, scenarios=left)


def _add_scenario(editing: Editing, name: str, query: questions.Query, knowledge: Knowledge) -> None:
    answered = questions.read_query(query, knowledge)
    if answered.dropped:
        st.error(text.dropped(answered.dropped))
        return
    try:
        one = drafting.scenario(name.strip(), Requirements.parse(answered.answers, knowledge))
    except AnswersError as error:
        st.error(text.plain(f"The link holds no answers that can be evaluated. {error}"))
        return
    if not one.name or one.name in {scenario.name for scenario in editing.content.scenarios}:
        st.error("Give the scenario a name that no other one has.")
        return
    editing.content = replace(editing.content, scenarios=(*editing.content.scenarios, one))
    editing.added += 1
    st.rerun()


def _evidence(review_id: str, editing: Editing) -> None:
    attached = {one.run: one for one in editing.content.evidence}
    with st.expander(f"Evidence: {len(attached)}"):
        for one in editing.content.evidence:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{text.plain(one.title)} :small[run {text.as_code(one.run)}]")
                st.button(
                    "Detach",
                    key=f"edit {review_id} detach {one.run}",
                    on_click=_detach,
                    args=(editing, one.run),
                )
        offered = [run for run in jobs.recent(30) if run.state == "done" and run.id not in attached]
        titles = {run.id: _titled(run) for run in offered}
        chosen = st.selectbox(
            "Attach a run",
            list(titles),
            index=None,
            key=f"edit {review_id} run",
            format_func=lambda run_id: titles[run_id],
            placeholder="Choose a run that is done",
        )
        if st.button("Attach it", key=f"edit {review_id} attach", disabled=chosen is None):
            _attach(editing, chosen)


def _titled(run: jobs.Run) -> str:
    """Of two runs of one model as well it says which."""
    made = datetime.fromtimestamp(run.created, UTC).strftime("%d %b %Y %H:%M UTC")
    return f"{text.one_line(run.title)}, {made}, run {run.id}"


def _detach(editing: Editing, run_id: str) -> None:
    left = tuple(one for one in editing.content.evidence if one.run != run_id)
    editing.content = replace(editing.content, evidence=left)


def _attach(editing: Editing, run_id: str) -> None:
    try:
        one = jobs.load(run_id)
        data = (one.folder / "report.json").read_bytes()
    except (ProblemError, OSError):
        st.error("The report of this run is gone. Choose another run.")
        return
    evidence = drafting.evidence(one.id, one.title, data, one.report or {})
    editing.content = replace(editing.content, evidence=(*editing.content.evidence, evidence))
    st.rerun()


def save(
    reviews: Reviews, review: Review, editing: Editing, content: Content, visitor: Visitor, note: str
) -> None:
    """Saves the next revision, or says who was faster."""
    try:
        reviews.revise(review.id, editing.base, content, visitor, note)
    except Conflict as conflict:
        editing.content, editing.conflict = content, conflict
        st.rerun()
    except ReviewError as error:
        here.refused(error)
    else:
        end(review.id)
        st.rerun()


def settle(review_id: str, editing: Editing) -> None:
    """Draws both edits where they differ; what is chosen is edited on, from the other's revision."""
    conflict = editing.conflict
    st.warning(text.plain(str(conflict)))
    theirs = conflict.theirs.content
    rows = [
        (_upper(one.field), one.before or "–", one.after or "–") for one in changes(theirs, conflict.mine)
    ]
    table.draw("What differs", ("Field", f"Theirs, revision {conflict.theirs.number}", "Yours"), rows)
    choices = {}
    for name in merged(conflict.base, conflict.mine, theirs)[1]:
        choices[name] = st.radio(
            f"Both changed: {text.plain(_upper(name))}",
            (MINE, THEIRS, BOTH) if name in TEXTS and _fit(conflict.mine, theirs, name) else (MINE, THEIRS),
            format_func={MINE: "Yours", THEIRS: "Theirs", BOTH: "Both, theirs first"}.get,
            horizontal=True,
            key=f"edit {review_id} conflict {name}",
        )
    st.caption("What only one of you changed is taken from whoever changed it.")
    with st.container(horizontal=True):
        goes_on = st.button("Go on with this", type="primary")
        _throw_away(review_id)
    if goes_on:
        together, _ = merged(conflict.base, conflict.mine, theirs, choices)
        note = f"edit {review_id} revision"
        kept = st.session_state.get(note, "")
        end(review_id)
        begin(review_id, conflict.theirs.number, together, theirs)
        st.session_state[note] = kept
        st.rerun()


def _fit(mine: Content, theirs: Content, name: str) -> bool:
    """Whether both texts, one after the other, are not too long."""
    return len(getattr(mine, name)) + len(getattr(theirs, name)) + 2 <= LONGEST_TEXT


def _upper(field: str) -> str:
    return field[:1].upper() + field[1:]
