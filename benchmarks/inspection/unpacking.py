"""A model that is several files out of its archive, safely, and nothing else."""

import shutil
import tempfile
from pathlib import Path

from benchmarks.inspection import archive
from benchmarks.inspection.content import mapped
from benchmarks.inspection.identification import identify, problems_only

SEVERAL_FILES = ("savedmodel", "onnx", "pytorch-source")
"""Formats whose models may be a folder, packed in an archive that is not their own."""


def unpack(path: Path, into: Path) -> Path:
    """The folder of the model in the archive at `path`, unpacked below the folder `into`; `path` itself
    where the archive is the model's own file, and where there is no archive.

    Regular files and folders only, with the names, counts and totals that `archive` allows. Raises
    `ProblemError`; then nothing is left in `into`.
    """
    path, into = Path(path), Path(into)
    found = identify(path)
    if found.format not in SEVERAL_FILES or found.container not in ("zip", "tar"):
        return path
    with problems_only(path, "unpack"):
        into.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="model-", dir=into))
        try:
            if found.container == "zip":
                files = archive.Zip(mapped(path)).files()
            else:
                files = archive.tar_files(path, archive.Listing(path.stat().st_size))
            archive.extract(files, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return folder / found.root
