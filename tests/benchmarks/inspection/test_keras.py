import zipfile

import pytest

from benchmarks.artifact import TensorSpec
from benchmarks.inspection import describe


@pytest.mark.parametrize("name", ["image", "text", "pair"])
def test_parameters_agree_with_keras(keras_models, keras_nets, name):
    found = describe(keras_models / f"{name}.keras")
    assert found.parameters == keras_nets[name].count_params()
    assert not any("estimated" in finding.text for finding in found.findings)
    assert found.version["keras"].startswith("3.")


def test_layers_inputs_and_outputs(keras_models):
    found = describe(keras_models / "image.keras")
    assert found.inputs == (TensorSpec("img", "float32", (None, 8, 8, 3)),)
    assert found.outputs == (TensorSpec("probs", None, None),)
    assert found.operators["Conv2D"] == found.operators["DepthwiseConv2D"] == 1
    assert found.operators["Sequential"] == 1
    assert found.findings == ()
    text = describe(keras_models / "text.keras")
    assert text.inputs[0].dtype == "int32"
    assert text.operators["LSTM"] >= 1
    pair = describe(keras_models / "pair.keras")
    assert [spec.name for spec in pair.inputs] == ["right", "left"]
    assert len(pair.outputs) == 2


def test_real_architecture(tmp_path):
    import keras

    net = keras.applications.MobileNetV2(weights=None, input_shape=(96, 96, 3))
    net.save(tmp_path / "mobilenet.keras")
    found = describe(tmp_path / "mobilenet.keras")
    assert found.parameters == net.count_params()
    assert found.operators["Conv2D"] == sum(type(layer).__name__ == "Conv2D" for layer in net.layers)


def test_unreadable_weights_give_an_estimate_that_says_so(tmp_path, keras_models):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(keras_models / "image.keras") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            newer = data[:8] + b"\x02" + data[9:]  # the version of the layout
            target.writestr(name, newer if name == "model.weights.h5" else data)
    found = describe(path)
    assert found.parameters > 0
    assert "estimated" in found.findings[0].text
    assert found.not_examined == ("the weights “model.weights.h5”, in a newer layout of HDF5",)
