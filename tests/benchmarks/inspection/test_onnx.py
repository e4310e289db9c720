from collections import Counter
from math import prod

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.protobuf_wire import MAX_TEXT_BYTES, text

LIGHT = [
    "bvlc_alexnet",
    "densenet121",
    "inception_v1",
    "inception_v2",
    "resnet50",
    "shufflenet",
    "squeezenet",
]


@pytest.mark.parametrize("name", LIGHT)
def test_agrees_with_onnx_itself(onnx_light, name):
    path = onnx_light / f"light_{name}.onnx"
    model = onnx.load(path)
    found = describe(path)
    initializers = {tensor.name for tensor in model.graph.initializer}
    assert found.operators == Counter(node.op_type for node in model.graph.node)
    assert found.version["opset"] == model.opset_import[0].version
    assert found.version["ir_version"] == model.ir_version
    assert [spec.name for spec in found.inputs] == [
        value.name for value in model.graph.input if value.name not in initializers
    ]
    assert [spec.name for spec in found.outputs] == [value.name for value in model.graph.output]
    assert found.size_bytes == path.stat().st_size


def test_light_weights_are_counted_and_said_to_be_constants(onnx_light):
    found = describe(onnx_light / "light_resnet50.onnx")
    assert found.parameters == pytest.approx(25.6e6, rel=0.01)
    assert "fills them with a constant" in found.findings[0].text
    assert found.inputs == (TensorSpec("gpu_0/data_0", "float32", (1, 3, 224, 224)),)


def graph_of(nodes, inputs, outputs, initializers=()):
    return helper.make_graph(nodes, "g", inputs, outputs, initializer=list(initializers))


def saved(tmp_path, graph, **keywords):
    path = tmp_path / "model.bin"
    onnx.save(helper.make_model(graph, **keywords), path)
    return path


def value(name, dtype=TensorProto.FLOAT, shape=("batch", None, 3)):
    return helper.make_tensor_value_info(name, dtype, shape)


def test_dims_dtypes_domains_and_initializers(tmp_path):
    weight = numpy_helper.from_array(numpy.ones((3, 5), numpy.float16), "w")
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["y"]),
        helper.make_node("Gelu", ["y"], ["z"], domain="com.microsoft"),
    ]
    words = helper.make_tensor_value_info("words", TensorProto.STRING, None)
    inputs = [value("x", TensorProto.FLOAT16), words, value("w", TensorProto.FLOAT16, (3, 5))]
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    graph = graph_of(nodes, inputs, [value("z", TensorProto.FLOAT16, ("batch", None, 5))], [weight])
    found = describe(saved(tmp_path, graph, opset_imports=opsets, producer_name="us", producer_version="2"))
    assert found.inputs == (
        TensorSpec("x", "float16", ("batch", None, 3)),
        TensorSpec("words", "str", None),
    )
    assert found.operators == {"MatMul": 1, "com.microsoft::Gelu": 1}
    assert found.parameters == 15
    assert found.version["opset"] == 17
    assert found.version["opset com.microsoft"] == 1
    assert found.version["producer"] == "us 2"


def test_subgraphs_functions_and_large_constants_are_counted(tmp_path):
    large = numpy_helper.from_array(numpy.ones((16, 16), numpy.float32))
    small = numpy_helper.from_array(numpy.ones((2,), numpy.float32))
    branch = [
        helper.make_node("Constant", [], ["inner"], value=large),
        helper.make_node("Constant", [], ["axis"], value=small),
        helper.make_node("Neg", ["inner"], ["out"]),
    ]
    then, other = (graph_of(branch, [], [value("out", shape=(16, 16))]) for _ in range(2))
    node = helper.make_node("If", ["flag"], ["y"], then_branch=then, else_branch=other)
    flag = value("flag", TensorProto.BOOL, ())
    found = describe(saved(tmp_path, graph_of([node], [flag], [value("y", shape=(16, 16))])))
    assert found.operators == {"Constant": 4, "Neg": 2, "If": 1}
    assert found.parameters == 2 * 256
    assert found.inputs == (TensorSpec("flag", "bool", ()),)


def test_every_truncation_is_refused(tmp_path, onnx_light):
    whole = (onnx_light / "light_squeezenet.onnx").read_bytes()
    path = tmp_path / "cut.onnx"
    for length in [*range(40), *range(40, len(whole), 397), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(ProblemError) as refused:
            describe(path)
        if length > 20:
            assert refused.value.problem.kind == "truncated-model", length


def test_a_tensor_file_is_no_model(onnx_light):
    with pytest.raises(ProblemError) as refused:
        describe(onnx_light / "light_resnet50_output_0.pb")
    assert refused.value.problem.kind == "unknown"


def test_parameters_agree_with_initializers_of_a_real_export(tmp_path, torch_net):
    import torch

    path = tmp_path / "net.onnx"
    torch.onnx.export(torch_net, (torch.zeros(1, 3, 8, 8),), path, dynamo=False)
    model = onnx.load(path)
    assert describe(path).parameters == sum(prod(tensor.dims) for tensor in model.graph.initializer)


@pytest.mark.parametrize(
    ("value", "words"), [(memoryview(bytes(MAX_TEXT_BYTES + 1)), "longer than any real one"), (7, "a number")]
)
def test_names_that_are_none(value, words):
    with pytest.raises(Damaged, match=words):
        text(value)
