"""What is refused in an XGBoost file: trees that are none.

XGBoost takes the numbers of nodes from the file as they are; a child that is not there is read from outside
of its memory.
"""

from collections.abc import Callable

from benchmarks.inspection import decision_trees, xgboost_model
from benchmarks.inspection.audit import Audit, refusal
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.xgboost_model import Model

MAX_NODES = 3_000_000
MAX_FEATURES = 10_000_000
_SAVE_AGAIN = "Save the model again with save_model."


def _lengths(model: Model) -> None:
    """Each list of a tree has an entry for each node, as many as the tree says that it has."""
    for number, tree in enumerate(model.trees):
        parameters = tree.get("tree_param")
        said = xgboost_model.whole(parameters.get("num_nodes")) if isinstance(parameters, dict) else -1
        for name, length in xgboost_model.lengths(tree):
            if length != said:
                found = f"A tree of {said:,} nodes has {length:,} entries in {name}."
                raise refusal("tree-lengths", found, f"tree {number}", _SAVE_AGAIN)


def _structure(model: Model) -> None:
    left_over = MAX_NODES
    for number, tree in enumerate(model.trees):
        left, right, feature = xgboost_model.nodes(tree)
        left_over -= len(left)
        if left_over < 0:
            raise Damaged(f"has more than {MAX_NODES:,} nodes")
        if fault := decision_trees.fault(left, right, feature, model.features):
            raise refusal("tree-structure", f"A tree {fault}.", f"tree {number}", _SAVE_AGAIN)


def _width(model: Model) -> None:
    if not 0 < model.features <= MAX_FEATURES:
        found = f"It takes rows of {model.features:,} values."
        raise refusal("width", found, "learner_model_param", _SAVE_AGAIN)


RULES: dict[str, Callable[[Model], None]] = {
    "width": _width,
    "tree-lengths": _lengths,
    "tree-structure": _structure,
}


def audit(content: Content, root: str) -> Audit:
    model = xgboost_model.read(content, root)
    for rule in RULES.values():
        rule(model)
    return Audit(not_examined=("the categories of its splits", "the weights of a linear model"))
