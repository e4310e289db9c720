"""The Formats page as a script: what its address opens, and what it drops."""

import pytest
from streamlit.testing.v1 import AppTest

from advisor import load_knowledge
from advisor.matrix import KINDS, matrix, profile
from pages.view.reach import LEGENDS
from tests.web_server import ROOT

KNOWLEDGE = load_knowledge()


def page(**query: str | list[str]) -> AppTest:
    """The page as opened by a link with this query."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    test.switch_page("pages/formats.py")
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def words(test: AppTest) -> str:
    """Everything the page says, without the escapes."""
    said = [*test.markdown, *test.subheader, *test.caption, *test.warning, *test.error]
    return "\n".join(element.value for element in said).replace("\\", "")


def drawn(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


def test_nothing_is_open_at_first_and_the_matrix_is_that_of_the_hardware() -> None:
    test = page()
    assert not test.exception and not test.warning
    assert test.title[0].value == "The formats, side by side"
    assert test.button_group(key="by").value == "hardware"
    assert LEGENDS["hardware"] in words(test)
    assert dict(test.query_params) == {}


@pytest.mark.parametrize("format_id", KNOWLEDGE.ids("format"))
def test_a_link_opens_all_that_is_known_of_a_format(format_id: str) -> None:
    test = page(format=format_id)
    assert not test.exception and not test.warning
    known, said = profile(KNOWLEDGE, format_id), words(test)
    assert known.format.description in said
    for claim in known.format.claims:
        assert " ".join(claim.text.split()) in said
        assert claim.checked in said
    html = drawn(test)
    for runtime in known.runtimes:
        if runtime.footprint_mb is not None:
            assert f"{runtime.footprint_mb:,g}\u00a0MB" in html
            assert " ".join(runtime.footprint_claim.text.split()) in said
    assert dict(test.query_params) == {"format": format_id}


@pytest.mark.parametrize(
    ("by", "format_id", "at"),
    [
        ("hardware", "onnx", "nvidia-gpu"),
        ("hardware", "savedmodel", "android"),
        ("hardware", "torchscript", "microcontroller"),
        ("serving", "savedmodel", "triton"),
        ("serving", "onnx", "torchserve"),
        ("framework", "onnx", "keras"),
    ],
)
def test_a_link_opens_a_cell_with_its_ways_and_sources(by: str, format_id: str, at: str) -> None:
    test = page(by=by, format=format_id, at=at)
    assert not test.exception and not test.warning
    cell, said = matrix(KNOWLEDGE, by).cell(format_id, at), words(test)
    for way in cell.ways:
        assert f"**{way.label}:** {' '.join(way.words.split())}" in said
    for claim in cell.claims:
        assert " ".join(claim.text.split()) in said
        assert claim.checked in said
    if not cell.ways:
        assert f"**{cell.label}:** " in said
        assert ("no source here leads from" in said) == (cell.grade == "unknown")


@pytest.mark.parametrize("kind", KINDS)
def test_the_switch_chooses_the_matrix_and_closes_what_is_open(kind: str) -> None:
    test = page(by="serving", format="onnx", at="triton")
    test.button_group(key="by").set_value(kind).run()
    assert not test.exception
    assert test.button_group(key="by").value == kind
    assert LEGENDS[kind] in words(test)
    if kind != "serving":
        assert dict(test.query_params) == ({"by": kind} if kind != "hardware" else {})


def test_nonsense_in_the_link_is_left_out_with_a_note_and_the_rest_is_kept() -> None:
    test = page(by="serving", format=["onnx", "toaster"], at="x86-cpu", colour="<b>red</b>`")
    assert not test.exception
    note = test.warning[0].value
    for nonsense in ("`format=toaster`", "`at=x86-cpu`", "`colour=<b>red</b>'`"):
        assert nonsense in note
    assert dict(test.query_params) == {"by": "serving", "format": "onnx"}
    assert KNOWLEDGE.formats["onnx"].description in words(test)
    test.button_group(key="by").set_value("hardware").run()
    assert not test.warning, "the note goes once the visitor acts"
