"""XGBoost's own file, `.ubj` or `.json`."""

import re

from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.inspection import xgboost_model
from benchmarks.inspection.content import Content
from benchmarks.inspection.xgboost_model import Model

_JSON = re.compile(rb'\{\s*"(?:learner|version)"\s*:')
_BINARY = re.compile(rb"\{(?:i|U|I.|l.{3}|L.{7})\x07(?:learner\{|version\[)", re.DOTALL)
CATEGORICAL = "c"
INPUT = "input"


def recognise(content: Content) -> str | None:
    """ "" if the file begins as XGBoost begins one, else None."""
    if content.container != "file":
        return None
    return "" if _JSON.match(content.head) or _BINARY.match(content.head) else None


def describe(content: Content, root: str) -> Description:
    """Reads the file without unpacking the lists of its trees."""
    model = xgboost_model.read(content, root)
    lefts = [xgboost_model.numbers(tree.get("left_children")) for tree in model.trees]
    nodes = sum(map(len, lefts))
    leaves = sum(list(left).count(-1) for left in lefts)
    version = {"xgboost": model.version, "booster": model.booster, "objective": model.objective}
    return Description(
        format="xgboost-native",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={key: value for key, value in version.items() if value},
        inputs=(TensorSpec(INPUT, "float32", (None, model.features)),),
        outputs=_outputs(model),
        operators={"tree": len(model.trees), "split": nodes - leaves, "leaf": leaves} if model.trees else {},
        parameters=nodes + model.weights,
        findings=tuple(_findings(model)),
    )


def _outputs(model: Model) -> tuple[TensorSpec, ...]:
    if model.classes:
        return (
            TensorSpec("label", "int64", (None,)),
            TensorSpec("probabilities", "float32", (None, model.classes)),
        )
    return (TensorSpec("variable", "float32", (None, model.targets)),)


def _findings(model: Model) -> list[Finding]:
    found = []
    if not model.trees and not model.weights:
        found.append(Finding("warning", "The model has no trees.", "Train it, then save it again."))
    if CATEGORICAL in model.feature_types:
        text = "It splits on categories, which the converter to ONNX does not know."
        found.append(Finding("warning", text, "Keep XGBoost's own file, or encode the categories first."))
    return found
