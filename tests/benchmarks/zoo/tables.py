"""Models of tables: scikit-learn as `.skops`, XGBoost and LightGBM in their own formats."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

XGBOOST = {
    "xgboost_regressor": {"objective": "reg:squarederror"},
    "xgboost_binary": {"objective": "binary:logistic"},
    "xgboost_classes": {"objective": "multi:softprob", "num_class": 3},
}
LIGHTGBM = {
    "lightgbm_regressor": {"objective": "regression"},
    "lightgbm_binary": {"objective": "binary"},
    "lightgbm_classes": {"objective": "multiclass", "num_class": 3},
}


def names() -> list[str]:
    return [*ESTIMATORS, *XGBOOST, *LIGHTGBM]


def build(name: str, folder: Path) -> None:
    """Writes `name.skops`, `.ubj` or `.txt`."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((300, 6), dtype=np.float32)
    price = rows[:, 0] * 2 + rows[:, 1] * rows[:, 2]
    kinds = np.digitize(rows[:, 0] + rows[:, 3], [-0.5, 0.5])
    answers = {"regressor": price, "binary": (price > 0).astype(int)}.get(name.rpartition("_")[2], kinds)
    {"xgboost": _xgboost, "lightgbm": _lightgbm}.get(name.partition("_")[0], _estimator)(
        name, folder, rows, answers
    )


def _xgboost(name: str, folder: Path, rows: np.ndarray, answers: np.ndarray) -> None:
    import xgboost

    settings = {"max_depth": 4, **XGBOOST[name]}
    xgboost.train(settings, xgboost.DMatrix(rows, answers), 10).save_model(folder / f"{name}.ubj")


def _lightgbm(name: str, folder: Path, rows: np.ndarray, answers: np.ndarray) -> None:
    import lightgbm

    settings = {"num_leaves": 12, "verbose": -1, "num_threads": 1, **LIGHTGBM[name]}
    lightgbm.train(settings, lightgbm.Dataset(rows, answers), 10).save_model(folder / f"{name}.txt")


def _estimator(name: str, folder: Path, rows: np.ndarray, answers: np.ndarray) -> None:
    import skops.io

    skops.io.dump(ESTIMATORS[name]().fit(rows, answers), folder / f"{name}.skops")


def _logistic_regression():
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression())


def _column_transformer():
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MinMaxScaler, StandardScaler

    columns = [("standard", StandardScaler(), [0, 1, 2]), ("range", MinMaxScaler(), [3, 4, 5])]
    return make_pipeline(ColumnTransformer(columns), LogisticRegression())


def _principal_components():
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(PCA(3, random_state=0), LogisticRegression())


def _random_forest():
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(20, max_depth=6, random_state=0)


def _gradient_boosting():
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(n_estimators=10, max_depth=3, random_state=0)


def _gradient_boosting_regressor():
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(n_estimators=20, max_depth=3, random_state=0)


def _support_vectors():
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(StandardScaler(), SVC(random_state=0))


def _k_means():
    from sklearn.cluster import KMeans

    return KMeans(4, n_init=2, random_state=0)


def _nearest_neighbours():
    from sklearn.neighbors import KNeighborsRegressor

    return KNeighborsRegressor(5, algorithm="brute")


def _perceptron():
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), MLPClassifier((12,), max_iter=60, random_state=0))


ESTIMATORS: dict[str, Callable] = {
    "logistic_regression": _logistic_regression,
    "column_transformer": _column_transformer,
    "principal_components": _principal_components,
    "random_forest": _random_forest,
    "gradient_boosting": _gradient_boosting,
    "gradient_boosting_regressor": _gradient_boosting_regressor,
    "support_vectors": _support_vectors,
    "k_means": _k_means,
    "nearest_neighbours": _nearest_neighbours,
    "perceptron": _perceptron,
}
