"""The file of ONNX names is the only extra file that a runtime here reads: it is one, or it is refused."""

from benchmarks.inspection import names_file
from benchmarks.inspection.audit import refusal
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted


def check(content: Content, name: str) -> None:
    """Raises ProblemError where the file `name` is there and holds anything but names."""
    try:
        names_file.read(content, name)
    except ValueError as error:
        raise refusal(
            "names-file",
            f"The file of the names that the model had in ONNX is not one: {error}.",
            quoted(name),
            "Pack the model without this file.",
        ) from error
