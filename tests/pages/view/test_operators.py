"""What is slower after conversion, as the page shows it."""

import json
from dataclasses import asdict
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.report import Profile

HOSTILE = "<img src=x onerror=alert(1)>**[a](b)**\u202e" + "x" * 300
SOURCE = Profile(
    "onnx",
    "onnxruntime",
    1,
    2,
    None,
    1.5,
    kinds=({"kind": "convolution", "ms": 1.25}, {"kind": "between", "ms": 0.25}),
    operators=(
        {
            "operator": "Conv",
            "kind": "convolution",
            "where": "CPUExecutionProvider, float32",
            "calls": 2,
            "ms": 1.25,
            "share": 1.0,
        },
    ),
)
SLOWER = Profile(
    "savedmodel",
    "tensorflow",
    1,
    2,
    {"estimate": 2.0, "low": 1.9, "high": 2.1},
    3.0,
    kinds=({"kind": "layout", "ms": 2.0}, {"kind": "convolution", "ms": 1.0}),
    operators=(
        {"operator": "Transpose", "kind": "layout", "where": "CPU", "calls": 3, "ms": 2.0, "share": 2 / 3},
        {"operator": HOSTILE, "kind": "other", "where": HOSTILE, "calls": 1, "ms": 1.0, "share": 1 / 3},
    ),
    slowest=({"name": HOSTILE, "operator": "Transpose", "where": "CPU", "calls": 1, "ms": 1.5},),
    fell_back=(
        {"operator": HOSTILE, "where": "CPU", "why": "reference", "calls": 1, "ms": 1.0, "share": 1 / 3},
    ),
    reason=f"What takes longer is {HOSTILE}.",
    next_step="Convert with `another` layout.",
    reference="https://example.org/layout",
)
UNKNOWN = Profile(
    "litert",
    "litert",
    1,
    2,
    {"estimate": 3.0, "low": 2.5, "high": 3.5},
    reason="Where its time goes is not known.",
    next_step="Run benchmark_model.",
)


def drawn(*profiles: Profile) -> AppTest:
    def script(profiles: list[dict]) -> None:
        from pages.view import operators

        operators.show(profiles)

    app = AppTest.from_function(script, args=([asdict(one) for one in profiles],)).run(timeout=30)
    assert not app.exception
    return app


def charts(app: AppTest) -> list[dict]:
    return [json.loads(element.proto.spec) for element in app.get("plotly_chart")]


def test_reason_next_step_chart_and_tables_are_shown():
    app = drawn(SOURCE, SLOWER)
    assert [one.value for one in app.subheader] == ["Slower after conversion, and why"]
    words = "\n".join(one.value for one in app.markdown).replace("\\", "")
    assert "SavedModel takes 2 times as long as the source (interval 1.9 to 2.1)" in words
    assert "**What to do:** Convert with `another` layout. ([example.org/layout](<https" in words
    assert [one.label for one in app.expander] == ["Operators of SavedModel and of the source"]
    [chart] = charts(app)
    bars = {bar["name"]: bar for bar in chart["data"]}
    assert bars["SavedModel"]["y"] == [
        "changing the layout",
        "convolutions",
        "the call itself, between operators",
    ]
    assert bars["SavedModel"]["x"] == pytest.approx([2.0, 1.0, 0.0])
    assert bars["ONNX"]["x"] == pytest.approx([0.0, 1.25, 0.25])
    assert bars["ONNX"]["marker"]["color"] != bars["SavedModel"]["marker"]["color"]
    [element] = app.get("plotly_chart")
    assert "changing the layout: SavedModel 2 ms, ONNX 0 ms" in element.proto.alt
    tables = unescape("".join(one.body for one in app.get("html")))
    for cell in ("Transpose", "CPUExecutionProvider, float32", "67 %", "2.000", "reference kernels"):
        assert cell in tables


def test_names_out_of_a_model_are_shown_as_text():
    app = drawn(SOURCE, SLOWER)
    everything = "".join(one.body for one in app.get("html"))
    everything += "".join(one.value for one in app.markdown) + json.dumps(charts(app))
    assert "<img" not in everything.replace("\\<img", "") and "\u202e" not in everything
    assert "x" * 200 not in "".join(one.body for one in app.get("html"))
    assert "**[a](b)**" not in "".join(one.value for one in app.markdown)


def test_without_a_profile_the_reason_stands_alone():
    app = drawn(UNKNOWN)
    assert charts(app) == [] and list(app.expander) == []
    words = "\n".join(one.value for one in app.markdown).replace("\\", "")
    assert "Where its time goes is not known." in words and "Run benchmark_model." in words


@pytest.mark.parametrize("profiles", [(), (SOURCE,)])
def test_nothing_is_shown_where_nothing_is_slower(profiles):
    app = drawn(*profiles)
    assert [*app.subheader, *app.markdown, *app.expander] == []
