"""The operator table: which function translates which ONNX operator."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Translation:
    """`function(b, node, *inputs)` returns one value or a tuple of them. Inputs come as tensors of the
    backend `b`, those at the positions `raw` as they are: arrays, symbolic dimensions or tensors."""

    function: Callable
    raw: tuple[int, ...] | None

    def is_raw(self, position: int) -> bool:
        return self.raw is None or position in self.raw


TABLE: dict[str, Translation] = {}


def operator(*names: str, raw: tuple[int, ...] | None = ()):
    """Registers a translation under the names of operators of the default domain."""

    def register(function: Callable) -> Callable:
        for name in names:
            if name in TABLE:
                raise ValueError(f"{name} is translated twice")
            TABLE[name] = Translation(function, raw)
        return function

    return register
