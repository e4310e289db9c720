"""What is refused in a TorchScript program.

PyTorch compiles the text in `code/` and runs a class's `__setstate__` while it loads. TorchScript has no
eval and imports nothing, so what a program can do is what its operators can; but the same operator has
many spellings. Tried on torch 2.13 and found to write a file: `torch.save(…)`, `ops.aten.save(…)`,
`t = torch` then `t.save(…)`, `getattr(torch, "sa\\166e")(…)`, names broken by a backslash or by blanks.
PyTorch's own printer writes one spelling only, so a text in any other is refused, and then names can be
read off it. Sources: torch/csrc/jit/serialization/{import,import_source,unpickler}.cpp.
"""

import re
from collections.abc import Callable

from benchmarks.inspection import torchscript
from benchmarks.inspection.audit import Audit, names_file, refusal
from benchmarks.inspection.audit.tensors import check_storages
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted
from benchmarks.inspection.once import once
from benchmarks.inspection.torchscript import Archive
from benchmarks.inspection.torchscript_code import Method, Program

_INSTEAD = "Save the model itself with torch.jit.save, without this part, or export it to ONNX."
_TOKEN = re.compile(
    r"(?:[A-Za-z_]\w*+(?:\.\w++)*+"  # a name, with attributes
    r"|[)\]}](?:\.\w++)*+"  # a closing bracket, with attributes
    r'|\d[\w.]*+|"(?:[^"\\\n]|\\[^\n])*+"(?!")'  # a number; a string on one line
    r"|[-+*/%@<>=!&|^~,:(\[{ \n])*+",
    re.ASCII,
)
_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*+"')
_ROOT_NAME = re.compile(r"(?<![\w.])(?:torch|ops)\b[\w.]*\(?")
_CALL = re.compile(r"torch\.\w+\(|ops\.\w+\.\w+\(")
_FILE_OPERATORS = {"save", "from_file", "load_tensor"}
"""aten::save, aten::from_file (maps a file, also for writing), debugprims::load_tensor."""
_NAMESPACES = {"aten", "prim", "prims", "quantized", "_quantized", "quantized_decomposed", "sparse"}
_NAMESPACES |= {"mkldnn", "mkldnn_prepacked", "profiler", "inductor", "onednn", "mkl", "static_runtime"}
_FOREIGN_PRIM = {
    "PythonOp",
    "CallFunction",
    "CallMethod",
    "rpc_async",
    "rpc_sync",
    "rpc_remote",
    "AddStatValue",
}
_REMOTE = re.compile(r"(?<![\w.])(?:rpc_async|rpc_sync|rpc_remote)\(")
_CLASS_NAMESPACES = ("quantized", "sparse", "rnn", "mkldnn", "xnnpack", "profiler")
_CUSTOM_CLASS = re.compile(r"__torch__\.torch\.classes\.(\w+)")
_LOADED = {"__setstate__", "__getstate__"}
_LOAD_STATEMENT = re.compile(
    r"\s*(?:if .*|else:|pass|return\b.*|[\w., ]+ = .*|ops\.prim\.RaiseException\(.*|)"
)
"""A line of a method that runs at loading; a loop is none."""
MAX_LOAD_TEXT, MAX_NAME = 100_000, 200
_CALLED = re.compile(r"([\w.]*\w)\((?<!if\()(?<!return\()(?<!in\()")
_ON_NAME = re.compile(r"\((\w+)\)\Z")
_LOAD_CALLS = re.compile(
    r"torch\.(?:eq|ne|len|__\w+__)|ops\.prim\.RaiseException|ops\.(?:quantized|sparse)\.\w*(?:un|pre)pack\w*"
    r"|annotate|unchecked_cast|uninitialized"
)
_KNOWN = {"data.pkl", "constants.pkl", "version", "byteorder", ".data", "data", "constants", "code"}
_KNOWN |= {".format_version", ".storage_alignment"}
_NOT_LOADED = {
    "traced_inputs.pkl",
    "traced_inputs",
    "extra",
    "bytecode.pkl",
    "bytecode",
    "mobile_debug_handles.pkl",
}
_GLOBALS = {
    "collections OrderedDict",
    "builtins complex",
    "torch device",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_qtensor",
    "torch._utils _rebuild_sparse_tensor",
    *(f"torch.jit._pickle {name}" for name in ("restore_type_tag", "build_intlist", "build_tensorlist")),
    *(f"torch.jit._pickle {name}" for name in ("build_doublelist", "build_boollist")),
    *(f"torch {scheme}" for scheme in ("per_tensor_affine", "per_channel_affine", "per_tensor_symmetric")),
    *(f"torch {scheme}" for scheme in ("per_channel_symmetric", "per_channel_affine_float_qparams")),
}
"""What PyTorch's pickler writes and its unpickler knows, but for classes of the program and storages."""


def _layout(content: Content, archive: Archive) -> None:
    """PyTorch takes the folder of the first entry for the model's and looks names up without regard to
    case; here names are read as they are written. Where both agree there is one model in the file."""
    prefix = archive.prefix
    for name in [*content.files, *content.folders]:
        inside = name.removeprefix(prefix)
        top = inside.partition("/")[0]
        known = _KNOWN | _NOT_LOADED | {"model.json"}
        code = inside.startswith("code/") and name in content.files
        if (
            not prefix
            or prefix.count("/") > 1
            or not f"{name}/".startswith(prefix)
            or (top.lower() in known and top not in known)
            or (code and not inside.endswith((".py", ".debug_pkl")))
        ):
            raise refusal(
                "unclear-layout",
                "The archive is laid out in a way that PyTorch does not write and might read differently.",
                quoted(name),
                _INSTEAD,
            )


def _legacy_program(content: Content, archive: Archive) -> None:
    if archive.prefix + "model.json" in content.files:
        raise refusal(
            "legacy-program",
            "The archive holds a second program, of PyTorch 1.0, which would be loaded in place of the one "
            "that is described.",
            quoted("model.json"),
            _INSTEAD,
        )


def _unknown_global(content: Content, archive: Archive) -> None:
    for outline, file in ((archive.data, torchscript.DATA), (archive.constants, torchscript.CONSTANTS)):
        for name in sorted(outline.globals - _GLOBALS):
            storage = name.startswith("torch ") and name.endswith("Storage")
            if not storage and not name.startswith("__torch__"):
                raise refusal(
                    "unknown-global",
                    f"The model's pickle refers to {quoted(name.replace(' ', '.'))}, which no TorchScript "
                    "model needs.",
                    quoted(file),
                    _INSTEAD,
                )


def _custom_class(content: Content, archive: Archive) -> None:
    named = {name.replace(" ", ".") for name in archive.data.globals | archive.constants.globals}
    for place, text in [(torchscript.DATA, "\n".join(named)), *archive.sources.items()]:
        for namespace in _CUSTOM_CLASS.findall(text):
            if namespace not in _CLASS_NAMESPACES:
                raise refusal(
                    "custom-class",
                    f"The model needs a C++ class of a library that is not here: {quoted(namespace)}.",
                    quoted(place),
                    "Replace it by PyTorch's own modules and save the model again.",
                )


def _unreadable_code(content: Content, archive: Archive) -> None:
    for module, text in archive.sources.items():
        end = _TOKEN.match(text).end()
        if end < len(text):
            raise refusal(
                "unreadable-code",
                "The program is written in a way that PyTorch does not write, so that what it does cannot be "
                f"read off it: {quoted(text[end : end + 20])}.",
                _place(module, text, end),
                _INSTEAD,
            )


def _hidden_operator(content: Content, archive: Archive) -> None:
    """`torch` and `ops` stand only at the head of a call, under no other name."""
    for name, *place in _root_names(content, archive.prefix.rstrip("/")):
        if not _CALL.fullmatch(name):
            raise refusal(
                "hidden-operator",
                f"The program does not call an operator by its name but hands it on: {quoted(name)}.",
                _place(*place),
                _INSTEAD,
            )


def _file_operator(content: Content, archive: Archive) -> None:
    for name, *place in _root_names(content, archive.prefix.rstrip("/")):
        operator = name.rstrip("(").split(".")[-1]
        if operator in _FILE_OPERATORS:
            raise refusal(
                "file-operator",
                f"The program reads or writes a file of its own choice: {quoted(name.rstrip('('))}.",
                _place(*place),
                _INSTEAD,
            )


def _foreign_operator(content: Content, archive: Archive) -> None:
    for name, *place in _root_names(content, archive.prefix.rstrip("/")):
        parts = name.rstrip("(").split(".")
        if parts[0] == "ops" and (
            parts[1] not in _NAMESPACES or (parts[1] == "prim" and parts[2] in _FOREIGN_PRIM)
        ):
            raise refusal(
                "foreign-operator",
                f"The program calls {quoted('.'.join(parts[1:]))}, which is no operator of a model's.",
                _place(*place),
                "Replace it by PyTorch's own operators, or export the model to ONNX.",
            )
    for module, text in archive.sources.items():
        if found := _REMOTE.search(text):
            raise refusal(
                "foreign-operator",
                "The program calls another machine.",
                _place(module, text, found.start()),
                _INSTEAD,
            )


def _code_at_loading(content: Content, archive: Archive) -> None:
    """`__setstate__` and what it calls: assignments, and the packing of quantised weights."""
    program = Program({module: _STRING.sub('""', text) for module, text in archive.sources.items()})
    own_unpack = bool(program.owners("unpack"))
    for owner in {owner for name in _LOADED for owner in program.owners(name)}:
        waiting, seen = [name for name in sorted(_LOADED) if program.method(owner, name)], set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            unusual, called = _at_loading(program, owner, program.method(owner, name), own_unpack)
            if unusual:
                raise refusal(
                    "code-at-loading",
                    f"The program does more than set its attributes when it is loaded: {quoted(unusual)}.",
                    f"{quoted(name)} of {quoted(owner)}",
                    "Save the model without a __setstate__ of its own.",
                )
            waiting += called


def _at_loading(program: Program, owner: str, method: Method, own_unpack: bool) -> tuple[str, list[str]]:
    """The first thing in a method that is no assignment, and the methods of its own that it calls.
    `unpack` is that of packed weights unless a class of the program has one of its own."""
    if len(method.text) > MAX_LOAD_TEXT:
        return method.text[:MAX_LOAD_TEXT], []
    body = re.split(r"^(?=class |def )", method.text, maxsplit=1, flags=re.MULTILINE)[0]
    receiver = re.compile(rf"(?<![\w.]){re.escape(method.receiver)}(?![\w.)])")
    for line in body.split("\n"):
        target = line.partition(" = ")[0] if " = " in line else ""
        if not _LOAD_STATEMENT.fullmatch(line) or receiver.search(target):
            return line.strip(), []
    called = []
    for call in _CALLED.finditer(body):
        before = body[max(0, call.start() - MAX_NAME) : call.start()]
        on = _ON_NAME.search(before) if call[1].startswith(".") else None
        name = call[1].removeprefix(".")
        if on and on[1] == method.receiver and program.method(owner, name):
            called.append(name)
        elif not (on and name == "unpack" and not own_unpack) and not _LOAD_CALLS.fullmatch(call[1]):
            return f"{call[1]}(", []
    return "", called


def _weights(content: Content, archive: Archive) -> None:
    for outline, folder in ((archive.data, "data/"), (archive.constants, "constants/")):
        check_storages(outline, content.files, archive.prefix + folder)


def _names_file(content: Content, archive: Archive) -> None:
    names_file.check(content, archive.prefix + torchscript.NAMES)


RULES: dict[str, Callable[[Content, Archive], None]] = {
    "unclear-layout": _layout,
    "legacy-program": _legacy_program,
    "unknown-global": _unknown_global,
    "custom-class": _custom_class,
    "unreadable-code": _unreadable_code,
    "hidden-operator": _hidden_operator,
    "file-operator": _file_operator,
    "foreign-operator": _foreign_operator,
    "code-at-loading": _code_at_loading,
    "size-lies": _weights,
    "names-file": _names_file,
}


def audit(content: Content, root: str) -> Audit:
    archive = torchscript.read(content, root)
    for rule in RULES.values():
        rule(content, archive)
    return Audit(not_examined=tuple(_not_examined(content, archive)))


@once
def _root_names(content: Content, root: str) -> list[tuple[str, str, str, int]]:
    """(name, module, text, place) of each way in which the text has a name that begins with torch or ops."""
    found = []
    for module, text in torchscript.read(content, root).sources.items():
        bare = _STRING.sub('""', text)
        first: dict[str, int] = {}
        for name in _ROOT_NAME.finditer(bare):
            first.setdefault(name[0], name.start())
        found += [(name, module, bare, at) for name, at in first.items()]
    return found


def _place(module: str, text: str, at: int) -> str:
    return f"{quoted(module)}, line {text.count(chr(10), 0, at) + 1}"


def _not_examined(content: Content, archive: Archive) -> list[str]:
    """What is not part of the program: `traced_inputs.pkl` is loaded only when asked for, debug information
    when an error is shown."""
    inside = {name.removeprefix(archive.prefix) for name in content.files} - {torchscript.NAMES}
    tops = {name.partition("/")[0] for name in inside}
    found = sorted(quoted(top) for top in tops - _KNOWN)
    if any(name.endswith(".debug_pkl") for name in inside):
        found.append("debug information (code/….debug_pkl)")
    return found
