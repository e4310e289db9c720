"""TorchScript: a zip with the program as text (`code/`) and the module tree as a pickle (`data.pkl`).

Layout: torch/csrc/jit/docs/serialization.md in PyTorch.
"""

from dataclasses import dataclass

from benchmarks import onnx_names
from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.inspection import names_file, pickle_outline
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.once import once
from benchmarks.inspection.pickle_outline import Outline, StoredTensor
from benchmarks.inspection.torchscript_code import Argument, Program

DATA, CONSTANTS, CODE, TRACED = "data.pkl", "constants.pkl", "code/", "traced_inputs.pkl"
NAMES = f"extra/{onnx_names.FILE}"
MAX_CODE_BYTES = 4 * 2**20
"""Of all files together. An operator takes some 80 bytes; large models have 10,000."""
_DTYPES = {
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
}
_SCALARS = {"int": "int64", "float": "float64", "bool": "bool", "str": "str"}


def recognise(content: Content) -> str | None:
    """The archive's folder if the zip is a TorchScript program, else None."""
    if content.container != "zip":
        return None
    for name in content.files:
        root, _, file = name.rpartition("/")
        prefix = f"{root}/" if root else ""
        is_program = file == DATA and prefix + CONSTANTS in content.files
        if is_program and any(other.startswith(prefix + CODE) for other in content.files):
            return root
    return None


@dataclass(frozen=True)
class Archive:
    """The parts of a program's zip. `prefix` leads the names of its files; `sources` is module path
    ("__torch__.torch.nn.modules.conv") → text; `data` and `constants` are what their pickles hold."""

    prefix: str
    sources: dict[str, str]
    data: Outline
    constants: Outline


@once
def read(content: Content, root: str) -> Archive:
    prefix = f"{root}/" if root else ""
    data, constants = (
        pickle_outline.outline(bytes(content.view(prefix + name))) for name in (DATA, CONSTANTS)
    )
    return Archive(prefix, _sources(content, prefix), data, constants)


def describe(content: Content, root: str) -> Description:
    """Reads the program's text and the outline of its pickle; nothing is unpickled."""
    archive = read(content, root)
    prefix, outline = archive.prefix, archive.data
    program = Program(archive.sources)
    forward = program.method(outline.root or "", "forward")
    traced = _traced_tensors(content, prefix)
    arguments = forward.arguments if forward else ()
    names = names_file.read_if_sound(content, prefix + NAMES)
    version = content.text(f"{prefix}version").strip()[:20] if f"{prefix}version" in content.files else ""
    return Description(
        format="torchscript",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={"archive_version": version, "made by": "tracing" if traced is not None else "scripting"},
        inputs=names_file.renamed(_inputs(arguments, traced or []), names.inputs),
        outputs=names_file.renamed(_outputs(forward.returns if forward else ""), names.outputs),
        operators=program.operators(outline.instances),
        parameters=sum(storage.elements for storage in outline.storages.values()),
        findings=(*_findings(forward is not None, arguments, traced), *names_file.findings(names)),
    )


def _sources(content: Content, prefix: str) -> dict[str, str]:
    """Module path ("__torch__.torch.nn.modules.conv") → its text."""
    start = prefix + CODE
    names = [name for name in content.files if name.startswith(start) and name.endswith(".py")]
    if sum(content.files[name] for name in names) > MAX_CODE_BYTES:
        raise Damaged("has more code than any real model")
    modules = [name.removeprefix(start).removesuffix(".py").replace("/", ".") for name in names]
    return {module: content.text(name) for module, name in zip(modules, names, strict=True)}


def _traced_tensors(content: Content, prefix: str) -> list[StoredTensor] | None:
    """The example inputs that tracing leaves in the file; None where the model was not traced."""
    if prefix + TRACED not in content.files:
        return None
    try:
        return pickle_outline.outline(bytes(content.view(prefix + TRACED))).tensors
    except Damaged:
        return []


def _inputs(arguments: tuple[Argument, ...], traced: list[StoredTensor]) -> tuple[TensorSpec, ...]:
    """Arguments that must be given. A traced one has the type and shape of its example; which of the
    sizes may vary is not stored."""
    needed = [argument for argument in arguments if argument.default is None]
    examples = traced if len(traced) == len(needed) and all(a.type == "Tensor" for a in needed) else []
    specs = []
    for index, argument in enumerate(needed):
        if argument.type in _SCALARS:
            specs.append(TensorSpec(argument.name, _SCALARS[argument.type], ()))
        else:
            example = examples[index] if examples else None
            dtype = _DTYPES.get(example.storage.dtype) if example else None
            specs.append(TensorSpec(argument.name, dtype, None, tuple(example.shape) if example else None))
    return tuple(specs)


def _outputs(returns: str) -> tuple[TensorSpec, ...]:
    """TorchScript names no outputs; they are numbered where there are several."""
    if returns.startswith("Tuple["):
        count = len(Argument.split(returns[len("Tuple[") : -1]))
        return tuple(TensorSpec(f"output_{index}", None, None) for index in range(count))
    return (TensorSpec("output", None, None),) if returns else ()


def _findings(
    has_forward: bool, arguments: tuple[Argument, ...], traced: list[StoredTensor] | None
) -> list[Finding]:
    if not has_forward:
        text = "The program has no method forward, so nothing says what goes in."
        return [Finding("warning", text, "Save a module with a forward method.")]
    found = []
    if not traced:
        text = "TorchScript files do not store the shapes of inputs."
        found.append(Finding("warning", text, "Give the shape of one example for each input."))
    else:
        shapes = ", ".join(
            f"{_DTYPES.get(tensor.storage.dtype, 'tensor')} {list(tensor.shape[:16])}"
            for tensor in traced[:8]
        )
        found.append(Finding("info", f"It was traced with example inputs: {shapes}."))
    if traced is not None:
        text = "It was traced: only the path that the example took was recorded."
        found.append(Finding("info", text, "If the model branches on its data, script or export it instead."))
    optional = [argument for argument in arguments if argument.default is not None]
    if optional:
        shown = ", ".join(f"{argument.name} = {argument.default}"[:60] for argument in optional[:8])
        text = f"Inputs that may be left at their defaults: {shown}"

        found.append(Finding("info", text))
    nested = [a for a in arguments if a.default is None and a.type != "Tensor" and a.type not in _SCALARS]
    if nested:
        shown = ", ".join(f"{argument.name}: {argument.type}"[:80] for argument in nested[:8])
        text = f"It takes more than plain tensors: {shown}."
        found.append(Finding("warning", text, "Wrap it in a module that takes tensors."))
    found.append(Finding("info", "Operators are counted where they are called in the code, once per module."))
    return found
