"""Rows: what the file of ONNX names holds, and whether it is one."""

import json

import pytest

from benchmarks import onnx_names
from benchmarks.onnx_names import Names

SOUND = [
    Names(("input.1", "class"), ("z/out:0", "a.out"), ("axis of CumSum is fixed at 1",)),
    Names((), ("y",)),
    Names(tuple(f"in_{i}" for i in range(500)), ("é ü 漢",)),
]


@pytest.mark.parametrize("names", SOUND)
def test_what_is_written_is_read_again(names):
    assert onnx_names.parsed(names.text()) == names
    assert onnx_names.parsed(names.text().encode()) == names


def other(**changed) -> str:
    return json.dumps({"inputs": ["x"], "outputs": ["y"], "built_in": []} | changed)


UNSOUND = {
    "nothing": "",
    "no JSON": "import os",
    "no text": b"\xff\xfe\x80",
    "a list": "[]",
    "a key too few": json.dumps({"inputs": ["x"], "outputs": ["y"]}),
    "a key too many": other(more=[]),
    "a name that is a number": other(inputs=[1]),
    "names in a list in a list": other(outputs=[["y"]]),
    "names as text": other(outputs="y"),
    "a name twice": other(inputs=["x", "x"]),
    "a long name": other(inputs=["x" * 1001]),
    "too large": other(built_in=["x" * 1000] * 300),
    "nested": "[" * 100_000,
}


@pytest.mark.parametrize("case", UNSOUND)
def test_everything_else_is_refused(case):
    with pytest.raises(ValueError):
        onnx_names.parsed(UNSOUND[case])
