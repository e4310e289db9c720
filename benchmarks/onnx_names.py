"""The names that a model had in ONNX, in an extra file of what it was converted to.

torch has no names of outputs, Python's identifiers cannot hold every name of an input, and a SavedModel's
signature keeps no order. The file also says what was fixed for the example that the conversion was given.
"""

import json
from dataclasses import asdict, dataclass, fields

FILE = "onnx_names.json"
MAX_BYTES = 1 << 18
MAX_NAME = 1000


@dataclass(frozen=True)
class Names:
    """`inputs` and `outputs` in the order of the ONNX file; `built_in`: a few words on each parameter that
    is fixed at the value which the example gave it."""

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    built_in: tuple[str, ...] = ()

    def text(self) -> str:
        return json.dumps(asdict(self))


def parsed(text: str | bytes) -> Names:
    """Raises ValueError for everything that `Names.text` does not write."""
    if len(text) > MAX_BYTES:
        raise ValueError("it is too large")
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested") from error
    keys = {one.name for one in fields(Names)}
    if not isinstance(found, dict) or found.keys() != keys:
        raise ValueError("it has other keys")
    for key, listed in found.items():
        if not isinstance(listed, list) or not all(isinstance(n, str) and len(n) <= MAX_NAME for n in listed):
            raise ValueError("it holds more than lists of names")
        if key != "built_in" and len(set(listed)) != len(listed):
            raise ValueError("it gives a name twice")
    return Names(**{key: tuple(listed) for key, listed in found.items()})
