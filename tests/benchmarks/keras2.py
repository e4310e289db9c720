"""An .h5 file of Keras 3 in the layout in which tf.keras 2 wrote it, which is not installed here.

Objects without their module, types as plain names, `batch_input_shape`, inbound nodes as lists, and weights
named `kernel:0`: what keras/src/legacy/saving of Keras 3 reads for the sake of such files.
"""

import json
from pathlib import Path

import h5py

_NEWER = {"module", "registered_name", "build_config", "quantization_config", "optional", "build_input_shape"}


def rewrite(path: Path) -> None:
    """Changes the file in place."""
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = json.dumps(_older(json.loads(file.attrs["model_config"]))).encode()
        file.attrs["keras_version"] = file["model_weights"].attrs["keras_version"] = b"2.11.0"
        for layer in file["model_weights"].values():
            names = [name if isinstance(name, str) else name.decode() for name in layer.attrs["weight_names"]]
            for name in names:
                layer.move(name, f"{name}:0")
            layer.attrs["weight_names"] = [f"{name}:0".encode() for name in names]


def _older(value):
    if isinstance(value, list):
        return [_older(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "DTypePolicy":
        return value["config"]["name"]
    older = {key: _older(item) for key, item in value.items() if key not in _NEWER}
    if "batch_shape" in older:
        older["batch_input_shape"] = older.pop("batch_shape")
    if "inbound_nodes" in older:
        older["inbound_nodes"] = [_node(node) for node in value["inbound_nodes"]]
    return older


def _node(node: dict) -> list:
    """[[layer, index of its node, index of its tensor, further arguments], …] for a call of a layer."""
    tensors, waiting = [], list(node["args"])
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, list):
            waiting = item + waiting
        else:
            tensors.append([*item["config"]["keras_history"], {}])
    return tensors
