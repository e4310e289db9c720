"""Every way an archive can hurt that we know of; whatever it is, nothing stays behind."""

import gzip
import io
import shutil
import stat
import struct
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from benchmarks import settings
from benchmarks.errors import ProblemError
from benchmarks.inspection import archive, archive_rules, describe, unpack, zip_directory

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


@pytest.mark.parametrize("name", ["scripted.pt", "exported.pt2", "image.keras", "image.zip"])
def test_agrees_with_the_standard_library(torch_models, keras_models, saved_models, name):
    """Name by name and byte by byte, on what PyTorch, Keras and Python write."""
    path = saved_models / name
    ours = archive.Zip(memoryview(path.read_bytes()))
    with zipfile.ZipFile(path) as theirs:
        sizes = {entry.filename: entry.file_size for entry in theirs.infolist() if not entry.is_dir()}
        assert ours.listing.files == sizes
        for file in sizes:
            assert bytes(ours.view(file, 2**30)) == theirs.read(file)


def test_zips_as_other_packers_write_them(tmp_path):
    """With folders, a comment, a stream whose sizes come after the data, and forced 64-bit sizes."""

    class Stream(io.RawIOBase):
        def __init__(self):
            self.bytes = b""

        def writable(self):
            return True

        def write(self, data):
            self.bytes += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        target.comment = b"packed by hand"
        target.mkdir("m")
        target.writestr("m/saved_model.pb", GRAPH)
        with target.open("m/variables", "w", force_zip64=True) as file:
            file.write(bytes(1000))
        target.writestr("m/ünïcode.txt", b"x")
    packed = archive.Zip(memoryview(stream.bytes))
    assert packed.listing.files == {"m/saved_model.pb": 4, "m/variables": 1000, "m/ünïcode.txt": 1}
    assert bytes(packed.view("m/variables", 2**20)) == bytes(1000)


def zipped(path: Path, *entries: tuple[str, bytes], method=zipfile.ZIP_DEFLATED, **attributes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("m/saved_model.pb", GRAPH)
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            for key, value in attributes.items():
                setattr(info, key, value)
            target.writestr(info, data)
    return path


def tarred(path: Path, *entries: tarfile.TarInfo, mode: str = "w:gz", **options) -> Path:
    with tarfile.open(path, mode, **options) as target:
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


def changed(path: Path, at: int, layout: str, *values: int) -> Path:
    """The file with numbers written over its bytes from `at` on."""
    data = bytearray(path.read_bytes())
    struct.pack_into(layout, data, at, *values)
    path.write_bytes(data)
    return path


def central(path: Path) -> int:
    """Where the directory's last entry begins."""
    return path.read_bytes().rfind(zip_directory.CENTRAL_MAGIC)


def local(path: Path) -> int:
    """Where the header before the last entry's data begins."""
    return path.read_bytes().rfind(zip_directory.LOCAL_MAGIC)


NAMES = [
    "../evil",
    "m/../../evil",
    "/etc/evil",
    "m\\..\\evil",
    "C:evil",
    "m/a\x01b",
    "m//evil",
    "..",
    "m/\x7f",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_point_outside(tmp_path, name):
    check_refused(tmp_path, zipped(tmp_path / "a.zip", (name, b"x")), "unsafe-name")
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", tar_entry(name)), "unsafe-name")


@pytest.mark.parametrize("raw", [b"m/\xff\xfe", b"m/a\0b"])
def test_names_that_are_no_text(tmp_path, raw):
    path = zipped(tmp_path / "a.zip", ("m/" + "n" * (len(raw) - 2), b"x"))
    path.write_bytes(path.read_bytes().replace(b"m/" + b"n" * (len(raw) - 2), raw))
    check_refused(tmp_path, path, "unsafe-name")


def test_a_tar_name_that_is_no_text_or_comes_from_an_extended_header(tmp_path):
    path = tarred(tmp_path / "a.tgz", tar_entry("m/\udcff"), format=tarfile.GNU_FORMAT)
    check_refused(tmp_path, path, "unsafe-name")
    entry = tar_entry("m/harmless")
    entry.pax_headers = {"path": "../evil"}
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", entry, format=tarfile.PAX_FORMAT), "unsafe-name")
    long = tarred(tmp_path / "a.tgz", tar_entry("../" + "n" * 200), format=tarfile.GNU_FORMAT)
    check_refused(tmp_path, long, "unsafe-name")


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (stat.S_IFLNK, "symbolic link"),
        (stat.S_IFIFO, "pipe"),
        (stat.S_IFCHR, "device"),
        (stat.S_IFBLK, "device"),
        (stat.S_IFSOCK, "socket"),
        (stat.S_IFDIR, "neither a file"),
        (0o150000, "neither a file"),
    ],
)
def test_special_files_in_a_zip(tmp_path, mode, words):
    path = zipped(tmp_path / "a.zip", ("m/link", b"/etc/passwd"), external_attr=(mode | 0o777) << 16)
    assert words in check_refused(tmp_path, path, "special-file")


def test_a_folder_with_bytes(tmp_path):
    check_refused(tmp_path, zipped(tmp_path / "a.zip", ("m/folder/", b"bytes")), "special-file")
    folder = tar_entry("m/folder/", size=700)
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", folder), "special-file")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.FIFOTYPE, "pipe"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (b"S", "sparse"),
        (b"M", "special"),
    ],
)
def test_special_files_in_a_tar(tmp_path, kind, words):
    path = tarred(tmp_path / "a.tgz", tar_entry("m/variables", kind, "m/saved_model.pb"))
    assert words in check_refused(tmp_path, path, "special-file")


def test_a_sparse_file_by_extended_header(tmp_path):
    entry = tar_entry("m/variables")
    entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.realsize": str(2**40)}
    path = tarred(tmp_path / "a.tgz", entry, format=tarfile.PAX_FORMAT)
    assert "sparse" in check_refused(tmp_path, path, "special-file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [
        ["m/a", "m/a"],
        ["m/a", "m/./a"],
        ["m/a", "m/a/b"],
        ["m/a/b", "m/a"],
        ["m/SAVED_MODEL.PB"],
        ["m/\u00e9", "m/e\u0301"],
    ],
)
def test_duplicates_and_files_that_are_folders(tmp_path, names):
    entries = [(name, b"x") for name in names]
    check_refused(tmp_path, zipped(tmp_path / "a.zip", *entries), "duplicate-names")
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", *map(tar_entry, names)), "duplicate-names")


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
def test_encrypted(tmp_path, flag):
    path = zipped(tmp_path / "a.zip", ("m/a", b"x"))
    check_refused(tmp_path, changed(path, central(path) + 8, "<H", flag), "encrypted")
    path = zipped(tmp_path / "a.zip", ("m/a", b"x"))
    check_refused(tmp_path, changed(path, local(path) + 6, "<H", flag), "encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions(tmp_path, method):
    path = zipped(tmp_path / "a.zip", ("m/a", b"x"), method=method)
    check_refused(tmp_path, path, "unsupported-compression")


def test_bombs(tmp_path):
    zeros = bytes(archive_rules.RATIO_FREE_BYTES + 2**20)
    check_refused(tmp_path, zipped(tmp_path / "a.zip", ("m/variables/data", zeros)), "archive-bomb")
    entry = tar_entry("m/variables/data", size=len(zeros))
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", entry), "archive-bomb")


def test_a_bomb_that_is_announced_is_refused_before_it_is_unpacked(tmp_path):
    """900 MB from 4 KB, and more from a tar that holds nothing of it."""
    path = zipped(tmp_path / "a.zip", ("m/variables/data", bytes(4 * 10**6)))
    changed(path, central(path) + 24, "<I", 9 * 10**8)
    check_refused(tmp_path, changed(path, local(path) + 22, "<I", 9 * 10**8), "archive-bomb")
    header = tar_entry("m/variables/data", size=2**40).tobuf(tarfile.GNU_FORMAT)
    (tmp_path / "a.tgz").write_bytes(gzip.compress(tar_entry("m").tobuf() + header))
    check_refused(tmp_path, tmp_path / "a.tgz", "too-large")


def test_a_bomb_in_an_extended_header(tmp_path):
    header = tar_entry("x", b"x", size=archive_rules.RATIO_FREE_BYTES * 4)
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(header.tobuf() + bytes(10**6)))
    assert "header of unusual size" in check_refused(tmp_path, path)


def test_overlapping_entries(tmp_path):
    """The second entry's data reach into the third."""
    path = zipped(tmp_path / "a.zip", *((f"m/{index}", bytes(range(256)) * 9) for index in range(3)))
    whole = path.read_bytes()
    at = whole.find(zip_directory.CENTRAL_MAGIC, whole.find(zip_directory.CENTRAL_MAGIC) + 1)
    check_refused(tmp_path, changed(path, at + 20, "<I", len(whole) // 2), "overlapping-entries")


def test_entries_that_share_one_header(tmp_path):
    path = zipped(tmp_path / "a.zip", ("m/a", b"x" * 99), ("m/b", b"x" * 99))
    with zipfile.ZipFile(path) as source:
        first = source.getinfo("m/a").header_offset
    check_refused(tmp_path, changed(path, central(path) + 42, "<I", first), "overlapping-entries")


@pytest.mark.parametrize("said", [3, 2999, 3001, 30_000])
def test_size_lies(tmp_path, said):
    """The list and the header say one thing, the stream gives another."""
    path = zipped(tmp_path / "a.zip", ("m/assets/words", bytes(3000)))
    changed(path, local(path) + 22, "<I", said)
    check_refused(tmp_path, changed(path, central(path) + 24, "<I", said), "size-lies")


def test_a_stored_file_with_two_sizes(tmp_path):
    path = zipped(tmp_path / "a.zip", ("m/assets/words", bytes(3000)), method=zipfile.ZIP_STORED)
    changed(path, local(path) + 22, "<I", 2000)
    check_refused(tmp_path, changed(path, central(path) + 24, "<I", 2000), "size-lies")


def test_bytes_after_the_end_of_a_compressed_file(tmp_path):
    """What is left of a compressed stream would be another file for another reader."""
    packer = zlib.compressobj(wbits=-15)
    data = packer.compress(b"one") + packer.flush()
    path = zipped(tmp_path / "a.zip", ("m/assets/words", data + b"two"), method=zipfile.ZIP_STORED)
    for at in (local(path) + 8, central(path) + 10):
        changed(path, at, "<H", zipfile.ZIP_DEFLATED)
    for at in (local(path) + 14, central(path) + 16):
        changed(path, at, "<I", zlib.crc32(b"one"))
    for at in (local(path) + 22, central(path) + 24):
        changed(path, at, "<I", 3)
    check_refused(tmp_path, path, "size-lies")


def test_64_bit_sizes_that_nobody_asked_for(tmp_path):
    extra = struct.pack("<HHQ", 1, 8, 5)
    path = zipped(tmp_path / "a.zip", ("m/a", b"x" * 100), extra=extra)
    assert "two different things" in check_refused(tmp_path, path)


def test_the_header_before_the_data_tells_another_story(tmp_path):
    stories = [(6 + 2, "<H", 0), (14, "<I", 1), (22, "<I", 7), (30, "<B", ord("n"))]
    for at, layout, value in stories:
        path = zipped(tmp_path / "a.zip", ("m/a", b"x" * 100))
        check_refused(tmp_path, changed(path, local(path) + at, layout, value), "header-differs")


def test_a_second_name_in_an_extra_field(tmp_path):
    name = b"m/evil"
    extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, zlib.crc32(b"m/a")) + name
    check_refused(tmp_path, zipped(tmp_path / "a.zip", ("m/a", b"x"), extra=extra), "header-differs")


def test_two_files_in_one(tmp_path):
    path = zipped(tmp_path / "a.zip", ("m/a", b"x"))
    whole = path.read_bytes()
    start = whole.find(zip_directory.CENTRAL_MAGIC)
    other = zipped(tmp_path / "b.zip", ("m/b", b"y")).read_bytes()
    (tmp_path / "b.zip").unlink()
    stories = {
        "another zip before": other + whole,
        "bytes before the directory": whole[:start] + b"junk" + whole[start:],
        "bytes after the end": whole + bytes(4),
        "another zip after": whole + other,
        "another zip in the comment": whole[:-2] + struct.pack("<H", len(other)) + other,
        "a second end": whole + whole[-22:],
    }
    for story, data in stories.items():
        path.write_bytes(data)
        assert check_refused(tmp_path, path, None), story
    path.write_bytes(stories["another zip before"])
    check_refused(tmp_path, path, "polyglot")
    path.write_bytes(stories["another zip in the comment"])
    check_refused(tmp_path, path, "polyglot")
    path.write_bytes(stories["bytes after the end"])
    check_refused(tmp_path, path, "polyglot")


def test_a_zip_that_is_also_a_tar(tmp_path):
    header = bytearray(tar_entry("x").tobuf())
    path = zipped(tmp_path / "a.zip")
    with zipfile.ZipFile(path, "w") as target:
        info = zipfile.ZipInfo("m/saved_model.pb")
        target.writestr(info, bytes(header)[30 + len(info.filename) :])
    data = bytearray(path.read_bytes())
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    crc = zlib.crc32(data[30 + len(info.filename) : 512])
    path.write_bytes(data)
    changed(path, 14, "<I", crc)
    checksum = bytearray(path.read_bytes())
    checksum[148:156] = b" " * 8
    assert not archive.tar.looks_like_tar(bytes(checksum[:512]))
    for _ in range(50):  # the tar's checksum and the zip's are inside one another
        data = bytearray(path.read_bytes())
        data[148:156] = b" " * 8
        data[148:156] = b"%06o\0 " % sum(data[:512])
        struct.pack_into("<I", data, 14, zlib.crc32(data[30 + len(info.filename) : 512]))
        struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 16, zlib.crc32(data[46:512]))
        path.write_bytes(data)
        if archive.tar.looks_like_tar(bytes(data[:512])):
            break
    check_refused(tmp_path, path, "polyglot")


def test_a_tar_after_a_tar(tmp_path):
    one = tarred(tmp_path / "a.tgz", mode="w").read_bytes()
    (tmp_path / "a.tgz").write_bytes(gzip.compress(one + one))
    check_refused(tmp_path, tmp_path / "a.tgz", "bytes-after-end")


def test_zeros_after_the_end_of_a_tar(tmp_path):
    """As many as a packer may leave there; of a thousand times as many no more is unpacked than tells it."""
    one = tarred(tmp_path / "a.tgz", mode="w").read_bytes().rstrip(b"\0")
    end = bytes(-len(one) % archive.tar.BLOCK + archive.tar.BLOCK)
    (tmp_path / "a.tgz").write_bytes(gzip.compress(one + end + bytes(archive.tar.MAX_PADDING)))
    (tmp_path / "sound").mkdir()
    unpack(tmp_path / "a.tgz", tmp_path / "sound")
    shutil.rmtree(tmp_path / "sound")
    many = gzip.compress(bytes(2**30), 1)
    (tmp_path / "a.tgz").write_bytes(gzip.compress(one + end) + many)
    start = time.process_time()
    check_refused(tmp_path, tmp_path / "a.tgz", "bytes-after-end")
    assert time.process_time() - start < 2


def test_a_list_that_does_not_say_how_long_it_is(tmp_path):
    path = zipped(tmp_path / "a.zip", *((f"m/{index}", b"") for index in range(20)))
    end = path.read_bytes().rfind(zip_directory.END_MAGIC)
    check_refused(tmp_path, changed(path, end + 8, "<HH", 1, 1), "entry-count")
    changed(path, end + 8, "<HH", 21, 21)
    check_refused(tmp_path, changed(path, end + 4, "<HH", 1, 1), "split-archive")


def test_a_broken_checksum_leaves_nothing(tmp_path, saved_models):
    data = bytearray((saved_models / "image.zip").read_bytes())
    with zipfile.ZipFile(saved_models / "image.zip") as source:
        entry = max(source.infolist(), key=lambda entry: entry.compress_size)
    data[entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    check_refused(tmp_path, tmp_path / "a.zip")


def test_too_many_and_too_deep(tmp_path, monkeypatch):
    deep = "m/" + "d/" * int(settings.ARCHIVE_DEPTH.value()) + "f"
    check_refused(tmp_path, zipped(tmp_path / "a.zip", (deep, b"")), "too-deep")
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", tar_entry(deep)), "too-deep")
    many = [(f"m/{index}", b"") for index in range(70_000)]
    check_refused(tmp_path, zipped(tmp_path / "a.zip", *many), "too-many-entries")
    long = [("m/" + "n" * 90 + str(index), b"") for index in range(40_000)]  # over 4 MiB of names
    check_refused(tmp_path, zipped(tmp_path / "a.zip", *long), "too-many-entries")
    some = [tar_entry(name) for name, _ in many[:20_000]]
    check_refused(tmp_path, tarred(tmp_path / "a.tgz", *some), "too-many-entries")


def test_the_caps_are_settings(tmp_path, monkeypatch):
    path = zipped(tmp_path / "a.zip", ("m/a/b", bytes(2001)))
    assert archive.Zip(memoryview(path.read_bytes())).listing.files["m/a/b"] == 2001
    for setting, value, kind in (
        (settings.ARCHIVE_TOTAL_MB, "0.002", "too-large"),
        (settings.ARCHIVE_ENTRIES, "1", "too-many-entries"),
        (settings.ARCHIVE_DEPTH, "1", "too-deep"),
    ):
        with monkeypatch.context() as context:
            context.setenv(setting.variable, value)
            check_refused(tmp_path, path, kind)
    monkeypatch.setattr(archive_rules, "RATIO_FREE_BYTES", 1000)
    assert describe_listing(path)
    monkeypatch.setenv(settings.ARCHIVE_RATIO.variable, "2")
    check_refused(tmp_path, path, "archive-bomb")


def describe_listing(path: Path) -> dict[str, int]:
    return archive.Zip(memoryview(path.read_bytes())).listing.files


def check_refused(tmp_path: Path, path: Path, kind: str | None = None) -> str:
    into = tmp_path / "into"
    into.mkdir(exist_ok=True)
    with pytest.raises(ProblemError) as refused:
        unpack(path, into)
    problem = refused.value.problem
    assert kind is None or problem.kind == kind
    assert problem.message.endswith(".") and problem.next_step.endswith(".")
    assert not list(into.iterdir())
    assert {entry.name for entry in tmp_path.iterdir()} <= {"into", "a.zip", "a.tgz"}
    return problem.message
