"""Operators against targets: what real models say, and that the lists are of what is installed."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks import coverage as module
from benchmarks import formats, inspection
from benchmarks.artifact import Description
from benchmarks.coverage import MOST_OPERATORS, NOT_SUPPORTED, SUPPORTED, UNKNOWN, coverage
from benchmarks.settings import PROJECT

REGENERATE = """
import json, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
from benchmarks.worker import litert_operators, operator_lists
kept = json.loads(operator_lists.FILE.read_text())["edges"][operator_lists.ASKED]
asked = [one for one in operator_lists._tensorflow() if one.name in %r]
answers = litert_operators.builtins(asked)
print(json.dumps({"answers": answers, "lists": operator_lists.lists(kept)}))
"""
ASKED = {
    "AvgPool": True, "BiasAdd": True, "Conv2D": True, "Erf": False, "FusedBatchNormV3": True, "Mean": True,
    "OneHot": True, "Softmax": True, "Betainc": False,
}  # fmt: skip


def described(format: str, *operators: str) -> Description:
    return Description(format, "0" * 64, 1, operators=dict.fromkeys(operators, 1))


def states(description: Description, target: str) -> dict[str, str]:
    return {row.operator: row.targets[target].state for row in coverage(description)}


@pytest.mark.slow
def test_the_lists_are_those_of_the_installed_packages():
    """After an update: python -m benchmarks.worker.operator_lists"""
    done = subprocess.run(
        [sys.executable, "-c", REGENERATE % sorted(ASKED)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = json.loads(done.stdout.splitlines()[-1])
    assert made["lists"] == json.loads(module.FILE.read_text())
    assert made["answers"] == ASKED


def test_what_the_lists_say_of_litert_is_what_its_converter_was_seen_to_do():
    lists = json.loads(module.FILE.read_text())["edges"]["savedmodel-to-litert"]
    assert {name: name in lists["supported"] for name in ASKED} == ASKED
    assert not set(lists["supported"]) & set(lists["refused"])
    assert len(lists["supported"]) > 120


@pytest.mark.parametrize(
    ("format", "operator", "target", "state"),
    [
        ("onnx", "Conv", "savedmodel", SUPPORTED),
        ("onnx", "LayerNormalization", "torchscript", SUPPORTED),
        ("onnx", "Loop", "torchscript", SUPPORTED),
        ("onnx", "Loop", "pt2", UNKNOWN),
        ("onnx", "StringNormalizer", "pt2", NOT_SUPPORTED),
        ("onnx", "com.microsoft::Attention", "savedmodel", NOT_SUPPORTED),
        ("onnx", "com.microsoft::Attention", "litert", NOT_SUPPORTED),
        ("onnx", "Conv", "litert", UNKNOWN),
        ("onnx", "Conv", "openvino", UNKNOWN),
        ("onnx", "NoSuchThing", "savedmodel", UNKNOWN),
        ("savedmodel", "Conv2D", "onnx", SUPPORTED),
        ("savedmodel", "VarHandleOp", "onnx", SUPPORTED),
        ("savedmodel", "Betainc", "onnx", NOT_SUPPORTED),
        ("savedmodel", "StringLength", "onnx", UNKNOWN),  # over LiteRT it may be
        ("savedmodel", "AssignVariableOp", "litert", UNKNOWN),
        ("savedmodel", "Conv2D", "litert", SUPPORTED),
        ("litert", "CONV_2D", "onnx", SUPPORTED),
        ("torchscript", "conv2d", "onnx", SUPPORTED),
        ("torchscript", "relu_", "onnx", SUPPORTED),
        ("torchscript", "linalg_eig", "onnx", NOT_SUPPORTED),
        ("torchscript", "torchvision.nms", "onnx", NOT_SUPPORTED),
        ("pt2", "aten.conv2d.default", "onnx", SUPPORTED),
        ("pt2", "aten.add.Tensor", "torchscript", SUPPORTED),
        ("pt2", "mine.twice.default", "onnx", NOT_SUPPORTED),
    ],
)
def test_an_operator_and_a_target(format, operator, target, state):
    assert states(described(format, operator), target) == {operator: state}


@pytest.mark.parametrize(
    ("format", "operator", "kind"),
    [
        ("onnx", "If", "control-flow"),
        ("onnx", "com.microsoft::Gelu", "custom"),
        ("onnx", "Conv", ""),
        ("savedmodel", "StatelessWhile", "control-flow"),
        ("pt2", "torchvision.nms.default", "custom"),
        ("pt2", "aten.relu.default", ""),
        ("torchscript", "torchvision.nms", "custom"),
    ],
)
def test_control_flow_and_custom_domains_are_marked(format, operator, kind):
    [row] = coverage(described(format, operator))
    assert row.kind == kind


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "target"),
    [
        ("mlp.onnx", "torchscript"),
        ("mlp.onnx", "pt2"),
        ("mlp.onnx", "savedmodel"),
        ("mlp.pt2", "onnx"),
        ("mlp.pt2", "torchscript"),
        ("branch.pt", "onnx"),
        ("mlp.zip", "onnx"),
        ("mlp.zip", "litert"),
        ("unlike.tflite", "onnx"),
    ],
)
def test_what_converts_was_covered(built, model, target):
    """The tests of conversions see these succeed: nothing of them may be called unsupported."""
    found = states(inspection.describe(built(model)), target)
    assert found and NOT_SUPPORTED not in found.values()
    assert SUPPORTED in found.values()


def test_what_is_missing_comes_first_and_the_rest_by_frequency():
    description = replace(described("onnx"), operators={"Relu": 9, "Conv": 3, "StringNormalizer": 1})
    assert [row.operator for row in coverage(description)] == ["StringNormalizer", "Relu", "Conv"]


def test_layers_and_trees_have_no_rows_and_variants_no_column():
    assert coverage(described("keras", "Dense")) == ()
    assert coverage(described("xgboost-native", "tree")) == ()
    [row] = coverage(described("onnx", "Conv"))
    assert not set(row.targets) & set(formats.VARIANTS) and "onnx" not in row.targets


def test_a_file_that_names_very_many_operators_gets_a_bounded_answer():
    description = replace(described("onnx"), operators={f"x::{n}": n for n in range(100_000)})
    rows = coverage(description)
    assert len(rows) == MOST_OPERATORS
    assert rows[0].count == 99_999


def test_functions_of_the_model_are_counted_by_what_is_in_them(tmp_path):
    code = (
        "import sys, onnx\n"
        "from onnx import helper\n"
        "opsets = [helper.make_opsetid('', 18)]\n"
        "add = helper.make_node('Add', ['x', 'x'], ['y'])\n"
        "twice = helper.make_function('mine', 'Twice', ['x'], ['y'], [add], opsets)\n"
        "ends = [helper.make_tensor_value_info(n, 1, ['b', 4]) for n in 'xy']\n"
        "call = helper.make_node('Twice', ['x'], ['y'], domain='mine')\n"
        "graph = helper.make_graph([call], 'g', ends[:1], ends[1:])\n"
        "opsets.append(helper.make_opsetid('mine', 1))\n"
        "model = helper.make_model(graph, opset_imports=opsets, functions=[twice], ir_version=8)\n"
        "onnx.save(model, sys.argv[1])\n"
    )
    path = tmp_path / "model.onnx"
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, timeout=60)
    assert inspection.describe(path).operators == {"Add": 1}


def test_whoever_publishes_a_list_is_named():
    edges = json.loads(module.FILE.read_text())["edges"]
    assert {edge for edge, lists in edges.items() if lists} == set(module._BY)
