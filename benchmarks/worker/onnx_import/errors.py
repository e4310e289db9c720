"""What the importer says when it cannot go on."""

from benchmarks.errors import ProblemError


class UnsupportedOperatorError(ProblemError):
    """An operator, attribute, type or opset that has no translation."""

    def __init__(self, operator: str, node: str, opset: int, detail: str = "", next_step: str = ""):
        self.operator, self.node, self.opset = operator, node, opset
        where = f" (node “{node}”)" if node else ""
        reason = f": {detail}" if detail else ""
        super().__init__(
            "convert",
            "unsupported-operator",
            f"The ONNX operator {operator} of opset {opset}{where} is not supported{reason}.",
            next_step or "Replace the operator in the model, export it with another opset, or keep ONNX.",
        )


class SameAgainError(ProblemError):
    """An attempt that would give what an earlier one gave."""

    def __init__(self, reason: str):
        super().__init__("convert", "same-again", f"It would be an earlier attempt again: {reason}.",
                         "See there.")  # fmt: skip


class NotConstantError(ProblemError):
    """A parameter that the target needs as a number is computed while the model runs."""

    def __init__(self, node, parameter: str):
        super().__init__(
            "convert",
            "not-constant",
            f"{node.words} of opset {node.opset} takes its {parameter} from a value that is only known "
            "while the model runs.",
            "Make it a constant of the model (onnxsim or a fixed input shape often does), or keep ONNX.",
        )
