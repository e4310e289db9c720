from collections import Counter

import pytest

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.inspection import describe, litert


def test_agrees_with_the_interpreter(litert_model):
    from ai_edge_litert.interpreter import Interpreter

    found = describe(litert_model)
    interpreter = Interpreter(model_content=litert_model.read_bytes())
    expected = Counter(op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] != "DELEGATE")
    assert found.operators == expected
    assert found.inputs == (TensorSpec("img", "float32", (None, 8, 8, 3)),)
    assert found.outputs == (TensorSpec("output_0", "float32", (None, 2)),)
    assert list(interpreter.get_signature_list()["serving_default"]["inputs"]) == ["img"]


def test_operator_names_are_those_of_the_schema():
    from ai_edge_litert import schema_py_generated as schema

    names = {name: number for name, number in vars(schema.BuiltinOperator).items() if name[0] != "_"}
    assert {name: number for number, name in enumerate(litert._OPERATORS)} == names


def test_truncated(tmp_path, litert_model):
    whole = litert_model.read_bytes()
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ProblemError) as refused:
        describe(tmp_path / "cut")
    assert refused.value.problem.kind in ("truncated-model", "damaged-model")
