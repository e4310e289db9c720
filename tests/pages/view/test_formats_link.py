"""What the page Formats reads from an address and writes to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor import load_knowledge
from advisor.matrix import KINDS
from pages.view.formats_link import Asked, read_query

KNOWLEDGE = load_knowledge()
WORDS = st.one_of(
    st.sampled_from([*KINDS, *KNOWLEDGE.ids("format"), *(i for kind in KINDS for i in KNOWLEDGE.ids(kind))]),
    st.text(max_size=10),
)
QUERIES = st.dictionaries(
    st.one_of(st.sampled_from(["by", "format", "at"]), st.text(max_size=6)),
    st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    max_size=5,
)


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ({}, Asked()),
        ({"format": ("onnx",)}, Asked("hardware", "onnx")),
        ({"by": ("serving",), "format": ("onnx",), "at": ("triton",)}, Asked("serving", "onnx", "triton")),
        ({"at": ("x86-cpu",)}, Asked(dropped=("at=x86-cpu",))),
        ({"format": ("onnx",), "at": ("triton",)}, Asked("hardware", "onnx", None, ("at=triton",))),
        (
            {"format": ("toaster", "onnx", "keras")},
            Asked("hardware", "onnx", None, ("format=toaster", "format=keras")),
        ),
        ({"by": ("price",), "x": ("1", "2")}, Asked(dropped=("by=price", "x=1", "x=2"))),
    ],
)
def test_what_an_address_asks_for(query: dict, asked: Asked) -> None:
    assert read_query(query, KNOWLEDGE) == asked


@given(QUERIES)
def test_whatever_an_address_holds_is_shown_or_said_to_be_dropped(query: dict) -> None:
    asked = read_query(query, KNOWLEDGE)
    again = read_query({key: (value,) for key, value in asked.query.items()}, KNOWLEDGE)
    assert again == Asked(asked.by, asked.format, asked.at)
    given_values = [f"{key}={value}" for key, values in query.items() for value in values]
    shown = [value for value in given_values if value not in asked.dropped]
    assert len(asked.dropped) <= len(given_values)
    assert all(entry in given_values for entry in asked.dropped)
    assert len(shown) <= 3
