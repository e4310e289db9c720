"""What a fork says is believed only if it looks like an answer."""

import copy
import json

import pytest

from benchmarks.answers import ANSWERS, LONGEST_TEXT, checked, cleaned, fits
from benchmarks.errors import ProblemError

VERIFIED = {
    "runtime": "onnxruntime",
    "reference": "torchscript",
    "outcome": "passed",
    "tolerance": {"float32": {"relative": 0.001, "absolute": 0.0001}},
    "max_abs_error": 0,
    "max_rel_error": None,
    "cases": [
        {
            "kind": "seeded",
            "seed": 0,
            "batch": 1,
            "passed": True,
            "max_abs_error": 0.0,
            "max_rel_error": 0.0,
            "note": "",
        }
    ],
    "planned": 19,
    "reference_precision": "float64",
    "reference_note": "",
    "reference_error": 1e-7,
    "top1": {"output": "logits", "classes": 10, "agreed": 50, "rows": 50},
    "findings": [{"severity": "warning", "text": "It disagrees.", "next_step": "Look."}],
}


def test_an_answer_is_believed():
    assert checked("verify", VERIFIED) is VERIFIED


@pytest.mark.parametrize(
    "change",
    [
        {"outcome": "excellent"},
        {"runtime": ["onnxruntime"]},
        {"runtime": "x" * (LONGEST_TEXT + 1)},
        {"max_abs_error": True},
        {"max_abs_error": "0"},
        {"cases": {}},
        {"cases": [{"kind": "seeded", "seed": 0, "batch": 1}]},
        {"cases": [{**VERIFIED["cases"][0], "kind": "invented"}]},
        {"top1": {"output": "logits"}},
        {"reference_precision": "float128"},
        {"findings": [{"severity": "fatal", "text": "", "next_step": ""}]},
        {"tolerance": {"float32": 1}},
        {"extra": 1},
        {"max_abs_error": float("nan")},
        {"max_abs_error": float("inf")},
        {"max_abs_error": 10**400},
    ],
)
def test_anything_else_is_a_problem(change):
    with pytest.raises(ProblemError) as caught:
        checked("verify", {**copy.deepcopy(VERIFIED), **change})
    assert caught.value.problem.kind == "bad-answer"


@pytest.mark.parametrize("said", ["null", "7", '"x"', "[]", "{}", "[[]]", '{"ns": [true]}', '{"ns": [1.5]}'])
@pytest.mark.parametrize("task", sorted(ANSWERS))
def test_nonsense_is_never_an_answer(task, said):
    with pytest.raises(ProblemError):
        checked(task, json.loads(said))


def test_numbers_are_what_json_calls_them():
    assert fits(3, float) and fits(3, int) and fits(0.5, float)
    assert not fits(0.5, int) and not fits(True, float) and not fits(True, int)


@pytest.mark.parametrize("odd", ["\x1b]0;owned\x07", "\ud800", "\x00", "\x9b31m", "\r", "\u202eevil"])
def test_a_text_holds_nothing_that_is_no_text(odd):
    [text] = cleaned({"a": [f"before{odd}after"]})["a"]
    assert text.encode().startswith(b"before") and text.endswith("after")
    assert "\ufffd" in text and not set(odd) & set("\x1b\x07\ud800\x00\x9b\r\u202e") & set(text)


def test_text_of_any_language_stays():
    said = {"naïve 模型 🙂": ["line one\nline two\ttabbed", 7, None, 0.5]}
    assert cleaned(said) == said
