"""What is read of a program and its weights without executing the one or loading the other."""

import json
import zipfile
from pathlib import Path

import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import Identified, describe, identify, pytorch_source
from benchmarks.inspection.content import open_content
from benchmarks.inspection.python_source import outline

SOURCE = pytorch_source.EXAMPLE
OUTSIDE = "raise RuntimeError('executed')\n"


def packed(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> bytes:
    """Three tensors of two types as the library writes them, with its metadata."""
    import torch
    from safetensors.torch import save

    tensors = {"a": torch.ones(2, 3), "b": torch.zeros(4), "steps": torch.tensor(5)}
    return save(tensors, metadata={"format": "pt"})


def test_a_file_alone(tmp_path):
    path = tmp_path / "anything.txt"
    path.write_text(SOURCE + OUTSIDE)
    assert identify(path) == Identified("pytorch-source", "file", "")
    found = describe(path)
    assert found.code == ("“anything.txt”",)
    assert found.version == {"defines": "get_model(), example_inputs()", "imports": "torch, net"}
    assert found.operators == {"torch.randn": 1}
    assert (found.parameters, found.inputs, found.pickled) == (None, (), ())
    assert "No weights come with it" in found.findings[0].text
    assert found.not_examined == ("what the program does",)


@pytest.mark.parametrize("root", ["", "net"])
def test_a_zip_with_weights_and_another_module(tmp_path, weights, root):
    at = f"{root}/" if root else ""
    files = {f"{at}main.py": SOURCE, f"{at}net.py": OUTSIDE, f"{at}w.safetensors": weights}
    path = packed(tmp_path / "model.zip", files | {"__MACOSX/._main.py": SOURCE, f"{at}._main.py": SOURCE})
    assert identify(path) == Identified("pytorch-source", "zip", root)
    found = describe(path)
    assert found.parameters == 2 * 3 + 4 + 1
    assert found.version["weights"] == "3 tensors (2 F32, 1 I64)"
    assert not found.findings
    assert "net.py" in found.not_examined[1] and "main.py" in found.code[0]


def test_the_header_is_the_librarys_own(tmp_path, weights):
    path = packed(tmp_path / "model.zip", {"model.py": SOURCE, "w.safetensors": weights})
    [header] = pytorch_source.read(open_content(path), "").weights.values()
    length = int.from_bytes(weights[:8], "little")
    expected = json.loads(weights[8 : 8 + length])
    del expected["__metadata__"]
    read = {
        one.name: {"dtype": one.dtype, "shape": list(one.shape), "data_offsets": [one.begin, one.end]}
        for one in header.tensors
    }
    assert read == expected
    assert header.data_bytes == len(weights) - 8 - length


def test_weights_larger_than_what_is_unpacked_into_memory(tmp_path):
    """Only the header is unpacked: the zip has 70 MB of weights in it."""
    import torch
    from safetensors.torch import save

    data = save({"w": torch.randn(17_500_000)})
    path = packed(tmp_path / "model.zip", {"model.py": SOURCE, "w.safetensors": data})
    assert describe(path).parameters == 17_500_000


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("import torch\nclass Net(torch.nn.Module):\n    pass\n", "get_model"),
        ("from torch import nn\n", "get_model"),
        ("def get_model():\n    return 1\n", "example_inputs"),
        ("def example_inputs():\n    return ()\n", "get_model"),
        ("if True:\n    def get_model(): pass\ndef example_inputs(): pass\n", "get_model"),
    ],
)
def test_a_source_that_lacks_a_function_is_told_the_lines(tmp_path, text, missing):
    for path in (tmp_path / "net.py", packed(tmp_path / "net.zip", {"net.py": text})):
        if path.suffix == ".py":
            path.write_text(text)
        with pytest.raises(ProblemError) as caught:
            describe(path)
        problem = caught.value.problem
        assert (problem.stage, problem.kind) == ("identify", "source-without-functions")
        assert f"does not define {missing}()" in problem.message
        assert "def get_model()" in problem.next_step and "def example_inputs()" in problem.next_step


def test_functions_may_be_assigned():
    found = outline(b"from net import Net as get_model\nexample_inputs = lambda: ()\nget_model = Net\n")
    assert found.functions == {"get_model", "example_inputs"}


def test_calls_are_counted_under_their_full_names():
    text = "import torch.nn.functional as F\nfrom torch import nn\nnn.ReLU()\nF.relu(1)\nF.relu(2)\nx.y()\n"
    assert outline(text.encode()).calls == {"torch.nn.ReLU": 1, "torch.nn.functional.relu": 2}


@pytest.mark.parametrize("name", ["checkpoint.pt", "old_checkpoint.pt"])
def test_weights_alone_are_told_of_the_source(torch_models, name):
    with pytest.raises(ProblemError) as caught:
        identify(torch_models / name)
    assert "get_model() and example_inputs()" in caught.value.problem.next_step


def test_safetensors_alone_is_told_of_the_source(tmp_path, weights):
    (tmp_path / "w.safetensors").write_bytes(weights)
    with pytest.raises(ProblemError) as caught:
        identify(tmp_path / "w.safetensors")
    assert caught.value.problem.kind == "safetensors"
    assert "get_model() and example_inputs()" in caught.value.problem.next_step
