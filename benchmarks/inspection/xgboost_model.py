"""What an XGBoost model file holds, in either of its two spellings: JSON, and the same in binary (UBJSON).

XGBoost tells them apart by the second byte (src/c_api/c_api.cc, XGBoost 3.2), and so does this. The names are
those of its own schema, doc/model.schema.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.inspection import ubjson
from benchmarks.inspection.content import MAX_JSON_BYTES, Content
from benchmarks.inspection.damage import Damaged, refusal
from benchmarks.inspection.once import once
from benchmarks.inspection.ubjson import Numbers

MAX_JSON_VALUES = 3_000_000
_SPACE = b" \t\r\n"
LEARNER = "learner"


@dataclass(frozen=True)
class Model:
    """`trees` as the file has them; `weights` of a linear model. `classes`: 0 where it is no classifier."""

    version: str
    booster: str
    objective: str
    features: int
    classes: int
    targets: int
    trees: tuple[dict, ...]
    weights: int
    feature_types: tuple[str, ...]


def is_binary(head: bytes) -> bool:
    return head[1:2] not in (b'"', *(bytes([space]) for space in _SPACE))


@once
def read(content: Content, _root: str) -> Model:
    """Raises `Damaged` where it is no model, and a refusal where its JSON is too long to be read."""
    data = content.view()
    document = ubjson.read(data) if is_binary(content.head) else _json(data)
    learner = _object(_object(document, "the file").get(LEARNER), LEARNER)
    booster = _object(learner.get("gradient_booster"), "gradient_booster")
    name = str(booster.get("name"))[:40]
    inner = booster if "model" in booster else _object(booster.get("gbtree"), "gbtree")  # of dart
    model = _object(inner.get("model"), "model")
    parameters = _object(learner.get("learner_model_param"), "learner_model_param")
    objective = str(_object(learner.get("objective"), "objective").get("name"))[:100]
    trees, weights, types = model.get("trees", []), model.get("weights", []), learner.get("feature_types", [])
    if not isinstance(trees, list) or not all(isinstance(tree, dict) for tree in trees):
        raise Damaged("has trees that are none")
    version = _object(document, "the file").get("version")
    return Model(
        version=".".join(str(number)[:10] for number in list(numbers(version))[:4]),
        booster=name,
        objective=objective,
        features=whole(parameters.get("num_feature")),
        classes=_classes(objective, whole(parameters.get("num_class", "0"))),
        targets=whole(parameters.get("num_target", "1")),
        trees=tuple(trees),
        weights=len(weights) if isinstance(weights, list | Numbers) else 0,
        feature_types=tuple(str(kind)[:20] for kind in types) if isinstance(types, list) else (),
    )


def _classes(objective: str, number: int) -> int:
    if objective == "binary:logistic":
        return 2
    return number if objective in ("multi:softprob", "multi:softmax") else 0


def _json(data: memoryview) -> object:
    too_long = len(data) > MAX_JSON_BYTES
    text = b"" if too_long else bytes(data)
    if too_long or sum(text.count(token) for token in b",[{") > MAX_JSON_VALUES:
        raise refusal(
            "json-too-long",
            "This is an XGBoost model as JSON, too long to be read here.",
            "Save it in XGBoost's binary form: model.save_model('model.ubj').",
            "inspect",
        )
    return json.loads(text, object_pairs_hook=_once_each)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two parsers need not take the same one of two values under one name."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Damaged("says one thing twice")
    return found


def _object(value: object, name: str) -> dict:
    if not isinstance(value, dict):
        raise Damaged(f"has no {name}")
    return value


def numbers(value: object) -> Sequence:
    """A list of the file as numbers, however it is written."""
    if isinstance(value, Numbers):
        return value.values()
    return value if isinstance(value, list) else ()


def whole(value: object) -> int:
    """A number that XGBoost writes as text. Raises `Damaged`."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
        return int(value)
    raise Damaged("has a number that is none")


def nodes(tree: dict) -> tuple[Sequence, Sequence, Sequence]:
    """Left and right children, and the feature of each node."""
    left, right, feature = (
        numbers(tree.get(name)) for name in ("left_children", "right_children", "split_indices")
    )
    if not all(type(value) is int for values in (left, right, feature) for value in values):
        raise Damaged("has nodes that are no numbers")
    return left, right, feature


def lengths(tree: dict) -> Iterator[tuple[str, int]]:
    """Name and length of each list of a tree that has an entry for each node."""
    for name in (
        "left_children", "right_children", "parents", "split_indices", "split_conditions",
        "default_left", "split_type", "loss_changes", "sum_hessian",
    ):  # fmt: skip
        value = tree.get(name)
        if isinstance(value, list | Numbers):
            yield name, len(value)
