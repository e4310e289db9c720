"""What the warm server sees of a fork: its whole process tree, and what it wrote."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from benchmarks.settings import PROJECT
from benchmarks.worker import supervision

FAMILY = """
import subprocess, sys, threading
if sys.argv[1:]:
    pipe = subprocess.PIPE
    child = subprocess.Popen([sys.executable, "-c", sys.argv[2]], stdin=pipe, stdout=pipe)
    child.stdout.readline()
ballast = bytearray(30_000_000)
threads = [threading.Thread(target=threading.Event().wait, daemon=True) for _ in range(5)]
[thread.start() for thread in threads]
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def family() -> Iterator[subprocess.Popen]:
    """A process with a child, each with six threads and 30 MB."""
    with subprocess.Popen(
        [sys.executable, "-c", FAMILY, "child", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        yield process
        for pid in supervision.tree(process.pid):
            os.kill(pid, 9)


def test_a_tree_is_counted_whole(family):
    parent, child = supervision.tree(family.pid)
    assert parent == family.pid
    both = supervision.usage(parent, 0)
    alone = supervision.usage(child, 0)
    assert (both.threads, alone.threads) == (12, 6)
    assert alone.memory > 30e6
    assert both.memory == pytest.approx(2 * alone.memory, rel=0.3)


def test_what_each_shares_with_the_server_is_not_its_own(family):
    shared = 10_000_000
    assert supervision.usage(family.pid, 0).memory - supervision.usage(family.pid, shared).memory == (
        pytest.approx(2 * shared, abs=1e6)
    )


BREEDER = """
import subprocess
print("ready", flush=True)
while True:
    subprocess.Popen(["sleep", "60"])
"""


def test_one_that_goes_on_starting_others_is_halted_with_all_of_them():
    with subprocess.Popen([sys.executable, "-c", BREEDER], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        time.sleep(0.3)
        halted = supervision.halt(process.pid)
        try:
            assert len(halted) > 10
            assert set(supervision.tree(process.pid)) == set(halted)
        finally:
            for pid in halted:
                os.kill(pid, 9)


def test_a_process_that_is_gone_uses_nothing():
    with subprocess.Popen(["true"]) as process:
        pass
    assert supervision.usage(process.pid, 0) == supervision.Usage(0, 0)


def test_what_was_written_is_what_the_disk_holds(tmp_path):
    empty = supervision.written(str(tmp_path))
    (tmp_path / "dense").write_bytes(os.urandom(3_000_000))
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(10**12)
    (tmp_path / "link").symlink_to("/")
    assert 3e6 <= supervision.written(str(tmp_path)) - empty < 3.2e6


def test_thousands_of_files_and_deep_folders_are_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr(supervision, "MAX_FILES", 100)
    for number in range(100):
        (tmp_path / str(number)).touch()
    assert supervision.written(str(tmp_path)) < float("inf")
    (tmp_path / "one more").touch()
    assert supervision.written(str(tmp_path)) == float("inf")


def test_a_deep_tree_is_too_much(tmp_path):
    deep = tmp_path
    for _ in range(supervision.MAX_DEPTH + 2):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert supervision.written(str(tmp_path)) == float("inf")


LOOKING = """
import sys
from benchmarks.worker import confinement, supervision
confinement.confine((), sys.argv[1])
print(supervision.written(sys.argv[1]))
"""


def test_a_folder_that_cannot_be_looked_into_is_too_much(tmp_path):
    """Not even root can without capabilities, which the server has none of in its box."""
    (tmp_path / "closed").mkdir(mode=0o300)
    line = [sys.executable, "-c", LOOKING, str(tmp_path)]
    assert subprocess.run(line, cwd=PROJECT, capture_output=True, text=True).stdout == "inf\n"


HOLDER = """
import mmap, os, sys
file = open(sys.argv[1], "w+b")
os.unlink(sys.argv[1])
file.write(os.urandom(3_000_000))
file.flush()
mapped = mmap.mmap(-1, 5_000_000)
print("ready", flush=True)
sys.stdin.read()
"""


def test_files_without_a_name_are_seen(tmp_path):
    line = [sys.executable, "-c", HOLDER, str(tmp_path / "file")]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert 8e6 <= supervision.nameless(process.pid) < 9e6
        process.kill()
    assert supervision.nameless(process.pid) == 0
