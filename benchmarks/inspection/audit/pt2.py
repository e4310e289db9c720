"""What is refused in an exported program, and which of its parts are pickles that run code.

PyTorch turns the graph into Python text and executes that, with the names of tensors and arguments and
words among the inputs as they are in the file; guards are Python as they stand; sizes that are text go
through sympy, which evaluates them; a treespec may name a module to import. Each was tried on torch 2.13
and ran a command at loading. Sources: torch/fx/graph.py, torch/_export/serde/serialize.py,
torch/export/_unlift.py, torch/export/pt2_archive/_package.py, torch/utils/_pytree.py.
"""

import re
from collections.abc import Callable, Iterator

from benchmarks.artifact import Finding
from benchmarks.inspection import pt2
from benchmarks.inspection.audit import Audit, expressions, names_file, refusal
from benchmarks.inspection.audit.tensors import reach
from benchmarks.inspection.audit.torch_pickle import runs_code
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted
from benchmarks.inspection.pt2_archive import (
    CONSTANTS,
    MODELS,
    SAMPLES,
    WEIGHTS,
    Archive,
    argument_names,
    decoded,
    entries,
    read,
)

_INSTEAD = "Export the model again and save it with torch.export.save."
_TOPS = {"archive_format", "archive_version", "byteorder", "version", ".data", "data", "models", "extra"}
_TOPS |= {".format_version", ".storage_alignment"}
_COMPILED = re.compile(
    r"data/(?:aotinductor|executorch|mtia)/|.*\.(?:so|o|dll|dylib|cubin|ptx|pte)\Z", re.DOTALL
)
_VALUE_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*|", re.ASCII)
_SIZE_NAME = re.compile(r"(?:[A-Za-z_]+\d{0,6}|\d{1,6}|[-+*/(), ]){1,200}", re.ASCII)
"""PyTorch counts up to the number of a symbol, one by one."""
MAX_EXPRESSION_TEXT, MAX_PICKLES = 500_000, 8
"""Letters of different expressions, and files: as many are looked at."""
_VALUE_KEYS = {"name", "as_name", "forward_arg_names", "field_names"}
_VALUE_TABLES = {
    "tensor_values",
    "sym_int_values",
    "sym_bool_values",
    "sym_float_values",
    "custom_obj_values",
}
_EXPRESSIONS = {"expr_str": expressions.check, "guards_code": expressions.check_guard}
_SPECS, _CALLED = {"in_spec", "out_spec"}, {"target", "as_operator"}
_KEYS = _VALUE_KEYS | _VALUE_TABLES | _SPECS | set(_EXPRESSIONS)
_KEYS |= _CALLED | {"range_constraints", "as_string"}
_OPERATOR = re.compile(
    r"torch\.ops\.(\w+)\.(\w+)(?:\.(\w+))?|_operator\.\w+|math\.\w+|torch\._?sym_\w+|torch\.sym_\w+", re.ASCII
)
_NAMESPACES = {"aten", "prim", "prims", "quantized", "quantized_decomposed", "sparse", "_quantized", "mkldnn"}
_NAMESPACES |= {"profiler", "inductor", "higher_order", "onednn", "rngprims", "export", "torchao"}
_HIGHER_ORDER = {"cond", "map_impl", "while_loop", "scan", "associative_scan", "invoke_subgraph", "out_dtype"}
_HIGHER_ORDER |= {"wrap_with_set_grad_enabled", "wrap_with_autocast", "flex_attention", "strict_mode"}
_HIGHER_ORDER |= {
    "auto_functionalized",
    "auto_functionalized_v2",
    "with_effects",
    "wrap",
    "tag_activation_checkpoint",
}
_FILE_OPERATORS = {"save", "from_file", "load_tensor"}
_FACTORIES = {"list", "dict", "int", "float", "str", "tuple", "set", "bool"}
_ITEM_BYTES = {"uint8": 1, "int8": 1, "bool": 1, "int16": 2, "float16": 2, "bfloat16": 2, "uint16": 2}
_ITEM_BYTES |= {
    "int32": 4,
    "float32": 4,
    "complex32": 4,
    "uint32": 4,
    "int64": 8,
    "float64": 8,
    "complex64": 8,
}
_ITEM_BYTES |= {"uint64": 8, "complex128": 16}


def _layout(archive: Archive) -> None:
    """PyTorch takes the folder of the first entry for the program's and loads whatever lies in models/."""
    content, prefix = archive.content, archive.prefix
    programs = [name for name in content.files if name.startswith(prefix + MODELS)]
    for name in [*content.files, *content.folders]:
        top = name.removeprefix(prefix).partition("/")[0]
        outside = not prefix or prefix.count("/") > 1 or not f"{name}/".startswith(prefix)
        if (
            outside
            or (top.lower() in _TOPS and top not in _TOPS)
            or programs not in ([], [name], programs[:1])
        ):
            raise refusal(
                "unclear-layout",
                "The archive is laid out in a way that PyTorch does not write and might read differently.",
                quoted(programs[-1] if len(programs) > 1 else name),
                _INSTEAD,
            )


def _compiled_part(archive: Archive) -> None:
    for name in archive.content.files:
        if _COMPILED.match(name.removeprefix(archive.prefix)):
            raise refusal(
                "compiled-part",
                "The archive holds compiled code besides the program.",
                quoted(name),
                _INSTEAD,
            )


def _unsafe_path(archive: Archive) -> None:
    for payload in archive.payloads:
        folder, _, file = payload.file.removeprefix(archive.prefix).rpartition("/")
        if f"{folder}/" not in (WEIGHTS, CONSTANTS) or not file or payload.file not in archive.content.files:
            raise refusal(
                "unsafe-path",
                f"The program names a file of weights that is not in its folder: {quoted(payload.file)}.",
                f"the weight {quoted(payload.owner)}",
                _INSTEAD,
            )


def _unsafe_name(archive: Archive) -> None:
    for key, value in archive.entries:
        for name, pattern in _names(key, value):
            if not pattern.fullmatch(name):
                raise _code_in_name(name, key)
    for payload in archive.payloads:
        if not expressions.PASTED.fullmatch(payload.owner):
            raise _code_in_name(payload.owner, "weights")


def _names(key: str, value: object) -> Iterator[tuple[str, re.Pattern]]:
    """The names and words of one entry, each with what it must be like."""
    if key in _VALUE_TABLES and isinstance(value, dict):
        yield from ((name, _VALUE_NAME) for name in value)
    elif key == "range_constraints" and isinstance(value, dict):
        yield from ((name, _SIZE_NAME) for name in value)
    elif key == "as_string" and not isinstance(value, str):
        yield str(value), _VALUE_NAME  # PyTorch makes text of it
    elif not isinstance(value, str) or key in _CALLED or key in _EXPRESSIONS:
        return
    elif key in _SPECS:
        yield from ((name, _VALUE_NAME) for name in argument_names(value))
        for inner, word in entries(decoded(value)):
            if isinstance(word, str):
                yield word, expressions.PASTED
            yield inner, expressions.PASTED
    else:
        yield value, _VALUE_NAME if key in _VALUE_KEYS else expressions.PASTED


def _code_in_name(name: str, key: str) -> Exception:
    return refusal(
        "unsafe-name",
        f"The program has a name that is no name and would be run as Python: {quoted(name)}.",
        f"the graph, under {quoted(key)}",
        _INSTEAD,
    )


def _foreign_expression(archive: Archive) -> None:
    texts = {
        (key, value if isinstance(value, str) else "#")
        for key, value in archive.entries
        if key in _EXPRESSIONS and not isinstance(value, list)
    }
    left = MAX_EXPRESSION_TEXT
    for key, text in texts:
        left -= len(text)
        try:
            _EXPRESSIONS[key](text if left >= 0 else "#")
        except expressions.Foreign:
            raise refusal(
                "foreign-expression",
                f"Text that PyTorch would evaluate, and that it does not write as such: {quoted(text)}.",
                f"the graph, under {quoted(key)}",
                _INSTEAD,
            ) from None


def _file_operator(archive: Archive) -> None:
    for key, value in archive.entries:
        if key in _CALLED and _FILE_OPERATORS & set(str(value).split(".")):
            raise refusal(
                "file-operator",
                f"The program reads or writes a file of its own choice: {quoted(str(value))}.",
                "the graph",
                _INSTEAD,
            )


def _foreign_operator(archive: Archive) -> None:
    for key, value in archive.entries:
        if key not in _CALLED or value is None:
            continue
        found = _OPERATOR.fullmatch(str(value))
        if (
            not found
            or (found[1] and found[1] not in _NAMESPACES)
            or (found[1] == "higher_order" and found[2] not in _HIGHER_ORDER)
        ):
            raise refusal(
                "foreign-operator",
                f"The program calls {quoted(str(value))}, which is no operator of a model's.",
                "the graph",
                "Replace it by PyTorch's own operators, or export the model to ONNX.",
            )


def _import_at_loading(archive: Archive) -> None:
    """A defaultdict among the inputs or outputs has a factory, an enumeration a class: imported by name."""
    for key, value in archive.entries:
        if key in _SPECS and isinstance(value, str):
            for inner, name in entries(decoded(value)):
                if (inner, name) == ("default_factory_module", "builtins"):
                    continue
                if inner in ("default_factory_module", "__enum__") or (
                    inner == "default_factory_name" and name not in _FACTORIES
                ):
                    raise refusal(
                        "import-at-loading",
                        f"The program names Python code to import when it is loaded: {quoted(str(name))}.",
                        f"the graph, under {quoted(key)}",
                        _INSTEAD,
                    )


def _size_lies(archive: Archive) -> None:
    for payload in archive.payloads:
        if payload.is_pickle or payload.file not in archive.content.files:
            continue
        meta = payload.meta or {}
        sizes, strides = (tuple(int(size["as_int"]) for size in meta[key]) for key in ("sizes", "strides"))
        item = _ITEM_BYTES.get(pt2.DTYPES.get(meta["dtype"], ""), 1)
        needed = reach(sizes, strides, int(meta["storage_offset"]["as_int"]))
        held = archive.content.files[payload.file]
        if not 0 <= needed * item <= held:
            raise refusal(
                "size-lies",
                f"The program announces {max(needed, 0) * item:,} bytes of a weight and holds {held:,}.",
                f"the weight {quoted(payload.owner)}",
                _INSTEAD,
            )


def _names_file(archive: Archive) -> None:
    names_file.check(archive.content, archive.prefix + pt2.NAMES)


RULES: dict[str, Callable[[Archive], None]] = {
    "unclear-layout": _layout,
    "compiled-part": _compiled_part,
    "unsafe-path": _unsafe_path,
    "unsafe-name": _unsafe_name,
    "foreign-expression": _foreign_expression,
    "file-operator": _file_operator,
    "foreign-operator": _foreign_operator,
    "import-at-loading": _import_at_loading,
    "size-lies": _size_lies,
    "names-file": _names_file,
}


def audit(content: Content, root: str) -> Audit:
    archive = read(content, root, _KEYS)
    for rule in RULES.values():
        rule(archive)
    pickled = tuple(_pickled(archive))
    findings = []
    if _samples(archive) and not pickled:
        text = "It carries example inputs as a pickle, which refers to tensors and nothing else."
        findings.append(Finding("info", text))
    inside = {name.removeprefix(archive.prefix) for name in content.files} - {pt2.NAMES}
    extra = any(name.startswith("extra/") for name in inside)
    return Audit(pickled, ("“extra” files",) if extra else (), tuple(findings))


def _pickled(archive: Archive) -> Iterator[str]:
    """The parts whose pickles may run code. An object of a C++ or Python class always may, and so may what
    comes after the first few, which is not looked at."""
    looked_at: dict[str, bool] = {}

    def may_run(file: str) -> bool:
        if file not in looked_at:
            looked_at[file] = len(looked_at) >= MAX_PICKLES or runs_code(archive.content.view(file))
        return looked_at[file]

    for payload in archive.payloads:
        name = payload.file.rpartition("/")[2]
        if name.startswith(("custom_obj_", "opaque_obj_")):
            yield f"the object {quoted(payload.owner)}"
        elif payload.is_pickle and may_run(payload.file):
            yield f"the weight {quoted(payload.owner)}"
    for name in _samples(archive):
        if may_run(name):
            yield f"the example inputs {quoted(name.removeprefix(archive.prefix))}"


def _samples(archive: Archive) -> list[str]:
    """Example inputs, and the weights of older versions of the format, which PyTorch reads as such."""
    inside = {name: name.removeprefix(archive.prefix) for name in archive.content.files}
    samples = [name for name, within in inside.items() if within.startswith(SAMPLES)]
    older = [
        n for n, within in inside.items() if within.startswith((WEIGHTS, CONSTANTS)) and n.endswith(".pt")
    ]
    return [name for name in samples + older if archive.content.files[name]]
