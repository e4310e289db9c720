"""ONNX: weights in other files, functions that expand, loops without end, sizes that lie."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets, tensor

INPUTS = (tensor("x", ("batch", 3)),)


def _model(nodes: list, initializers: list | None = None, **more):
    """A model that takes x (batch, 3) and answers y, which `nodes` make of it; `more`: see make_model."""
    from onnx import TensorProto, helper

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "graph", [x], [y], initializers or [])
    more = {"opset_imports": [helper.make_opsetid("", 20)], "ir_version": 9} | more
    return helper.make_model(graph, **more)


def _saved(make: Callable[[Targets], object]) -> Callable[[Path, Targets], Path]:
    def build(folder: Path, at: Targets) -> Path:
        (path := folder / "model.onnx").write_bytes(make(at).SerializeToString())
        return path

    return build


def _node(op: str, inputs: list[str], outputs: list[str], **attributes):
    from onnx import helper

    return helper.make_node(op, inputs, outputs, **attributes)


def _weight(name: str = "w", values=(1.0, 2.0, 3.0)):
    import numpy
    from onnx import numpy_helper

    return numpy_helper.from_array(numpy.array(values, numpy.float32), name)


def _whole(name: str, *values: int):
    import numpy
    from onnx import numpy_helper

    return numpy_helper.from_array(numpy.array(values, numpy.int64), name)


def _sound(at: Targets):
    return _model([_node("Mul", ["x", "w"], ["m"]), _node("Relu", ["m"], ["y"])], [_weight()])


def _not_a_number(at: Targets):
    return _model([_node("Mul", ["x", "w"], ["y"])], [_weight(values=(1.0, float("nan"), 3.0))])


def _external(location: Callable[[Targets], str]) -> Callable[[Targets], object]:
    def make(at: Targets):
        from onnx import TensorProto

        weight = _weight()
        weight.ClearField("raw_data")
        weight.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location(at)), ("offset", "0"), ("length", "12")):
            entry = weight.external_data.add()
            entry.key, entry.value = key, value
        return _model([_node("Mul", ["x", "w"], ["y"])], [weight])

    return make


def _beside(location: str = "weights.bin", held: bytes = bytes(12), more: tuple[str, ...] = ()):
    """Writes a folder of a model with the bytes `held` beside it as weights.bin, which the model looks for
    at `location`; `more`: names under which the model lies there as well."""

    def build(folder: Path, at: Targets) -> Path:
        (path := folder / "model").mkdir()
        made = _external(lambda at: location)(at).SerializeToString()
        for name in ("model.onnx", *more):
            (path / name).write_bytes(made)
        (path / "weights.bin").write_bytes(held)
        return path

    return build


def _linked(folder: Path, at: Targets) -> Path:
    """The weights are a link to the canary."""
    path = _beside()(folder, at)
    (path / "weights.bin").unlink()
    (path / "weights.bin").symlink_to(at.canary)
    return path


def _zipped(build_folder) -> Callable[[Path, Targets], Path]:
    def build(folder: Path, at: Targets) -> Path:
        model = build_folder(folder, at)
        with zipfile.ZipFile(path := folder / "model.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(model.iterdir()):
                archive.write(file, f"model/{file.name}")
        return path

    return build


def _external_in_attribute(at: Targets):
    from onnx import TensorProto

    model = _model([_node("Constant", [], ["w"], value=_weight()), _node("Mul", ["x", "w"], ["y"])])
    tensor = model.graph.node[0].attribute[0].t
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", at.canary
    return model


def _expands(at: Targets):
    """Forty functions, each of which calls the one before it twice: 2⁴⁰ nodes in 4 KB."""
    from onnx import helper

    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)]
    functions = [helper.make_function("own", "f0", ["a"], ["b"], [_node("Neg", ["a"], ["b"])], opsets)]
    for n in range(1, 41):
        calls = [
            helper.make_node(f"f{n - 1}", ["a"], ["c"], domain="own"),
            helper.make_node(f"f{n - 1}", ["c"], ["b"], domain="own"),
        ]
        functions.append(helper.make_function("own", f"f{n}", ["a"], ["b"], calls, opsets))
    call = helper.make_node("f40", ["x"], ["y"], domain="own")
    return _model([call], functions=functions, opset_imports=opsets)


def _recursive(at: Targets):
    from onnx import helper

    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)]
    call = helper.make_node("f", ["a"], ["b"], domain="own")
    function = helper.make_function("own", "f", ["a"], ["b"], [call], opsets)
    return _model(
        [helper.make_node("f", ["x"], ["y"], domain="own")], functions=[function], opset_imports=opsets
    )


def _declares(*dims: int) -> Callable[[Targets], object]:
    """A weight that says it has `dims` and holds 12 bytes."""

    def make(at: Targets):
        weight = _weight()
        del weight.dims[:]
        weight.dims.extend(dims)
        return _model([_node("Mul", ["x", "w"], ["y"])], [weight])

    return make


def _folds(*shape: int) -> Callable[[Targets], object]:
    """A constant of this shape, made when the model is loaded."""

    def make(at: Targets):
        nodes = [
            _node("ConstantOfShape", ["shape"], ["big"]),
            _node("ReduceSum", ["big"], ["sum"], keepdims=0),
            _node("Add", ["x", "sum"], ["y"]),
        ]
        return _model(nodes, [_whole("shape", *shape)])

    return make


def _endless(at: Targets):
    """Loop of 2⁶³-1 rounds."""
    import numpy
    from onnx import TensorProto, helper, numpy_helper

    body = helper.make_graph(
        [_node("Identity", ["going"], ["on"]), _node("Neg", ["a"], ["b"])],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("a", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("b", TensorProto.FLOAT, None),
        ],
    )
    rounds = numpy_helper.from_array(numpy.array((1 << 63) - 1, numpy.int64), "rounds")
    going = numpy_helper.from_array(numpy.array(True), "go")
    return _model([_node("Loop", ["rounds", "go", "x"], ["y"], body=body)], [rounds, going])


def _growing(at: Targets):
    """Loop whose scanned outputs are all kept."""
    import numpy
    from onnx import TensorProto, helper, numpy_helper

    body = helper.make_graph(
        [
            _node("Identity", ["going"], ["on"]),
            _node("Expand", ["sum", "size"], ["kept"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("kept", TensorProto.FLOAT, [5_000_000]),
        ],
    )
    rounds = numpy_helper.from_array(numpy.array(100, numpy.int64), "rounds")
    going = numpy_helper.from_array(numpy.array(True), "go")
    nodes = [
        _node("ReduceSum", ["x"], ["sum"], keepdims=0),
        _node("Loop", ["rounds", "go"], ["y"], body=body),
    ]
    return _model(nodes, [rounds, going, _whole("size", 5_000_000)])


def _opset(version: int) -> Callable[[Targets], object]:
    def make(at: Targets):
        from onnx import helper

        return _model(
            [_node("Relu", ["x"], ["y"])],
            opset_imports=[helper.make_opsetid("", version)],
        )

    return make


def _domain(at: Targets):
    from onnx import helper

    node = helper.make_node("RunAnything", ["x"], ["y"], domain="evil.example")
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("evil.example", 1)]
    return _model([node], opset_imports=opsets)


def _context(at: Targets):
    """An operator of ONNX Runtime that reads a compiled graph from a path."""
    from onnx import helper

    node = helper.make_node(
        "EPContext",
        ["x"],
        ["y"],
        domain="com.microsoft",
        embed_mode=0,
        ep_cache_context=at.canary,
        source="X",
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return _model([node], opset_imports=opsets)


def _varint(value: int) -> bytes:
    return bytes([value & 0x7F | 0x80]) + _varint(value >> 7) if value > 0x7F else bytes([value])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _nested(folder: Path, at: Targets) -> Path:
    """Conditions within conditions, 300 deep: by hand, since protobuf's own writer stops at 100."""
    graph = _field(1, _field(1, b"x") + _field(2, b"out") + _field(4, b"Identity"))
    for _ in range(300):
        branch = _field(5, _field(1, b"then_branch") + _field(6, graph))
        graph = _field(1, _field(1, b"c") + _field(2, b"out") + _field(4, b"If") + branch)
    (path := folder / "model.onnx").write_bytes(b"\x08\x09" + _field(7, graph) + _field(8, b"\x10\x14"))
    return path


def _two_graphs(folder: Path, at: Targets) -> Path:
    """A second graph behind the first, which protobuf merges into it."""
    first = _sound(at)
    (path := folder / "model.onnx").write_bytes(
        first.SerializeToString() + _field(7, first.graph.SerializeToString())
    )
    return path


def _ir_version(at: Targets):
    return _model([_node("Relu", ["x"], ["y"])], ir_version=99)


def _huge_shape(folder: Path, at: Targets) -> Path:
    """An input of 4 TB, which must be asked for and not allocated."""
    from onnx import TensorProto, helper

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1 << 20, 1 << 20])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([_node("Relu", ["x"], ["y"])], "graph", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    (path := folder / "model.onnx").write_bytes(model.SerializeToString())
    return path


def _hostile_names(at: Targets):
    model = _sound(at)
    model.producer_name = "<script>alert(1)</script>![x](http://127.0.0.1/)\x1b[31m"
    model.doc_string = "[click](javascript:alert(1))"
    model.graph.node[0].name = "$(touch /tmp/x); `id` {{7*7}} %s %n"
    return model


def _custom_library(at: Targets):
    """Metadata that a session might read as its options."""
    model = _sound(at)
    entry = model.metadata_props.add()
    entry.key = "ort_config"
    entry.value = (
        f'{{"session_options": {{"enable_profiling": 1, "optimized_model_filepath": "{at.markers}/optimized",'
        f' "profile_file_prefix": "{at.markers}/profile", "intra_op_num_threads": 64}}}}'
    )
    return model


def _case(name: str, make, expects: str, *kinds: str, **more) -> Case:
    more = {"loads_as": "onnx", "inputs": INPUTS} | more
    return Case(f"onnx-{name}", "onnx", expects, _saved(make), kinds, "", **more)


def _packed(name: str, build_folder, *kinds: str) -> Case:
    return Case(f"onnx-zip-{name}", "onnx", "refused", _zipped(build_folder), kinds)


EXTERNAL = ("external-data",)
_FLOATS = struct.pack("<3f", 1, 2, 3)
CASES = (
    _case("sound", _sound, "accepted"),
    _case("hostile-names", _hostile_names, "accepted"),
    _case("not-a-number", _not_a_number, "warned", finds="NaN"),
    _case("session-options", _custom_library, "contained"),
    _case("external-absolute", _external(lambda at: at.canary), "refused", *EXTERNAL),
    _case("external-leaves", _external(lambda at: "../" * 20 + at.canary[1:]), "refused", *EXTERNAL),
    _case("external-beside", _external(lambda at: "weights.bin"), "refused", *EXTERNAL),
    _case("external-in-attribute", _external_in_attribute, "refused", *EXTERNAL),
    _case("expands-to-2-40", _expands, "refused", "function-expansion", ends=("timeout",)),
    _case("recursive-function", _recursive, "refused", "function-expansion"),
    _case("declares-4-TB", _declares(1 << 20, 1 << 20), "refused", "tensor-size"),
    _case("declares-overflow", _declares(1 << 62, 1 << 62), "refused", "damaged-model"),
    _case("declares-negative", _declares(-3), "refused", "damaged-model"),
    _case("folds-to-4-TB", _folds(1 << 20, 1 << 20), "refused", "generated-size"),
    _case("folds-to-2-GB", _folds(1 << 9, 1 << 20), "contained"),
    _case("endless", _endless, "contained", ends=("timeout",)),
    _case("growing-outputs", _growing, "contained", ends=("out-of-memory", "source-does-not-run")),
    _case("opset-of-the-future", _opset(999), "refused", "opset-unknown"),
    _case("ir-of-the-future", _ir_version, "refused", "opset-unknown"),
    # Not refused, because it does nothing: ONNX Runtime has no kernel for it.
    _case("unknown-domain", _domain, "contained"),
    _case("reads-a-context", _context, "refused", "operator"),
    Case("onnx-two-graphs", "onnx", "refused", _two_graphs, ("several-graphs",), loads_as="onnx"),
    Case("onnx-nested-300-deep", "onnx", "refused", _nested, ("damaged-model",), loads_as="onnx"),
    Case(
        "onnx-input-of-4-TB",
        "onnx",
        "contained",
        _huge_shape,
        loads_as="onnx",
        inputs=(tensor("x", (1 << 20, 1 << 20)),),
    ),
    Case("onnx-sound-in-files", "onnx", "accepted", _beside(held=_FLOATS), loads_as="onnx", inputs=INPUTS),
    Case("onnx-sound-zip", "onnx", "accepted", _zipped(_beside(held=_FLOATS))),
    _packed("outside", _beside("../weights.bin"), *EXTERNAL),
    _packed("missing", _beside("other.bin"), *EXTERNAL),
    _packed("past-the-end", _beside(held=bytes(11)), *EXTERNAL),
    _packed("two-models", _beside(more=("other.onnx",)), "several-models"),
    Case("onnx-linked", "onnx", "refused", _linked, EXTERNAL, loads_as="onnx", inputs=INPUTS),
)
