"""Keras' older files: what they say, read without libhdf5."""

import json
import shutil

import h5py
import pytest

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.inspection import describe, identify
from benchmarks.inspection.content import mapped
from benchmarks.inspection.hdf5_attributes import root_strings


@pytest.mark.parametrize("folder", ["", "old"])
@pytest.mark.parametrize("name", ["image", "text", "pair"])
def test_it_says_what_the_newer_file_says(keras_models, keras_nets, folder, name):
    """In the layouts of Keras 3 and of Keras 2; without the state of an optimizer, which `image` has."""
    found, newer = describe(keras_models / folder / f"{name}.h5"), describe(keras_models / f"{name}.keras")
    assert (found.format, found.findings, found.not_examined) == ("keras", (), ())
    assert found.parameters == keras_nets[name].count_params()
    assert (found.inputs, found.outputs) == (newer.inputs, newer.outputs)
    assert found.operators == newer.operators
    assert found.version == {"keras": "2.11.0" if folder else newer.version["keras"]}


def test_real_architecture(tmp_path):
    """Its description does not fit into the header of the root."""
    import keras

    net = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3))
    net.save(path := tmp_path / "mobilenet.h5")
    assert len(root_strings(mapped(path), {"model_config"})["model_config"]) > 2**16
    found = describe(path)
    assert found.parameters == net.count_params()
    assert found.inputs[0].shape == (None, 96, 96, 3)
    assert found.operators["Conv2D"] == sum(type(layer).__name__ == "Conv2D" for layer in net.layers)


def test_a_model_without_layers_for_its_inputs(tmp_path, keras_models):
    """The shape is that of the first layer, or the one that it was built with."""

    def without(config):
        config["config"]["layers"] = [
            layer for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"
        ]

    found = describe(changed(keras_models / "text.h5", tmp_path, without))
    assert found.inputs == (TensorSpec("input", None, (None, 10)),)


def test_a_string_of_fixed_length_is_read_too(tmp_path, keras_models):
    """As other programs write it."""
    path = shutil.copyfile(keras_models / "pair.h5", tmp_path / "model.h5")
    with h5py.File(path, "r+") as file:
        text = file.attrs["model_config"].encode()
        del file.attrs["model_config"]
        file.attrs.create("model_config", text, dtype=f"S{len(text) + 5}")
    assert describe(path).inputs == describe(keras_models / "pair.h5").inputs


def test_weights_alone_are_no_model(keras_models):
    check_refused(keras_models / "image.weights.h5", "hdf5", "no description of a model")


def test_a_newer_layout_is_no_model(tmp_path, keras_models):
    with (
        h5py.File(keras_models / "pair.h5") as old,
        h5py.File(tmp_path / "m.h5", "w", libver="latest") as new,
    ):
        new.attrs.update(old.attrs)
        old.copy("model_weights", new)
    check_refused(tmp_path / "m.h5", "hdf5", "newer layout")


def test_attributes_in_a_newer_place_are_not_read(tmp_path, keras_models):
    """More than eight of them, in a group that keeps their order."""
    with h5py.File(tmp_path / "model.h5", "w", track_order=True) as file:
        file.attrs["model_config"] = h5py.File(keras_models / "pair.h5").attrs["model_config"]
    check_refused(tmp_path / "model.h5", "hdf5", "newer layout")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"no JSON", "damaged"),
        (b"[1, 2]", "no configuration"),
        (b'{"config": 3}', "damaged"),
        ('{"class_name": "Séquence"}'.encode("latin-1"), "damaged"),
        (b"[" * 100_000, "damaged"),
        (b"[" + b"0," * 1_000_001 + b"0]", "more values"),
    ],
)
def test_what_describes_no_model(tmp_path, keras_models, text, words):
    path = shutil.copyfile(keras_models / "pair.h5", tmp_path / "model.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = text
    check_refused(path, "damaged-model", words)


def test_every_cut_is_survived(tmp_path, keras_models):
    data = (keras_models / "pair.h5").read_bytes()
    for size in range(8, len(data), 131):
        (tmp_path / "model.h5").write_bytes(data[:size])
        with pytest.raises(ProblemError) as caught:
            describe(tmp_path / "model.h5")
        assert caught.value.problem.kind in ("truncated-model", "damaged-model", "hdf5")


def test_two_descriptions_are_one_too_many(tmp_path, keras_models):
    """libhdf5 takes one of them, and another reader the other."""
    path = shutil.copyfile(keras_models / "pair.h5", tmp_path / "model.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["model_confih"] = json.dumps({"class_name": "Other"})
    path.write_bytes(path.read_bytes().replace(b"model_confih", b"model_config"))
    check_refused(path, "damaged-model", "two attributes model_config")


@pytest.mark.parametrize("at", [0, 4, 8, 16, 24])
def test_a_broken_heap_is_survived(tmp_path, keras_models, at):
    data = bytearray((keras_models / "pair.h5").read_bytes())
    heap = data.index(b"GCOL")
    for value in (0, 0x7F, 0xFF):
        broken = data.copy()
        broken[heap + at : heap + at + 8] = bytes([value]) * 8
        (tmp_path / "model.h5").write_bytes(broken)
        try:
            describe(tmp_path / "model.h5")
        except ProblemError as error:
            assert error.problem.kind in ("damaged-model", "truncated-model")


def test_its_name_says_nothing(tmp_path, keras_models):
    assert identify(shutil.copyfile(keras_models / "pair.h5", tmp_path / "x.onnx")).format == "keras"


def changed(source, folder, change):
    """A copy whose configuration `change` changed in place."""
    path = shutil.copyfile(source, folder / "model.h5")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config).encode()
    return path


def check_refused(path, kind, words):
    with pytest.raises(ProblemError) as caught:
        describe(path)
    assert (caught.value.problem.kind, words in str(caught.value.problem)) == (kind, True), caught.value
