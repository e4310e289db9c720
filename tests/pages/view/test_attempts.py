"""Every attempt at a conversion, as the page shows it."""

from html import unescape

from streamlit.testing.v1 import AppTest

from benchmarks.errors import Problem
from benchmarks.report import Attempt, Conversion

FAILED = Problem("convert", "control-flow", "It does not know <torch.cond>.", "Script the source instead.")


def drawn(*conversions: Conversion) -> AppTest:
    def script(conversions: list[dict]) -> None:
        from pages.view import attempts

        attempts.show(conversions)

    return AppTest.from_function(script, args=([one.to_json() for one in conversions],)).run(timeout=30)


def test_each_attempt_is_a_row_with_its_way_its_outcome_and_what_to_do():
    attempts = (
        Attempt(("pt2", "torchscript"), "as it is", "failed", None, FAILED),
        Attempt(("pt2", "onnx", "torchscript"), "as it is", "passed", 1.25),
    )
    app = drawn(Conversion("pt2", "torchscript", "passed", ("onnx",), attempts=attempts))
    assert not app.exception
    assert [one.label for one in app.expander] == ["Every attempt: 2 for 1 format"]
    table = "".join(one.body for one in app.get("html"))
    assert table.count("<tr>") == 3
    way = "torch.export (.pt2) → ONNX → TorchScript"
    for words in (way, "passed in 1.2 s", "Script the source instead."):
        assert words in unescape(table)
    assert "<torch.cond>" not in table


def test_nothing_is_shown_where_the_first_attempt_did():
    attempts = (Attempt(("keras", "onnx"), "as it is", "passed", 1.0),)
    app = drawn(Conversion("keras", "onnx", "passed", attempts=attempts))
    assert not app.exception
    assert list(app.expander) == []
