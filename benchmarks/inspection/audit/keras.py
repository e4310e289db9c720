"""What is refused in a .keras or .h5 file. It is loaded in Keras' safe mode only; what safe mode leaves open
is closed here: classes and functions that are none of a model's, files named by a layer, and weights (HDF5)
that lie elsewhere or are announced and not there. Safe mode did not hold for .h5 at all before Keras 3.11.3
(CVE-2025-9905): nothing here relies on it. What an .h5 file says of training is not loaded.

Sources: keras/src/saving/serialization_lib.py and saving_lib.py, keras/src/legacy/saving, Keras 3.15.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.inspection import hdf5, keras, keras_hdf5
from benchmarks.inspection.audit import Audit, refusal
from benchmarks.inspection.audit.keras_classes import WITHOUT_MODULE
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged, quoted

_INSTEAD = "Export the model where its code is, with model.export(), and upload the SavedModel or ONNX file."
_SAVE_AGAIN = "Save the model again with model.save('model.keras')."
MAX_DEPTH = 200
"""Of JSON; a model within a model adds four."""
MAX_OBJECTS = 100_000
"""A layer has about six: itself, its types, initializers and tensors."""
MAX_RATIO = 200
RATIO_FREE_BYTES = 64 * 2**20
"""Compressed weights may unpack to this much whatever their ratio."""
_DATA = {
    "__keras_tensor__",
    "__tensor__",
    "__numpy__",
    "__bytes__",
    "__ellipsis__",
    "__slice__",
    "__typespec__",
    "__tuple__",
}
"""Class names of plain values."""
_PARTS = "layers|models|activations|constraints|initializers|losses|metrics|optimizers|regularizers|ops"
_PARTS += "|dtype_policies|quantizers|random|operations|backend|trainers"
_MODULE = re.compile(rf"keras(?:\.src)?(?:\.(?:{_PARTS})(?:\.\w+)*)?", re.ASCII)
_ELSEWHERE = {("keras.src.applications.convnext", "LayerScale")}
"""Layers of Keras that lie outside those modules; they only multiply."""
_CLASS = re.compile(r"[A-Za-z_]\w{0,199}", re.ASCII)
_GADGETS = {"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
"""Keras' own classes that load a file or run code of another framework."""
_FUNCTION_MODULE = re.compile(rf"builtins|keras(?:\.src)?\.(?:{_PARTS})(?:\.\w+)*", re.ASCII)
_NO_FUNCTION = {"load", "save", "open", "file", "exec", "eval", "compile", "system", "call", "register"}
_NO_FUNCTION |= {"deserialize", "import", "clear"}
"""Words in the names of functions of Keras or Python that do more than compute."""
_PATHS = {"vocabulary", "vocabulary_path", "vocabulary_file", "filepath", "file_path", "url"}


@dataclass(frozen=True)
class Archive:
    """`is_hdf5`: whether it is an .h5 file; `objects` are all objects in the configuration that Keras would
    make; `depth` is that of its JSON; `weights` are None where the file has none or they are in a layout that
    is not read here."""

    content: Content
    is_hdf5: bool
    objects: tuple[dict, ...]
    paths: tuple[tuple[str, str], ...]
    depth: int
    weights: hdf5.Contents | None

    @property
    def config_place(self) -> str:
        return quoted(keras_hdf5.CONFIG if self.is_hdf5 else keras.CONFIG)

    @property
    def weights_place(self) -> str:
        return "the file" if self.is_hdf5 else quoted(keras.WEIGHTS)

    def place(self, item: dict) -> str:
        """Where an object is, in words: the name of the layer where it has one."""
        inner = item.get("config")
        name = inner.get("name") if isinstance(inner, dict) else None
        layer = f", the layer {quoted(name)}" if isinstance(name, str) else ""
        return self.config_place + layer


def read(content: Content) -> Archive:
    config = keras.configuration(content, "")
    objects, paths, deepest = [], [], 0
    waiting: list[tuple[object, int]] = [(config, 1)]
    while waiting:
        value, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(value, dict):
            if "class_name" in value:
                if not isinstance(value["class_name"], str):
                    raise Damaged("has a configuration that is no configuration")
                objects.append(value)
                if len(objects) > MAX_OBJECTS:
                    raise Damaged("has more objects in its configuration than any real model")
            paths += [(key, item) for key, item in value.items() if key in _PATHS and isinstance(item, str)]
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]
    is_hdf5 = keras_hdf5.is_hdf5(content)
    return Archive(content, is_hdf5, tuple(objects), tuple(paths), deepest, _weights(content))


def _weights(content: Content) -> hdf5.Contents | None:
    try:
        return hdf5.read(keras.weights(content)) if keras.weights_bytes(content) is not None else None
    except hdf5.NewerLayout:
        return None


def _too_deep(archive: Archive) -> None:
    if archive.depth > MAX_DEPTH:
        raise refusal(
            "too-deep",
            f"The configuration is nested {archive.depth:,} levels deep, more than any real model.",
            archive.config_place,
            _SAVE_AGAIN,
        )


def _python_code(archive: Archive) -> None:
    for item in archive.objects:
        function = item["config"].get("function") if isinstance(item.get("config"), dict) else None
        is_code = isinstance(function, list | str) or (
            isinstance(function, dict) and function.get("class_name") != "function"
        )
        if item["class_name"] == "__lambda__" or (item["class_name"] == "Lambda" and is_code):
            raise refusal(
                "python-code",
                "The model has a Lambda layer: Python code in the file, which safe mode does not load.",
                archive.place(item),
                f"Replace Lambda by a layer or by keras.ops. Or else: {_INSTEAD}",
            )


def _custom_class(archive: Archive) -> None:
    for item in archive.objects:
        registered = item.get("registered_name")
        name = registered if isinstance(registered, str) and registered else item["class_name"]
        is_function = item["class_name"] == "function"
        what = "function" if is_function else "class"
        if item["class_name"] in _DATA or item["class_name"] == "__lambda__":
            continue
        if is_function:
            name = item["config"] if isinstance(item.get("config"), str) else ""
        known = archive.is_hdf5 and item["class_name"] in WITHOUT_MODULE
        if ">" in name or (not is_function and item.get("module") is None and not known):
            raise refusal(
                "custom-class",
                f"The custom {what} {quoted(name)} is not in the file, only its name.",
                archive.place(item),
                _INSTEAD,
            )


def _foreign_class(archive: Archive) -> None:
    for item in archive.objects:
        name, module = item["class_name"], item.get("module")
        if name in _DATA | {"function", "__lambda__"} or module is None:
            continue
        known = isinstance(module, str) and (
            (_MODULE.fullmatch(module) and _CLASS.fullmatch(name)) or (module, name) in _ELSEWHERE
        )
        if not known or name in _GADGETS:
            raise refusal(
                "foreign-class",
                f"The configuration names {quoted(f'{module}.{name}')}, which is no part of a Keras model "
                "that is taken here.",
                archive.place(item),
                _INSTEAD,
            )


def _foreign_function(archive: Archive) -> None:
    for item in archive.objects:
        if item["class_name"] != "function":
            continue
        name, module = item.get("config"), item.get("module")
        known = isinstance(name, str) and isinstance(module, str)
        if not known or not _FUNCTION_MODULE.fullmatch(module) or not _is_function(name):
            raise refusal(
                "foreign-function",
                f"The configuration names the function {quoted(f'{module}.{name}')}, which is no activation, "
                "loss or the like.",
                archive.place(item),
                _INSTEAD,
            )


def _is_function(name: str) -> bool:
    return ">" in name or (_CLASS.fullmatch(name) is not None and not _NO_FUNCTION & set(name.split("_")))


def _outside_file(archive: Archive) -> None:
    for key, path in archive.paths:
        raise refusal(
            "outside-file",
            f"A layer reads a file that is not in the model: {quoted(path)}.",
            f"{archive.config_place}, under {quoted(key)}",
            "Give the layer its vocabulary as a list, or adapt it, and save the model again.",
        )


def _outside_data(archive: Archive) -> None:
    for path, what in archive.weights.foreign if archive.weights else ():
        raise refusal(
            "outside-data",
            f"The weights have {what}.",
            f"{archive.weights_place} at {quoted(path)}",
            _SAVE_AGAIN,
        )


def _size_lies(archive: Archive) -> None:
    held = keras.weights_bytes(archive.content) or 0
    total = 0
    for path, dataset in archive.weights.datasets.items() if archive.weights else ():
        announced = dataset.elements * dataset.item_bytes
        total += announced
        compressed = dataset.stored == held
        if (announced > dataset.stored and not compressed) or total > max(RATIO_FREE_BYTES, MAX_RATIO * held):
            raise refusal(
                "size-lies",
                f"The weights announce {announced:,} bytes and hold {dataset.stored:,}.",
                f"{archive.weights_place} at {quoted(path)}",
                _SAVE_AGAIN,
            )


RULES: dict[str, Callable[[Archive], None]] = {
    "too-deep": _too_deep,
    "python-code": _python_code,
    "custom-class": _custom_class,
    "foreign-class": _foreign_class,
    "foreign-function": _foreign_function,
    "outside-file": _outside_file,
    "outside-data": _outside_data,
    "size-lies": _size_lies,
}


def audit(content: Content, root: str) -> Audit:
    archive = read(content)
    for rule in RULES.values():
        rule(archive)
    return Audit(not_examined=tuple(_not_examined(archive)))


def _not_examined(archive: Archive) -> Iterator[str]:
    files = archive.content.files
    if keras.WEIGHTS in files and archive.weights is None:
        yield f"the weights {quoted(keras.WEIGHTS)}, in a newer layout of HDF5"
    known = (keras.CONFIG, keras.METADATA, keras.WEIGHTS)
    yield from sorted({quoted(name.partition("/")[0]) for name in files if name not in known})
