"""Temporary folders end with their process."""

import os
import subprocess
import sys
import time

from benchmarks.scratch import JUST_MADE_S, PREFIX, scratch
from benchmarks.settings import PROJECT

HOLD = """
import sys
from pathlib import Path
from benchmarks.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


def folders(inside) -> list[str]:
    return [path.name for path in inside.glob(f"{PREFIX}*")]


def hold(tmp_path) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process.folder = process.stdout.readline().strip()
    past = time.time() - 2 * JUST_MADE_S
    os.utime(process.folder, (past, past))
    return process


def test_it_goes_with_its_block(tmp_path):
    with scratch(tmp_path) as folder:
        (folder / "file").write_text("x")
        assert folders(tmp_path) == [folder.name]
    assert folders(tmp_path) == []


def test_one_whose_process_was_killed_goes_with_the_next(tmp_path):
    with hold(tmp_path) as process:
        process.kill()
    assert len(folders(tmp_path)) == 1
    with scratch(tmp_path) as folder:
        assert folders(tmp_path) == [folder.name]


def test_one_in_use_stays_however_old(tmp_path):
    with hold(tmp_path) as process:
        with scratch(tmp_path):
            assert os.path.exists(os.path.join(process.folder, "file"))
        process.kill()
