"""The process of one run: `python -m benchmarks.job FOLDER --warm ADDRESS --lock FD`.

It ends itself when somebody cancels the run, or when whoever started it is gone (its standard input
closes); the forks it uses end with its connections.
"""

import argparse
import json
import os
import select
import shutil
import signal
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from benchmarks import jobs, run_rows
from benchmarks.comparison import Options, compare
from benchmarks.errors import Problem, ProblemError
from benchmarks.plain_files import discard
from benchmarks.progress import Progress
from benchmarks.samples import SAMPLES
from benchmarks.settings import data_folder
from benchmarks.warm import WarmServer, problem_of
from benchmarks.workspace import open_work, take_out
from store.engine import StoreError

WATCH_S = 0.2
AGAIN_S = 30
END_S = 120
"""How long it is tried to say how a run ended: it may have taken hours."""


class Cancelled(BaseException):
    pass


def _cancelled(*_) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Cancelled


def _watch_parent() -> None:
    """In a thread: turns the end of our parent into a signal. Asks no database, which may not answer."""
    select.select([sys.stdin], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


def _watch_requests(folder: Path) -> None:
    """In a thread: turns a request to cancel into a signal."""
    while not _is_cancelled(folder):
        time.sleep(WATCH_S)
    os.kill(os.getpid(), signal.SIGTERM)


def _is_cancelled(folder: Path) -> bool:
    """Whether somebody asked the run to stop; one that is gone is not wanted either. A database that does not
    answer is asked again."""
    try:
        row = run_rows.read(folder.name)
    except (SQLAlchemyError, StoreError):
        return False
    return row is None or row["cancelled"]


class _Record:
    """Keeps the run's row true."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.stages: dict[str, Progress] = {}
        self._again = 0.0

    def say(self, progress: Progress) -> None:
        """A database that does not answer is left alone for a while: waiting for it takes time from what is
        measured."""
        self.stages[progress.stage] = progress
        if time.monotonic() < self._again:
            return
        try:
            self._write("running")
        except (SQLAlchemyError, StoreError):
            self._again = time.monotonic() + AGAIN_S

    def end(self, state: str, problem: Problem | None = None) -> None:
        """Raises what the database raises if it has not answered for END_S seconds."""
        last = time.monotonic() + END_S
        while True:
            try:
                return self._write(state, problem)
            except (SQLAlchemyError, StoreError):
                if time.monotonic() > last:
                    raise
                time.sleep(1)

    def _write(self, state: str, problem: Problem | None = None) -> None:
        run_rows.record(self.folder.name, state, self.stages.values(), problem)


def _sample(folder: Path, sample_id: str, warm: WarmServer, say) -> tuple:
    """Brings the sample's model into the run, building it if it was never needed before."""
    sample = SAMPLES[sample_id]
    built = data_folder() / "samples" / sample.filename
    if not built.exists():
        say(Progress("sample", "Build the sample", None, "built once, then kept"))
        built.parent.mkdir(parents=True, exist_ok=True)
        work = open_work(folder)
        warm.run("build_sample", work, sample=sample.id, target=str(work / sample.filename))
        take_out(work / sample.filename, unfinished := built.with_name(f"{folder.name}.unfinished"))
        unfinished.rename(built)
        say(Progress("sample", "Build the sample", "passed"))
    shutil.copyfile(built, folder / "source" / sample.filename)
    return tuple(sample.shapes.items())


def _options(text: str) -> Options:
    data = json.loads(text)
    shapes = tuple((name, tuple(shape)) for name, shape in data["shapes"])
    return Options(
        tuple(data["to"]),
        tuple(data["batches"]),
        data["budget_s"],
        shapes,
        trust_pickle=data["trust_pickle"],
        trust_code=data.get("trust_code", False),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.job")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--warm", required=True)
    parser.add_argument("--lock", type=int, required=True)
    arguments = parser.parse_args()
    folder, warm = arguments.folder, WarmServer(arguments.warm)
    signal.signal(signal.SIGTERM, _cancelled)
    threading.Thread(target=_watch_parent, daemon=True).start()
    threading.Thread(target=_watch_requests, args=(folder,), daemon=True).start()
    record = _Record(folder)
    try:
        asked = run_rows.read(folder.name)
        options = _options(asked["options"])
        if asked["sample"]:
            options = replace(options, shapes=_sample(folder, asked["sample"], warm, record.say))
        jobs.describe(folder)
        report = compare(jobs.source_path(folder), folder, options, warm, record.say)
        report.write(folder / "report.json")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is done: whoever cancels comes too late
    except Cancelled:
        discard(folder / "artifacts")
        if _is_cancelled(folder):
            words = Problem("job", "cancelled", "The run was cancelled.", "Start it again when you like.")
            record.end("cancelled", words)
        else:
            words = Problem(
                "job", "interrupted", "The application was stopped during the run.", "Start it again."
            )
            record.end("interrupted", words)
    except Exception as error:
        if not isinstance(error, ProblemError):
            traceback.print_exc()
        record.end("failed", problem_of(error))
    else:
        record.end("done")


if __name__ == "__main__":
    main()
