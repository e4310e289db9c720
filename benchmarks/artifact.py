"""What is known of a model file without executing it."""

from dataclasses import asdict, dataclass, field

Dim = int | str | None
"""A fixed size, a named symbolic size ("batch"), or None: dynamic and unnamed."""


@dataclass(frozen=True)
class TensorSpec:
    """One input or output. `dtype` is numpy's name ("float32"; "str" for strings), None where the
    file does not say; `shape` is None where the file does not store one (TorchScript), `example_shape`
    then the one that it was traced with, where that is known."""

    name: str
    dtype: str | None
    shape: tuple[Dim, ...] | None
    example_shape: tuple[int, ...] | None = None

    @classmethod
    def from_json(cls, data: dict) -> "TensorSpec":
        shape, example = data["shape"], data.get("example_shape")
        return cls(
            data["name"],
            data["dtype"],
            None if shape is None else tuple(shape),
            None if example is None else tuple(example),
        )


@dataclass(frozen=True)
class Finding:
    """Something about the model that its owner should know. `severity`: info or warning."""

    severity: str
    text: str
    next_step: str = ""


@dataclass(frozen=True)
class Description:
    """A model file, described from its bytes alone.

    `format` is a format id of the contract; `version` holds what the file says of itself
    ({"ir_version": 8, "opset": 17, "producer": "pytorch 2.1"}); `operators` counts operators by
    type; `parameters` is the number of weight elements, None where it cannot be known;
    `size_bytes` is the model's size on disk (of a folder: the sum of its files). `pickled` names the
    parts that are pickles able to run code when the model is loaded, `not_examined` what the audit
    did not look into and therefore says nothing about. `code` names the parts that are programs, which
    are executed when the model is loaded.
    """

    format: str
    sha256: str
    size_bytes: int
    version: dict[str, int | str] = field(default_factory=dict)
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    operators: dict[str, int] = field(default_factory=dict)
    parameters: int | None = None
    findings: tuple[Finding, ...] = ()
    pickled: tuple[str, ...] = ()
    not_examined: tuple[str, ...] = ()
    code: tuple[str, ...] = ()

    def to_json(self) -> dict:
        return asdict(self)
