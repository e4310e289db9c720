"""What the importer of ONNX models writes is taken when it is uploaded again, under the names of ONNX."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import comparison, inspection
from benchmarks.comparison import Options

pytestmark = pytest.mark.slow

OPTIONS = Options(budget_s=0.5)
INPUTS, OUTPUTS = ["input.1", "class"], ["z/out:0", "a.out"]


def odd_model(path) -> None:
    """Names that no identifier can have, outputs not in alphabetical order, an open batch."""
    import onnx
    from onnx import TensorProto, helper

    weight = np.random.default_rng(0).standard_normal((4, 3), dtype="float32")
    sizes = zip(INPUTS, (4, 3), strict=True)
    one = onnx.numpy_helper.from_array(np.array([1]), "one")
    nodes = [
        helper.make_node("MatMul", ["input.1", "w/eight:0"], ["h"]),
        helper.make_node("Add", ["h", "class"], ["z/out:0"]),
        helper.make_node("ReduceMax", ["z/out:0", "one"], ["a.out"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "odd",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size]) for name, size in sizes],
        [
            helper.make_tensor_value_info(OUTPUTS[0], TensorProto.FLOAT, ["N", 3]),
            helper.make_tensor_value_info(OUTPUTS[1], TensorProto.FLOAT, ["N"]),
        ],
        [onnx.numpy_helper.from_array(weight, "w/eight:0"), one],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)


def test_each_artifact_is_a_model_again(bench, tmp_path):
    odd_model(first := bench.workspace("first") / "odd.onnx")
    targets = ("torchscript", "pt2", "savedmodel")
    report = comparison.compare(first, first.parent, replace(OPTIONS, to=targets), bench.server, bench.say)
    assert {c.target: (c.outcome, c.attempts[0].attempt) for c in report.conversions} == dict.fromkeys(
        targets, ("passed", "as it is")
    )
    for conversion in report.conversions:
        artifact = first.parent / conversion.artifact.path
        workspace = bench.workspace(conversion.target)
        uploaded = workspace / artifact.name
        (shutil.copytree if artifact.is_dir() else shutil.copyfile)(artifact, uploaded)
        described = inspection.describe(uploaded)
        assert not any("names" in text or "extra" in text for text in described.not_examined)
        again = comparison.compare(
            uploaded, workspace, replace(OPTIONS, to=("onnx",)), bench.server, bench.say
        )
        assert again.source.format == conversion.target
        assert [spec.name for spec in again.source.inputs] == INPUTS
        assert [spec.name for spec in again.source.outputs] == OUTPUTS
        [onnx] = [c for c in again.conversions if c.target == "onnx"]
        assert onnx.outcome == "passed", (conversion.target, onnx.attempts)
