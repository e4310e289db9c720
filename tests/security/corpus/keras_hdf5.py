"""Keras' older files (.h5): classes without their modules, and HDF5 that leads elsewhere or is never full."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import keras2
from tests.security.corpus.case import UNANSWERED, Case, Targets, tensor

INPUTS = (tensor("x", (None, 3)),)
CONFIG = "model_config"


def _sound(folder: Path, at: Targets) -> Path:
    import keras

    net = keras.Sequential(
        [keras.Input((3,), name="x"), keras.layers.Dense(4, "relu", name="first"), keras.layers.Dense(2)]
    )
    net.save(path := folder / "model.h5")
    return path


def _of_keras_2(folder: Path, at: Targets) -> Path:
    keras2.rewrite(path := _sound(folder, at))
    return path


def _lambda(folder: Path, at: Targets) -> Path:
    import keras

    marker = f"{at.markers}/h5-lambda"
    net = keras.Sequential([keras.Input((3,), name="x")])
    net.add(keras.layers.Lambda(eval(f"lambda x: (open({marker!r}, 'w').close(), x)[1]"), output_shape=(3,)))
    net.save(path := folder / "model.h5")
    return path


def _opened(change: Callable) -> Callable[[Path, Targets], Path]:
    """A sound file that `change(file, at)` changed through h5py."""

    def build(folder: Path, at: Targets) -> Path:
        import h5py

        path = _sound(folder, at)
        with h5py.File(path, "r+") as file:
            change(file, at)
        return path

    return build


def _changed(change: Callable[[dict, Targets], None]) -> Callable[[Path, Targets], Path]:
    """A sound file whose configuration was changed."""

    def edit(file, at: Targets) -> None:
        config = json.loads(file.attrs[CONFIG])
        change(config, at)
        file.attrs[CONFIG] = json.dumps(config).encode()

    return _opened(edit)


def _layer(config: dict) -> dict:
    return config["config"]["layers"][1]


def _code(config: dict, at: Targets) -> None:
    """A Lambda as Keras 2 wrote it: marshalled code, defaults, closure."""
    _layer(config).update(
        class_name="Lambda",
        config={"name": "first", "function": ["4wAAAAA=", None, None], "function_type": "lambda"},
    )


def _function_as_class(config: dict, at: Targets) -> None:
    """A function beside the classes of layers, called with what the file says."""
    inner = {"class_name": "TFSMLayer", "config": {"filepath": at.sibling}}
    _layer(config).update(class_name="deserialize", config={"config": inner})


def _type_spec(config: dict, at: Targets) -> None:
    """Made while the configuration is decoded, before any class is looked up."""
    _layer(config)["config"]["units"] = {
        "class_name": "TypeSpec", "type_spec": "tf.TensorSpec", "serialized": [[1], "float32", None],
    }  # fmt: skip


def _saved_model_layer(config: dict, at: Targets) -> None:
    _layer(config).update(
        class_name="TFSMLayer", config={"filepath": at.sibling, "name": "first", "call_endpoint": "serve"}
    )


def _foreign_module(config: dict, at: Targets) -> None:
    _layer(config).update(module="subprocess", class_name="Popen", registered_name=None)


def _custom_class(config: dict, at: Targets) -> None:
    _layer(config)["class_name"] = "Mine"


def _shell(config: dict, at: Targets) -> None:
    _layer(config)["config"]["activation"] = {
        "module": "os", "class_name": "function", "config": "system", "registered_name": "system",
    }  # fmt: skip


def _vocabulary(config: dict, at: Targets) -> None:
    _layer(config).update(class_name="StringLookup", config={"name": "first", "vocabulary": at.canary})


def _units(config: dict, at: Targets) -> None:
    _layer(config)["config"]["units"] = 1 << 40


def _deep(config: dict, at: Targets) -> None:
    inner = _layer(config)["config"]
    for _ in range(300):
        inner["kernel_initializer"] = {"class_name": "Zeros", "config": {}}
        inner = inner["kernel_initializer"]["config"]


def _kernel(file) -> str:
    """The path of the first weight, removed from the file."""
    found = []
    file["model_weights/first"].visit(lambda name: found.append(name) if name.endswith("kernel") else None)
    del file[path := f"model_weights/first/{found[0]}"]
    return path


def _external_link(file, at: Targets) -> None:
    import h5py

    file[_kernel(file)] = h5py.ExternalLink(at.canary, "/")


def _external_group(file, at: Targets) -> None:
    import h5py

    del file["model_weights"]
    file["model_weights"] = h5py.ExternalLink(at.canary, "/")


def _external_storage(file, at: Targets) -> None:
    file.create_dataset(_kernel(file), (3, 4), "f4", external=[(at.canary, 0, 48)])


def _soft_link(file, at: Targets) -> None:
    import h5py

    path = _kernel(file)
    file[path] = h5py.SoftLink("/" + path)


def _virtual(file, at: Targets) -> None:
    import h5py

    layout = h5py.VirtualLayout((3, 4), "f4")
    layout[:] = h5py.VirtualSource(at.canary, "x", (3, 4))
    file.create_virtual_dataset(_kernel(file), layout)


def _oversized(file, at: Targets) -> None:
    file.create_dataset(_kernel(file), (1 << 20, 1 << 20), "f4")


def _compressed_bomb(file, at: Targets) -> None:
    import numpy

    zeros = numpy.zeros((4096, 16384), "f4")
    file.create_dataset(_kernel(file), data=zeros, chunks=(512, 16384), compression="gzip")


def _one_weight_a_thousand_times(file, at: Targets) -> None:
    import numpy

    path = _kernel(file)
    file.create_dataset(path, data=numpy.zeros(10**7, "f4"), chunks=(10**6,), compression="gzip")
    name = path.removeprefix("model_weights/first/").encode()
    file["model_weights/first"].attrs["weight_names"] = numpy.array([name] * 1000)


def _no_json(file, at: Targets) -> None:
    file.attrs[CONFIG] = b"import os"


def _two_configurations(folder: Path, at: Targets) -> Path:
    def add(file, at: Targets) -> None:
        config = json.loads(file.attrs[CONFIG])
        _code(config, at)
        file.attrs["model_confih"] = json.dumps(config).encode()

    path = _opened(add)(folder, at)
    path.write_bytes(path.read_bytes().replace(b"model_confih", CONFIG.encode()))
    return path


def _newer_layout(folder: Path, at: Targets) -> Path:
    """The same in a layout that is not looked into, with code in it."""
    import h5py

    sound = _changed(_code)(folder, at)
    with h5py.File(sound) as old, h5py.File(folder / "newer.h5", "w", libver="latest") as new:
        new.attrs.update(old.attrs)
        old.copy("model_weights", new)
    return Path(shutil.move(folder / "newer.h5", sound))


def _weights_alone(folder: Path, at: Targets) -> Path:
    import keras

    net = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    net.save_weights(path := folder / "model.weights.h5")
    return path


def _case(name: str, build, expects: str, *kinds: str, **more) -> Case:
    more = {"loads_as": "keras", "inputs": INPUTS} | more
    return Case(f"h5-{name}", "keras", expects, build, kinds, "tensorflow", **more)


CUSTOM, DATA = "custom-class", "outside-data"
CASES = (
    _case("sound", _sound, "accepted"),
    _case("of-keras-2", _of_keras_2, "accepted"),
    _case("lambda", _lambda, "refused", "python-code"),
    _case("marshalled-code", _changed(_code), "refused", "python-code"),
    _case("function-as-class", _changed(_function_as_class), "refused", CUSTOM),
    _case("type-spec", _changed(_type_spec), "refused", CUSTOM),
    _case("loads-another-model", _changed(_saved_model_layer), "refused", CUSTOM),
    _case("class-of-subprocess", _changed(_foreign_module), "refused", "foreign-class"),
    _case("class-of-the-author", _changed(_custom_class), "refused", CUSTOM),
    _case("function-of-the-shell", _changed(_shell), "refused", "foreign-function"),
    _case("vocabulary-from-outside", _changed(_vocabulary), "refused", "outside-file"),
    _case("units-beyond-memory", _changed(_units), "contained", ends=UNANSWERED),
    _case("deep-config", _changed(_deep), "refused", "too-deep"),
    _case("config-of-no-json", _opened(_no_json), "refused", "damaged-model"),
    _case("two-configurations", _two_configurations, "refused", "damaged-model"),
    _case("newer-layout", _newer_layout, "refused", "hdf5"),
    _case("weights-alone", _weights_alone, "refused", "hdf5", loads_as=""),
    _case("external-link", _opened(_external_link), "refused", DATA),
    _case("external-group", _opened(_external_group), "refused", DATA),
    _case("external-storage", _opened(_external_storage), "refused", DATA),
    _case("circular-soft-link", _opened(_soft_link), "refused", DATA),
    _case("virtual-dataset", _opened(_virtual), "refused", DATA),
    _case("oversized-dataset", _opened(_oversized), "refused", "size-lies"),
    _case("compressed-bomb", _opened(_compressed_bomb), "refused", "size-lies"),
    _case("one-weight-a-thousand-times", _opened(_one_weight_a_thousand_times), "contained"),
)
