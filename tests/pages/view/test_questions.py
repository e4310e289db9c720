"""Answers in an address: what is read from one and what is written to it."""

from hypothesis import given
from hypothesis import strategies as st

from advisor import Requirements, load_knowledge
from advisor.answers import SEVERAL, SINGLE
from pages.view.questions import Answered, read_query

KNOWLEDGE = load_knowledge()
KEYS = [*SINGLE, *SEVERAL, *KNOWLEDGE.ids("priority")]
IDS = [entry_id for kind in (*SINGLE.values(), *SEVERAL.values()) for entry_id in KNOWLEDGE.ids(kind)]
VALUES = st.one_of(st.sampled_from([*IDS, "0", "1", "5", "6", "-1", "undecided"]), st.text(max_size=20))
QUERIES = st.dictionaries(
    st.one_of(st.sampled_from(KEYS), st.text(max_size=10)),
    st.lists(VALUES, max_size=4).map(tuple),
    max_size=8,
)


def chosen(kind: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(KNOWLEDGE.ids(kind)), unique=True, min_size=1, max_size=2)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        **{key: st.sampled_from(KNOWLEDGE.ids(kind)) for key, kind in SINGLE.items()},
        **{key: chosen(kind) for key, kind in SEVERAL.items()},
        "priorities": st.dictionaries(
            st.sampled_from(KNOWLEDGE.ids("priority")), st.sampled_from([0, 2, 3, 4, 5]), min_size=1
        ),
    },
)


@given(ANSWERS)
def test_what_is_written_to_an_address_is_read_back(answers: dict) -> None:
    assert read_query(Answered(answers, ()).query, KNOWLEDGE) == Answered(answers, ())


@given(QUERIES)
def test_whatever_an_address_holds_becomes_answers_the_advisor_takes(query: dict) -> None:
    answered = read_query(query, KNOWLEDGE)
    if "framework" in answered.answers:
        Requirements.parse(answered.answers, KNOWLEDGE)
    given_values = sum(len(values) for values in query.values())
    assert len(answered.dropped) <= given_values
    assert read_query(answered.query, KNOWLEDGE) == Answered(answered.answers, ())


def test_of_two_answers_to_a_question_with_one_the_first_counts() -> None:
    answered = read_query({"framework": ("keras", "pytorch")}, KNOWLEDGE)
    assert answered == Answered({"framework": "keras"}, ("framework=pytorch",))


def test_a_repeated_answer_counts_once() -> None:
    answered = read_query({"hardware": ("android", "android")}, KNOWLEDGE)
    assert answered.answers == {"hardware": ["android"]}


def test_a_priority_at_its_default_is_no_answer() -> None:
    assert read_query({"portability": ("1",)}, KNOWLEDGE) == Answered({}, ())
