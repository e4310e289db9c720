"""Contents as values: what differs between two, and two edits put together."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reviews.content import (
    BOTH,
    MINE,
    THEIRS,
    Considered,
    Content,
    canonical,
    changes,
    cleaned,
    merged,
)

BASE = Content("Title", "Context", options=(Considered("onnx", "fast"),), outcome="ONNX", chosen="onnx")


def test_changes_name_the_field_and_both_sides():
    after = replace(BASE, title="Another", options=(Considered("onnx", "slow"), Considered("litert")))
    found = {one.field: (one.before, one.after) for one in changes(BASE, after)}
    assert found == {
        "title": ("Title", "Another"),
        "options: onnx": ("fast", "slow"),
        "options: litert": ("", ""),
    }
    assert changes(BASE, BASE) == []


def test_what_one_side_changed_is_taken_from_it():
    mine, theirs = replace(BASE, title="Mine"), replace(BASE, outcome="Theirs")
    assert merged(BASE, mine, theirs) == (replace(BASE, title="Mine", outcome="Theirs"), [])


def test_what_both_changed_is_named():
    mine, theirs = replace(BASE, title="Mine"), replace(BASE, title="Theirs", context="Theirs")
    assert merged(BASE, mine, theirs) == (replace(BASE, title="Mine", context="Theirs"), ["title"])
    assert merged(BASE, mine, mine) == (mine, [])


def test_lists_are_put_together_item_by_item():
    note = lambda **notes: replace(BASE, options=tuple(Considered(*one) for one in notes.items()))  # noqa: E731
    base = note(onnx="fast", litert="small", pt2="new")
    mine, theirs = (
        note(onnx="faster", litert="small", savedmodel="mine"),
        note(onnx="fast", litert="tiny", pt2="new"),
    )
    together, both = merged(base, mine, theirs)
    assert both == []  # mine left pt2 out, which theirs did not touch
    assert together == note(onnx="faster", litert="tiny", savedmodel="mine")
    theirs = note(onnx="slow", litert="small", pt2="newer")
    assert merged(base, mine, theirs)[1] == ["options: onnx", "options: pt2"]


def test_what_both_changed_is_chosen_by_name():
    mine, theirs = replace(BASE, outcome="Mine"), replace(BASE, outcome="Theirs")
    for choice, outcome in ((MINE, "Mine"), (THEIRS, "Theirs"), (BOTH, "Theirs\n\nMine")):
        assert merged(BASE, mine, theirs, {"outcome": choice})[0].outcome == outcome
    mine, theirs = (replace(BASE, options=(Considered("onnx", words),)) for words in ("mine", "theirs"))
    together, both = merged(BASE, mine, theirs, {"options: onnx": THEIRS})
    assert (together, both) == (theirs, ["options: onnx"])


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(TREES)
def test_what_was_cleaned_can_be_written_and_stays(tree):
    clean = cleaned(tree)
    assert canonical(clean).encode().decode() == canonical(clean)
    assert cleaned(clean) == clean
    assert "\\u0000" not in canonical(clean)


@given(st.text())
def test_text_that_can_be_kept_is_not_changed(text):
    assert (cleaned(text) == text) == ("\0" not in text)
