"""PyTorch's ExportedProgram (.pt2): a zip with the graph as JSON and the weights as raw files.

Layout and numbers: torch/export/pt2_archive/constants.py and torch/_export/serde/schema.py, torch 2.13.
"""

import re
from collections import Counter

from benchmarks import onnx_names
from benchmarks.artifact import Description, Dim, Finding, TensorSpec
from benchmarks.inspection import names_file, pt2_archive
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import refusal
from benchmarks.inspection.tensor_size import elements

NAMES = f"extra/{onnx_names.FILE}"
_FORMAT_FILE, _WEIGHTS = "archive_format", "data/weights/"
_WEIGHTS_CONFIG, _AOTINDUCTOR = "_weights_config.json", "data/aotinductor/"
_OLD_GRAPH = "serialized_exported_program.json"
_FIRST_TYPES = (
    "uint8 int8 int16 int32 int64 float16 float32 float64 complex32 complex64 complex128 bool bfloat16"
)
_LATER_TYPES = "uint16 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu uint32 uint64"
DTYPES = dict(enumerate(_FIRST_TYPES.split(), start=1)) | dict(enumerate(_LATER_TYPES.split(), start=28))
_SYMBOL = re.compile(r"Symbol\('([A-Za-z0-9_]{1,40})'[^()]{0,80}\)")
_INTEGER = re.compile(r"Integer\((-?\d{1,20})\)")
MAX_EXPRESSION = 80


def recognise(content: Content) -> str | None:
    """The archive's folder if the zip is an exported program, else None. Refuses compiled packages."""
    if content.container != "zip":
        return None
    if any(name.rpartition("/")[2] == _OLD_GRAPH for name in content.files):
        raise refusal(
            "old-pt2",
            "This exported program was written by an old PyTorch, in a layout not read here.",
            "Export and save it again with PyTorch 2.8 or newer.",
        )
    roots = [name.rpartition("/")[0] for name in content.files if name.rpartition("/")[2] == _FORMAT_FILE]
    for root in roots:
        prefix = f"{root}/" if root else ""
        if any(name.startswith(prefix + _AOTINDUCTOR) for name in content.files):
            raise refusal(
                "aotinductor",
                "This is an AOTInductor package: machine code compiled for one kind of machine, not a model "
                "that can be converted.",
                "Upload what it was compiled from, saved with torch.export.save.",
            )
        if pt2_archive.graph_file(content, root):
            return root
    return None


def describe(content: Content, root: str) -> Description:
    """Reads the graph's JSON and the list of the weights; nothing pickled is opened."""
    prefix = f"{root}/" if root else ""
    program = pt2_archive.program(content, root)
    graph = program["graph_module"]["graph"]
    signature = program["graph_module"]["signature"]
    values = graph["tensor_values"]
    inputs = _arguments(signature["input_specs"], "user_input")
    outputs = _arguments(signature["output_specs"], "user_output")
    operators = Counter(str(node["target"])[:200].removeprefix("torch.ops.") for node in graph["nodes"])
    schema = program.get("schema_version") or {}
    version = {
        "torch": program.get("torch_version"),
        "schema": ".".join(str(schema[part]) for part in ("major", "minor") if part in schema),
        "aten opset": (program.get("opset_version") or {}).get("aten"),
    }
    parameters = _weights(content, prefix)
    names = names_file.read_if_sound(content, prefix + NAMES)
    return Description(
        format="pt2",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={
            key: value if isinstance(value, int) else str(value)[:40]
            for key, value in version.items()
            if value
        },
        inputs=names_file.renamed(_specs(inputs, values), names.inputs),
        outputs=names_file.renamed(_specs(outputs, values), names.outputs),
        operators=dict(operators.most_common()),
        parameters=parameters,
        findings=(
            *_range_findings(program.get("range_constraints") or {}),
            *_argument_findings(inputs, outputs),
            *names_file.findings(names),
        ),
    )


def _arguments(specs: list[dict], wanted: str) -> list[tuple[str, str]]:
    """Kind ("as_tensor", "as_int", …) and name of the arguments that the caller gives or gets."""
    arguments = []
    for spec in specs:
        if wanted in spec:
            [(kind, value)] = spec[wanted]["arg"].items()
            arguments.append((kind, str(value["name"]) if kind == "as_tensor" else ""))
    return arguments


def _specs(arguments: list[tuple[str, str]], values: dict) -> tuple[TensorSpec, ...]:
    return tuple(_spec(name, values[name]) for kind, name in arguments if kind == "as_tensor")


def _spec(name: str, meta: dict) -> TensorSpec:
    return TensorSpec(name, DTYPES.get(meta["dtype"]), tuple(_dim(size) for size in meta["sizes"]))


def _dim(size: dict) -> Dim:
    if "as_int" in size:
        return int(size["as_int"])
    return _readable(str(size["as_expr"]["expr_str"]))


def _readable(expression: str) -> str:
    """Symbol('s77', positive=True) → s77; what is more than that keeps sympy's form. Never evaluated."""
    shown = _INTEGER.sub(r"\1", _SYMBOL.sub(r"\1", expression[:1000]))
    product = re.fullmatch(r"Mul\((-?\d+), (\w+)\)", shown)
    return (f"{product[1]}*{product[2]}" if product else shown)[:MAX_EXPRESSION]


def _weights(content: Content, prefix: str) -> int | None:
    """Elements of all weights, a shared one counted once."""
    start = prefix + _WEIGHTS
    configs = [name for name in content.files if name.startswith(start) and name.endswith(_WEIGHTS_CONFIG)]
    if not configs:
        return None
    sizes: dict[str, int] = {}
    for name in configs:
        for weight in content.json(name)["config"].values():
            meta = weight["tensor_meta"]
            count = elements(int(size["as_int"]) for size in meta["sizes"])
            path = str(weight["path_name"])
            sizes[path] = max(count, sizes.get(path, 0))
    return sum(sizes.values())


def _range_findings(ranges: dict) -> list[Finding]:
    bounds = []
    for name, bound in list(ranges.items())[:20]:
        low, high = bound.get("min_val"), bound.get("max_val")
        upper = f" to {high}" if isinstance(high, int) else " or more"
        if isinstance(low, int) and str(name).isidentifier():
            bounds.append(f"{name[:40]}: {low}{upper}")
    return [Finding("info", f"Sizes that may vary: {'; '.join(bounds)}.")] if bounds else []


def _argument_findings(inputs: list[tuple[str, str]], outputs: list[tuple[str, str]]) -> list[Finding]:
    others = {
        "Inputs": sum(kind != "as_tensor" for kind, _ in inputs),
        "Outputs": sum(kind != "as_tensor" for kind, _ in outputs),
    }
    return [
        Finding("info", f"{side} that are no tensors (numbers, None) are not listed: {count}.")
        for side, count in others.items()
        if count
    ]
