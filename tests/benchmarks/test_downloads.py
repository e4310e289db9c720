"""What may leave a run: its report and the artifacts that the report names, a folder as a zip."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest

from benchmarks import jobs, plain_files
from benchmarks.downloads import Download, downloads, open_download
from benchmarks.errors import ProblemError


@pytest.fixture
def run() -> jobs.Run:
    """A run whose report names a folder, and a file that is gone."""
    draft = jobs.from_sample("keras-mobilenet-v2")
    saved = draft.folder / "artifacts" / "savedmodel"
    (saved / "variables").mkdir(parents=True)
    (saved / "saved_model.pb").write_bytes(b"graph")
    (saved / "variables" / "variables.index").write_bytes(b"weights")

    def conversion(format_id: str, path: str, size: int) -> dict:
        return {"to": format_id, "artifact": {"format": format_id, "path": path, "size_bytes": size}}

    conversions = [
        conversion("savedmodel", "artifacts/savedmodel", 12),
        conversion("onnx", "artifacts/model.onnx", 5),
        {"to": "litert", "artifact": None},
    ]
    (draft.folder / "report.json").write_text(json.dumps({"conversions": conversions}))
    return jobs.load(draft.id)


def test_only_what_the_report_names_and_exists_is_offered(run: jobs.Run) -> None:
    report = run.folder / "report.json"
    assert downloads(run) == [
        Download("savedmodel", "savedmodel.zip", 12),
        Download("report", "report.json", report.stat().st_size),
    ]
    assert taken(run, "report") == ("report.json", report.read_bytes())


def taken(run: jobs.Run, what: str) -> tuple[str, bytes]:
    """Name and content of a download."""
    opened = open_download(run.id, what)
    with opened.file as file:
        content = file.read()
    assert len(content) == opened.size_bytes
    return opened.name, content


def test_a_folder_is_zipped_once_and_whole(run: jobs.Run) -> None:
    (run.folder / "artifacts" / "savedmodel" / "assets").mkdir()
    name, content = taken(run, "savedmodel")
    assert name == "savedmodel.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        files = {entry: opened.read(entry) for entry in opened.namelist()}
    assert files == {
        "savedmodel/saved_model.pb": b"graph",
        "savedmodel/variables/variables.index": b"weights",
        "savedmodel/assets/": b"",
    }
    archive = run.folder / "artifacts" / "savedmodel.zip"
    written = archive.stat().st_mtime_ns
    assert taken(run, "savedmodel")[1] == content
    assert archive.stat().st_mtime_ns == written
    assert {path.name for path in archive.parent.iterdir()} == {"savedmodel", "savedmodel.zip"}


def test_a_link_planted_by_a_model_leads_nowhere(run: jobs.Run, tmp_path: Path) -> None:
    """Artifacts are written by code that came with a model: neither a file nor a folder may lead out."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (run.folder / "artifacts" / "model.onnx").symlink_to(secret)
    (run.folder / "artifacts" / "savedmodel" / "variables" / "more").symlink_to(secret)
    assert [download.what for download in downloads(run)] == ["report"]


@pytest.mark.parametrize("planted", ["link", "hard link", "pipe", "folder link", "artifacts link"])
def test_what_is_planted_between_the_look_and_the_opening_leads_nowhere(
    run: jobs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str
) -> None:
    """The look sees a plain file each time; the opening must not follow what stands there by then."""
    secret = tmp_path / "model.onnx"
    secret.write_text("secret")
    (tmp_path / "saved_model.pb").write_text("secret")
    monkeypatch.setattr(plain_files, "is_plain", lambda path: True)
    artifacts, what = run.folder / "artifacts", "onnx"
    if planted == "link":
        (artifacts / "model.onnx").symlink_to(secret)
    elif planted == "hard link":
        os.link(secret, artifacts / "model.onnx")
    elif planted == "pipe":
        os.mkfifo(artifacts / "model.onnx")
    elif planted == "folder link":
        what = "savedmodel"
        (artifacts / "savedmodel").rename(artifacts / "before")
        (artifacts / "savedmodel").symlink_to(tmp_path)
    else:
        artifacts.rename(run.folder / "before")
        artifacts.symlink_to(tmp_path)
    with pytest.raises(ProblemError) as refused:
        open_download(run.id, what)
    assert refused.value.problem.kind == "unknown-file"


@pytest.mark.parametrize(
    "path", ["report.json", "artifacts", "../x/model", "artifacts/a/b", "/etc/passwd", "artifacts/.."]
)
def test_an_artifact_lies_in_the_folder_of_artifacts(run: jobs.Run, path: str) -> None:
    report = {"conversions": [{"to": "onnx", "artifact": {"format": "onnx", "path": path, "size_bytes": 1}}]}
    (run.folder / "report.json").write_text(json.dumps(report))
    with pytest.raises(ProblemError) as refused:
        open_download(run.id, "onnx")
    assert refused.value.problem.kind == "unknown-file"


@pytest.mark.parametrize("what", ["onnx", "litert", "log.txt", "../request.json", "request", ""])
def test_nothing_else_can_be_had(run: jobs.Run, what: str) -> None:
    with pytest.raises(ProblemError) as refused:
        open_download(run.id, what)
    assert refused.value.problem.kind == "unknown-file"


def test_a_draft_offers_nothing() -> None:
    assert downloads(jobs.from_sample("onnx-resnet50")) == []


@pytest.mark.parametrize("run_id", ["0123456789abcdef", "..", "../runs", ""])
def test_an_unknown_run_has_no_files(run_id: str) -> None:
    with pytest.raises(ProblemError) as refused:
        open_download(run_id, "report")
    assert refused.value.problem.kind == "unknown-run"
