"""Small real models and a real warm server, both made once per run."""

import fcntl
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from benchmarks.progress import Progress
from benchmarks.settings import PROJECT
from benchmarks.warm import WarmKeeper, WarmServer

TABLES = (".skops", ".ubj", ".json", ".txt")
SOURCES = ("trained.zip", "tied.zip", "strange.zip", "answers.npz")


@pytest.fixture(scope="session")
def built() -> Callable[[str], Path]:
    """The path of a small model by its file name; see `build_models.py` for what there is. All test processes
    share them."""
    folder = Path(os.environ["FORMAT_ADVISOR_TESTS"], "built")
    folder.mkdir(exist_ok=True)

    def model(name: str) -> Path:
        keras = name.endswith((".keras", ".h5", ".tflite")) or name in ("mlp", "mlp.zip", "words", "root")
        framework = "tables" if name.endswith(TABLES) else "keras" if keras else "torch"
        framework = "source" if name.endswith(".py") or name in SOURCES else framework
        done = folder / f"{framework}.done"
        with open(folder / f"{framework}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                script = Path(__file__).with_name("build_models.py")
                made = subprocess.run(
                    [sys.executable, str(script), str(folder), framework], capture_output=True, text=True
                )
                assert made.returncode == 0, made.stderr
                done.touch()
        assert (folder / name).exists(), name
        return folder / name

    return model


@dataclass
class Bench:
    """A warm server and the folder that its tasks can write below."""

    server: WarmServer
    folder: Path
    said: list[Progress] = field(default_factory=list)

    def workspace(self, name: str) -> Path:
        workspace = self.folder / name
        workspace.mkdir()
        return workspace

    def say(self, progress: Progress) -> None:
        self.said.append(progress)


@pytest.fixture(scope="session")
def warm(tmp_path_factory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    with WarmKeeper(folder) as server:
        yield Bench(server, folder)


@pytest.fixture
def bench(warm, tmp_path) -> Bench:
    """The shared server, with a record of what is said in this test."""
    folder = warm.folder / tmp_path.name
    folder.mkdir()
    return Bench(warm.server, folder)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory) -> Iterator[Callable[[list[dict]], list[float | None]]]:
    """The largest excess over the tolerance for each pair on inputs drawn anew; see `draw_fresh.py`. The seed
    is another each time, and shown where the test fails."""
    script, said = Path(__file__).with_name("draw_fresh.py"), tmp_path_factory.mktemp("drawn") / "stderr"
    environment = {"PYTHONPATH": str(PROJECT), "TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    with said.open("w") as stderr:
        judge = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=PROJECT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def draw(pairs: list[dict]) -> list[float | None]:
        seed = secrets.randbelow(1 << 31)
        print("seed", seed)
        judge.stdin.write(json.dumps({"seed": seed, "pairs": pairs}) + "\n")
        judge.stdin.flush()
        answer = judge.stdout.readline()
        assert answer, said.read_text()[-2000:]
        return json.loads(answer)

    yield draw
    judge.stdin.close()
    judge.stdout.close()
    judge.wait(timeout=60)


@pytest.fixture(scope="session")
def processes_naming() -> Callable[[Path], list[psutil.Process]]:
    """The living processes that have a path below this one on their command line."""

    def find(path: Path) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            line = " ".join(process.info["cmdline"] or [])
            if str(path) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    return find
