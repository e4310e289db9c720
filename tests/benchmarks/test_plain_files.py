"""Files that are what they seem, in folders that are not."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from benchmarks import plain_files
from tests.web_server import ROOT

DEPTH = 3000


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("secret")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


def plant(kind: str, path: Path, secret: Path) -> None:
    if kind == "link":
        path.symlink_to(secret)
    elif kind == "hard link":
        os.link(secret, path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "dangling link":
        path.symlink_to(secret.with_name("new"))


PLANTED = ["link", "hard link", "pipe", "folder", "dangling link"]


@pytest.mark.parametrize("kind", [*PLANTED, "nothing"])
def test_only_a_plain_file_is_read(folder: Path, secret: Path, kind: str) -> None:
    plant(kind, folder / "state.json", secret)
    assert plain_files.read(folder / "state.json", 100) is None
    with pytest.raises(OSError):
        plain_files.open_below(folder, "state.json")


def test_a_file_is_read_up_to_the_limit(folder: Path) -> None:
    (folder / "file").write_bytes(b"12345")
    assert plain_files.read(folder / "file", 5) == b"12345"
    assert plain_files.read(folder / "file", 4) is None


def test_a_link_among_the_folders_above_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("secret")
    (folder / "inner").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        plain_files.open_below(folder, "inner", "file")
    (folder / "inner").unlink()
    (folder / "inner").mkdir()
    (folder / "inner" / "file").write_text("ours")
    with plain_files.open_below(folder, "inner", "file") as file:
        assert file.read() == b"ours"


@pytest.mark.parametrize("names", [("..", "secret"), ("",), ("folder/../secret",), (".",), ("..",)])
def test_a_name_is_one_name(folder: Path, secret: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(OSError):
        plain_files.open_below(folder, *names)


@pytest.mark.parametrize("kind", ["link", "hard link", "dangling link", "nothing"])
def test_writing_replaces_what_has_the_name_and_never_writes_through_it(
    folder: Path, secret: Path, kind: str
) -> None:
    plant(kind, folder / "state.json", secret)
    plain_files.write(folder / "state.json", b"ours")
    assert not (folder / "state.json").is_symlink()
    assert (folder / "state.json").read_bytes() == b"ours"
    assert secret.read_text() == "secret"
    assert sorted(path.name for path in secret.parent.iterdir()) == ["folder", "secret"]
    assert [path.name for path in folder.iterdir()] == ["state.json"]


def test_a_new_file_is_new(folder: Path, secret: Path) -> None:
    for kind in PLANTED:
        path = folder / kind
        plant(kind, path, secret)
        with pytest.raises(FileExistsError):
            plain_files.create(path)


@pytest.mark.parametrize("kind", PLANTED)
def test_a_zip_holds_plain_files_or_is_not_made(folder: Path, secret: Path, kind: str) -> None:
    (folder / "model").mkdir()
    (folder / "model" / "graph").write_text("graph")
    plant(kind, folder / "model" / "odd", secret)
    target = folder / "model.zip"
    if kind == "folder":
        plain_files.zip_folder(folder, "model", target=target)
        with zipfile.ZipFile(target) as made:
            assert sorted(made.namelist()) == ["model/graph", "model/odd/"]
        assert plain_files.is_plain(folder / "model")
        return
    with pytest.raises(OSError):
        plain_files.zip_folder(folder, "model", target=target)
    assert not plain_files.is_plain(folder / "model")
    assert sorted(path.name for path in folder.iterdir()) == ["model"]


def test_a_folder_of_any_depth_is_removed_and_links_lead_nowhere(folder: Path, secret: Path) -> None:
    (folder / "link").symlink_to(secret.parent)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    os.link(secret, folder / "second name")
    opened = os.open(folder, os.O_RDONLY)
    for _ in range(DEPTH):
        os.mkdir("d" * 200, dir_fd=opened)
        below = os.open("d" * 200, os.O_RDONLY, dir_fd=opened)
        os.close(opened)
        opened = below
    os.close(opened)
    plain_files.remove(folder)
    assert not folder.exists()
    assert secret.read_text() == "secret"
    plain_files.remove(folder)  # is gone already


AS_NOBODY = """
import os, tempfile
from pathlib import Path
from benchmarks import plain_files
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
with tempfile.TemporaryDirectory() as own:
    folder = Path(own, "folder")
    (folder / "closed" / "inner").mkdir(parents=True)
    (folder / "closed" / "inner" / "file").touch()
    for path in (folder / "closed" / "inner", folder / "closed", folder):
        path.chmod(0)
    plain_files.remove(folder)
    assert not os.path.lexists(folder)
"""


def test_a_folder_without_permissions_is_removed() -> None:
    """In a process that is not root, which needs none."""
    done = subprocess.run([sys.executable, "-c", AS_NOBODY], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_sizes_are_summed_without_following_a_link(folder: Path, secret: Path) -> None:
    secret.write_bytes(bytes(5000))
    (folder / "a").write_bytes(bytes(100))
    (folder / "b").mkdir()
    (folder / "b" / "c").write_bytes(bytes(20))
    (folder / "b" / "link").symlink_to(secret)
    assert 120 <= plain_files.size_bytes(folder) < 1000
    assert plain_files.size_bytes(folder / "missing") == 0
