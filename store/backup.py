"""Backup and restore: the database and the files of the runs as one archive, which either database reads.

database.jsonl    a line for each row: [table, {column: value}], tables in the order in which they refer
version           the form of the tables (Alembic's revision)
runs/             the folders of the runs, without what a run that works now holds
"""

import io
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from store.engine import StoreError, reading, writing
from store.tables import metadata
from store.version import NEWEST, version

ROWS, VERSION, RUNS = "database.jsonl", "version", "runs"
UNKEPT = {"lock", "work", "unpacked"}
"""In a run's folder: of a process that works now, and nothing without it."""
MOST_ROWS = 500


def backup(engine: Engine, folder: Path, target: Path) -> int:
    """Writes the archive, whole or not at all, while the program goes on; returns the number of rows.
    `folder`: the data folder. Raises OSError."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)  # there are private reviews in it
        with open(unfinished, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
            with reading(engine) as connection:
                _add(archive, VERSION, (version(connection) or "").encode())
                lines = [
                    json.dumps([table.name, dict(row)], ensure_ascii=False)
                    for table in metadata.sorted_tables
                    for row in connection.execute(select(table)).mappings()
                ]
            _add(archive, ROWS, "".join(f"{line}\n" for line in lines).encode())
            for path in _run_files(folder / RUNS):
                name = str(PurePosixPath(RUNS, path.relative_to(folder / RUNS)))
                with suppress(FileNotFoundError):  # a run was deleted meanwhile
                    archive.add(path, name, recursive=False)
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(lines)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    about = tarfile.TarInfo(name)
    about.size = len(data)
    archive.addfile(about, io.BytesIO(data))


def _run_files(runs: Path) -> Iterator[Path]:
    """Plain files and folders, no links: what a model planted is not followed."""
    for run in sorted(runs.glob("*")):
        if run.is_symlink():
            continue
        for at, folders, names in os.walk(run):
            folders[:] = sorted(set(folders) - (UNKEPT if Path(at) == run else set()))
            yield Path(at)
            for name in sorted(set(names) - (UNKEPT if Path(at) == run else set())):
                if (path := Path(at, name)).is_file() and not path.is_symlink():
                    yield path


def restore(engine: Engine, folder: Path, source: Path) -> int:
    """Fills an empty database and its data folder from an archive, whole or not at all; returns the number of
    rows. Raises StoreError where the database or the folder is not empty, or the archive is none."""
    runs = folder / RUNS
    if runs.exists() and any(runs.iterdir()):
        raise StoreError(f"{runs} holds runs already. Restore into an empty data folder.")
    try:
        with tarfile.open(source, "r:gz") as archive:
            form = archive.extractfile(VERSION).read().decode()
            # Not by what else ends a line in Unicode: that may stand in a text.
            rows = [json.loads(line) for line in archive.extractfile(ROWS).read().split(b"\n")[:-1]]
            if form != NEWEST:
                raise StoreError(
                    f"The archive is of the form {form}, this program of {NEWEST}. Restore it "
                    "with the program that wrote it, then start this one on that database: it brings it "
                    "up to date."
                )
            with _extracted(archive, folder) as beside, _moving_back(runs), writing(engine) as connection:
                tables = {table.name: table for table in metadata.sorted_tables}
                for table in tables.values():
                    if connection.execute(select(table).limit(1)).first():
                        raise StoreError("The database is not empty. Restore into a new one.")
                for name, some in _grouped(rows):
                    connection.execute(insert(tables[name]), some)
                if beside.exists():
                    runs.mkdir(exist_ok=True)
                    for run in beside.iterdir():
                        run.rename(runs / run.name)
    except (tarfile.TarError, zlib.error, SQLAlchemyError, LookupError, TypeError, AttributeError, ValueError,
            EOFError) as error:  # fmt: skip
        raise StoreError(f"{source.name} is no backup of this program, or a damaged one: {error}.") from None
    return len(rows)


@contextmanager
def _moving_back(runs: Path) -> Iterator[None]:
    """Takes the runs away again where the database was not filled after all."""
    try:
        yield
    except BaseException:
        shutil.rmtree(runs, ignore_errors=True)
        raise


def _grouped(rows: list) -> Iterator[tuple[str, list[dict]]]:
    """Rows of one table together, some hundred at a time."""
    held: list[dict] = []
    before = ""
    for name, row in rows:
        if held and (name != before or len(held) == MOST_ROWS):
            yield before, held
            held = []
        before = name
        held.append(row)
    if held:
        yield before, held


@contextmanager
def _extracted(archive: tarfile.TarFile, folder: Path) -> Iterator[Path]:
    """The runs alone, beside where they go: that may take longer than a transaction should. Names that lead
    out of the folder raise tarfile.FilterError."""
    wanted = [member for member in archive.getmembers() if PurePosixPath(member.name).parts[:1] == (RUNS,)]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix="restoring-") as beside:
        archive.extractall(beside, wanted, filter="data")
        yield Path(beside, RUNS)
