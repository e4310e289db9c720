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
from benchmarks.reproduction import folder_of

REPORT = "report"
ARTIFACTS = "artifacts"
_zipping = threading.Lock()


@dataclass(frozen=True)
class Download:
    """`what`: "report", a format id, or what `reproduction.folder_of` calls its script; `name`: what the
    file is called once it is saved; `size_bytes`: of a folder, before it is zipped."""

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
    for what, name in _artifacts(run):
        path = run.folder / ARTIFACTS / name
        with suppress(OSError):  # gone, or cannot be read
            if plain_files.is_plain(path):
                folder = path.is_dir()
                size = plain_files.size_bytes(path) if folder else path.stat().st_size
                found.append(Download(what, f"{name}.zip" if folder else name, size))
    if run.report:
        report = run.folder / "report.json"
        found.append(Download(REPORT, report.name, report.stat().st_size))
    return found


def _artifacts(run: jobs.Run) -> list[tuple[str, str]]:
    """The report's artifacts and the scripts that repeat their making: what each is, with its name in the
    folder `artifacts`."""
    found = []
    for conversion in (run.report or {}).get("conversions", ()):
        if artifact := conversion["artifact"]:
            found.append((artifact["format"], PurePosixPath(artifact["path"])))
        if script := conversion.get("reproduce"):
            found.append((folder_of(conversion["to"]), PurePosixPath(script).parent))
    return [
        (what, path.name)
        for what, path in found
        if path.parts == (ARTIFACTS, path.name) and path.name != ".."
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
        name = next(name for offer, name in _artifacts(run) if offer == what)
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
