"""The files of a finished run that may leave it: its report, and each artifact that its report names.

An artifact was written by code that came with a model, so it is opened name by name without following a
link, and what was opened is what is sent.
"""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from benchmarks import jobs, plain_files
from benchmarks.errors import ProblemError

REPORT = "report"
ARTIFACTS = "artifacts"
_zipping = threading.Lock()


@dataclass(frozen=True)
class Download:
    """`what`: "report" or a format id; `name`: what the file is called once it is saved; `size_bytes`: of a
    folder, before it is zipped."""

    what: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class Opened:
    """A download, open for reading; whoever has it closes `file`. `size_bytes`: of what is sent."""

    name: str
    file: BinaryIO
    size_bytes: int


def downloads(run: jobs.Run) -> list[Download]:
    """What a finished run offers, artifacts first."""
    found = []
    for artifact, name in _artifacts(run):
        path = run.folder / ARTIFACTS / name
        with suppress(OSError):  # gone, or cannot be read
            if plain_files.is_plain(path):
                saved_as = f"{name}.zip" if path.is_dir() else name
                found.append(Download(artifact["format"], saved_as, artifact["size_bytes"]))
    if run.report:
        report = run.folder / "report.json"
        found.append(Download(REPORT, report.name, report.stat().st_size))
    return found


def _artifacts(run: jobs.Run) -> list[tuple[dict, str]]:
    """The report's artifacts, each with its name in the folder `artifacts`."""
    listed = [conversion["artifact"] for conversion in (run.report or {}).get("conversions", ())]
    paths = [(artifact, PurePosixPath(artifact["path"]).parts) for artifact in listed if artifact]
    return [
        (artifact, parts[1])
        for artifact, parts in paths
        if len(parts) == 2 and parts[0] == ARTIFACTS and parts[1] != ".."
    ]


def open_download(run_id: str, what: str) -> Opened:
    """Opens the file behind a download; a folder is zipped when first asked for. Raises ProblemError.

    `run_id` and `what` come from an address: both are only compared, never made into a path.
    """
    run = jobs.load(run_id)
    offered = {download.what: download for download in downloads(run)}
    if what not in offered:
        raise _unknown()
    names = ("report.json",)
    if what != REPORT:
        name = next(name for artifact, name in _artifacts(run) if artifact["format"] == what)
        names = (ARTIFACTS, offered[what].name)
        if name != offered[what].name:
            _zip(run.folder, name, offered[what].name)
    try:
        file = plain_files.open_below(run.folder, *names)
    except OSError:
        raise _unknown() from None
    return Opened(offered[what].name, file, os.fstat(file.fileno()).st_size)


def _unknown() -> ProblemError:
    return ProblemError(
        "job", "unknown-file", "This run has no such file.", "Open the run and choose a file there."
    )


def _zip(folder: Path, name: str, archive: str) -> None:
    """Makes `artifacts/archive` from the folder `artifacts/name`, if it was not made before."""
    target = folder / ARTIFACTS / archive
    with _zipping:
        if not os.path.lexists(target):
            try:
                plain_files.zip_folder(folder, ARTIFACTS, name, target=target)
            except OSError:
                raise _unknown() from None
