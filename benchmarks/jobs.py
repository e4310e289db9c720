"""Runs that live longer than a page: each is a process, its state in the database and its files on disk.

The database holds what was asked, the stages so far and how it ended (`run_rows`); `runs/<id>/` below the
data folder holds the rest:

    description.json  the model described from its bytes
    source/           the model           artifacts/   what it was converted to
    report.json       the result          job.log      what the run's process said
    lock              held (`flock`) by the run's process, before by who receives the upload: whoever can
                      take it knows that the process is gone
    work/             the one place that forks, and so the code in a model, may write to

Everything is read from these two, so a reload, another session and a restarted server see the same.
"""

import fcntl
import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

from benchmarks import admission, inspection, plain_files, room, run_rows
from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.comparison import Options, check_size
from benchmarks.errors import Problem, ProblemError
from benchmarks.progress import Progress
from benchmarks.samples import SAMPLES
from benchmarks.settings import PREFIX, PROJECT, data_folder, max_model_bytes
from benchmarks.turn import held
from benchmarks.workspace import UNPACKED, WORK
from store.engine import VARIABLE

ID = re.compile(r"[0-9a-f]{16}")
DRAFT_KEPT_S = 24 * 3600
"""An upload that nobody started is removed after a day."""
BEGUN_S = 60
"""A folder this young may belong to somebody who has not locked it yet."""
JSON_LIMIT_BYTES = 64_000_000
"""No description or report comes near; a file that does was not written by this program."""
REMOVED = ".removed"
"""Ends the name of what is being removed, so that nothing takes it for a run."""
_PASSED_ON = re.compile(
    rf"(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|PYTHON\w*|ORT_\w+|{VARIABLE}|PG\w+|{PREFIX}(?!TOKEN$)\w+)"
)
"""What a run's process is told of the environment: of the operator's secrets those by which the database is
reached alone."""

_starting = threading.Lock()
_children: list[subprocess.Popen] = []
"""Runs that this process started: each ends when its standard input, held open here, closes."""


@dataclass(frozen=True)
class Run:
    """A run as it stands. `state`: draft (uploaded, not started), running, done, failed, cancelled, or
    interrupted (its process is gone without an end). Times in seconds since the epoch. The description
    and the report are read when first asked for: they are long, and a list of runs needs neither."""

    id: str
    folder: Path
    title: str
    created: float
    sample: str | None
    state: str
    stages: tuple[Progress, ...]
    problem: Problem | None

    @cached_property
    def description(self) -> Description | None:
        data = _read(self.folder / "description.json")
        return _description(data) if data else None

    @cached_property
    def report(self) -> dict | None:
        return _read(self.folder / "report.json")

    @property
    def active(self) -> bool:
        return self.state == "running"


def runs_folder() -> Path:
    return data_folder() / "runs"


def write_json(path: Path, data: dict) -> None:
    """Whole or not at all, so that a reader never sees half of it."""
    plain_files.write(path, json.dumps(data).encode())


def _read(path: Path) -> dict | None:
    try:
        data = json.loads(plain_files.read(path, JSON_LIMIT_BYTES) or b"")
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def check_count() -> None:
    """Raises ProblemError where as many runs are kept as may be and a sweep does not change that."""
    try:
        room.check_count(runs_folder())
    except ProblemError:
        sweep()
        room.check_count(runs_folder())


def new_folder() -> Path:
    """A folder for a run that is about to come; it becomes one by its row in the database. Whoever needs
    longer than BEGUN_S for that holds `lock_folder`."""
    folder = runs_folder() / secrets.token_hex(8)
    (folder / "source").mkdir(parents=True, mode=0o700)
    return folder


def lock_folder(folder: Path) -> IO[str]:
    """Locks the folder until the file is closed or this process ends, however it ends."""
    lock = open(_own(folder / "lock"), "w")  # noqa: SIM115 – held for as long as the caller wants
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def from_sample(sample: str) -> Run:
    """A draft for a bundled sample; its model is built when the run starts. Raises KeyError, and
    ProblemError where there is no room for another run."""
    chosen = SAMPLES[sample]
    check_count()
    folder = new_folder()
    run_rows.add(folder.name, chosen.name, sample, time.time())
    return load(folder.name)


def source_path(folder: Path) -> Path:
    return next(iter(sorted((folder / "source").iterdir())))


def describe(folder: Path) -> Description:
    """Describes the run's model and keeps the description in the folder."""
    path = source_path(folder)
    check_size(path, max_model_bytes())
    description = inspection.describe(path)
    write_json(folder / "description.json", description.to_json())
    run_rows.change(folder.name, sha256=description.sha256)
    return description


def start(run_id: str, options: Options, warm_address: str) -> None:
    """Starts the run's process, again after one that did not end well. Does nothing if it is running or
    done (two sessions, one button). Raises ProblemError where the model's pickles or its code are not allowed
    or not confirmed, and where too many runs wait already."""
    run = load(run_id)
    if run.description:
        admission.check(run.description, options.trust_pickle, options.trust_code)
    folder = run.folder
    if not folder.is_dir():
        raise ProblemError(
            "job",
            "no-files",
            "The files of this run are not in this server's data folder.",
            "Upload the model again, or use one data folder for each database.",
        )
    lock = open(_own(folder / "lock"), "w")  # noqa: SIM115 – handed to the process below
    if not _taken(lock):
        lock.close()
        return
    with lock, _starting:
        if load(run_id).state == "done":
            return
        room.check_line(sum(other.id != run_id for other in active()))
        asked = json.dumps(asdict(options) | {"inputs": None})
        run_rows.change(run_id, state="running", stages="[]", problem=None, options=asked, cancelled=False)
        with open(_own(folder / "job.log"), "w") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "benchmarks.job",
                    str(folder),
                    "--warm",
                    warm_address,
                    "--lock",
                    str(lock.fileno()),
                ],
                pass_fds=(lock.fileno(),),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=PROJECT,
                env={name: value for name, value in os.environ.items() if _PASSED_ON.fullmatch(name)}
                | {f"{PREFIX}DATA": str(data_folder())},  # which may be relative, and this runs elsewhere
                start_new_session=True,
            )
        _children[:] = [child for child in _children if child.poll() is None]
        _children.append(process)
        threading.Thread(target=_clear_after, args=(process, folder), daemon=True).start()


def _clear_after(process: subprocess.Popen, folder: Path) -> None:
    """Clears away what a run's process has left if it was killed; one that ends by itself leaves nothing."""
    process.wait()
    with suppress(OSError), open(folder / "lock", "w") as lock:  # the run may be deleted by now
        if _taken(lock):  # and not started again
            for left in (WORK, UNPACKED):
                plain_files.discard(folder / left)


def _own(path: Path) -> Path:
    """The path, where a link planted under its name has been removed."""
    if path.is_symlink():
        path.unlink()
    return path


def _taken(lock) -> bool:
    """Tries for a moment: whoever looks whether the run is alive holds its lock for an instant."""
    for _ in range(10):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def cancel(run_id: str) -> None:
    run_rows.change(load(run_id).id, cancelled=True)


def delete(run_id: str) -> None:
    """Removes a run that is not active, with everything in it."""
    run = load(run_id)
    if not run.active:
        remove(run.folder)
        run_rows.remove(run.id)


def remove(folder: Path) -> None:
    """Removes a folder, a run or within one, first from sight: a reader finds it as it was or not at all."""
    leaving = folder.with_name(f"{folder.name}.{secrets.token_hex(4)}{REMOVED}")
    try:
        folder.rename(leaving)
    except FileNotFoundError:  # somebody else was faster
        return
    with suppress(OSError):  # a sweep is at it too, or the next one tries again
        plain_files.remove(leaving)


def load(run_id: str) -> Run:
    """Raises ProblemError(kind="unknown-run") where there is no such run."""
    row = run_rows.read(run_id) if ID.fullmatch(run_id) else None
    if row is None:
        raise ProblemError(
            "job",
            "unknown-run",
            "There is no run behind this link: it was deleted, or the link is incomplete.",
            "Start a new comparison below.",
        )
    return _run(row)


def _run(row: run_rows.Row) -> Run:
    folder = runs_folder() / row["id"]
    interrupted = False
    if row["state"] == "running" and not held(folder / "lock"):
        row = run_rows.read(row["id"]) or row  # it may have ended between the two looks
        interrupted = row["state"] == "running"
    problem = Problem(**json.loads(row["problem"])) if row["problem"] else None
    if interrupted:
        problem = Problem(
            "job", "interrupted", "The run was interrupted: its process is gone.", "Start it again."
        )
    return Run(
        row["id"],
        folder,
        row["title"],
        row["created"],
        row["sample"],
        "interrupted" if interrupted else row["state"],
        tuple(Progress(**stage) for stage in json.loads(row["stages"])),
        problem,
    )


def _description(data: dict) -> Description:
    return Description(
        **{
            **data,
            "inputs": tuple(TensorSpec.from_json(spec) for spec in data["inputs"]),
            "outputs": tuple(TensorSpec.from_json(spec) for spec in data["outputs"]),
            "findings": tuple(Finding(**finding) for finding in data["findings"]),
            "pickled": tuple(data["pickled"]),
            "not_examined": tuple(data["not_examined"]),
            "code": tuple(data.get("code", ())),
        }
    )


def recent(count: int = 10) -> list[Run]:
    """The newest started runs, newest first."""
    return [_run(row) for row in run_rows.of_states(but=("draft",), count=count)]


def active() -> list[Run]:
    """The runs that wait or work now, newest first."""
    return [run for run in map(_run, run_rows.of_states("running")) if run.active]


def earlier(run: Run) -> list[Run]:
    """The runs of the same model that are done and were made before, newest first."""
    if not run.description:
        return []
    return [_run(row) for row in run_rows.of_model(run.description.sha256, run.created)]


def _adopted(folder: Path) -> run_rows.Row | None:
    """The row of a run that was kept before the database was: its files said then what a row says now."""
    request, state = _read(folder / "request.json"), _read(folder / "state.json") or {}
    if request is None or not ID.fullmatch(folder.name):
        return run_rows.read(folder.name)  # another sweep may be at it
    described = (_read(folder / "description.json") or {}).get("sha256")
    told = {
        "state": state.get("state", "interrupted" if (folder / "state.json").exists() else "draft"),
        "stages": json.dumps(state.get("stages", [])),
        "problem": json.dumps(state["problem"]) if state.get("problem") else None,
    }
    title = str(request["title"]).replace("\0", "�")
    run_rows.add(folder.name, title, request["sample"], request["created"], described, **told)
    row = run_rows.read(folder.name)
    for name in ("request.json", "state.json", "options.json", "cancel") if row else ():
        (folder / name).unlink(missing_ok=True)
    return row


def sweep() -> None:
    """Removes what nobody started within a day, and what processes that are gone have left: uploads that
    became no run, half-removed folders, half-written files and work folders. Safe at any time."""
    rows = {row["id"]: row for row in run_rows.of_states()}
    for folder in runs_folder().glob("*"):
        # What cannot be removed now is tried again at the next sweep; a file that is wrong is left alone.
        with suppress(OSError, LookupError):
            if folder.name.endswith(REMOVED):
                plain_files.remove(folder)
                continue
            if held(folder / "lock"):
                continue
            row = rows.get(folder.name) or run_rows.read(folder.name) or _adopted(folder)
            age_s = time.time() - folder.stat().st_mtime
            if row is None and (folder / "report.json").exists():
                continue  # a run whose row is in another database
            if row is None or row["state"] == "draft":
                described = (folder / "description.json").exists()
                if age_s > (DRAFT_KEPT_S if row or described else BEGUN_S):
                    remove(folder)
                    run_rows.remove(folder.name)
                continue
            for left in (
                *folder.glob("*.unfinished"),
                *folder.glob(f"*{REMOVED}"),
                folder / WORK,
                folder / UNPACKED,
            ):
                remove(left)
    for run_id in rows.keys() - {folder.name for folder in runs_folder().glob("*")}:
        row = rows[run_id]  # of others the folder may only be out of reach
        if row["state"] == "draft" and time.time() - row["created"] > DRAFT_KEPT_S:
            run_rows.remove(run_id)
