"""Keras files: configurations that name classes and functions, and HDF5 that can lead out of itself."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import UNANSWERED, Case, Targets, tensor

INPUTS = (tensor("x", (None, 3)),)


def _sound(folder: Path, at: Targets) -> Path:
    import keras

    net = keras.Sequential(
        [keras.Input((3,), name="x"), keras.layers.Dense(4, "relu", name="first"), keras.layers.Dense(2)]
    )
    net.save(path := folder / "model.keras")
    return path


def _with_vocabulary(folder: Path, at: Targets) -> Path:
    import keras

    words = keras.Input((3,), dtype="string", name="words")
    net = keras.Model(words, keras.layers.StringLookup(vocabulary=["one", "two"])(words))
    net.save(path := folder / "model.keras")
    return path


def _lambda(folder: Path, at: Targets) -> Path:
    import keras

    marker = f"{at.markers}/lambda"
    net = keras.Sequential([keras.Input((3,), name="x")])
    net.add(keras.layers.Lambda(eval(f"lambda x: (open({marker!r}, 'w').close(), x)[1]"), output_shape=(3,)))
    net.save(path := folder / "model.keras")
    return path


def _changed(change: Callable[[dict, Targets], None], sound=_sound) -> Callable[[Path, Targets], Path]:
    """A saved file with its configuration changed."""

    def build(folder: Path, at: Targets) -> Path:
        path = sound(folder, at)

        def edit(members: dict[str, bytes]) -> None:
            config = json.loads(members["config.json"])
            change(config, at)
            members["config.json"] = json.dumps(config).encode()

        return _rewritten(path, edit)

    return build


def _rewritten(path: Path, edit: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    edit(members)
    with zipfile.ZipFile(path, "w") as target:
        for name, data in members.items():
            target.writestr(name, data)
    return path


def _layer(config: dict, number: int = 1) -> dict:
    return config["config"]["layers"][number]


def _downloads(config: dict, at: Targets) -> None:
    """A function of Keras' own that fetches a file and unpacks it, in the place of an activation."""
    _layer(config)["config"]["activation"] = _function("keras.utils", "get_file")


def _function(module: str | None, name: str) -> dict:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def _runs(config: dict, at: Targets) -> None:
    _layer(config)["config"]["activation"] = _function("builtins", "exec")


def _shell(config: dict, at: Targets) -> None:
    _layer(config)["config"]["activation"] = _function("os", "system")


def _foreign_module(config: dict, at: Targets) -> None:
    _layer(config).update(module="subprocess", class_name="Popen", registered_name=None)


def _tensorflow_module(config: dict, at: Targets) -> None:
    _layer(config).update(module="tensorflow.io", class_name="write_file", registered_name=None)


def _custom_class(config: dict, at: Targets) -> None:
    _layer(config).update(module="my_project.layers", class_name="Mine", registered_name="Mine")


def _registered_class(config: dict, at: Targets) -> None:
    _layer(config).update(module=None, class_name="Mine", registered_name="project>Mine")


def _lambda_config(config: dict, at: Targets) -> None:
    _layer(config)["config"]["activation"] = {
        "class_name": "__lambda__", "config": {"value": "4wAAAAA=", "defaults": None, "closure": None},
    }  # fmt: skip


def _torch_layer(config: dict, at: Targets) -> None:
    """Keeps a pickled torch module in its configuration."""
    _layer(config).update(
        module="keras.layers",
        class_name="TorchModuleWrapper",
        registered_name=None,
        config={"name": "wrapped", "module": "gASVAAAA"},
    )


def _saved_model_layer(config: dict, at: Targets) -> None:
    """Loads a SavedModel by its path."""
    _layer(config).update(
        module="keras.layers",
        class_name="TFSMLayer",
        registered_name=None,
        config={"filepath": at.sibling, "name": "loaded", "call_endpoint": "serve"},
    )


def _vocabulary_path(config: dict, at: Targets) -> None:
    _layer(config)["config"]["vocabulary"] = at.canary


def _units(config: dict, at: Targets) -> None:
    _layer(config)["config"]["units"] = 1 << 40


def _deep(config: dict, at: Targets) -> None:
    inner = _layer(config)["config"]
    for _ in range(300):
        inner["kernel_initializer"] = {"module": "keras.initializers", "class_name": "Zeros", "config": {}}
        inner = inner["kernel_initializer"]["config"]


def _weights(change: Callable) -> Callable[[Path, Targets], Path]:
    """A saved file whose HDF5 was changed with h5py by `change(file, at)`."""

    def build(folder: Path, at: Targets) -> Path:
        import h5py

        path = _sound(folder, at)

        def edit(members: dict[str, bytes]) -> None:
            (weights := folder / "weights.h5").write_bytes(members["model.weights.h5"])
            with h5py.File(weights, "r+") as file:
                change(file, at)
            members["model.weights.h5"] = weights.read_bytes()
            weights.unlink()

        return _rewritten(path, edit)

    return build


def _kernel(file) -> str:
    """The path of the first weight in this version's layout."""
    found = []
    file.visit(lambda name: found.append(name) if name.endswith("vars/0") else None)
    return found[0]


def _external_link(file, at: Targets) -> None:
    import h5py

    name = _kernel(file)
    del file[name]
    file[name] = h5py.ExternalLink(at.canary, "/")


def _external_storage(file, at: Targets) -> None:
    name = _kernel(file)
    shape = file[name].shape
    del file[name]
    file.create_dataset(name, shape, "f4", external=[(at.canary, 0, 4 * shape[0] * shape[1])])


def _oversized(file, at: Targets) -> None:
    name = _kernel(file)
    del file[name]
    file.create_dataset(name, (1 << 20, 1 << 20), "f4")


def _compressed_bomb(file, at: Targets) -> None:
    import numpy

    name = _kernel(file)
    del file[name]
    file.create_dataset(name, data=numpy.zeros((4096, 16384), "f4"), chunks=(512, 16384), compression="gzip")


def _soft_link(file, at: Targets) -> None:
    import h5py

    name = _kernel(file)
    del file[name]
    file[name] = h5py.SoftLink("/" + name)


def _virtual(file, at: Targets) -> None:
    import h5py

    name = _kernel(file)
    shape = file[name].shape
    del file[name]
    layout = h5py.VirtualLayout(shape, "f4")
    layout[:] = h5py.VirtualSource(at.canary, "x", shape)
    file.create_virtual_dataset(name, layout)


def _asset_path(folder: Path, at: Targets) -> Path:
    path = _with_vocabulary(folder, at)

    def edit(members: dict[str, bytes]) -> None:
        members["assets/../../../escape.txt"] = b"x"

    return _rewritten(path, edit)


def _case(name: str, build, expects: str, *kinds: str, **more) -> Case:
    more = {"loads_as": "keras", "inputs": INPUTS} | more
    return Case(f"keras-{name}", "keras", expects, build, kinds, "tensorflow", **more)


CLASS, FUNCTION, DATA = "foreign-class", "foreign-function", "outside-data"
WORDS = (tensor("words", (None, 3), "str"),)
OUTSIDE = _changed(_vocabulary_path, _with_vocabulary)
CASES = (
    _case("sound", _sound, "accepted"),
    _case("own-vocabulary", _with_vocabulary, "accepted", inputs=WORDS),
    _case("lambda", _lambda, "refused", "python-code"),
    _case("lambda-config", _changed(_lambda_config), "refused", "python-code"),
    _case("function-that-downloads", _changed(_downloads), "refused", FUNCTION),
    _case("function-that-runs", _changed(_runs), "refused", FUNCTION),
    _case("function-of-the-shell", _changed(_shell), "refused", FUNCTION),
    _case("class-of-subprocess", _changed(_foreign_module), "refused", CLASS),
    _case("class-of-tensorflow", _changed(_tensorflow_module), "refused", CLASS),
    _case("class-of-the-author", _changed(_custom_class), "refused", CLASS),
    _case("registered-class", _changed(_registered_class), "refused", "custom-class"),
    _case("pickled-torch-layer", _changed(_torch_layer), "refused", CLASS),
    _case("loads-another-model", _changed(_saved_model_layer), "refused", CLASS),
    _case("vocabulary-from-outside", OUTSIDE, "refused", "outside-file", inputs=WORDS),
    _case("units-beyond-memory", _changed(_units), "contained", ends=UNANSWERED),
    _case("deep-config", _changed(_deep), "refused", "too-deep"),
    _case("external-link", _weights(_external_link), "refused", DATA),
    _case("external-storage", _weights(_external_storage), "refused", DATA),
    _case("oversized-dataset", _weights(_oversized), "refused", "size-lies"),
    _case("compressed-bomb", _weights(_compressed_bomb), "refused", "size-lies"),
    _case("circular-soft-link", _weights(_soft_link), "refused", DATA),
    _case("virtual-dataset", _weights(_virtual), "refused", DATA),
    _case("asset-path", _asset_path, "refused", "unsafe-name", loads_as=""),
)
