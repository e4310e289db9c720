"""A model on its way in: written to the disk piece by piece, then identified, audited and described."""

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from benchmarks import admission, jobs, plain_files, room, run_rows
from benchmarks.errors import ProblemError
from benchmarks.settings import max_model_bytes

LONGEST_TITLE = 255
"""Characters of a file name that are kept to show it."""


class Upload:
    """A model on its way in. `write` each piece, then `finish`; whatever raises, `abandon` leaves nothing
    behind. All raise ProblemError, and none is for two threads at once."""

    def __init__(self, name: str, declared_bytes: int = 0):
        """`declared_bytes`: how large the sender says that it is, 0 where it does not say."""
        self.name, self.size = name, 0
        self.limit = max_model_bytes()
        self._check_size(declared_bytes)
        jobs.check_count()
        room.check_disk(jobs.runs_folder(), declared_bytes)
        self.folder = jobs.new_folder()
        self._lock = jobs.lock_folder(self.folder)
        self._file = plain_files.create(self.folder / "source" / _safe(name))

    def write(self, piece: bytes) -> None:
        self._check_size(self.size + len(piece))
        try:
            self._file.write(piece)
        except OSError as error:
            raise room.disk_full(error) from error
        self.size += len(piece)

    def _check_size(self, size: int) -> None:
        if size > self.limit:
            raise ProblemError(
                "identify",
                "too-large",
                f"{_short(self.name)} is larger than the limit of {self.limit / 1e6:,.0f} MB.",
                "Compare a smaller variant of the model.",
            )

    def finish(self) -> jobs.Run:
        """Identifies, audits and describes what came: a draft, unless it is refused."""
        try:
            self._file.close()
        except OSError as error:  # what was buffered did not fit
            raise room.disk_full(error) from error
        room.check_disk(jobs.runs_folder())
        description = jobs.describe(self.folder)
        admission.check_operator_allows(description)
        title = self.name[:LONGEST_TITLE].replace("\0", "�")
        run_rows.add(self.folder.name, title, None, time.time(), description.sha256)
        self._lock.close()
        return jobs.load(self.folder.name)

    def abandon(self) -> None:
        with suppress(OSError):
            self._file.close()
        jobs.remove(self.folder)
        self._lock.close()


def receive(name: str, pieces: Iterable[bytes]) -> jobs.Run:
    """Takes an upload: writes it, identifies and describes it. Raises ProblemError and leaves nothing
    behind if it is refused."""
    upload = Upload(name)
    try:
        for piece in pieces:
            upload.write(piece)
        return upload.finish()
    except BaseException:
        upload.abandon()
        raise


def _short(name: str) -> str:
    return name if len(name) <= 80 else f"{name[:79]}…"


def _safe(name: str) -> str:
    """A file name without folders or odd characters: the name decides nothing, content does."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", Path(name).name).lstrip(".")[-100:] or "model"
