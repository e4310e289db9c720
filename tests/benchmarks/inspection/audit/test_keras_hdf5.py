"""Rows: what an .h5 file, whose classes stand without their module, was changed to and is refused as."""

import json
import shutil

import h5py
import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import keras as audit_keras
from benchmarks.inspection.audit.keras_classes import WITHOUT_MODULE


def layer(config: dict) -> dict:
    return next(found for found in config["config"]["layers"] if found["class_name"] == "Dense")


def outer(**fields):
    """Changes what the dense layer is said to be."""
    return lambda config: layer(config).update(fields)


def inner(**fields):
    """Changes the dense layer's own configuration."""
    return lambda config: layer(config)["config"].update(fields)


def named(name: str, **config) -> dict:
    return {"class_name": name, "config": config}


CODE = ["4wEAAAAAAAAA", None, None]
HOSTILE = [
    ("python-code", outer(class_name="Lambda", config={"name": "l", "function": CODE}), "Lambda"),
    ("python-code", outer(class_name="Lambda", config={"name": "l", "function": "f"}), "Lambda"),
    ("python-code", inner(activation=named("__lambda__", code="4wEA")), "Lambda"),
    ("custom-class", outer(class_name="Mine"), "class “Mine”"),
    ("custom-class", outer(class_name="ours>Mine"), "class “ours>Mine”"),
    ("custom-class", outer(registered_name="ours>Dense"), "class “ours>Dense”"),
    ("custom-class", outer(class_name="TFOpLambda"), "class “TFOpLambda”"),
    ("custom-class", outer(class_name="TFSMLayer"), "class “TFSMLayer”"),
    ("custom-class", outer(class_name="TorchModuleWrapper"), "class “TorchModuleWrapper”"),
    ("custom-class", outer(class_name="deserialize"), "class “deserialize”"),
    ("custom-class", outer(class_name="core"), "class “core”"),
    ("custom-class", inner(kernel_initializer=named("Popen", args="id")), "class “Popen”"),
    (
        "custom-class",
        inner(units={"class_name": "TypeSpec", "type_spec": "x", "serialized": []}),
        "class “TypeSpec”",
    ),
    ("custom-class", inner(units={"class_name": "CompositeTensor", "spec": []}), "class “CompositeTensor”"),
    ("foreign-class", outer(module="os", class_name="system"), "os.system"),
    ("foreign-class", outer(module="keras.layers", class_name="TFSMLayer"), "TFSMLayer"),
    (
        "foreign-function",
        inner(activation={"module": "os", "class_name": "function", "config": "system"}),
        "os.system",
    ),
    ("outside-file", inner(vocabulary="/etc/passwd"), "“model_config”, under “vocabulary”"),
]


@pytest.mark.parametrize(("kind", "change", "words"), HOSTILE, ids=[f"{row[0]}: {row[2]}" for row in HOSTILE])
@pytest.mark.parametrize("source", ["image.h5", "old/image.h5"])
def test_hostile_configurations(tmp_path, keras_models, monkeypatch, source, kind, change, words):
    path = shutil.copyfile(keras_models / source, tmp_path / "model.h5")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config).encode()
    check_refused(path, kind, words, monkeypatch)


HOSTILE_DATA = [
    ("outside-data", lambda w: w.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/")), "the file at"),
    ("outside-data", lambda w: w.__setitem__("x", h5py.SoftLink("/model_weights")), "no plain one"),
    (
        "outside-data",
        lambda w: w.create_dataset("x", (4,), "u1", external=[("/etc/passwd", 0, 4)]),
        "another file",
    ),
    ("outside-data", lambda w: w.create_group("x", track_order=True), "another layout"),
    ("size-lies", lambda w: w.create_dataset("x", (10**12,), "f4"), "4,000,000,000,000 bytes"),
    (
        "size-lies",
        lambda w: w.create_dataset("x", (10**9,), "f4", chunks=(10**6,), compression="gzip"),
        "4,000,000,000 bytes",
    ),
]


@pytest.mark.parametrize(("kind", "change", "words"), HOSTILE_DATA, ids=[row[2] for row in HOSTILE_DATA])
def test_hostile_weights(tmp_path, keras_models, monkeypatch, kind, change, words):
    path = shutil.copyfile(keras_models / "image.h5", tmp_path / "model.h5")
    with h5py.File(path, "r+") as file:
        change(file["model_weights"])
    check_refused(path, kind, words, monkeypatch)


def check_refused(path, kind, words, monkeypatch):
    with pytest.raises(ProblemError) as caught:
        describe(path)
    problem = caught.value.problem
    assert (problem.kind, words in problem.message) == (kind, True), problem.message
    rules = {name: rule for name, rule in audit_keras.RULES.items() if name != kind}
    monkeypatch.setattr(audit_keras, "RULES", rules)
    try:
        describe(path)
    except ProblemError as error:
        assert error.problem.kind != kind


def test_a_keras_file_names_its_modules(tmp_path, keras_models):
    """What an .h5 file may leave out a .keras file may not."""
    import zipfile

    path = tmp_path / "model.keras"
    with zipfile.ZipFile(keras_models / "image.keras") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json":
                config = json.loads(data)
                del layer(config)["module"]
                data = json.dumps(config).encode()
            new.writestr(name, data)
    with pytest.raises(ProblemError) as caught:
        describe(path)
    assert caught.value.problem.kind == "custom-class"


def test_the_classes_are_those_of_keras():
    """All of them but those that load a file or run another framework's code."""
    import keras

    found = {
        name
        for module in ("layers", "models", "initializers", "regularizers", "constraints", "dtype_policies")
        for name, one in vars(getattr(keras, module)).items()
        if isinstance(one, type)
    }
    assert found - WITHOUT_MODULE == audit_keras._GADGETS
    assert WITHOUT_MODULE - found == {"Functional"}


def test_lambda_of_keras_itself(tmp_path):
    import keras

    keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x + 1)]).save(tmp_path / "model.h5")
    with pytest.raises(ProblemError) as caught:
        describe(tmp_path / "model.h5")
    assert caught.value.problem.kind == "python-code"
