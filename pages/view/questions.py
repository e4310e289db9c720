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
from advisor.answers import DEFAULT_PRIORITY, KEYS, MAX_PRIORITY, SEVERAL, SINGLE

Query = Mapping[str, tuple[str, ...]]
"""A URL's query: each key with its values in order."""

QUESTIONS = tuple(key for key in KEYS if key in SINGLE or key in SEVERAL)
STATE = "answers in the URL"
# Streamlit draws the value in the primary colour, which cannot at once stand out from a dark page and
# carry the white text of chosen options.
SLIDER_STYLE = "<style>[data-testid=stSliderThumbValue] { color: inherit !important; }</style>"


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
    with st.expander("More about your situation", expanded=linked.expanded_situation):
        left, right = st.columns(2)
        with left:
            _one(knowledge, "model", "Kind of model", "What the model works on", "Undecided")
            _one(knowledge, "language", "Language of the host program", "What calls the model", "Undecided")
        with right:
            _several(knowledge, "constraints", "Constraints", "What the place it runs in demands", "None")
    with st.expander("Priorities", expanded=linked.expanded_priorities):
        st.caption("0: does not matter. 1: as much as the rest. 5: decides.")
        st.html(SLIDER_STYLE)
        pairs = [st.columns(2) for _ in knowledge.of("priority")[::2]]
        places = [place for pair in pairs for place in pair]
        for place, priority in zip(places, knowledge.of("priority"), strict=False):
            place.slider(
                priority.name,
                0,
                MAX_PRIORITY,
                key=priority.id,
                help=priority.description,
                on_change=_answered,
            )
    answered = Answered(_collect(knowledge), linked.dropped)
    _write_link(answered)
    return answered


def link(answered: Answered) -> str:
    """The address that opens these answers in any browser."""
    address = (st.context.url or "").split("?")[0].split("#")[0]
    return f"{address.rstrip('/')}/?{urlencode(answered.query, doseq=True)}"


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
        for key in SINGLE:
            st.session_state[key] = answered.answers.get(key)
        for key in SEVERAL:
            st.session_state[key] = answered.answers.get(key, [])
        for name in knowledge.ids("priority"):
            st.session_state[name] = answered.answers.get("priorities", {}).get(name, DEFAULT_PRIORITY)
        linked.dropped = answered.dropped
        linked.expanded_situation = any(
            key in answered.answers for key in ("model", "language", "constraints")
        )
        linked.expanded_priorities = "priorities" in answered.answers
    return linked


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
