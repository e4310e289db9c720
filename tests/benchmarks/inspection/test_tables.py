"""What is read of scikit-learn's, XGBoost's and LightGBM's files, against what those libraries say."""

import io
import json
import struct
import zipfile

import numpy as np
import pytest

from benchmarks import skops_types
from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.inspection import decision_trees, describe, identify, npy, ubjson
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.identification import Identified

ROWS = (TensorSpec("X", "float32", (None, 4)),)
TABLE = np.random.default_rng(0).standard_normal((90, 4))
YES = (TABLE[:, 0] > 0).astype(int)


def dumped(folder, model):
    import skops.io

    skops.io.dump(model, path := folder / "model.skops")
    return path


def test_a_pipeline(tmp_path):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), RandomForestClassifier(3, max_depth=3)).fit(TABLE, YES)
    path = dumped(tmp_path, model)
    assert identify(path) == Identified("skops", "zip", "")
    found = describe(path)
    assert found.inputs == ROWS
    assert [spec.name for spec in found.outputs] == ["label", "probabilities"]
    assert found.operators["RandomForestClassifier"] == found.operators["StandardScaler"] == 1
    assert found.operators["DecisionTreeClassifier"] >= 3
    assert found.version["scikit-learn"].startswith("1.")
    nodes = sum(tree.tree_.node_count for tree in model[-1].estimators_)
    assert found.parameters > 2 * nodes  # a row and a value for each node, and the scaler's
    assert found.findings == ()


def test_what_goes_in_is_found_through_searches_votes_and_texts(tmp_path):
    from sklearn.decomposition import PCA
    from sklearn.ensemble import StackingClassifier, VotingClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    wide = make_pipeline("passthrough", PolynomialFeatures(2), LogisticRegression())
    search = GridSearchCV(wide, {"logisticregression__C": [0.1, 1.0]}, cv=2)
    members = [("a", LogisticRegression()), ("b", wide)]
    for model in (wide, search, VotingClassifier(members), StackingClassifier(members), PCA(2)):
        assert describe(dumped(tmp_path, model.fit(TABLE, YES))).inputs == ROWS, model
    texts = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["a word", "another one"], [0, 1])
    assert describe(dumped(tmp_path, texts)).inputs == (TensorSpec("X", "str", (None,)),)
    unfitted = describe(dumped(tmp_path, PCA(2)))
    assert unfitted.inputs == () and "not fitted" in unfitted.findings[0].text


def test_the_types_are_those_that_skops_trusts():
    """Each but our own few; and those skops does not trust, or they need not stand there."""
    import skops.io._sklearn
    import skops.io._trusted_types as trusted
    from skops.io._utils import get_module

    names = [name for name in vars(trusted) if name.endswith("_TYPE_NAMES")]
    known = {one for name in names for one in getattr(trusted, name)}
    known |= {f"{get_module(one)}.{one.__name__}" for one in skops.io._sklearn.ALLOWED_LOSSES}
    known |= {"builtins." + name for name in ("dict", "bytes", "bytearray", "slice")}
    known |= {"collections.OrderedDict", "collections.defaultdict"}
    known |= {"numpy.ndarray", "numpy.ma.MaskedArray", "numpy.random.mtrand.RandomState"}
    ours = {name for names in skops_types.TYPES.values() for name in names}
    assert ours - set(skops_types.ALSO) <= known
    assert known.isdisjoint(skops_types.ALSO)
    estimators = set(trusted.SKLEARN_ESTIMATOR_TYPE_NAMES)
    assert estimators <= skops_types.TYPES["ObjectNode"]


def test_everything_skops_would_ask_about_is_refused(tmp_path):
    import skops.io
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import FunctionTransformer

    for model in (KNeighborsClassifier().fit(TABLE, YES), FunctionTransformer(json.dumps)):
        path = dumped(tmp_path, model)
        assert skops.io.get_untrusted_types(file=path)
        with pytest.raises(ProblemError) as refused:
            describe(path)
        assert refused.value.problem.kind == "untrusted-type"


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3)),
        np.zeros((), np.int8),
        np.zeros(0, np.complex64),
        np.array(["ab", "c"]),
        np.array([b"abc"]),
        np.zeros(3, "datetime64[s]"),
        np.zeros(2, [("a", "<i8"), ("b", "?"), ("c", "<f4", (2, 2))]),
    ],
    ids=lambda array: str(array.dtype),
)
def test_an_array_is_what_numpy_says(array):
    np.save(buffer := io.BytesIO(), array)
    found = npy.read(memoryview(buffer.getvalue()))
    assert (found.shape, found.item_bytes, found.objects) == (array.shape, array.dtype.itemsize, False)
    assert bytes(found.data) == array.tobytes()
    for name, member in found.fields.items():
        assert member.at == array.dtype.fields[name][1]


def xgboost_model(objective: str, answers, **settings):
    import xgboost

    rows = xgboost.DMatrix(TABLE, answers)
    return xgboost.train({"max_depth": 3, "objective": objective, **settings}, rows, 4)


@pytest.mark.parametrize("ending", ["ubj", "json"])
@pytest.mark.parametrize(
    ("objective", "settings", "outputs"),
    [
        ("binary:logistic", {}, ["label", "probabilities"]),
        ("multi:softprob", {"num_class": 2}, ["label", "probabilities"]),
        ("reg:squarederror", {"booster": "dart"}, ["variable"]),
        ("reg:squarederror", {"booster": "gblinear"}, ["variable"]),
    ],
)
def test_xgboost(tmp_path, ending, objective, settings, outputs):
    booster = xgboost_model(objective, YES, **settings)
    booster.save_model(path := tmp_path / f"model.{ending}")
    path = path.rename(tmp_path / "model.bin")
    assert identify(path) == Identified("xgboost-native", "file", "")
    found = describe(path)
    assert found.inputs == (TensorSpec("input", "float32", (None, 4)),)
    assert [spec.name for spec in found.outputs] == outputs
    assert found.version["objective"] == objective
    if settings.get("booster") == "gblinear":
        assert found.parameters == 5 and not found.operators
        return
    nodes = booster.trees_to_dataframe()
    assert found.operators == {
        "tree": len(booster.get_dump()),
        "split": int((nodes.Feature != "Leaf").sum()),
        "leaf": int((nodes.Feature == "Leaf").sum()),
    }
    assert found.parameters == len(nodes)


def test_xgboost_says_where_it_splits_on_categories(tmp_path):
    import pandas
    import xgboost

    table = pandas.DataFrame({"a": pandas.Categorical(["x", "y", "z"] * 30), "b": TABLE[:, 0]})
    rows = xgboost.DMatrix(table, YES, enable_categorical=True)
    xgboost.train({"max_depth": 3}, rows, 3).save_model(path := tmp_path / "model.ubj")
    assert "categories" in describe(path).findings[0].text


@pytest.mark.parametrize(
    ("objective", "settings", "outputs"),
    [
        ("binary", {}, ["label", "probabilities"]),
        ("multiclass", {"num_class": 3}, ["label", "probabilities"]),
        ("regression", {"linear_tree": True}, ["variable"]),
    ],
)
def test_lightgbm(tmp_path, objective, settings, outputs):
    import lightgbm

    answers = np.digitize(TABLE[:, 0], [-0.5, 0.5]) if objective == "multiclass" else YES
    settings |= {"objective": objective, "num_leaves": 5, "min_data_in_leaf": 5, "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(TABLE, answers), 4)
    booster.save_model(path := tmp_path / "model.bin")
    assert identify(path) == Identified("lightgbm-native", "file", "")
    found = describe(path)
    assert found.inputs == (TensorSpec("input", "float32", (None, 4)),)
    assert [spec.name for spec in found.outputs] == outputs
    nodes = booster.trees_to_dataframe()
    leaves = int(nodes.left_child.isna().sum())
    assert found.operators == {
        "tree": booster.num_trees(), "split": len(nodes) - leaves, "leaf": leaves,
    }  # fmt: skip
    assert found.version["objective"].startswith(objective)


@pytest.mark.parametrize(
    ("left", "right", "feature", "fault"),
    [
        ([1, -1, -1], [2, -1, -1], [0, 0, 0], ""),
        ([-1], [-1], [9], ""),
        ([1, -1, -1, -1], [2, -1, -1, -1], [1, 0, 0, 5], ""),
        ([], [], [], "different lengths"),
        ([-1, -1], [-1], [0, 0], "different lengths"),
        ([1, -1], [-1, -1], [0, 0], "one child"),
        ([1, -1, -1], [3, -1, -1], [0, 0, 0], "not there"),
        ([-2, -1, -1], [1, -1, -1], [0, 0, 0], "not there"),
        ([1, -1], [1, -1], [0, 0], "two parents"),
        ([1, 0, -1], [2, 2, -1], [0, 0, 0], "two parents"),
        ([1, -1, -1], [2, -1, -1], [2, 0, 0], "do not have"),
        ([1, -1, -1], [2, -1, -1], [-1, 0, 0], "do not have"),
    ],
)
def test_a_tree_is_told_from_what_is_none(left, right, feature, fault):
    found = decision_trees.fault(left, right, feature, 2)
    assert (fault in found) if fault else not found


def test_ubjson_against_a_hand_written_file():
    """draft 12: an object with a typed list, a counted list, a plain list, a text and constants."""
    data = b"{i\x01a[$d#i\x02" + struct.pack(">2f", 1.5, -2) + b"i\x01b[#i\x02i\x05TU\x01c[ZF]i\x01dSi\x02hi}"
    found = ubjson.read(memoryview(data))
    assert list(found.pop("a").values()) == [1.5, -2.0]
    assert found == {"b": [5, True], "c": [None, False], "d": "hi"}
    for broken in (data[:-1], data + b"Z", b"[" * 100, b"{i\xff", b"[$S#i\x01", b"", b"[$d#d\0\0\0\0"):
        with pytest.raises(Damaged):
            ubjson.read(memoryview(broken))


def test_other_json_and_other_text_are_none_of_these(tmp_path):
    for name, data in (
        ("a.json", b'{"model": {"learner": {}}}'),
        ("b.txt", b"tree\nof life\n"),
        ("c.json", b"[1, 2]"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ProblemError) as refused:
            identify(tmp_path / name)
        assert refused.value.problem.kind == "text-file"
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        archive.writestr("schema.json", '{"type": "object"}')
    with pytest.raises(ProblemError) as refused:
        identify(tmp_path / "d.zip")
    assert refused.value.problem.kind == "archive-without-model"
