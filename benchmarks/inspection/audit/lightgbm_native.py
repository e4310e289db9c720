"""What is refused in a LightGBM file: trees that are none, and sizes that lead elsewhere.

LightGBM jumps from tree to tree by the sizes in the header and takes the numbers of nodes as they are.
"""

from collections.abc import Callable

from benchmarks.inspection import decision_trees, lightgbm_model
from benchmarks.inspection.audit import Audit, refusal
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.decision_trees import LEAF
from benchmarks.inspection.lightgbm_model import Model, Tree

MAX_NODES = 2_000_000
MAX_LEAVES = 131_072
"""Of a tree; LightGBM grows no more (docs/Parameters.rst, num_leaves)."""
MAX_FEATURES = 10_000_000
MAX_CLASSES = 100_000
_SAVE_AGAIN = "Save the model again with save_model."


def _width(model: Model) -> None:
    if not 0 < model.features <= MAX_FEATURES or not 0 <= model.classes <= MAX_CLASSES:
        found = f"It takes rows of {model.features:,} values and knows {model.classes:,} classes."
        raise refusal("width", found, "the header", _SAVE_AGAIN)


def _sizes(model: Model) -> None:
    """What the header says of each tree's bytes, against where the trees are."""
    if [tree.size_bytes for tree in model.trees] != list(model.tree_sizes):
        found = "The sizes of the trees are not those that the header says."
        raise refusal("tree-sizes", found, "tree_sizes", _SAVE_AGAIN)


def _lengths(model: Model) -> None:
    """A tree of n leaves has n - 1 splits, and each list has one entry for each."""
    for tree in model.trees:
        leaves = _leaves(tree)
        keys = ["split_feature", "threshold", "decision_type", "left_child", "right_child"]
        wrong = [key for key in keys if tree.count(key) != leaves - 1]
        wrong += ["leaf_value"] if tree.count("leaf_value") != leaves else []
        if wrong:
            found = f"A tree of {leaves:,} leaves has {tree.count(wrong[0]):,} entries in {wrong[0]}."
            raise refusal("tree-lengths", found, f"tree {tree.number}", _SAVE_AGAIN)


def _structure(model: Model) -> None:
    left_over = MAX_NODES
    for tree in model.trees:
        leaves = _leaves(tree)
        left_over -= 2 * leaves
        if left_over < 0:
            raise Damaged(f"has more than {MAX_NODES:,} nodes")
        splits = leaves - 1
        left, right = (
            [child if child >= 0 else splits + ~child for child in tree.numbers(key)]
            for key in ("left_child", "right_child")
        )
        if not splits:
            continue
        ends = [LEAF] * leaves
        feature = [*tree.numbers("split_feature"), *[0] * leaves]
        if fault := decision_trees.fault([*left, *ends], [*right, *ends], feature, model.features):
            raise refusal("tree-structure", f"A tree {fault}.", f"tree {tree.number}", _SAVE_AGAIN)


def _leaves(tree: Tree) -> int:
    leaves = tree.numbers("num_leaves")
    if len(leaves) != 1 or not 1 <= leaves[0] <= MAX_LEAVES:
        raise Damaged("has a tree of a number of leaves that none has")
    return leaves[0]


RULES: dict[str, Callable[[Model], None]] = {
    "width": _width,
    "tree-sizes": _sizes,
    "tree-lengths": _lengths,
    "tree-structure": _structure,
}


def audit(content: Content, root: str) -> Audit:
    model = lightgbm_model.read(content, root)
    for rule in RULES.values():
        rule(model)
    return Audit(not_examined=("the categories of its splits", "linear models in its leaves"))
