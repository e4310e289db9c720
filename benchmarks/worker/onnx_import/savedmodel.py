"""An ONNX model as a TensorFlow SavedModel, its signature named and ordered as in the ONNX file."""

import keyword
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from benchmarks import onnx_names
from benchmarks.artifact import TensorSpec
from benchmarks.worker.onnx_import.backends.tensorflow_backend import TensorFlowBackend
from benchmarks.worker.onnx_import.interpreter import walk
from benchmarks.worker.onnx_import.model import Model

SIGNATURE = "serving_default"
NAMES = f"assets.extra/{onnx_names.FILE}"


def save(model: Model, target: Path, feeds: list[np.ndarray], built_in: bool) -> onnx_names.Names:
    """Writes the folder `target`; `built_in` says whether parameters that TensorFlow needs as numbers may be
    those that `feeds` give. Returns what the artifact says of itself. Raises ProblemError."""
    names = {id(array): name for name, array in model.graph.constants.items()}
    backend = TensorFlowBackend(walk, names)
    # TensorFlow passes named tensors in the alphabetical order of their names. They get their ONNX names
    # afterwards, so the names until then must sort as those will.
    inputs, outputs = _sortable("input", model.inputs), _sortable("output", model.outputs)
    arranged = sorted(range(len(inputs)), key=inputs.__getitem__)
    specs = [_spec(model.inputs[i], inputs[i]) for i in arranged]

    def serve(*given):
        backend.start(eager=False)
        feeds = [given[arranged.index(i)] for i in range(len(given))]
        results = walk(backend, model.graph, feeds)
        return {
            name: tf.identity(backend.tensor(value)) for name, value in zip(outputs, results, strict=True)
        }

    if built_in:
        backend.start(eager=True)
        walk(backend, model.graph, [tf.constant(feed) for feed in feeds])
    traced = tf.function(serve, input_signature=specs, autograph=False).get_concrete_function()
    module = tf.Module()  # without the function itself, which saving would trace again
    module.constants = backend.variables
    tf.saved_model.save(module, str(target), signatures={SIGNATURE: traced})
    rename = {
        name: spec.name for name, spec in zip(inputs + outputs, model.inputs + model.outputs, strict=True)
    }
    _rename_signature(target / "saved_model.pb", rename)
    (target / NAMES).parent.mkdir(exist_ok=True)
    found = model.names(backend.specialised.values())
    (target / NAMES).write_text(found.text())
    return found


def _sortable(kind: str, tensors: tuple[TensorSpec, ...]) -> list[str]:
    ranked = sorted(spec.name for spec in tensors)
    return [f"{kind}_{ranked.index(spec.name):05d}" for spec in tensors]


def _spec(spec: TensorSpec, name: str) -> tf.TensorSpec:
    shape = None if spec.shape is None else [d if isinstance(d, int) else None for d in spec.shape]
    return tf.TensorSpec(shape, getattr(tf, spec.dtype), name=name)


def _rename_signature(file: Path, rename: dict[str, str]) -> None:
    """Gives inputs and outputs their ONNX names, which need not be names that a tf.function can have."""
    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString(file.read_bytes())
    for meta in saved.meta_graphs:
        for tensors in (meta.signature_def[SIGNATURE].inputs, meta.signature_def[SIGNATURE].outputs):
            renamed = {rename[key]: value.SerializeToString() for key, value in tensors.items()}
            tensors.clear()
            for key, value in renamed.items():
                tensors[key].ParseFromString(value)
        # In Python's signature TensorFlow replaces what no identifier has, and with it the order; there the
        # names stay as they are, and callers pass the ONNX names all the same.
        plain = all(
            name.isidentifier() and not keyword.iskeyword(name)
            for key, name in rename.items()
            if key.startswith("input")
        )
        rename_in_python = rename if plain else {}
        wrappers = set()
        for node in meta.object_graph_def.nodes:
            if node.HasField("bare_concrete_function"):
                bare = node.bare_concrete_function
                wrappers.add(bare.concrete_function_name)
                bare.argument_keywords[:] = [rename[key] for key in bare.argument_keywords]
                for entry in bare.function_spec.fullargspec.named_tuple_value.values:
                    if entry.key == "kwonlyargs":
                        for value in entry.value.list_value.values:
                            value.string_value = rename_in_python.get(value.string_value, value.string_value)
        for name, function in meta.object_graph_def.concrete_functions.items():
            if name in wrappers:
                _rename_fields(function.canonicalized_input_signature, rename_in_python)
                _rename_fields(function.output_signature, rename)
    file.write_bytes(saved.SerializeToString())


def _rename_fields(value, rename: dict[str, str]) -> None:
    for item in value.tuple_value.values:
        _rename_fields(item, rename)
    if value.HasField("dict_value"):
        fields = {rename.get(k, k): v.SerializeToString() for k, v in value.dict_value.fields.items()}
        value.dict_value.fields.clear()
        for key, item in fields.items():
            value.dict_value.fields[key].ParseFromString(item)
