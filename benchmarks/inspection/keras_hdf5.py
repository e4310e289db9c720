"""Keras' older way of saving a whole model: one HDF5 file (.h5). The configuration is an attribute of its
root, the weights are in the group `model_weights`."""

from benchmarks.inspection import hdf5
from benchmarks.inspection.content import Content, bounded_json
from benchmarks.inspection.hdf5_attributes import root_strings
from benchmarks.inspection.once import once

CONFIG, VERSION = "model_config", "keras_version"


def is_hdf5(content: Content) -> bool:
    return content.container == "file" and content.head.startswith(hdf5.MAGIC)


def is_model(content: Content) -> bool:
    """Whether it is such a file, in a layout that is read here. Raises `Damaged` for a broken one."""
    try:
        return is_hdf5(content) and CONFIG in _strings(content, "")
    except hdf5.NewerLayout:
        return False


def configuration(content: Content) -> object:
    """The configuration, parsed. Keras, too, takes it for UTF-8."""
    return bounded_json(_strings(content, "")[CONFIG].decode("utf-8").encode())


def metadata(content: Content) -> dict[str, str]:
    """The version of Keras that wrote it, under the key that `.keras` has for it."""
    version = _strings(content, "").get(VERSION, b"")
    return {VERSION: version.decode("utf-8", "replace")}


@once
def _strings(content: Content, _root: str) -> dict[str, bytes]:
    return root_strings(content.view(), {CONFIG, VERSION})
