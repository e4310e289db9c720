"""The line of measuring jobs, between real processes."""

import os
import subprocess
import sys
import time

import pytest

from benchmarks import turn
from benchmarks.settings import PROJECT

MEMBER = """
import sys, time
from benchmarks import turn
name = sys.argv[1]
with turn.take(lambda place: print(f"{name} {place}", flush=True)):
    print(f"{name} has it", flush=True)
    sys.stdin.readline()
print(f"{name} left", flush=True)
"""


@pytest.fixture
def member(tmp_path):
    """Starts processes that take a turn in a line of this test's own and hold it until told to go."""
    started = []

    def start(name: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", MEMBER, name],
            cwd=PROJECT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def says(process: subprocess.Popen) -> str:
    return process.stdout.readline().strip()


def go(process: subprocess.Popen) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


def test_first_come_first_served_and_everyone_knows_their_place(member):
    a = member("a")
    assert [says(a), says(a)] == ["a 0", "a has it"]
    b = member("b")
    assert says(b) == "b 1"
    c = member("c")
    assert says(c) == "c 2"
    go(a)
    assert says(a) == "a left"
    assert [says(b), says(b)] == ["b 0", "b has it"]
    assert says(c) == "c 1"
    go(b)
    assert [says(c), says(c)] == ["c 0", "c has it"]


def test_a_killed_holder_frees_the_line(member):
    a, b = member("a"), None
    assert [says(a), says(a)] == ["a 0", "a has it"]
    b = member("b")
    assert says(b) == "b 1"
    a.kill()
    assert [says(b), says(b)] == ["b 0", "b has it"]


def test_a_killed_waiter_is_no_longer_counted(member):
    a = member("a")
    assert [says(a), says(a)] == ["a 0", "a has it"]
    b = member("b")
    assert says(b) == "b 1"
    c = member("c")
    assert says(c) == "c 2"
    b.kill()
    assert says(c) == "c 1"


def test_an_error_inside_gives_the_turn_back(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError, match="stop"), turn.take(lambda place: None):
        raise RuntimeError("stop")
    started = time.monotonic()
    with turn.take(lambda place: None):
        assert time.monotonic() - started < 1
    assert not list(turn.line_folder().glob("*.ticket"))


def test_tickets_of_the_dead_are_cleared_away(tmp_path, member):
    a = member("a")
    assert [says(a), says(a)] == ["a 0", "a has it"]
    a.kill()
    a.wait()
    b = member("b")
    assert [says(b), says(b)] == ["b 0", "b has it"]
    assert len(list(tmp_path.glob("*/*.ticket"))) == 1


def test_many_at_once_never_overlap(tmp_path):
    """Eight processes add a mark, wait and take it away again; nobody may ever see another's."""
    script = """
import os, sys, time
from pathlib import Path
from benchmarks import turn
mark = Path(sys.argv[1])
for _ in range(2):
    with turn.take(lambda place: None):
        mark.touch(exist_ok=False)
        time.sleep(0.02)
        mark.unlink()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "mark")],
            cwd=PROJECT,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        for _ in range(8)
    ]
    assert [process.wait(60) for process in processes] == [0] * 8
