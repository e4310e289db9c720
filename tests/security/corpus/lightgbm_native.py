"""LightGBM: text whose numbers lead out of the trees, and sizes that lead out of the text."""

import functools
import re
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets, tensor

INPUTS = (tensor("input", ("batch", 5)),)


@functools.cache
def _trained() -> str:
    import lightgbm
    import numpy as np

    table = np.random.default_rng(0).standard_normal((200, 5))
    settings = {"num_leaves": 5, "objective": "binary", "verbose": -1, "min_data_in_leaf": 5}
    data = lightgbm.Dataset(table, table[:, 0] + table[:, 1] > 0)
    return lightgbm.train(settings, data, 3).model_to_string()


def _edited(edit: Callable[[str], str], sizes: bool = True) -> Callable[[Path, Targets], Path]:
    """The model after `edit(text)`; `sizes`: the header then says how long the trees have become."""

    def build(folder: Path, at: Targets) -> Path:
        text = edit(_trained())
        assert text != _trained() or edit is _nothing
        if sizes:
            trees = re.split(r"(?m)^(?=Tree=)", text.split("end of trees")[0])[1:]
            text = re.sub(r"tree_sizes=.*", "tree_sizes=" + " ".join(str(len(t)) for t in trees), text)
        (path := folder / "model.txt").write_text(text)
        return path

    return build


def _nothing(text: str) -> str:
    return text


def _line(key: str, change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """The first line of `key`, its values changed."""

    def edit(text: str) -> str:
        return re.sub(
            rf"(?m)^{key}=(.*)$", lambda found: f"{key}={' '.join(change(found[1].split()))}", text, count=1
        )

    return edit


def _first(value: str) -> Callable[[list[str]], list[str]]:
    return lambda values: [value, *values[1:]]


def _case(
    name: str, edit: Callable[[str], str], expects: str, *kinds: str, sizes: bool = True, **more
) -> Case:
    more = {"loads_as": "lightgbm-native", "inputs": INPUTS} | more
    build = _edited(edit, sizes)
    return Case(f"lightgbm-{name}", "lightgbm-native", expects, build, kinds, "tables", **more)


BROKEN = ("damaged-model", "truncated-model")
TREE, LENGTHS = ("tree-structure",), ("tree-lengths",)
ENDLESS = {"ends": ("timeout",)}
"""Whoever loads it all the same walks in a circle."""
CASES = (
    _case("sound", _nothing, "accepted"),
    _case("child-outside", _line("left_child", _first("1000000000")), "refused", *TREE),
    _case("leaf-outside", _line("left_child", _first("-1000000000")), "refused", *TREE),
    _case("tree-in-a-circle", _line("left_child", _first("0")), "refused", *TREE, **ENDLESS),
    _case("two-parents", _line("left_child", lambda v: [v[0]] * len(v)), "refused", *TREE, **ENDLESS),
    _case("feature-outside", _line("split_feature", _first("1000000000")), "refused", *TREE),
    _case("short-list", _line("threshold", lambda v: v[1:]), "refused", *LENGTHS),
    _case("more-leaves-than-there-are", _line("num_leaves", _first("1000")), "refused", *LENGTHS),
    _case("size-outside", _line("tree_sizes", _first("1000000000")), "refused", "tree-sizes", sizes=False),
    _case("size-missing", _line("tree_sizes", lambda v: v[1:]), "refused", "tree-sizes", sizes=False),
    _case("two-billion-columns", _line("max_feature_idx", _first("2147483646")), "refused", "width"),
    _case("words-for-a-number", _line("left_child", _first("one")), "refused", *BROKEN, **ENDLESS),
    _case("cut", lambda text: text[: len(text) // 3], "refused", *BROKEN, sizes=False),
    _case(
        "says-one-thing-twice",
        lambda text: text.replace("num_leaves=", "num_leaves=3\nnum_leaves=", 1),
        "refused",
        *BROKEN,
    ),
)
