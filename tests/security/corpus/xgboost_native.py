"""XGBoost: trees whose numbers lead out of them, in both spellings of the file."""

import functools
import json
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets, tensor

INPUTS = (tensor("input", ("batch", 5)),)


@functools.cache
def _trained():
    import numpy as np
    import xgboost

    table = np.random.default_rng(0).standard_normal((80, 5))
    rows = xgboost.DMatrix(table, table[:, 0] > 0)
    return xgboost.train({"max_depth": 3, "objective": "binary:logistic"}, rows, 3)


def _sound(folder: Path, at: Targets) -> Path:
    _trained().save_model(path := folder / "model.ubj")
    return path


def _edited(edit: Callable[[dict], None], name: str = "model.json") -> Callable[[Path, Targets], Path]:
    """The model as JSON after `edit(document)`."""

    def build(folder: Path, at: Targets) -> Path:
        _trained().save_model(path := folder / "model.json")
        document = json.loads(path.read_text())
        edit(document)
        path.write_text(json.dumps(document, separators=(",", ":")))
        return path.rename(folder / name)

    return build


def _tree(document: dict) -> dict:
    return document["learner"]["gradient_booster"]["model"]["trees"][0]


def _nothing(document: dict) -> None:
    pass


def _far_child(document: dict) -> None:
    _tree(document)["left_children"][0] = 1_000_000_000


def _circle(document: dict) -> None:
    _tree(document)["left_children"][0] = _tree(document)["right_children"][0] = 0


def _two_parents(document: dict) -> None:
    _tree(document)["left_children"][1] = _tree(document)["left_children"][0]


def _far_feature(document: dict) -> None:
    _tree(document)["split_indices"][0] = 1_000_000_000


def _short(document: dict) -> None:
    _tree(document)["default_left"] = []


def _wide(document: dict) -> None:
    document["learner"]["learner_model_param"]["num_feature"] = "4000000000"


def _words(document: dict) -> None:
    document["learner"]["learner_model_param"]["num_feature"] = "five"


def _twice(folder: Path, at: Targets) -> Path:
    """One name twice, of which two parsers may take another."""
    path = _edited(_nothing)(folder, at)
    path.write_text(path.read_text().replace('"learner":{', '"learner":{"attributes":{},', 1))
    return path


def _binary(change: Callable[[bytes], bytes]) -> Callable[[Path, Targets], Path]:
    def build(folder: Path, at: Targets) -> Path:
        path = _sound(folder, at)
        path.write_bytes(change(path.read_bytes()))
        return path

    return build


def _endless_list(data: bytes) -> bytes:
    """The first typed list says that it has 2⁶² entries."""
    at = data.index(b"[$d#L") + 5
    return data[:at] + (1 << 62).to_bytes(8, "big") + data[at + 8 :]


def _negative_list(data: bytes) -> bytes:
    at = data.index(b"[$d#L") + 5
    return data[:at] + (-3).to_bytes(8, "big", signed=True) + data[at + 8 :]


def _far_child_in_binary(data: bytes) -> bytes:
    at = data.index(b"left_children[$l#L") + 18 + 8
    return data[:at] + (1_000_000_000).to_bytes(4, "big") + data[at + 4 :]


def _case(name: str, build: Callable, expects: str, *kinds: str, **more) -> Case:
    more = {"loads_as": "xgboost-native", "inputs": INPUTS} | more
    return Case(f"xgboost-{name}", "xgboost-native", expects, build, kinds, "tables", **more)


BROKEN = ("damaged-model", "truncated-model")
TREE = ("tree-structure",)
CASES = (
    _case("sound", _sound, "accepted"),
    _case("sound-json", _edited(_nothing), "accepted"),
    _case("sound-json-under-another-name", _edited(_nothing, "model.ubj"), "accepted"),
    _case("child-outside", _edited(_far_child), "refused", *TREE),
    _case("child-outside-in-binary", _binary(_far_child_in_binary), "refused", *TREE),
    _case("tree-in-a-circle", _edited(_circle), "refused", *TREE, ends=("crashed", "timeout")),
    _case("two-parents", _edited(_two_parents), "refused", *TREE),
    _case("feature-outside", _edited(_far_feature), "refused", *TREE),
    _case("short-list", _edited(_short), "refused", "tree-lengths"),
    _case("four-billion-columns", _edited(_wide), "refused", "width"),
    _case("words-for-a-number", _edited(_words), "refused", *BROKEN),
    _case("says-one-thing-twice", _twice, "refused", *BROKEN),
    _case("endless-list", _binary(_endless_list), "refused", *BROKEN),
    _case("negative-list", _binary(_negative_list), "refused", *BROKEN),
    _case("truncated", _binary(lambda data: data[: len(data) * 2 // 3]), "refused", *BROKEN),
    _case("bytes-after-the-end", _binary(lambda data: data + b"{}"), "refused", *BROKEN),
)
