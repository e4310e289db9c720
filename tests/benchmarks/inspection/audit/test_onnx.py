"""Hostile ONNX models by onnx's own helpers, each against the rule that refuses it, and benign ones."""

import contextlib
import os
import shutil
import time
from pathlib import Path

import numpy
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import onnx as rules
from benchmarks.inspection.content import open_content

DATA = Path(onnx.__file__).parent / "backend/test/data"
OPSETS = [helper.make_opsetid("", 18), helper.make_opsetid("local", 1)]


def value(name, shape=(4,), dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes=None, initializers=(), functions=(), opsets=OPSETS, sparse=(), **keywords):
    nodes = nodes or [helper.make_node("Neg", ["x"], ["y"])]
    graph = helper.make_graph(nodes, "g", [value("x")], [value("y")], list(initializers))
    graph.sparse_initializer.extend(sparse)
    return helper.make_model(
        graph, opset_imports=opsets, functions=list(functions), **({"ir_version": 9} | keywords)
    )


def weight(name="w", dims=(4,), dtype=TensorProto.FLOAT, **fields):
    tensor = TensorProto(name=name, dims=dims, data_type=dtype)
    for key, content in fields.items():
        if isinstance(content, list):
            getattr(tensor, key).extend(content)
        else:
            setattr(tensor, key, content)
    return tensor


def external(location, **fields):
    tensor = weight(data_location=TensorProto.EXTERNAL)
    for key, content in ({"location": location} | fields).items():
        tensor.external_data.add(key=key, value=str(content))
    return tensor


def constant(tensor, output="y", name="it"):
    return helper.make_node("Constant", [], [output], name=name, value=tensor)


def branching(tensor):
    branch = helper.make_graph([constant(tensor)], "b", [], [value("y")])
    flag = helper.make_tensor("flag", TensorProto.BOOL, [], [True])
    return model(
        [helper.make_node("If", ["flag"], ["y"], then_branch=branch, else_branch=branch)], initializers=[flag]
    )


def function(name, nodes, domain="local"):
    return helper.make_function(domain, name, ["x"], ["y"], nodes, OPSETS)


def call(name, source="x", target="y", domain="local"):
    return helper.make_node(name, [source], [target], domain=domain)


def doubling(depth):
    """Each function calls the next one twice: 2^depth nodes at the end."""
    functions = [
        function(f"f{level}", [call(f"f{level + 1}", "x", "t"), call(f"f{level + 1}", "t", "y")])
        for level in range(depth)
    ]
    last = function(f"f{depth}", [helper.make_node("Neg", ["x"], ["y"])])
    return model([call("f0")], functions=[*functions, last])


def training(tensor):
    proto = model()
    proto.training_info.add().algorithm.initializer.append(tensor)
    return proto


def sparse(values, dims):
    indices = helper.make_tensor("i", TensorProto.INT64, [1], [0])
    return helper.make_sparse_tensor(values, indices, dims)


def several_graphs():
    proto = model().SerializeToString()
    graph = onnx.ModelProto()
    graph.graph.name = "second"
    return proto + graph.SerializeToString()


def filled(count, dtype=TensorProto.FLOAT, by_constant=False):
    shape = numpy_helper.from_array(numpy.array([count, 1000], numpy.int64), "shape")
    fill = helper.make_node(
        "ConstantOfShape", ["shape"], ["y"], name="fill", value=helper.make_tensor("v", dtype, [1], [0])
    )
    if by_constant:
        return model([constant(shape, "shape"), fill])
    return model([fill], initializers=[shape])


HOSTILE = {
    "weights elsewhere": (lambda: model(initializers=[external("w.bin")]), "external-data", "“w.bin”"),
    "an absolute path": (lambda: model(initializers=[external("/etc/passwd")]), "external-data", "outside"),
    "a path upwards": (lambda: model(initializers=[external("a/../../b")]), "external-data", "outside"),
    "a path of Windows": (lambda: model(initializers=[external("..\\b")]), "external-data", "outside"),
    "a drive": (lambda: model(initializers=[external("C:b")]), "external-data", "outside"),
    "an address": (
        lambda: model(initializers=[external("*/_ORT_MEM_ADDR_/*", offset=4096)]),
        "external-data",
        "in the memory",
    ),
    "external in a Constant": (lambda: model([constant(external("/a"))]), "external-data", "node “it”"),
    "external in a subgraph": (lambda: branching(external("/a")), "external-data", "node “it”"),
    "external in a function": (
        lambda: model([call("f")], functions=[function("f", [constant(external("/a"))])]),
        "external-data",
        "node “it”",
    ),
    "external in training": (lambda: training(external("/a")), "external-data", "initializer “w”"),
    "external sparse values": (
        lambda: model(sparse=[sparse(external("/a"), [4])]),
        "external-data",
        "sparse initializer “w”",
    ),
    "no data": (lambda: model(initializers=[weight(dims=[1000, 1000])]), "tensor-size", "1000×1000"),
    "too few bytes": (
        lambda: model(initializers=[weight(raw_data=b"\0" * 12)]),
        "tensor-size",
        "holds 12 bytes",
    ),
    "too many bytes": (
        lambda: model(initializers=[weight(raw_data=b"\0" * 17)]),
        "tensor-size",
        "holds 17 bytes",
    ),
    "too few floats": (
        lambda: model(initializers=[weight(float_data=[1.0] * 3)]),
        "tensor-size",
        "holds 3 values",
    ),
    "too few integers": (
        lambda: model(initializers=[weight(dtype=TensorProto.INT64, int64_data=[2**40] * 3)]),
        "tensor-size",
        "holds 3 values",
    ),
    "too few half bytes": (
        lambda: model(initializers=[weight(dtype=TensorProto.INT4, raw_data=b"\0")]),
        "tensor-size",
        "int4",
    ),
    "a shape too long in an attribute": (
        lambda: model([constant(weight(raw_data=b"\0"))]),
        "tensor-size",
        "node “it”",
    ),
    "2⁴⁰ nodes": (lambda: doubling(40), "function-expansion", "1,000,000"),
    "2²⁰ nodes": (lambda: doubling(20), "function-expansion", "1,000,000"),
    "recursion": (
        lambda: model([call("f")], functions=[function("f", [call("g")]), function("g", [call("f")])]),
        "function-expansion",
        "calls itself",
    ),
    "recursion in a subgraph": (
        lambda: model(
            [call("f")],
            functions=[
                function(
                    "f",
                    [
                        helper.make_node(
                            "If",
                            ["x"],
                            ["y"],
                            then_branch=helper.make_graph([call("f")], "b", [], [value("y")]),
                        )
                    ],
                )
            ],
        ),
        "function-expansion",
        "calls itself",
    ),
    "a second graph": (several_graphs, "several-graphs", "2 graphs"),
    "a later opset": (lambda: model(opsets=[helper.make_opsetid("", 29)]), "opset-unknown", "Opset 29"),
    "a later IR version": (lambda: model(ir_version=15), "opset-unknown", "IR version 15"),
    "a later opset of ai.onnx.ml": (
        lambda: model(opsets=[*OPSETS, helper.make_opsetid("ai.onnx.ml", 6)]),
        "opset-unknown",
        "“ai.onnx.ml”",
    ),
    "a compiled context": (
        lambda: model([helper.make_node("EPContext", ["x"], ["y"], name="it", domain="com.microsoft")]),
        "operator",
        "node “it”",
    ),
    "constants of 40 GB": (lambda: filled(10**7), "generated-size", "40 GB"),
    "constants of 40 GB by a node": (
        lambda: filled(10**7, by_constant=True),
        "generated-size",
        "node “fill”",
    ),
    "a sparse tensor of 40 GB": (
        lambda: model(sparse=[sparse(helper.make_tensor("s", TensorProto.FLOAT, [1], [1.0]), [10**10])]),
        "generated-size",
        "sparse initializer “s”",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(tmp_path, monkeypatch, name):
    """Refused by its rule with the place in the file, and by nothing else."""
    make, kind, words = HOSTILE[name]
    made = make()
    path = tmp_path / "model.onnx"
    path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())
    with pytest.raises(ProblemError) as refused:
        describe(path)
    problem = refused.value.problem
    assert (problem.stage, problem.kind) == ("audit", kind)
    assert words in problem.message
    assert problem.next_step
    monkeypatch.delitem(rules.RULES, kind)
    assert describe(path).format == "onnx"


BENIGN = {
    "functions within bounds": lambda: doubling(15),
    "a function used twice": lambda: model(
        [call("f", "x", "t"), call("f", "t", "y")],
        functions=[function("f", [helper.make_node("Neg", ["x"], ["y"])])],
    ),
    "every way to store": lambda: model(
        initializers=[
            weight("a", float_data=[0.5] * 4),
            weight("b", dtype=TensorProto.INT64, int64_data=[-1, 2**62, 0, 300]),
            weight("c", dtype=TensorProto.FLOAT16, int32_data=[15360] * 4),
            weight("d", dtype=TensorProto.DOUBLE, double_data=[1.0] * 4),
            weight("e", dtype=TensorProto.STRING, string_data=[b"a"] * 4),
            weight("f", dtype=TensorProto.UINT64, uint64_data=[2**63] * 4),
            weight("h", dims=[3], dtype=TensorProto.INT4, raw_data=b"\0\0"),
            weight("i", dims=[0]),
            weight("j", dims=[], float_data=[1.0]),
            helper.make_tensor("k", TensorProto.UINT4, [5], [1, 2, 3, 4, 5]),
            helper.make_tensor("l", TensorProto.COMPLEX64, [2], [1 + 2j, 3]),
            helper.make_tensor("m", TensorProto.BFLOAT16, [4], [1.0, 2.0, 3.0, 4.0]),
            helper.make_tensor("n", TensorProto.FLOAT8E4M3FN, [4], [1.0, 2.0, 3.0, 4.0]),
            helper.make_tensor("o", TensorProto.BOOL, [4], [True, False, True, True]),
        ]
    ),
    "constants of 40 MB": lambda: filled(10**4),
    "the newest": lambda: model(opsets=[helper.make_opsetid("", 28)], ir_version=14),
}


@pytest.mark.parametrize("name", BENIGN)
def test_benign(tmp_path, name):
    path = tmp_path / "model.onnx"
    path.write_bytes(BENIGN[name]().SerializeToString())
    found = describe(path)
    assert any("folded" in text for text in found.not_examined)


def test_models_of_the_onnx_backend_tests_are_accepted():
    files = sorted(DATA.rglob("*.onnx"))
    assert len(files) > 100
    for path in files:
        assert describe(path).format == "onnx"


def dense(count):
    """Each function calls every later one."""
    functions = [
        function(f"f{level}", [call(f"f{later}") for later in range(level + 1, count)] or [call("Mine")])
        for level in range(count)
    ]
    return model([call("f0")], functions=functions)


def many_names(count):
    return model(
        [call(f"o{index}") for index in range(count)],
        functions=[function(f"f{index}", [call("Mine")]) for index in range(count)],
    )


@pytest.mark.parametrize(("make", "count"), [(dense, 280), (many_names, 20_000)])
def test_the_audit_takes_no_longer_than_the_file_is_large(tmp_path, make, count):
    path = tmp_path / "model.onnx"
    path.write_bytes(make(count).SerializeToString())
    began = time.process_time()
    with contextlib.suppress(ProblemError):
        describe(path)
    assert time.process_time() - began < 2


def test_custom_operators_are_told(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(model([call("Mine", domain="acme")]).SerializeToString())
    assert any("“acme”" in finding.text for finding in describe(path).findings)


def test_settings_inside_are_told(tmp_path):
    path = tmp_path / "model.onnx"
    proto = model()
    helper.set_model_props(proto, {"ort_config": '{"session_options": {"enable_profiling": true}}'})
    path.write_bytes(proto.SerializeToString())
    assert any("ort_config" in finding.text for finding in describe(path).findings)


@pytest.fixture
def folder(tmp_path) -> Path:
    """A model with its weights beside it, as a folder."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "w.bin").write_bytes(b"\0" * 16)
    return folder


def audited(folder, tensor):
    """The rule itself: a folder of an ONNX model is not yet a model that is read here."""
    proto = model(initializers=[tensor]).SerializeToString()
    parsed = rules._Parsed(open_content(folder), "", rules.onnx_graph.Model(memoryview(proto)))
    rules.RULES["external-data"](parsed)


def test_weights_beside_the_model_are_accepted(folder):
    audited(folder, external("w.bin", offset=0, length=16))
    audited(folder, external("w.bin"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"length": 17}, "after the end"),
        ({"offset": 1}, "after the end"),
        ({"offset": -1, "length": 1}, "after the end"),
        ({"offset": 2**63, "length": 1}, "after the end"),
    ],
)
def test_weights_past_the_end_are_refused(folder, fields, words):
    with pytest.raises(ProblemError, match=words):
        audited(folder, external("w.bin", **fields))


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_linked_weights_are_refused(folder, link):
    shutil.move(folder / "w.bin", folder.parent / "elsewhere")
    link(folder.parent / "elsewhere", folder / "w.bin")
    with pytest.raises(ProblemError, match="is a link"):
        audited(folder, external("w.bin", length=16))
