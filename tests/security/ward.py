"""A warm server under watch, in which cases are run past the audit; and the building of the corpus."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks import sandbox
from benchmarks.errors import Problem, ProblemError
from benchmarks.plain_files import discard
from benchmarks.settings import PROJECT, Limits, step_limits
from benchmarks.warm import WarmKeeper, WarmServer
from benchmarks.workspace import open_work
from tests.security.corpus.case import Case
from tests.security.corpus.table import CASES
from tests.security.outside import Harm, Outside

LAYERS = {
    "namespaces": frozenset({"namespaces", "landlock", "seccomp"}),
    "landlock": frozenset({"landlock", "seccomp"}),
    "none": frozenset(),
}
LIMITS = replace(
    step_limits(), wall_s=25, cpu_s=50, memory_mb=400, file_mb=40, disk_mb=60, output_mb=5, threads=128
)
SHORT = replace(LIMITS, wall_s=1.5)
"""For what never ends."""


def build_corpus(outside: Outside, *frameworks: str) -> dict[str, Path]:
    """Builds every case, or those that need these frameworks, each framework in a process of its own, and
    returns where the models lie by the ids of the cases."""
    folder = outside.folder / "corpus"
    folder.mkdir()
    targets = outside.targets().to_json()
    line = [sys.executable, "-m", "tests.security.corpus", str(folder)]
    building = {
        name: subprocess.Popen(
            [*line, name, targets], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        for name in frameworks or sorted({case.framework for case in CASES})
    }
    paths: dict[str, str] = {}
    for name, process in building.items():
        _, errors = process.communicate(timeout=240)
        if process.returncode:
            raise RuntimeError(errors[-3000:])
        paths |= json.loads((folder / f"{name or 'plain'}.json").read_text())
    return {case_id: Path(path) for case_id, path in paths.items()}


@dataclass
class Ran:
    """How one job ended: with an answer or a problem. `attempts` is what its payload wrote of itself,
    `arrays` what the model was given and answered, `remains` whether its folder could not be removed."""

    answer: dict | None
    problem: Problem | None
    harm: Harm
    attempts: dict[str, dict]
    arrays: dict[str, bytes]
    remains: bool


@dataclass
class Ward:
    """A warm server under watch. `own` are the ids of the processes that belong here."""

    mode: str
    server: WarmServer
    outside: Outside
    own: set[int] = field(default_factory=set)

    def run(self, case: Case, path: Path, limits: Limits | None = None) -> Ran:
        """Runs the model past the audit; again with all the time there is where it was ended before its
        payload began, which on a busy machine the short limits do."""
        ran = self._run(case, path, limits or limits_for(case))
        if case.attempts and not ran.attempts and ran.problem and ran.problem.kind == "timeout":
            ran = self._run(case, path, LIMITS)
        return ran

    def _run(self, case: Case, path: Path, limits: Limits) -> Ran:
        """As the program does: a folder for the run, `work` in it for the fork, the model readable and
        nothing else."""
        folder = self.outside.data / f"{self.mode}-{case.id}"
        folder.mkdir()
        (folder / "description.json").write_text("{}")
        source = folder / "source" / path.name
        source.parent.mkdir()
        if path.is_dir():
            shutil.copytree(path, source, symlinks=True)
        else:
            shutil.copy(path, source)
        answer = problem = None
        try:
            answer = self.server.run(
                "reference",
                open_work(folder),
                limits=limits,
                reads=(source,),
                source=str(source),
                source_format=case.loads_as,
                threads=1,
                inputs=list(case.inputs),
                batches=[1],
            )
        except ProblemError as error:
            problem = error.problem
        told = problem.to_json() if problem else answer
        harm = self.outside.harm(folder / "work", told, self.own)
        harm.changes += _beside_the_work(folder)
        attempts, arrays = _attempts(folder), _arrays(folder / "work" / "reference.npz")
        discard(folder)
        return Ran(answer, problem, harm, attempts, arrays, os.path.lexists(folder))

    def still_serves(self) -> bool:
        return "versions" in self.server.run("capabilities", open_work(self.outside.data / "after"))


def limits_for(case: Case) -> Limits:
    return SHORT if case.ends[:1] == ("timeout",) else LIMITS


def _beside_the_work(folder: Path) -> list[str]:
    """What changed in the part of a run's folder that belongs to the program."""
    there = {path.name for path in folder.iterdir()}
    changed = sorted(there ^ {"description.json", "source", "work"})
    if (folder / "description.json").read_text() != "{}":
        changed.append("description.json")
    return changed


def _arrays(path: Path) -> dict[str, bytes]:
    """The arrays of a reference run, where it wrote any."""
    if not path.is_file() or path.is_symlink():
        return {}
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name].tobytes() for name in arrays}


def _attempts(folder: Path) -> dict[str, dict]:
    """By name: what worked though it must not ("done"), what was "refused", what was being tried."""
    paths = (folder / "work").glob("attempt-*.json")
    return {path.stem.removeprefix("attempt-"): json.loads(path.read_text()) for path in paths}


@contextmanager
def start_ward(mode: str, layers: frozenset[str], outside: Outside) -> Iterator[Ward]:
    """A warm server under exactly these layers, loaded; gone at the end."""
    (outside.data / "after").mkdir(exist_ok=True)
    before = {process.pid for process in outside.processes()}
    with WarmKeeper(outside.data, sandbox.Protection(mode, layers)) as server:
        ward = Ward(mode, server, outside)
        assert ward.still_serves()
        ward.own = {process.pid for process in outside.processes()} | before
        yield ward
    end = time.monotonic() + 5
    while (left := {p.pid for p in outside.processes()} - before) and time.monotonic() < end:
        time.sleep(0.05)
    assert left == set()
