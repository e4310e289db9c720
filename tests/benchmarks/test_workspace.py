"""What comes out of the folder that forks write, and what is left of it."""

import os
from pathlib import Path

import pytest

from benchmarks.errors import ProblemError
from benchmarks.workspace import KEPT_LOG_BYTES, close_work, open_work, take_out


def test_a_file_and_a_folder_are_moved(tmp_path):
    work = open_work(tmp_path)
    (work / "model.onnx").write_bytes(b"model")
    (work / "saved" / "variables").mkdir(parents=True)
    (work / "saved" / "variables" / "data").write_bytes(b"weights")
    (work / "model.onnx").chmod(0o000)
    (work / "saved" / "variables" / "data").chmod(0o4777)
    take_out(work / "model.onnx", tmp_path / "model.onnx")
    take_out(work / "saved", tmp_path / "saved")
    assert (tmp_path / "model.onnx").stat().st_mode & 0o7777 == 0o600
    assert (tmp_path / "saved" / "variables" / "data").stat().st_mode & 0o7777 == 0o600
    assert (tmp_path / "model.onnx").read_bytes() == b"model"
    assert (tmp_path / "saved" / "variables" / "data").read_bytes() == b"weights"
    assert list(work.iterdir()) == []


def link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def second_name(path: Path) -> None:
    (path.parent / "first").write_text("x")
    os.link(path.parent / "first", path)


def linked_inside(path: Path) -> None:
    path.mkdir()
    (path / "inside").symlink_to("/etc/passwd")


@pytest.mark.parametrize("make", [link, os.mkfifo, second_name, linked_inside, lambda path: None])
def test_anything_odd_stays(tmp_path, make):
    work = open_work(tmp_path)
    make(work / "model.onnx")
    with pytest.raises(ProblemError) as caught:
        take_out(work / "model.onnx", tmp_path / "model.onnx")
    assert caught.value.problem.kind == "odd-artifact"
    assert not (tmp_path / "model.onnx").exists()


def test_the_end_of_the_log_is_kept_and_the_rest_goes(tmp_path):
    work = open_work(tmp_path)
    (work / "log.txt").write_bytes(b"a" * KEPT_LOG_BYTES + b"the end")
    (work / "other").write_text("x")
    close_work(tmp_path)
    assert (tmp_path / "log.txt").stat().st_size == KEPT_LOG_BYTES
    assert (tmp_path / "log.txt").read_bytes().endswith(b"the end")
    assert not work.exists()


def test_a_log_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_text("hunter2")
    (open_work(tmp_path) / "log.txt").symlink_to(tmp_path / "secret")
    close_work(tmp_path)
    assert not (tmp_path / "log.txt").exists()
    assert (tmp_path / "secret").read_text() == "hunter2"


def test_a_file_of_holes_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMAT_ADVISOR_STEP_DISK_MB", "5")
    work = open_work(tmp_path)
    (work / "saved").mkdir()
    with open(work / "saved" / "data", "wb") as file:
        file.truncate(6_000_000)
    with pytest.raises(ProblemError) as caught:
        take_out(work / "saved", tmp_path / "saved")
    assert caught.value.problem.kind == "odd-artifact"
