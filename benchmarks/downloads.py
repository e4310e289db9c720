"""The files of a finished run that may leave it: its report, and each artifact that its report names."""

import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from benchmarks import jobs
from benchmarks.errors import ProblemError

REPORT = "report"
_zipping = threading.Lock()


@dataclass(frozen=True)
class Download:
    """`what`: "report" or a format id; `name`: what the file is called once it is saved; `size_bytes`: of a
    folder, before it is zipped."""

    what: str
    name: str
    size_bytes: int


def downloads(run: jobs.Run) -> list[Download]:
    """What a finished run offers, artifacts first."""
    artifacts = [conversion["artifact"] for conversion in (run.report or {}).get("conversions", ())]
    found = []
    for artifact in artifacts:
        path = run.folder / artifact["path"] if artifact else None
        if path and path.exists() and _lies_in(run.folder, path):
            name = f"{path.name}.zip" if path.is_dir() else path.name
            found.append(Download(artifact["format"], name, artifact["size_bytes"]))
    if run.report:
        report = run.folder / "report.json"
        found.append(Download(REPORT, report.name, report.stat().st_size))
    return found


def _lies_in(folder: Path, path: Path) -> bool:
    """Whether neither `path` nor anything in it is a link that leads out of `folder`: artifacts are written
    by code that came with a model."""
    inside = folder.resolve()
    return all(item.resolve().is_relative_to(inside) for item in (path, *path.rglob("*")))


def file_of(run_id: str, what: str) -> Path:
    """The file behind a download; a folder is zipped when first asked for. Raises ProblemError.

    `run_id` and `what` come from an address: both are only compared, never made into a path.
    """
    run = jobs.load(run_id)
    if what not in {download.what for download in downloads(run)}:
        raise ProblemError(
            "job", "unknown-file", "This run has no such file.", "Open the run and choose a file there."
        )
    if what == REPORT:
        return run.folder / "report.json"
    artifacts = [conversion["artifact"] for conversion in run.report["conversions"]]
    path = run.folder / next(a["path"] for a in artifacts if a and a["format"] == what)
    return _zipped(path) if path.is_dir() else path


def _zipped(folder: Path) -> Path:
    archive = folder.with_name(f"{folder.name}.zip")
    with _zipping:
        if not archive.exists():
            unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
            made = shutil.make_archive(str(unfinished), "zip", folder.parent, folder.name)
            Path(made).rename(archive)
    return archive
