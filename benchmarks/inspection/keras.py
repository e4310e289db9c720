"""Keras 3's .keras: a zip of config.json, metadata.json and model.weights.h5; and Keras' older .h5."""

from collections import Counter
from collections.abc import Iterator

from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.inspection import hdf5, keras_hdf5
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import Damaged
from benchmarks.inspection.once import once

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MAX_LAYERS = 100_000
MAX_NESTING = 50
_BYTES_PER_WEIGHT = 4
_NOT_WEIGHTS = ("optimizer", "seed_generator")


def recognise(content: Content) -> str | None:
    """ "" if the zip holds a Keras model at its top or the file is one of HDF5, else None."""
    is_keras = content.container == "zip" and {CONFIG, METADATA} <= content.files.keys()
    return "" if is_keras or keras_hdf5.is_model(content) else None


@once
def configuration(content: Content, _root: str) -> object:
    """The configuration, parsed."""
    return keras_hdf5.configuration(content) if keras_hdf5.is_hdf5(content) else content.json(CONFIG)


def weights(content: Content) -> memoryview:
    """The HDF5 file with the weights, which is there."""
    return content.view() if keras_hdf5.is_hdf5(content) else content.view(WEIGHTS)


def weights_bytes(content: Content) -> int | None:
    """Its size, None where the zip has none."""
    return content.size_bytes if keras_hdf5.is_hdf5(content) else content.files.get(WEIGHTS)


def describe(content: Content, root: str) -> Description:
    """Reads the configuration and the outline of the weights; nothing is instantiated."""
    config = configuration(content, root)
    metadata = keras_hdf5.metadata(content) if keras_hdf5.is_hdf5(content) else content.json(METADATA)
    if not isinstance(config, dict) or not isinstance(metadata, dict):
        raise Damaged("has a configuration that is no configuration")
    layers = list(_layers(config))
    parameters, about_weights = _parameters(content)
    inputs = _inputs(config)
    version = {"keras": metadata.get("keras_version"), "saved": metadata.get("date_saved")}
    return Description(
        format="keras",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={key: str(value)[:40] for key, value in version.items() if value},
        inputs=inputs,
        outputs=_outputs(config),
        operators=dict(Counter(str(layer.get("class_name"))[:100] for layer in layers).most_common()),
        parameters=parameters,
        findings=tuple(_findings(inputs) + about_weights),
    )


def _layers(config: dict) -> Iterator[dict]:
    """Every layer in the model, also those of models and wrappers within; the model itself is none."""
    waiting = [(config.get("config"), 0)]
    met = 0
    while waiting:
        inner, depth = waiting.pop()
        if not isinstance(inner, dict) or depth > MAX_NESTING:
            continue
        for layer in [*_list(inner.get("layers")), inner.get("layer")]:
            if isinstance(layer, dict) and "class_name" in layer:
                met += 1
                if met > MAX_LAYERS:
                    raise Damaged("has more layers than any real model")
                yield layer
                waiting.append((layer.get("config"), depth + 1))


def _inputs(config: dict) -> tuple[TensorSpec, ...]:
    """From the InputLayers, in the model's order; else from the shape it was built with."""
    inner = config["config"]
    layers = {
        layer["config"]["name"]: layer["config"]
        for layer in _list(inner.get("layers"))
        if layer.get("class_name") == "InputLayer"
    }
    names = [name for name in _tensor_names(inner.get("input_layers")) if name in layers] or list(layers)
    if names:
        return tuple(
            TensorSpec(name, _dtype(layers[name]), _shape(_batch_shape(layers[name]))) for name in names
        )
    built = config.get("build_config")
    shape = _shape(built.get("input_shape")) if isinstance(built, dict) else None
    shape = shape or _shape(inner.get("build_input_shape"))
    return (TensorSpec("input", None, shape),) if shape else ()


def _batch_shape(layer: dict) -> object:
    """Under the name that Keras 3 has for it, or Keras 2."""
    return layer.get("batch_shape", layer.get("batch_input_shape"))


def _outputs(config: dict) -> tuple[TensorSpec, ...]:
    """Names of the layers that give the output; the file stores neither type nor shape of them."""
    inner = config["config"]
    names = _tensor_names(inner.get("output_layers"))
    if not names and config.get("class_name") == "Sequential" and _list(inner.get("layers")):
        names = [str(inner["layers"][-1]["config"]["name"])]
    return tuple(TensorSpec(name, None, None) for name in names)


def _tensor_names(tensors: object) -> list[str]:
    """Layer names in a structure of ["layer", node index, tensor index]."""
    names, waiting = [], [tensors]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list) and len(item) == 3 and isinstance(item[0], str):
            names.append(item[0])
        elif isinstance(item, list):
            waiting += reversed(item)
        elif isinstance(item, dict):
            waiting += reversed(item.values())
    return names


def _dtype(layer: dict) -> str | None:
    dtype = layer.get("dtype")
    return {"string": "str"}.get(dtype, dtype) if isinstance(dtype, str) else None


def _shape(sizes: object) -> tuple[int | None, ...] | None:
    if not isinstance(sizes, list) or not all(size is None or isinstance(size, int) for size in sizes):
        return None
    return tuple(sizes)


def _list(value: object) -> list:
    return value if isinstance(value, list) else []


def _parameters(content: Content) -> tuple[int | None, list[Finding]]:
    """Exact from the outline of the weights; else an estimate from their size, and said to be one."""
    size = weights_bytes(content)
    if size is None:
        text = "It has no model.weights.h5: the weights are missing or in several files."
        return None, [Finding("warning", text, "Save the model again with model.save('model.keras').")]
    try:
        sizes = hdf5.dataset_sizes(weights(content))
    except Damaged:
        estimate = size // _BYTES_PER_WEIGHT
        text = "The number of parameters is estimated from the size of the weights, at 4 bytes each."
        return estimate, [Finding("info", text)]
    counted = (
        elements
        for path, elements in sizes.items()
        if not any(part.startswith(_NOT_WEIGHTS) for part in path.split("/"))
    )
    return sum(counted), []


def _findings(inputs: tuple[TensorSpec, ...]) -> list[Finding]:
    found = []
    if not inputs:
        text = "The file does not say what goes in: the model was never called or built."
        found.append(Finding("warning", text, "Call it once on an example, then save it again."))
    elif any(spec.dtype is None for spec in inputs):
        text = "It is a subclassed model: the type of its input is not stored, and its shape only as built."
        found.append(Finding("info", text))
    return found
