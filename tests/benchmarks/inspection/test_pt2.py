import zipfile

import pytest

from benchmarks.artifact import TensorSpec
from benchmarks.errors import ProblemError
from benchmarks.inspection import describe, identify


def test_exported(torch_models, torch_net):
    found = describe(torch_models / "exported.pt2")
    [image], [output] = found.inputs, found.outputs
    assert (image.name, image.dtype, image.shape[1:]) == ("image", "float32", (3, 8, 8))
    assert isinstance(image.shape[0], str)
    assert output.shape == (image.shape[0], 2)
    assert found.operators["aten.conv2d.default"] == 2
    assert found.parameters == sum(tensor.numel() for tensor in torch_net.state_dict().values())
    assert found.version["torch"].startswith("2.")
    texts = " ".join(finding.text for finding in found.findings)
    assert f"{image.shape[0]}: 1 to 64" in texts
    assert "pickle" in texts


def test_agrees_with_the_program(torch_models):
    import torch

    program = torch.export.load(torch_models / "exported.pt2")
    calls = [node for node in program.graph.nodes if node.op == "call_function"]
    assert sum(describe(torch_models / "exported.pt2").operators.values()) == len(calls)


def test_expressions_shared_weights_and_numbers(torch_models):
    found = describe(torch_models / "two_inputs.pt2")
    left, right = found.inputs
    assert left.shape[0].startswith("2*s")
    assert left.shape[1] == 4
    assert right == TensorSpec("right", "float16", (4,))
    assert len(found.outputs) == 1
    assert found.parameters == 16 + 4 + 4
    assert any("Outputs that are no tensors" in finding.text for finding in found.findings)


@pytest.mark.parametrize(
    ("member", "kind"),
    [("m/data/aotinductor/model/model.so", "aotinductor"), ("m/serialized_exported_program.json", "old-pt2")],
)
def test_other_packages_of_torch_are_named(tmp_path, member, kind):
    path = tmp_path / "model.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/archive_format", "pt2")
        archive.writestr(member, "x")
    with pytest.raises(ProblemError) as refused:
        identify(path)
    assert refused.value.problem.kind == kind
