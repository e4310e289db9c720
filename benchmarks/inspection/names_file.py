"""The file of ONNX names that our own conversions carry, read from an uploaded model."""

from dataclasses import replace

from benchmarks import onnx_names
from benchmarks.artifact import Finding, TensorSpec
from benchmarks.inspection.content import Content
from benchmarks.onnx_names import Names


def read(content: Content, name: str) -> Names | None:
    """The names in the file `name`, None where there is none. Raises ValueError where it holds anything
    else."""
    if name not in content.files:
        return None
    data = content.view(name)
    return onnx_names.parsed(bytes(data[: onnx_names.MAX_BYTES + 1]))


def read_if_sound(content: Content, name: str) -> Names:
    """The names, or none where the audit will refuse the file."""
    try:
        return read(content, name) or Names()
    except ValueError:
        return Names()


def renamed(specs: tuple[TensorSpec, ...], names: tuple[str, ...]) -> tuple[TensorSpec, ...]:
    """In their order, called as in ONNX, where there is a name for each."""
    if len(names) != len(specs):
        return specs
    return tuple(replace(spec, name=name) for spec, name in zip(specs, names, strict=True))


def arranged(specs: tuple[TensorSpec, ...], names: tuple[str, ...]) -> tuple[TensorSpec, ...]:
    """In the order of `names`, where these are their names."""
    by_name = {spec.name: spec for spec in specs}
    return tuple(by_name[name] for name in names) if by_name.keys() == set(names) else specs


def findings(names: Names) -> tuple[Finding, ...]:
    """What was built in when it was converted."""
    return tuple(
        Finding("warning", f"Built for one example: {words}. It refuses other values.",
                "Make it a constant of the ONNX model, or keep ONNX.")
        for words in names.built_in[:8]
    )  # fmt: skip
