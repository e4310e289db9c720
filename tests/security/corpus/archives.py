"""Archives: a SavedModel packed as nobody honest packs one. Each has one fault and is sound otherwise."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.security.corpus.case import Case, Targets

GRAPH = b"\x08\x01\x12\x00"
"""The start of a SavedModel: schema version 1 and an empty graph."""
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
Pack = Callable[[Path, Targets], None]


def zip_of(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, **attributes) -> bytes:
    """A zip of the graph and `entries`, which are given `attributes` of ZipInfo."""
    with zipfile.ZipFile(file := io.BytesIO(), "w", method) as target:
        target.writestr("m/saved_model.pb", GRAPH)
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            for key, value in attributes.items():
                setattr(info, key, value)
            target.writestr(info, data)
    return file.getvalue()


def _patched(data: bytes, magic: bytes, at: int, value: bytes) -> bytes:
    """The last record of that kind with `value` at an offset of it (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16)."""
    start = data.rfind(magic) + at
    return data[:start] + value + data[start + len(value) :]


def _patched_all(data: bytes, magic: bytes, at: int, value: bytes) -> bytes:
    changed, start = bytearray(data), data.find(magic)
    while start >= 0:
        changed[start + at : start + at + len(value)] = value
        start = data.find(magic, start + 1)
    return bytes(changed)


def _named(name: str) -> Pack:
    return lambda path, at: path.write_bytes(zip_of((name, b"x")))


def _special(mode: int, content: bytes = b"/etc/passwd") -> Pack:
    return lambda path, at: path.write_bytes(zip_of(("m/link", content), external_attr=(mode | 0o777) << 16))


def _absolute(path: Path, at: Targets) -> None:
    path.write_bytes(zip_of((f"{at.markers}/absolute", b"x")))


def _slips(path: Path, at: Targets) -> None:
    path.write_bytes(zip_of((f"m/{'../' * 20}{at.markers[1:]}/slip", b"x")))


def _with_nul(path: Path, at: Targets) -> None:
    path.write_bytes(zip_of(("m/aXb", b"x")).replace(b"m/aXb", b"m/a\0b"))


def _not_utf8(path: Path, at: Targets) -> None:
    data = zip_of(("m/a\u00e9b", b"x"))
    path.write_bytes(data.replace("m/a\u00e9b".encode(), b"m/a\xff\xfeb"))


def _bomb(path: Path, at: Targets) -> None:
    """4 GB from 4 MB, of which the first 80 MB are enough to show it."""
    path.write_bytes(zip_of(("m/variables/data", bytes(80 << 20))))


def _many(path: Path, at: Targets) -> None:
    """70,000 empty entries."""
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("m/saved_model.pb", GRAPH)
        for number in range(70_000):
            target.writestr(f"m/{number}", b"")


def _count_lies(path: Path, at: Targets) -> None:
    """30 entries of which the end record counts one."""
    data = zip_of(*((f"m/{number}", b"x") for number in range(30)))
    path.write_bytes(_patched(data, END, 8, struct.pack("<HH", 1, 1)))


def _overlapping(path: Path, at: Targets) -> None:
    """Every entry of the list claims half of the file."""
    data = zip_of(*((f"m/{number}", bytes(range(256)) * 9) for number in range(20)))
    path.write_bytes(_patched_all(data, CENTRAL, 20, struct.pack("<I", len(data) // 2)))


def _one_inside_another(path: Path, at: Targets) -> None:
    """The data of one entry is another entry, header and all: both are sound, and share their bytes."""
    inner = zip_of(("m/b", b"x" * 100), method=zipfile.ZIP_STORED)
    start, end = inner.rfind(LOCAL), inner.find(CENTRAL)
    with zipfile.ZipFile(file := io.BytesIO(), "w") as target:
        target.writestr("m/saved_model.pb", GRAPH)
        target.writestr("m/a", inner[start:end])
        entry = target.getinfo("m/a")
        second = zipfile.ZipInfo("m/b")
        second.header_offset = entry.header_offset + 30 + len("m/a")
        second.CRC, second.compress_size, second.file_size = zlib.crc32(b"x" * 100), 100, 100
        second.date_time, second.external_attr = (1980, 1, 1, 0, 0, 0), 0o600 << 16
        target.filelist.append(second)
    path.write_bytes(file.getvalue())


def _both_headers_lie(path: Path, at: Targets) -> None:
    """Stored, and said to be longer unpacked than packed, in both places."""
    data = zip_of(("m/assets/words", b"x" * 2000), method=zipfile.ZIP_STORED)
    size = struct.pack("<I", 3000)
    path.write_bytes(_patched(_patched(data, CENTRAL, 24, size), LOCAL, 22, size))


def _one_of_several(path: Path, at: Targets) -> None:
    """The second disk of an archive in parts."""
    path.write_bytes(_patched(zip_of(("m/a", b"x")), END, 4, struct.pack("<HH", 1, 1)))


def _same_bytes_twice(path: Path, at: Targets) -> None:
    """Two entries of the list lead to one local header."""
    data = zip_of(("m/a", b"x" * 100), ("m/b", b"x" * 100))
    first = data.find(b"m/a") - 30
    path.write_bytes(_patched(data, CENTRAL, 42, struct.pack("<I", first)))


def _says_size(size: int) -> Pack:
    def pack(path: Path, at: Targets) -> None:
        data = zip_of(("m/assets/words", bytes(range(256)) * 10), method=zipfile.ZIP_STORED)
        path.write_bytes(_patched(data, CENTRAL, 24, struct.pack("<I", size)))

    return pack


def _local_size_lies(path: Path, at: Targets) -> None:
    """The list is right, the header before the data says another size."""
    data = zip_of(("m/assets/words", b"x" * 2000))
    path.write_bytes(_patched(data, LOCAL, 22, struct.pack("<I", 7)))


def _local_name_differs(path: Path, at: Targets) -> None:
    """A reader by the list and a reader by the headers see other files."""
    data = zip_of(("m/assets/words", b"x"))
    start = data.rfind(LOCAL) + 30
    path.write_bytes(data[:start] + b"../../../words"[:14] + data[start + 14 :])


def _duplicate(first: str, second: str) -> Pack:
    return lambda path, at: path.write_bytes(zip_of((first, b"x"), (second, b"y")))


def _encrypted(path: Path, at: Targets) -> None:
    path.write_bytes(_patched(zip_of(("m/a", b"x")), CENTRAL, 8, b"\x01\x00"))


def _unknown_method(path: Path, at: Targets) -> None:
    data = zip_of(("m/a", b"x"))
    path.write_bytes(_patched(_patched(data, CENTRAL, 10, b"\x63\x00"), LOCAL, 8, b"\x63\x00"))


def _prefixed(path: Path, at: Targets) -> None:
    """A shell script with a zip behind it, which zip readers find from the end."""
    path.write_bytes(LOCAL + b"\n#!/bin/sh\ntouch marker\n" + zip_of(("m/a", b"x")))


def _appended(path: Path, at: Targets) -> None:
    path.write_bytes(zip_of(("m/a", b"x")) + b"#!/bin/sh\ntouch marker\n" * 10)


def _in_the_comment(path: Path, at: Targets) -> None:
    """A second archive as the comment of the first: readers disagree on which is meant."""
    outer, inner = zip_of(("m/a", b"x")), zip_of(("m/b", b"x"))
    path.write_bytes(_patched(outer, END, 20, struct.pack("<H", len(inner))) + inner)


def _between(path: Path, at: Targets) -> None:
    """Bytes that no entry owns, before the list of files."""
    data = zip_of(("m/a", b"x"))
    start, junk = data.find(CENTRAL), b"hidden" * 100
    data = data[:start] + junk + data[start:]
    path.write_bytes(_patched(data, END, 16, struct.pack("<I", start + len(junk))))


def zip64_of(data: bytes, count: int = 0, place: int = 0) -> bytes:
    """A zip whose end is a 64-bit one; `count` and `place` are what it says instead of its number of
    entries and of where its 64-bit end record is."""
    end = data.rfind(END)
    here, size, offset = struct.unpack_from("<HII", data, end + 10)
    count = count or here
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, place or end, 1)
    return data[:end] + record + locator + _patched(data[end:], END, 8, b"\xff" * 12)


def _zip64_lies(path: Path, at: Targets) -> None:
    """A 64-bit end record that says 2⁶⁰ entries."""
    path.write_bytes(zip64_of(zip_of(("m/a", b"x")), count=1 << 60))


def _zip64_elsewhere(path: Path, at: Targets) -> None:
    """Beside the 64-bit end record that belongs to the archive another one, in an entry's data, to which the
    locator leads: readers that follow it, as PyTorch's does, see the list of files that is hidden there."""
    carrier = b"m/assets/words"
    before = 30 + len("m/saved_model.pb") + len(GRAPH) + 30 + len(carrier)
    hidden = zip_of(("m/other", b"x"), method=zipfile.ZIP_STORED)
    end = hidden.rfind(END)
    data = zip_of((carrier.decode(), zip64_of(hidden)), method=zipfile.ZIP_STORED)
    path.write_bytes(zip64_of(data, place=before + end))


def _nested(path: Path, at: Targets) -> None:
    inner = zip_of(("m/a", b"x"))
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("model.zip", inner)


def _truncated(path: Path, at: Targets) -> None:
    path.write_bytes(zip_of(("m/a", bytes(range(256)) * 100))[:-30])


def case_of(name: str, pack: Pack, *kinds: str) -> Case:
    format, _, _ = name.partition("-")

    def build(folder: Path, at: Targets) -> Path:
        path = folder / ("model.zip" if format == "zip" else "model.tar.gz")
        pack(path, at)
        return path

    return Case(name, format, "refused", build, kinds)


NAME, SPECIAL, LIES, DIFFERS, COUNT = (
    "unsafe-name",
    "special-file",
    "size-lies",
    "header-differs",
    "entry-count",
)
BROKEN = ("damaged-model", "truncated-model")
CASES = (
    case_of("zip-slips", _slips, NAME),
    case_of("zip-absolute", _absolute, NAME),
    case_of("zip-backslash", _named("m\\..\\..\\evil"), NAME),
    case_of("zip-drive-letter", _named("C:evil"), NAME),
    case_of("zip-control-letter", _named("m/a\x01b"), NAME),
    case_of("zip-nul-in-name", _with_nul, NAME),
    case_of("zip-name-not-utf8", _not_utf8, NAME),
    case_of("zip-too-deep", _named("m/" + "d/" * 40 + "f"), "too-deep"),
    case_of("zip-long-name", _named("m/" + "n" * 5000), "too-deep", NAME),
    case_of("zip-symbolic-link", _special(stat.S_IFLNK), SPECIAL),
    case_of("zip-fifo", _special(stat.S_IFIFO, b""), SPECIAL),
    case_of("zip-device", _special(stat.S_IFCHR, b""), SPECIAL),
    case_of("zip-socket", _special(stat.S_IFSOCK, b""), SPECIAL),
    case_of("zip-bomb", _bomb, "archive-bomb"),
    case_of("zip-70000-entries", _many, "too-many-entries"),
    case_of("zip-count-lies", _count_lies, COUNT),
    case_of("zip-overlapping", _overlapping, "overlapping-entries", *BROKEN),
    case_of("zip-one-inside-another", _one_inside_another, "overlapping-entries"),
    case_of("zip-same-bytes-twice", _same_bytes_twice, "overlapping-entries", DIFFERS),
    case_of("zip-longer-than-said", _says_size(3), DIFFERS),
    case_of("zip-shorter-than-said", _says_size(30_000), DIFFERS),
    case_of("zip-both-headers-lie", _both_headers_lie, LIES),
    case_of("zip-header-size-lies", _local_size_lies, DIFFERS),
    case_of("zip-header-name-differs", _local_name_differs, DIFFERS),
    case_of("zip-duplicate", _duplicate("m/a", "m/a"), "duplicate-names"),
    case_of("zip-duplicate-by-case", _duplicate("m/assets", "m/ASSETS"), "duplicate-names"),
    case_of("zip-file-and-folder", _duplicate("m/a", "m/a/b"), "duplicate-names"),
    case_of("zip-encrypted", _encrypted, "encrypted"),
    case_of("zip-one-of-several", _one_of_several, "split-archive"),
    case_of("zip-unknown-method", _unknown_method, "unsupported-compression"),
    case_of("zip-script-before", _prefixed, "polyglot"),
    case_of("zip-script-behind", _appended, "polyglot"),
    case_of("zip-archive-in-comment", _in_the_comment, "polyglot", *BROKEN),
    case_of("zip-bytes-between", _between, "polyglot"),
    case_of("zip-64-bit-lies", _zip64_lies, COUNT),
    case_of("zip-64-bit-end-elsewhere", _zip64_elsewhere, *BROKEN),
    case_of("zip-in-a-zip", _nested, "nested-archive"),
    case_of("zip-truncated", _truncated, *BROKEN),
)
