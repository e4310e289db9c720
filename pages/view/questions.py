"""The questions as widgets, and their answers as a link: what stands in the URL is what is answered.

The URL holds the contract's ids (`?framework=pytorch&hardware=x86-cpu&hardware=android&portability=3`).
Streamlit's own binding of widgets to the URL would write the labels there instead, and drop what it does
not know in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from advisor import Knowledge
from advisor.answers import DEFAULT_PRIORITY, KEYS, MAX_PRIORITY, SEVERAL, SINGLE, UNDECIDED
from pages.view import balance, presets, theme
from pages.view.link import page_address

Query = Mapping[str, tuple[str, ...]]
"""A URL's query: each key with its values in order."""

QUESTIONS = tuple(key for key in KEYS if key in SINGLE or key in SEVERAL)
STATE = "answers in the URL"


@dataclass(frozen=True)
class Answered:
    """The answers given so far in the contract's form, and what the link held that is no answer to
    anything.
    """

    answers: dict
    dropped: tuple[str, ...]

    @property
    def query(self) -> dict[str, tuple[str, ...]]:
        """The same answers as the URL says them; what is left at its default is not written."""
        query: dict[str, tuple[str, ...]] = {}
        for key in QUESTIONS:
            value = self.answers.get(key)
            if value:
                query[key] = (value,) if key in SINGLE else tuple(value)
        for name, weight in self.answers.get("priorities", {}).items():
            query[name] = (str(weight),)
        return query


def read_query(query: Query, knowledge: Knowledge) -> Answered:
    """The answers in a URL. Never raises: what is not an answer stands in `dropped` as `key=value`."""
    answers: dict = {}
    dropped = []
    for key, values in query.items():
        kept: list[str] = []
        for value in values:
            if key in SINGLE and not kept and value in knowledge.ids(SINGLE[key]):
                answers[key] = value
            elif key in SEVERAL and value in knowledge.ids(SEVERAL[key]):
                if value not in kept:
                    answers.setdefault(key, []).append(value)
            elif key in knowledge.ids("priority") and not kept and value in map(str, range(MAX_PRIORITY + 1)):
                if int(value) != DEFAULT_PRIORITY:
                    answers.setdefault("priorities", {})[key] = int(value)
            else:
                dropped.append(f"{key}={value}")
                continue
            kept.append(value)
    return Answered(answers, tuple(dropped))


def ask(knowledge: Knowledge) -> Answered:
    """Draws the questions, nothing preselected but what the link says, and keeps the URL equal to the
    answers.
    """
    linked = _take_over_link(knowledge)
    theme.draw()
    _common_cases(knowledge)
    asked, weighed = st.columns([3, 2], gap="large")
    with asked:
        _four_questions(knowledge)
        with st.expander("More about your situation", expanded=linked.expanded_situation):
            _situation(knowledge)
    with weighed:
        _portability_or_fidelity(knowledge)
        with st.expander("Other priorities", expanded=linked.expanded_priorities):
            _other_priorities(knowledge)
    answered = Answered(_collect(knowledge), linked.dropped)
    _write_link(answered)
    return answered


def change(knowledge: Knowledge, changed: Mapping) -> None:
    """Takes over answers in the contract's form beside those given, before the page is drawn again: the
    callback of a button.
    """
    _fill(knowledge, {**_collect(knowledge), **changed})
    _answered()


def link(answered: Answered) -> str:
    """The address that opens these answers in any browser."""
    return f"{page_address().rstrip('/')}/?{urlencode(answered.query, doseq=True)}"


def given() -> Query:
    """What this session answered last on the page Advise; empty where it was not there."""
    linked: _Linked | None = st.session_state.get(STATE)
    return (linked.written if linked else None) or {}


@dataclass
class _Linked:
    """This session's side of the URL. `written`: the query last written; `clicked`: an answer was just
    changed.
    """

    written: Query | None = None
    clicked: bool = False
    dropped: tuple[str, ...] = ()
    expanded_situation: bool = False
    expanded_priorities: bool = False


def _take_over_link(knowledge: Knowledge) -> _Linked:
    """Puts the URL's answers into the widgets on a new visit and after the browser's back button.

    An answer just clicked wins over the URL that came with it: a second click within a moment still
    carries the address from before the first. Coming back from another page, whose address has no
    answers, brings them back.
    """
    linked: _Linked = st.session_state.setdefault(STATE, _Linked())
    query = {key: tuple(st.query_params.get_all(key)) for key in st.query_params}
    away = "framework" not in st.session_state
    if linked.clicked:
        linked.clicked, linked.dropped = False, ()
    elif query != linked.written or away:
        if away and not query and linked.written:
            query = linked.written
        answered = read_query(query, knowledge)
        _fill(knowledge, answered.answers)
        linked.dropped = answered.dropped
        linked.expanded_situation = any(
            key in answered.answers for key in ("model", "language", "constraints")
        )
        linked.expanded_priorities = bool(answered.answers.get("priorities", {}).keys() - {*balance.POLES})
    return linked


def _fill(knowledge: Knowledge, answers: Mapping) -> None:
    """Puts answers in the contract's form into the widgets; what is not answered is emptied."""
    for key in SINGLE:
        answer = answers.get(key)
        st.session_state[key] = None if answer == UNDECIDED else answer
    for key in SEVERAL:
        answer = answers.get(key, [])
        st.session_state[key] = [] if answer == UNDECIDED else list(answer)
    for name in knowledge.ids("priority"):
        st.session_state[name] = answers.get("priorities", {}).get(name, DEFAULT_PRIORITY)


def _write_link(answered: Answered) -> None:
    """Makes the URL say the answers, if it does not yet."""
    linked: _Linked = st.session_state[STATE]
    linked.written = answered.query
    if {key: tuple(st.query_params.get_all(key)) for key in st.query_params} != answered.query:
        st.query_params.from_dict({key: list(values) for key, values in answered.query.items()})


def _collect(knowledge: Knowledge) -> dict:
    """What the widgets hold, without what is undecided or left at its default."""
    answers = {key: st.session_state[key] for key in QUESTIONS if st.session_state[key]}
    weights = {name: st.session_state[name] for name in knowledge.ids("priority")}
    changed = {name: weight for name, weight in weights.items() if weight != DEFAULT_PRIORITY}
    return answers | ({"priorities": changed} if changed else {})


def _answered() -> None:
    st.session_state[STATE].clicked = True


def _common_cases(knowledge: Knowledge) -> None:
    """Cases that one click answers; the one that is answered stands out."""
    st.session_state["case"] = presets.matching(_collect(knowledge))
    st.pills(
        "Common cases",
        [preset.label for preset in presets.presets()],
        key="case",
        on_change=_case_chosen,
        args=(knowledge,),
    )


def _case_chosen(knowledge: Knowledge) -> None:
    if label := st.session_state["case"]:  # None: a click on the case that is answered
        _fill(knowledge, presets.answers_of(label))
        _answered()


def _four_questions(knowledge: Knowledge) -> None:
    # Rows, not columns: in a narrow window the boxes of a row come before those of the next.
    first, second = st.columns(2), st.columns(2)
    with first[0]:
        _one(
            knowledge, "framework", "Training framework", "What the model is trained in, or the file you have"
        )
    with first[1]:
        _several(knowledge, "hardware", "Target hardware", "Everything it must run on", "One or more")
    with second[0]:
        _one(knowledge, "serving", "Serving stack", "What will answer requests with it", "Undecided")
    with second[1]:
        _several(
            knowledge, "needs", "What must survive", "What it must still be able to do", "Nothing special"
        )


def _situation(knowledge: Knowledge) -> None:
    left, right = st.columns(2)
    with left:
        _one(knowledge, "model", "Kind of model", "What the model works on", "Undecided")
        _one(knowledge, "language", "Language of the host program", "What calls the model", "Undecided")
    with right:
        _several(knowledge, "constraints", "Constraints", "What the place it runs in demands", "None")


def _other_priorities(knowledge: Knowledge) -> None:
    st.caption("0: does not matter. 1: as much as the rest. 5: decides.")
    others = [priority for priority in knowledge.of("priority") if priority.id not in balance.POLES]
    pairs = [st.columns(2) for _ in others[::2]]
    places = [place for pair in pairs for place in pair]
    for place, priority in zip(places, others, strict=False):
        place.slider(
            priority.name,
            0,
            MAX_PRIORITY,
            key=priority.id,
            help=priority.description,
            on_change=_answered,
        )


def _portability_or_fidelity(knowledge: Knowledge) -> None:
    """The choice that the formats are about, as one slider between the two."""
    weights = [st.session_state[pole] for pole in balance.POLES]
    st.session_state["balance"] = balance.step_of(*weights)
    names = [knowledge.name("priority", pole) for pole in balance.POLES]
    st.select_slider(
        f"{names[0]} or {names[1].lower()}?",
        balance.STEPS,
        key="balance",
        format_func=balance.label,
        help=" ".join(
            f"{name}: {knowledge.get('priority', pole).description}"
            for pole, name in zip(balance.POLES, names, strict=True)
        ),
        on_change=_balanced,
    )
    now = " and ".join(f"{name.lower()} {weight}" for name, weight in zip(names, weights, strict=True))
    st.caption(f"Left: runs in more places. Right: keeps more of the model. Weights now: {now}.")


def _balanced() -> None:
    for pole, weight in zip(balance.POLES, balance.weights_of(st.session_state["balance"]), strict=True):
        st.session_state[pole] = weight
    _answered()


def _one(knowledge: Knowledge, key: str, label: str, help_text: str, placeholder: str = "Choose one") -> None:
    st.selectbox(
        label,
        knowledge.ids(SINGLE[key]),
        index=None,
        format_func=lambda entry_id: knowledge.name(SINGLE[key], entry_id),
        key=key,
        help=help_text,
        placeholder=placeholder,
        on_change=_answered,
    )


def _several(knowledge: Knowledge, key: str, label: str, help_text: str, placeholder: str) -> None:
    st.multiselect(
        label,
        knowledge.ids(SEVERAL[key]),
        format_func=lambda entry_id: knowledge.name(SEVERAL[key], entry_id),
        key=key,
        help=help_text,
        placeholder=placeholder,
        on_change=_answered,
    )
