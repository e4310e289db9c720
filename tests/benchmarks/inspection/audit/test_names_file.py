"""The file of ONNX names in an uploaded model: taken where it is one, refused where it is anything else."""

import shutil
import tarfile
import zipfile

import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import describe
from benchmarks.inspection.audit import pt2, savedmodel, torchscript
from benchmarks.onnx_names import Names

FORMATS = {"torchscript": torchscript, "pt2": pt2, "savedmodel": savedmodel}


@pytest.fixture
def with_names(tmp_path, torch_models, request):
    """A function that gives a model of a format, with `text` in its file of names."""

    def model(format: str, text: str | bytes, name: str = "onnx_names.json"):
        if format == "savedmodel":
            folder = tmp_path / "model"
            shutil.copytree(request.getfixturevalue("saved_models") / "image", folder)
            (folder / "assets.extra").mkdir()
            (folder / "assets.extra" / name).write_bytes(text.encode() if isinstance(text, str) else text)
            return folder
        source = torch_models / ("traced.pt" if format == "torchscript" else "exported.pt2")
        path = shutil.copyfile(source, tmp_path / source.name)
        with zipfile.ZipFile(path, "a") as archive:
            top = archive.namelist()[0].partition("/")[0]
            archive.writestr(f"{top}/extra/{name}", text)
        return path

    return model


def names_of(format: str, path) -> tuple[str, str]:
    found = describe(path)
    return found.inputs[0].name, found.outputs[0].name


@pytest.mark.parametrize("format", FORMATS)
def test_names_are_taken_and_what_was_built_in_is_said(with_names, tmp_path, saved_models, format):
    own = names_of(format, saved_models / "image") if format == "savedmodel" else ("in/1:0", "out.1")
    path = with_names(format, Names((own[0],), (own[1],), ("k of TopK is fixed at 3",)).text())
    found = describe(path)
    assert (found.inputs[0].name, found.outputs[0].name) == own
    assert not any("names.json" in text or "extra" in text for text in found.not_examined)
    assert "Built for one example: k of TopK is fixed at 3. It refuses other values." in [
        finding.text for finding in found.findings if finding.severity == "warning"
    ]


def test_names_are_read_in_a_tar_too(with_names, tmp_path, saved_models):
    own = names_of("savedmodel", saved_models / "image")
    folder = with_names("savedmodel", Names((own[0],), (own[1],), ("a is fixed at 1",)).text())
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as archive:
        archive.add(folder, "model")
    assert "a is fixed at 1" in str(describe(tmp_path / "model.tar.gz").findings)


@pytest.mark.parametrize("text", ["{}", "import os", b"\x80\x04K\x01.", "[" * 50_000, '{"inputs": [{}]}'])
@pytest.mark.parametrize("format", FORMATS)
def test_anything_else_is_refused_by_its_rule(with_names, monkeypatch, format, text):
    path = with_names(format, text)
    with pytest.raises(ProblemError) as caught:
        describe(path)
    problem = caught.value.problem
    assert (problem.stage, problem.kind) == ("audit", "names-file")
    assert "onnx_names.json”." in problem.message and problem.next_step
    monkeypatch.setattr(
        FORMATS[format], "RULES", {k: r for k, r in FORMATS[format].RULES.items() if k != "names-file"}
    )
    assert describe(path).format == format


@pytest.mark.parametrize("name", ["onnx_names.jsonx", "Onnx_names.json", "other.json"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_file_of_another_name_is_not_examined(with_names, format, name):
    found = describe(with_names(format, Names(("a",), ("b",)).text(), name))
    assert any("extra" in text for text in found.not_examined)
    assert "a" not in [spec.name for spec in found.inputs]
