"""Real LiteRT models, edited with the schema's own classes, each against the rule that refuses it."""

import subprocess
import sys

import flatbuffers
import numpy
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import litert as rules


def converted(body, shape=(2, 4), flex=False) -> bytes:
    import tensorflow as tf

    function = tf.function(body, input_signature=[tf.TensorSpec(shape, tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    if flex:
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    return converter.convert()


@pytest.fixture(scope="module")
def looping() -> bytes:
    """With weights, a WHILE and an IF."""
    import tensorflow as tf

    weight = tf.constant(numpy.arange(16, dtype=numpy.float32).reshape(4, 4))

    def body(x):
        x = tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y @ weight), (0, x))[1]
        return tf.cond(tf.reduce_sum(x) > 0, lambda: x + 1.0, lambda: x - 1.0)

    return converted(body)


@pytest.fixture(scope="module")
def flex() -> bytes:
    import tensorflow as tf

    def body(x):
        tf.io.write_file("/tmp/marker", "x")
        return x + 1.0

    return converted(body, flex=True)


def edited(data: bytes, change) -> bytes:
    model = schema.ModelT.InitFromPackedBuf(data)
    change(model)
    builder = flatbuffers.Builder(len(data) + 4096)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def custom(name):
    def change(model):
        code = model.operatorCodes[0]
        code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
        code.customCode = name

    return change


def weights(model):
    """The first tensor with data, and its buffer."""
    for graph in model.subgraphs:
        for tensor in graph.tensors:
            if model.buffers[tensor.buffer].data is not None:
                return tensor, model.buffers[tensor.buffer]
    raise AssertionError


def shorter(model):
    buffer = weights(model)[1]
    buffer.data = buffer.data[:-1]


def larger(model):
    weights(model)[0].shape = [2**20, 2**20]


def behind(model):
    buffer = weights(model)[1]
    buffer.data, buffer.offset, buffer.size = None, 10**6, len(buffer.data)


def elsewhere(model):
    weights(model)[0].externalBuffer = 7


def other_files(model):
    model.externalBuffers = [schema.ExternalBufferT()]


def far_options(model):
    model.subgraphs[0].operators[0].largeCustomOptionsOffset = 2**40


def far_tensor(model):
    model.subgraphs[0].operators[0].inputs = [999]


def negative_tensor(model):
    model.subgraphs[0].operators[0].outputs = [-2]


def negative_input(model):
    model.subgraphs[0].inputs = [-1]


def far_subgraph(model):
    for operator in model.subgraphs[0].operators:
        if operator.builtinOptionsType == schema.BuiltinOptions.WhileOptions:
            operator.builtinOptions.bodySubgraphIndex = 99


def far_branch(model):
    for graph in model.subgraphs:
        for operator in graph.operators:
            if operator.builtinOptionsType == schema.BuiltinOptions.IfOptions:
                operator.builtinOptions.elseSubgraphIndex = -3


def composite(model):
    operator = model.subgraphs[0].operators[0]
    operator.builtinOptions2Type = schema.BuiltinOptions2.StableHLOCompositeOptions
    operator.builtinOptions2 = schema.StableHLOCompositeOptionsT()
    operator.builtinOptions2.decompositionSubgraphIndex = 77


def cases(model):
    operator = model.subgraphs[0].operators[0]
    operator.builtinOptions2Type = schema.BuiltinOptions2.StablehloCaseOptions
    operator.builtinOptions2 = schema.StablehloCaseOptionsT()
    operator.builtinOptions2.branchSubgraphIndices = [0, 55]


def far_signature(model):
    model.signatureDefs[0].inputs[0].tensorIndex = 999


def far_metadata(model):
    model.metadata[0].buffer = 999


HOSTILE = {
    "a custom operator": (custom("Mine"), "custom-operator", "“Mine”"),
    "a custom operator without a name": (custom(""), "custom-operator", "“”"),
    "Flex by name": (custom("FlexWriteFile"), "flex-operator", "“FlexWriteFile”"),
    "too few bytes": (shorter, "tensor-size", "holds"),
    "a size of 4 TB": (larger, "tensor-size", "1048576×1048576"),
    "a buffer behind the end": (behind, "external-buffer", "ends at byte 1,000,"),
    "a tensor in another file": (elsewhere, "external-buffer", "another file"),
    "other files": (other_files, "external-buffer", "other files"),
    "options behind the end": (far_options, "external-buffer", "options"),
    "a tensor that is not there": (far_tensor, "index-out-of-range", "tensor 999"),
    "a tensor below zero": (negative_tensor, "index-out-of-range", "tensor -2"),
    "an input below zero": (negative_input, "index-out-of-range", "tensor -1"),
    "a loop without a body": (far_subgraph, "index-out-of-range", "subgraph 99"),
    "a branch below zero": (far_branch, "index-out-of-range", "subgraph -3"),
    "a composite of nothing": (composite, "index-out-of-range", "subgraph 77"),
    "a case of nothing": (cases, "index-out-of-range", "subgraph 55"),
    "a signature of nothing": (far_signature, "index-out-of-range", "signature"),
    "metadata of nothing": (far_metadata, "index-out-of-range", "buffer 999"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(tmp_path, monkeypatch, looping, litert_model, name):
    """Refused by its rule with the place in the file, and by nothing else."""
    change, kind, words = HOSTILE[name]
    path = tmp_path / "model.tflite"
    path.write_bytes(edited(litert_model.read_bytes() if "signature" in name else looping, change))
    refused_by(path, kind, words)
    monkeypatch.delitem(rules.RULES, kind)
    assert describe(path).format == "litert"


def refused_by(path, kind, words):
    with pytest.raises(ProblemError) as refused:
        describe(path)
    problem = refused.value.problem
    assert (problem.stage, problem.kind) == ("audit", kind)
    assert words in problem.message
    assert problem.next_step


def test_tensorflows_own_kernels_are_refused(tmp_path, monkeypatch, flex):
    path = tmp_path / "model.tflite"
    path.write_bytes(flex)
    refused_by(path, "flex-operator", "“FlexWriteFile”")
    monkeypatch.delitem(rules.RULES, "flex-operator")
    assert "CUSTOM::FlexWriteFile" in describe(path).operators


def test_control_flow_and_metadata_are_accepted(tmp_path, looping):
    path = tmp_path / "model.tflite"
    path.write_bytes(looping)
    found = describe(path)
    assert found.operators["WHILE"] == 1 and found.operators["IF"] == 1
    assert found.not_examined[0].startswith("its metadata: “")


def test_editing_alone_changes_nothing(tmp_path, looping):
    """So that what the hostile ones are refused for is their change."""
    path = tmp_path / "model.tflite"
    path.write_bytes(edited(looping, lambda model: None))
    assert describe(path).not_examined
    Interpreter(model_content=path.read_bytes()).allocate_tensors()


def interpreted(path) -> str:
    """What LiteRT says of a model, in a process of its own: without their options some kernels crash."""
    code = (
        "import sys, ai_edge_litert.interpreter as i;"
        "i.Interpreter(model_content=open(sys.argv[1], 'rb').read()).allocate_tensors()"
    )
    return subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True).stderr


@pytest.mark.parametrize("name", sorted(rules._BUILT_IN_CUSTOM))
def test_the_custom_operators_that_are_accepted_are_litert_s_own(tmp_path, looping, name):
    path = tmp_path / "model.tflite"
    path.write_bytes(edited(looping, custom(name)))
    assert any(name in text for text in describe(path).not_examined)
    assert "unresolved custom op" not in interpreted(path)


def test_what_litert_lacks_is_told_by_its_interpreter(tmp_path, looping):
    """The message that the test above must not see."""
    path = tmp_path / "model.tflite"
    path.write_bytes(edited(looping, custom("Mine")))
    assert "unresolved custom op" in interpreted(path)


def test_quantised_weights_are_accepted(tmp_path):
    import tensorflow as tf

    weight = tf.constant(numpy.random.default_rng(0).normal(size=(64, 64)).astype(numpy.float32))
    function = tf.function(lambda x: x @ weight, input_signature=[tf.TensorSpec((2, 64), tf.float32)])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path = tmp_path / "model.tflite"
    path.write_bytes(converter.convert())
    assert describe(path).parameters >= 64 * 64


def test_buffers_behind_the_tables_are_accepted(tmp_path, looping):
    """As in models over 2 GB: the bytes follow the tables."""
    data = edited(looping, lambda model: None)
    kept = {}

    def move(model):
        buffer = weights(model)[1]
        kept["bytes"] = bytes(buffer.data)
        buffer.data, buffer.offset, buffer.size = None, len(data) + 4096, len(kept["bytes"])

    path = tmp_path / "model.tflite"
    path.write_bytes(edited(data, move).ljust(len(data) + 4096, b"\0") + kept["bytes"])
    assert describe(path).parameters
