"""scikit-learn in skops' file: a zip with schema.json, which names every type, and the arrays beside it."""

from collections import Counter

from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.inspection import npy, skops_schema
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import refusal
from benchmarks.inspection.skops_schema import OBJECT, SCHEMA, Node

DTYPE = "float32"
"""What rows are drawn in: scikit-learn takes any number, and the converters to ONNX write float32."""
_TEXT = ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer")
_SEARCHES = ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV")
_MAX_STEPS = 50
_ARRAY = ".npy"


def recognise(content: Content) -> str | None:
    """ "" if the zip has skops' schema at its top, else None."""
    if content.container != "zip" or SCHEMA not in content.files:
        return None
    head = bytes(content.view(SCHEMA)[:512])
    return "" if b'"__class__"' in head and b'"__module__"' in head else None


def describe(content: Content, root: str) -> Description:
    """Reads the schema and the headers of the arrays; nothing is instantiated."""
    schema = skops_schema.read(content, root)
    estimators = [met.node for met in skops_schema.walk(schema) if met.node["__loader__"] == OBJECT]
    first, last = _ends(schema)
    if not estimators:
        raise refusal("empty-model", "This skops file holds no estimator.", "Dump a fitted estimator.")
    version = {
        "skops": schema.get("_skops_version"),
        "protocol": schema.get("protocol"),
        "scikit-learn": skops_schema.plain(skops_schema.attribute(schema, "_sklearn_version")),
    }
    inputs = _inputs(first)
    return Description(
        format="skops",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={key: str(value)[:40] for key, value in version.items() if value is not None},
        inputs=inputs,
        outputs=_outputs(last),
        operators=dict(Counter(str(node.get("__class__"))[:100] for node in estimators).most_common()),
        parameters=sum(
            npy.read(content.view(name)).elements for name in content.files if name.endswith(_ARRAY)
        ),
        findings=tuple(_findings(first, inputs)),
    )


def _ends(schema: Node) -> tuple[Node, Node]:
    """The estimator that takes the rows and the one that answers, through pipelines and searches."""
    return _end(schema, 0), _end(schema, -1)


def _end(node: Node, step: int) -> Node:
    for _ in range(_MAX_STEPS):
        inner: object = None
        if node.get("__class__") == "Pipeline":
            steps = [skops_schema.items(pair)[1:] for pair in skops_schema.items(_steps(node))]
            fitted = [one[0] for one in steps if one and skops_schema.is_node(one[0])]
            fitted = [one for one in fitted if one["__loader__"] == OBJECT]  # and no "passthrough"
            inner = fitted[step] if fitted else None
        elif node.get("__class__") in _SEARCHES:
            inner = skops_schema.attribute(node, "best_estimator_")
        elif not step and skops_schema.attribute(node, "n_features_in_") is None:  # a vote or a stack
            inner = next(iter(skops_schema.items(skops_schema.attribute(node, "estimators_"))), None)
        if not skops_schema.is_node(inner):
            break
        node = inner
    return node


def _steps(pipeline: Node) -> object:
    return skops_schema.attribute(pipeline, "steps")


def _inputs(first: Node) -> tuple[TensorSpec, ...]:
    """One table of rows; of a vectorizer one text for each row."""
    if first.get("__class__") in _TEXT:
        return (TensorSpec("X", "str", (None,)),)
    width = skops_schema.number(skops_schema.attribute(first, "n_features_in_"))
    return (TensorSpec("X", DTYPE, (None, width)),) if width is not None else ()


def _outputs(last: Node) -> tuple[TensorSpec, ...]:
    """By what the last estimator has learned: classes, or not."""
    if skops_schema.attribute(last, "classes_") is None:
        return (TensorSpec("variable", None, None),)
    return TensorSpec("label", None, (None,)), TensorSpec("probabilities", None, (None, None))


def _findings(first: Node, inputs: tuple[TensorSpec, ...]) -> list[Finding]:
    found = []
    if not inputs:
        text = "The file does not say how many columns go in: the model was not fitted."
        found.append(Finding("warning", text, "Fit it, then dump it again."))
    if skops_schema.attribute(first, "feature_names_in_") is not None:
        text = "It was fitted on named columns; it is run on plain rows in the same order."
        found.append(Finding("info", text))
    return found
