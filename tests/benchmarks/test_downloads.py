"""What may leave a run: its report and the artifacts that the report names, a folder as a zip."""

import json
import zipfile
from pathlib import Path

import pytest

from benchmarks import jobs
from benchmarks.downloads import Download, downloads, file_of
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
    assert file_of(run.id, "report") == report


def test_a_folder_is_zipped_once_and_whole(run: jobs.Run) -> None:
    archive = file_of(run.id, "savedmodel")
    with zipfile.ZipFile(archive) as opened:
        files = {name: opened.read(name) for name in opened.namelist() if not name.endswith("/")}
    assert files == {
        "savedmodel/saved_model.pb": b"graph",
        "savedmodel/variables/variables.index": b"weights",
    }
    written = archive.stat().st_mtime_ns
    assert file_of(run.id, "savedmodel") == archive
    assert archive.stat().st_mtime_ns == written
    assert {path.name for path in archive.parent.iterdir()} == {"savedmodel", "savedmodel.zip"}


def test_a_link_planted_by_a_model_leads_nowhere(run: jobs.Run, tmp_path: Path) -> None:
    """Artifacts are written by code that came with a model: neither a file nor a folder may lead out."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (run.folder / "artifacts" / "model.onnx").symlink_to(secret)
    (run.folder / "artifacts" / "savedmodel" / "variables" / "more").symlink_to(secret)
    assert [download.what for download in downloads(run)] == ["report"]


@pytest.mark.parametrize("what", ["onnx", "litert", "log.txt", "../request.json", "request", ""])
def test_nothing_else_can_be_had(run: jobs.Run, what: str) -> None:
    with pytest.raises(ProblemError) as refused:
        file_of(run.id, what)
    assert refused.value.problem.kind == "unknown-file"


def test_a_draft_offers_nothing() -> None:
    assert downloads(jobs.from_sample("onnx-resnet50")) == []


@pytest.mark.parametrize("run_id", ["0123456789abcdef", "..", "../runs", ""])
def test_an_unknown_run_has_no_files(run_id: str) -> None:
    with pytest.raises(ProblemError) as refused:
        file_of(run_id, "report")
    assert refused.value.problem.kind == "unknown-run"
