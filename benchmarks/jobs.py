"""Runs that live longer than a page: each is a process with its state on disk.

A run is a folder `runs/<id>/` below the data folder:

    request.json      what was asked: file name or sample, options, when
    description.json  the model described from its bytes
    state.json        the stages so far and how it ended
    source/           the model           artifacts/   what it was converted to
    report.json       the result          log.txt      the frameworks' own output
    lock              held (`flock`) by the run's process: who can take it knows that the process is gone
    cancel            present once somebody asked the run to stop

Everything is read from there, so a reload, another session and a restarted server see the same.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import inspection
from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.comparison import Options, check_size
from benchmarks.errors import Problem, ProblemError
from benchmarks.progress import Progress
from benchmarks.samples import SAMPLES
from benchmarks.settings import PROJECT, data_folder, max_model_bytes
from benchmarks.turn import held

ID = re.compile(r"[0-9a-f]{16}")
DRAFT_KEPT_S = 24 * 3600
"""An upload that nobody started is removed after a day."""

_children: list[subprocess.Popen] = []
"""Runs that this process started: each ends when its standard input, held open here, closes."""


@dataclass(frozen=True)
class Run:
    """A run as it stands. `state`: draft (uploaded, not started), running, done, failed, cancelled, or
    interrupted (its process is gone without an end). Times in seconds since the epoch."""

    id: str
    folder: Path
    title: str
    created: float
    sample: str | None
    state: str
    stages: tuple[Progress, ...]
    problem: Problem | None
    description: Description | None
    report: dict | None

    @property
    def active(self) -> bool:
        return self.state == "running"


def runs_folder() -> Path:
    return data_folder() / "runs"


def write_json(path: Path, data: dict) -> None:
    """Whole or not at all, so that a reader never sees half of it."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    unfinished.write_text(json.dumps(data))
    unfinished.rename(path)


def _read(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


def _new_folder() -> Path:
    folder = runs_folder() / secrets.token_hex(8)
    (folder / "source").mkdir(parents=True, mode=0o700)
    return folder


def receive(name: str, pieces: Iterable[bytes]) -> Run:
    """Takes an upload: writes it, identifies and describes it. Raises ProblemError and leaves nothing
    behind if it is refused."""
    folder = _new_folder()
    try:
        path = folder / "source" / _safe(name)
        limit, size = max_model_bytes(), 0
        with open(path, "xb") as file:
            for piece in pieces:
                size += len(piece)
                if size > limit:
                    raise ProblemError(
                        "identify",
                        "too-large",
                        f"{name} is larger than the limit of {limit / 1e6:,.0f} MB.",
                        "Compare a smaller variant of the model.",
                    )
                file.write(piece)
        describe(folder)
        write_json(folder / "request.json", {"title": name, "sample": None, "created": time.time()})
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return load(folder.name)


def from_sample(sample: str) -> Run:
    """A draft for a bundled sample; its model is built when the run starts. Raises KeyError."""
    chosen = SAMPLES[sample]
    folder = _new_folder()
    write_json(folder / "request.json", {"title": chosen.name, "sample": sample, "created": time.time()})
    return load(folder.name)


def _safe(name: str) -> str:
    """A file name without folders or odd characters: the name decides nothing, content does."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", Path(name).name).lstrip(".")[-100:] or "model"


def source_path(folder: Path) -> Path:
    return next(iter(sorted((folder / "source").iterdir())))


def describe(folder: Path) -> Description:
    """Describes the run's model and keeps the description in the folder."""
    path = source_path(folder)
    check_size(path, max_model_bytes())
    description = inspection.describe(path)
    write_json(folder / "description.json", description.to_json())
    return description


def start(run_id: str, options: Options, warm_address: str) -> None:
    """Starts the run's process, again after one that did not end well. Does nothing if it is running or
    done (two sessions, one button)."""
    folder = load(run_id).folder
    lock = open(folder / "lock", "w")  # noqa: SIM115 – handed to the process below
    if not _taken(lock):
        lock.close()
        return
    with lock:
        if (_read(folder / "state.json") or {}).get("state") == "done":
            return
        (folder / "cancel").unlink(missing_ok=True)
        write_json(folder / "state.json", {"state": "running", "stages": [], "problem": None})
        write_json(folder / "options.json", asdict(options) | {"inputs": None})
        with open(folder / "job.log", "w") as log:
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
                start_new_session=True,
            )
        _children[:] = [child for child in _children if child.poll() is None]
        _children.append(process)


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
    (load(run_id).folder / "cancel").touch()


def delete(run_id: str) -> None:
    """Removes a run that is not active, with everything in it."""
    run = load(run_id)
    if not run.active:
        shutil.rmtree(run.folder)


def load(run_id: str) -> Run:
    """Raises ProblemError(kind="unknown-run") where there is no such run."""
    folder = runs_folder() / run_id
    request = _read(folder / "request.json") if ID.fullmatch(run_id) else None
    if request is None:
        raise ProblemError(
            "job",
            "unknown-run",
            "There is no run behind this link: it was deleted, or the link is incomplete.",
            "Start a new comparison below.",
        )
    draft = {"state": "draft", "stages": [], "problem": None}
    state = _read(folder / "state.json") or draft
    if state["state"] == "running" and not held(folder / "lock"):
        state = _read(folder / "state.json") or draft  # it may have ended between the two looks
        if state["state"] == "running":
            state["state"] = "interrupted"
            state["problem"] = asdict(
                Problem(
                    "job", "interrupted", "The run was interrupted: its process is gone.", "Start it again."
                )
            )
    problem, description = state["problem"], _read(folder / "description.json")
    return Run(
        run_id,
        folder,
        request["title"],
        request["created"],
        request["sample"],
        state["state"],
        tuple(Progress(**stage) for stage in state["stages"]),
        Problem(**problem) if problem else None,
        _description(description) if description else None,
        _read(folder / "report.json"),
    )


def _description(data: dict) -> Description:
    return Description(
        **{
            **data,
            "inputs": tuple(TensorSpec.from_json(spec) for spec in data["inputs"]),
            "outputs": tuple(TensorSpec.from_json(spec) for spec in data["outputs"]),
            "findings": tuple(Finding(**finding) for finding in data["findings"]),
        }
    )


def recent(count: int = 10) -> list[Run]:
    """The newest started runs, newest first."""
    found = []
    for folder in runs_folder().glob("*"):
        try:
            run = load(folder.name)
        except ProblemError:
            continue
        if run.state != "draft":
            found.append(run)
    return sorted(found, key=lambda run: -run.created)[:count]


def clear_drafts() -> None:
    """Removes uploads that nobody started within a day, and folders without a request."""
    for folder in runs_folder().glob("*"):
        old = time.time() - folder.stat().st_mtime > DRAFT_KEPT_S
        if old and not (folder / "state.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
