"""A backup, restored: into the same kind of database and into the other."""

import os
import random
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from perf.databases import database
from reviews import document
from reviews.store import Reviews
from store import backup, engine
from store.engine import StoreError, engine_of, known
from tests.reviews.conftest import NOBODY
from tests.reviews.generated import grow
from tests.web_server import ROOT


@pytest.fixture
def places(tmp_path, postgresql):
    """Opens databases by kind, each empty."""
    with database(postgresql, "from") as one, database(postgresql, "to") as other:
        urls = {"postgresql": iter([one, other])}
        urls["sqlite"] = iter([f"sqlite:///{tmp_path}/{name}.db" for name in ("from", "to")])
        yield lambda kind: next(urls[kind])
        engine.close()


def opened(url: str):
    return engine_of(known(url))


@pytest.mark.parametrize("before", ["sqlite", "postgresql"])
@pytest.mark.parametrize("after", ["sqlite", "postgresql"])
def test_what_was_backed_up_is_there_again(places, tmp_path, before, after):
    old = opened(places(before))
    made = [grow(Reviews(old), random.Random(seed)) for seed in range(12)]
    data = tmp_path / "data"
    run = data / "runs" / "0123456789abcdef"
    (run / "source").mkdir(parents=True)
    (run / "source" / "model.onnx").write_bytes(b"\0model")
    (run / "report.json").write_text("{}")
    (run / "lock").touch()
    (run / "work").mkdir()
    (run / "work" / "left").touch()
    (run / "planted").symlink_to("/etc/passwd")
    archive = tmp_path / "backup.tar.gz"
    assert backup.backup(old, data, archive) > 12
    new = opened(places(after))
    there = tmp_path / "there"
    there.mkdir()
    backup.restore(new, there, archive)
    for review in made:
        again = Reviews(new).load(review.id, NOBODY)
        assert document.write(again) == document.write(review)
    found = sorted(str(path.relative_to(there)) for path in there.rglob("*") if path.is_file())
    name = "runs/0123456789abcdef"
    assert found == [f"{name}/report.json", f"{name}/source/model.onnx"]
    with pytest.raises(StoreError, match="holds runs already"):
        backup.restore(new, there, archive)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="not empty"):
        backup.restore(new, tmp_path / "empty", archive)


def line(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"FORMAT_ADVISOR_DATA": str(data)}
    environment.pop(engine.VARIABLE, None)
    return subprocess.run(
        [sys.executable, "-m", "store", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_one_command_each(tmp_path):
    archive, data = tmp_path / "all.tar.gz", tmp_path / "data"
    data.mkdir()
    done = line("backup", str(archive), data=data)
    assert done.returncode == 1 and "There is no database" in done.stderr and not archive.exists()
    Reviews(opened(f"sqlite:///{data}/{engine.FILENAME}"))
    engine.close()
    done = line("backup", str(archive), data=data)
    assert archive.stat().st_mode & 0o077 == 0
    assert (done.returncode, done.stderr) == (0, "") and "0 rows" in done.stdout
    done = line("restore", str(archive), data=tmp_path / "other")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_no_backup_is_refused_in_one_line(tmp_path):
    wrong = tmp_path / "wrong.tar.gz"
    wrong.write_bytes(b"not an archive")
    empty = tmp_path / "empty.tar.gz"
    with tarfile.open(empty, "w:gz"):
        pass
    for file in (wrong, empty, tmp_path / "missing.tar.gz"):
        done = line("restore", str(file), data=tmp_path / "data")
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("restore: ")
