"""Every way an archive can hurt that we know of; whatever it is, nothing stays behind."""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from benchmarks.errors import ProblemError
from benchmarks.inspection import archive, describe, unpack

GRAPH = b"\x08\x01\x12\x00"


@pytest.mark.parametrize("name", ["image.zip", "image.tar.gz"])
def test_unpacks_what_was_packed(tmp_path, saved_models, name):
    folder = unpack(saved_models / name, tmp_path)
    original = saved_models / "image"
    for file in original.rglob("*"):
        copy = folder / file.relative_to(original)
        assert copy.is_dir() if file.is_dir() else copy.read_bytes() == file.read_bytes()
    assert describe(folder).sha256 == describe(original).sha256
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["image", "scripted.pt", "image.keras"])
def test_anything_else_stays_where_it_is(tmp_path, saved_models, torch_models, keras_models, name):
    assert unpack(saved_models / name, tmp_path) == saved_models / name
    assert not list(tmp_path.iterdir())


def zipped(path: Path, *entries: tuple[str, bytes], **attributes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("m/saved_model.pb", GRAPH)
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(info, key, value)
            target.writestr(info, data)
    return path


def tarred(path: Path, *entries: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as target:
        graph = tarfile.TarInfo("m/saved_model.pb")
        graph.size = len(GRAPH)
        target.addfile(graph, io.BytesIO(GRAPH))
        for entry in entries:
            target.addfile(entry, io.BytesIO(bytes(entry.size)))
    return path


def tar_entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = kind, link, size
    return entry


NAMES = ["../evil", "m/../../evil", "/etc/evil", "m\\..\\evil", "C:evil", "m/a\x01b"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_point_outside(tmp_path, name):
    check_refused(tmp_path, zipped(tmp_path / "a.zip", (name, b"x")), "unsafe-name")
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", tar_entry(name)), "unsafe-name")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_special_files_in_a_zip(tmp_path, mode):
    path = zipped(tmp_path / "a.zip", ("m/link", b"/etc/passwd"), external_attr=(mode | 0o777) << 16)
    check_refused(tmp_path, path, "special-file")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, b"S"]
)
def test_special_files_in_a_tar(tmp_path, kind):
    path = tarred(tmp_path / "a.tgz", tar_entry("m/variables", kind, "m/saved_model.pb"))
    check_refused(tmp_path, path, "special-file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicates_and_files_that_are_folders(tmp_path):
    for names in (["m/a", "m/a"], ["m/a", "m/./a"], ["m/a", "m/a/b"], ["m/a/b", "m/a"]):
        entries = [(name, b"x") for name in names]
        check_refused(tmp_path, zipped(tmp_path / "a.zip", *entries), "duplicate-names")
        check_refused(tmp_path, tarred(tmp_path / "a.tgz", *map(tar_entry, names)), "duplicate-names")


def test_encrypted(tmp_path):
    path = zipped(tmp_path / "a.zip", ("m/a", b"x"))
    data = bytearray(path.read_bytes())
    central = data.rfind(b"PK\x01\x02")
    data[central + 8] |= 1
    path.write_bytes(data)
    check_refused(tmp_path, path, "encrypted")


def test_bombs(tmp_path):
    zeros = bytes(archive.RATIO_FREE_BYTES + 2**20)
    check_refused(tmp_path, zipped(tmp_path / "a.zip", ("m/variables/data", zeros)), "archive-bomb")
    entry = tar_entry("m/variables/data", size=len(zeros))
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", entry), "archive-bomb")


def test_a_bomb_in_an_extended_header(tmp_path):
    header = tar_entry("x", b"x", size=archive.RATIO_FREE_BYTES * 4)
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(header.tobuf() + bytes(10**6)))
    check_refused(tmp_path, path, "special-file")


def test_overlapping_entries(tmp_path):
    path = zipped(tmp_path / "a.zip", *((f"m/{index}", bytes(range(256)) * 9) for index in range(20)))
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:  # every entry claims the whole file
        data[at + 20 : at + 24] = struct.pack("<I", len(data) // 2)
        at = data.find(b"PK\x01\x02", at + 1)
    path.write_bytes(data)
    check_refused(tmp_path, path, "overlapping-entries")


def test_size_lies(tmp_path):
    """The list says 3 bytes, the stream holds 3000; and the other way round."""
    for said in (3, 30_000):
        path = zipped(tmp_path / "a.zip", ("m/assets/words", bytes(3000)))
        data = bytearray(path.read_bytes())
        central = data.rfind(b"PK\x01\x02")
        data[central + 24 : central + 28] = struct.pack("<I", said)
        path.write_bytes(data)
        check_refused(tmp_path, path)


def test_a_broken_checksum_leaves_nothing(tmp_path, saved_models):
    data = bytearray((saved_models / "image.zip").read_bytes())
    with zipfile.ZipFile(saved_models / "image.zip") as source:
        entry = max(source.infolist(), key=lambda entry: entry.compress_size)
    data[entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    check_refused(tmp_path, tmp_path / "a.zip")


def test_too_many_and_too_deep(tmp_path, monkeypatch):
    deep = "m/" + "d/" * archive.MAX_DEPTH + "f"
    check_refused(tmp_path, zipped(tmp_path / "a.zip", (deep, b"")), "too-deep")
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", tar_entry(deep)), "too-deep")
    many = [(f"m/{index}", b"") for index in range(archive.MAX_ENTRIES)]
    check_refused(tmp_path, zipped(tmp_path / "a.zip", *many), "too-many-entries")
    check_refused(
        tmp_path, tarred(tmp_path / "a.tgz", *(tar_entry(name) for name, _ in many)), "too-many-entries"
    )
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1000)
    check_refused(tmp_path, zipped(tmp_path / "a.zip", ("m/a", bytes(1001))), "too-large")


def check_refused(tmp_path: Path, path: Path, kind: str | None = None) -> None:
    into = tmp_path / "into"
    into.mkdir(exist_ok=True)
    with pytest.raises(ProblemError) as refused:
        unpack(path, into)
    assert kind is None or refused.value.problem.kind == kind
    assert not list(into.iterdir())
    assert {entry.name for entry in tmp_path.iterdir()} <= {"into", "a.zip", "a.tgz"}
