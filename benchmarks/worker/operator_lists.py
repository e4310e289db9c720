"""What the converters can translate, by their own registries: `python -m benchmarks.worker.operator_lists`
writes `benchmarks/operators.json` again, after an update of a package that it names or of the importer; a
test fails until then. With `--litert`, TensorFlow's converter is asked again too, operator by operator.

"edges": every converter, null where it publishes no list, else its operators: "supported", those that it has
a translation of; "depends", those of which it has one for some uses only; "refused", where it was asked,
those that it has none of. "known": the operators that a framework has at all: one that is known and not
supported is not supported.
"""

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.worker import capabilities, converters

FILE = Path(__file__).parent.parent / "operators.json"
PACKAGES = ("onnx", "onnxscript", "tensorflow-cpu", "tf2onnx", "torch")
LOOPS = ("Loop", "Scan")
"""torch.export has no loop of unknown length that collects outputs (`advisor/knowledge/converters.toml`)."""
ASKED = "savedmodel-to-litert"
"""The edge whose converter has no registry."""


def onnx_operators() -> set[str]:
    """The operators of ONNX's default domain."""
    import onnx

    return {schema.name for schema in onnx.defs.get_all_schemas_with_history() if schema.domain == ""}


def importer(depends: Iterable[str] = ()) -> dict[str, list[str]]:
    """ONNX to torch and TensorFlow by this project's importer: its table, and what ONNX defines as a function
    of operators in it. Depends: functions whose body follows from the types, and `depends`."""
    import onnx

    from benchmarks.worker.onnx_import import operators  # noqa: F401  (fills the table)
    from benchmarks.worker.onnx_import.registry import TABLE

    supported = {*TABLE, "Constant"}
    schemas = [schema for schema in onnx.defs.get_all_schemas() if schema.domain == ""]
    bodies = {s.name: {node.op_type for node in s.function_body.node} for s in schemas if s.has_function}
    while found := {name for name, body in bodies.items() if body <= supported} - supported:
        supported |= found
    by_type = {schema.name for schema in schemas if schema.has_context_dependent_function}
    return _lists(supported - set(depends), {*by_type, *depends})


def torchscript_to_onnx() -> dict[str, list[str]]:
    from torch.onnx._internal import torchscript_exporter
    from torch.onnx._internal.torchscript_exporter import registration

    from benchmarks.worker.converters.torchscript_to_onnx import OPSET

    for module in pkgutil.iter_modules(torchscript_exporter.__path__, f"{torchscript_exporter.__name__}."):
        if ".symbolic_opset" in module.name:  # they fill the registry
            importlib.import_module(module.name)
    registry = registration.registry
    names = {name for name in registry.all_functions() if registry.is_registered_op(name, OPSET)}
    return _lists(name for name in names if not name.startswith("prim::"))


def pt2_to_onnx() -> dict[str, list[str]]:
    """Depends: operators that torch takes apart into others first."""
    import torch
    from torch.onnx._internal.exporter import _decomp, _registration

    registry = _registration.ONNXRegistry.from_torchlib()
    targets = _decomp.get_onnx_implemented_overloads(registry)
    apart = _decomp.create_onnx_friendly_decomposition_table(set(targets))
    composite = [name for name in _overloads() if _is_composite(torch, name)]
    apart_names = [name for target in apart if (name := target.name()).startswith("aten::")]
    supported = {name() for target in targets if callable(name := getattr(target, "name", None))}
    return _lists(supported, {*apart_names, *composite})


def _overloads() -> set[str]:
    """The operators of torch with their overloads, "aten::add.Tensor"."""
    import torch

    schemas = [s for s in torch._C._jit_get_all_schemas() if s.name.startswith("aten::")]
    return {f"{s.name}.{s.overload_name}" if s.overload_name else s.name for s in schemas}


def _is_composite(torch, name: str) -> bool:
    try:
        return torch._C._dispatch_has_kernel_for_dispatch_key(name, "CompositeImplicitAutograd")
    except RuntimeError:  # an operator of TorchScript's interpreter only
        return False


def savedmodel_to_onnx() -> dict[str, list[str]]:
    """Depends: operators that tf2onnx knows within the patterns that it rewrites."""
    import tf2onnx.rewriter
    import tf2onnx.tfonnx  # fills the registry
    from tf2onnx import constants
    from tf2onnx.handler import tf_op

    from benchmarks.worker.converters.savedmodel_to_onnx import OPSET

    handled = {name for level in tf_op.get_opsets()[constants.ONNX_DOMAIN][: OPSET + 1] for name in level}
    handled = {name for name in handled if not name.startswith("TFL_")}
    text = "".join(
        Path(module.module_finder.path, f"{module.name}.py").read_text()
        for module in pkgutil.iter_modules(tf2onnx.rewriter.__path__)
    )
    return _lists(handled, set(re.findall(r"""["'|](\w+)(?=["'|])""", text)) & tensorflow_operators())


def litert_to_onnx() -> dict[str, list[str]]:
    import tf2onnx.tfonnx  # noqa: F401  (fills the registry)
    from tf2onnx.handler import tf_op

    opsets = tf_op.get_opsets()
    names = {name for domain in opsets.values() for level in domain for name in level}
    return _lists(name.removeprefix("TFL_") for name in names if name.startswith("TFL_"))


def savedmodel_to_litert() -> dict[str, list[str]]:
    from benchmarks.worker import litert_operators

    asked = [operator for operator in _tensorflow() if litert_operators.could_be(operator)]
    answers = litert_operators.builtins(asked)
    return {**_lists(name for name, yes in answers.items() if yes), "refused": sorted(_no(answers))}


def _no(answers: dict[str, bool]) -> set[str]:
    return {name for name, yes in answers.items() if not yes}


def tensorflow_operators() -> set[str]:
    return {operator.name for operator in _tensorflow()}


def _tensorflow() -> Iterable:
    """The definitions of all its operators (`OpDef`)."""
    from tensorflow.core.framework import op_def_pb2
    from tensorflow.python.client import pywrap_tf_session

    listed = pywrap_tf_session.TF_GetBuffer(pywrap_tf_session.TF_GetAllOpList())
    return op_def_pb2.OpList.FromString(listed).op


def _lists(supported: Iterable[str], depends: Iterable[str] = ()) -> dict[str, list[str]]:
    supported = set(supported)
    return {"supported": sorted(supported), "depends": sorted(set(depends) - supported)}


def lists(litert: dict[str, list[str]]) -> dict:
    """All that the file holds; `litert`: the lists of the edge `ASKED`."""
    edges: dict[str, dict | None] = dict.fromkeys(converters.edge_ids())
    edges |= {f"onnx-to-{target}": importer() for target in ("savedmodel", "torchscript")}
    edges["onnx-to-pt2"] = importer(LOOPS)
    edges["torchscript-to-onnx"] = torchscript_to_onnx()
    edges["pt2-to-onnx"] = pt2_to_onnx()
    edges["pt2-to-torchscript"] = _lists(packet(name) for name in _overloads())
    edges["savedmodel-to-onnx"] = savedmodel_to_onnx()
    edges["litert-to-onnx"] = litert_to_onnx()
    edges[ASKED] = litert
    return {
        "versions": {name: capabilities.versions()[name] for name in PACKAGES},
        "known": {
            "onnx": sorted(onnx_operators()),
            "torch": sorted({packet(name) for name in _overloads()}),
            "tensorflow": sorted(tensorflow_operators()),
        },
        "edges": edges,
    }


def packet(name: str) -> str:
    """ "aten::add" of "aten::add.Tensor"."""
    return name.partition(".")[0]


def main() -> None:
    # Asked first: its processes are forks of one in which no framework has run.
    litert = (
        savedmodel_to_litert() if "--litert" in sys.argv else json.loads(FILE.read_text())["edges"][ASKED]
    )
    FILE.write_text(json.dumps(lists(litert), indent=0, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
