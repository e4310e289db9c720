import zipfile

import pytest

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.inspection import describe


def texts(found):
    return " ".join(finding.text for finding in found.findings)


def test_scripted(torch_models, torch_net):
    found = describe(torch_models / "scripted.pt")
    assert found.format == "torchscript"
    assert found.parameters == sum(tensor.numel() for tensor in torch_net.state_dict().values())
    assert found.inputs == (TensorSpec("image", None, None),)
    assert found.outputs == (TensorSpec("output", None, None),)
    assert found.version["made by"] == "scripting"
    assert found.operators["conv2d"] == 2  # one class in the code, two modules of it
    assert found.operators["linear"] == 1
    assert "do not store the shapes" in texts(found)
    assert "scale = 1." in texts(found)


def test_traced(torch_models, torch_net):
    found = describe(torch_models / "traced.pt")
    assert found.inputs == (TensorSpec("image", "float32", None, (2, 3, 8, 8)),)
    assert found.parameters == sum(tensor.numel() for tensor in torch_net.state_dict().values())
    assert found.version["made by"] == "tracing"
    assert found.operators["_convolution"] == 2
    assert "float32 [2, 3, 8, 8]" in texts(found)
    assert "only the path" in texts(found)


def test_shared_weights_count_once(torch_models):
    found = describe(torch_models / "shared.pt")
    assert found.parameters == 16 + 4 + 4
    assert [spec.name for spec in found.inputs] == ["left", "right"]
    assert [spec.name for spec in found.outputs] == ["output_0", "output_1"]


def test_agrees_with_torch_on_a_real_architecture(tmp_path):
    import torch

    layer = torch.nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
    net = torch.nn.TransformerEncoder(layer, 3).eval()
    torch.jit.save(torch.jit.script(net), tmp_path / "encoder.pt")
    found = describe(tmp_path / "encoder.pt")
    assert found.parameters == sum(tensor.numel() for tensor in net.state_dict().values())
    assert found.inputs[0].name == "src"


def test_nothing_is_unpickled(tmp_path, torch_models):
    """A pickle that would run code is refused, and does not run."""
    marker = tmp_path / "ran"
    path = tmp_path / "evil.pt"
    with zipfile.ZipFile(torch_models / "scripted.pt") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("/data.pkl"):
                data = f"cos\nsystem\n(S'touch {marker}'\ntR.".encode()
            target.writestr(name, data)
    with pytest.raises(ProblemError) as refused:
        describe(path)
    assert refused.value.problem.kind == "damaged-model"
    assert not marker.exists()
