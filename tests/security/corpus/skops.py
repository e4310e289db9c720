"""skops: types that are none of scikit-learn's, nodes that call, arrays that lie, trees that are none."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets, tensor

INPUTS = (tensor("X", ("batch", 5)),)
Files = dict[str, bytes]


def _forest() -> Files:
    """The files of a small forest behind a scaler."""
    import numpy as np
    import skops.io
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    table = np.random.default_rng(0).standard_normal((60, 5))
    model = make_pipeline(StandardScaler(), RandomForestClassifier(3, max_depth=4, random_state=0))
    dumped = skops.io.dumps(model.fit(table, table[:, 0] > 0))
    with zipfile.ZipFile(io.BytesIO(dumped)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _edited(edit: Callable[[dict, Files, Targets], None]) -> Callable[[Path, Targets], Path]:
    """The forest after `edit(schema, files, targets)`."""

    def build(folder: Path, at: Targets) -> Path:
        files = _forest()
        schema = json.loads(files.pop("schema.json"))
        edit(schema, files, at)
        with zipfile.ZipFile(path := folder / "model.skops", "w") as archive:
            for name, data in (files | {"schema.json": json.dumps(schema).encode()}).items():
                archive.writestr(name, data)
        return path

    return build


def _steps(schema: dict) -> list[dict]:
    """The nodes of the estimators in the pipeline."""
    return [pair["content"][1] for pair in schema["content"]["content"]["steps"]["content"]]


def _settings(estimator: dict) -> dict:
    return estimator["content"]["content"]


def _nothing(schema: dict, files: Files, at: Targets) -> None:
    pass


def _text(value: str) -> dict:
    return {
        "__loader__": "JsonNode",
        "__module__": "builtins",
        "__class__": "str",
        "content": json.dumps(value),
    }


def _list(*items: dict, kind: str = "tuple") -> dict:
    loader = {"tuple": "TupleNode", "list": "ListNode"}[kind]
    return {"__loader__": loader, "__module__": "builtins", "__class__": kind, "content": list(items)}


def _dict(**items: dict) -> dict:
    keys = [{"__loader__": "TypeNode", "__module__": "builtins", "__class__": "str"} for _ in items]
    return {
        "__loader__": "DictNode",
        "__module__": "builtins",
        "__class__": "dict",
        "content": items,
        "key_types": _list(*keys, kind="list"),
    }


def _system(schema: dict, files: Files, at: Targets) -> None:
    """A function of the operating system as the setting of a step."""
    _settings(_steps(schema)[0])["copy"] = {
        "__loader__": "FunctionNode", "__module__": "posix", "__class__": "system",
    }  # fmt: skip


def _popen(schema: dict, files: Files, at: Targets) -> None:
    """An object of a class that starts a program when it is made."""
    _settings(_steps(schema)[0])["copy"] = {
        "__loader__": "ObjectNode",
        "__module__": "subprocess",
        "__class__": "Popen",
        "content": _dict(args=_text(f"touch {at.markers}/popen")),
    }


def _under_another_key(schema: dict, files: Files, at: Targets) -> None:
    """CVE-2025-54413: what is checked stands in one place, what is built in another."""
    _settings(_steps(schema)[0])["copy"] = {
        "__loader__": "TypeNode",
        "__module__": "builtins",
        "__class__": "str",
        "hidden": {"__loader__": "ObjectNode", "__module__": "subprocess", "__class__": "Popen"},
    }


def _method(schema: dict, files: Files, at: Targets) -> None:
    """CVE-2025-54412: a method of an object that is trusted."""
    step = _steps(schema)[0]
    _settings(_steps(schema)[1])["verbose"] = {
        "__loader__": "MethodNode",
        "__module__": step["__module__"],
        "__class__": step["__class__"],
        "content": {"func": "__reduce__", "obj": step},
    }


def _caller(schema: dict, files: Files, at: Targets) -> None:
    """operator.methodcaller, made while the file is loaded."""
    _settings(_steps(schema)[0])["copy"] = {
        "__loader__": "OperatorFuncNode",
        "__module__": "operator",
        "__class__": "methodcaller",
        "attrs": _list(_text("fit")),
    }


def _partial(schema: dict, files: Files, at: Targets) -> None:
    system = {"__loader__": "FunctionNode", "__module__": "posix", "__class__": "system"}
    _settings(_steps(schema)[0])["copy"] = {
        "__loader__": "PartialNode",
        "__module__": "functools",
        "__class__": "partial",
        "content": {
            "func": system,
            "args": _list(_text(f"touch {at.markers}/partial")),
            "kwds": _dict(),
            "namespace": _text(""),
        },
    }


def _future(schema: dict, files: Files, at: Targets) -> None:
    schema["protocol"] = 99


def _truth(schema: dict, files: Files, at: Targets) -> None:
    """A boolean, which Python takes for a number."""
    schema["protocol"] = True


def _mean(schema: dict) -> str:
    return _settings(_steps(schema)[0])["mean_"]["file"]


def _array(header: str, data: bytes = b"") -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


def _declares(schema: dict, files: Files, at: Targets) -> None:
    files[_mean(schema)] = _array(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1048576, 1048576)}", bytes(40)
    )


def _other_name(schema: dict, files: Files, at: Targets) -> None:
    """The same under a name that no array has."""
    _declares(schema, files, at)
    files["readme.txt"] = files.pop(_mean(schema))
    _settings(_steps(schema)[0])["mean_"]["file"] = "readme.txt"


def _objects(schema: dict, files: Files, at: Targets) -> None:
    """An array of objects, which is a pickle."""
    import pickle

    files[_mean(schema)] = _array(
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", pickle.dumps([print])
    )


def _missing(schema: dict, files: Files, at: Targets) -> None:
    del files[_mean(schema)]


def _tree(schema: dict) -> dict:
    return _settings(_settings(_steps(schema)[1])["estimators_"]["content"][0])["tree_"]


def _with_nodes(change: Callable) -> Callable[[dict, Files, Targets], None]:
    """`change(nodes)` made to the table of nodes of the first tree."""

    def edit(schema: dict, files: Files, at: Targets) -> None:
        import numpy as np

        name = _settings(_tree(schema))["nodes"]["file"]
        nodes = np.load(io.BytesIO(files[name])).copy()
        change(nodes)
        buffer = io.BytesIO()
        np.save(buffer, nodes)
        files[name] = buffer.getvalue()

    return edit


def _far_child(nodes) -> None:
    nodes["left_child"][0] = 1 << 40


def _circle(nodes) -> None:
    """Both ways lead back to where they came from."""
    nodes["left_child"][0] = nodes["right_child"][0] = 0


def _far_feature(nodes) -> None:
    nodes["feature"][0] = 1 << 40


def _wide_trees(schema: dict, files: Files, at: Targets) -> None:
    """The trees say that rows have 2⁴⁰ values and look at one of those; the forest hands them five."""
    width = {**_text(""), "content": str(1 << 40)}
    for tree in _settings(_steps(schema)[1])["estimators_"]["content"]:
        _settings(tree)["n_features_in_"] = width
        _settings(tree)["tree_"]["__reduce__"]["args"]["content"][0] = width
    _with_nodes(_far_feature_in_range)(schema, files, at)


def _far_feature_in_range(nodes) -> None:
    nodes["feature"][0] = 1 << 39


def _count(schema: dict, files: Files, at: Targets) -> None:
    """More nodes are counted than there are."""
    _settings(_tree(schema))["node_count"]["content"] = str(1 << 30)


def _deep(schema: dict, files: Files, at: Targets) -> None:
    """Lists within lists."""
    node = _text("")
    for _ in range(300):
        node = _list(node, kind="list")
    _settings(_steps(schema)[0])["copy"] = node


def _case(name: str, edit: Callable, expects: str, *kinds: str, **more) -> Case:
    more = {"loads_as": "skops", "inputs": INPUTS} | more
    return Case(f"skops-{name}", "skops", expects, _edited(edit), kinds, "tables", **more)


TREE = ("tree-structure",)
CASES = (
    _case("sound", _nothing, "accepted"),
    _case("system", _system, "refused", "untrusted-type"),
    _case("popen", _popen, "refused", "untrusted-type"),
    _case("under-another-key", _under_another_key, "refused", "untrusted-type"),
    _case("method", _method, "refused", "calls-when-loaded"),
    _case("method-caller", _caller, "refused", "calls-when-loaded"),
    _case("partial", _partial, "refused", "calls-when-loaded", "untrusted-type"),
    _case("protocol-of-the-future", _future, "refused", "protocol"),
    _case("protocol-that-is-true", _truth, "refused", "protocol"),
    _case("declares-8-TB", _declares, "refused", "array-size"),
    _case("declares-8-TB-elsewhere", _other_name, "refused", "array-size"),
    _case("array-of-objects", _objects, "refused", "pickle"),
    _case("missing-array", _missing, "refused", "damaged-model"),
    _case("child-outside", _with_nodes(_far_child), "refused", *TREE),
    _case("feature-outside", _with_nodes(_far_feature), "refused", *TREE),
    _case("wide-trees", _wide_trees, "refused", *TREE),
    _case("tree-in-a-circle", _with_nodes(_circle), "refused", *TREE, ends=("timeout",)),
    _case("counts-too-many-nodes", _count, "refused", *TREE),
    _case("nested-300-deep", _deep, "refused", "damaged-model"),
)
