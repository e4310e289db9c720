"""Zip and tar files as hostile input: what is listed, what is read and what is refused.

Every archive passes `listed` names and totals before a byte of it is used. Caps are constants here.
"""

import gzip
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from benchmarks.inspection import tar
from benchmarks.inspection.damage import Damaged, Truncated, quoted, refusal

MAX_ENTRIES = 20_000
MAX_DIRECTORY_BYTES = 8 * 2**20
"""Of a zip's list of files; 20,000 entries of usual length fit."""
MAX_TOTAL_BYTES = 8 * 2**30
MAX_RATIO = 200
"""Unpacked to packed; weights hardly compress, an archive bomb does a thousandfold."""
RATIO_FREE_BYTES = 64 * 2**20
"""Below this unpacked size the ratio is not looked at: freshly initialised weights compress well."""
MAX_DEPTH = 20
MAX_NAME_BYTES = 1024

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_END_RECORD, _END_RECORD_SIZE, _MAX_COMMENT = b"PK\x05\x06", 22, 65_535
_ZIP64_LOCATOR, _ZIP64_LOCATOR_SIZE, _ZIP64_END = b"PK\x06\x07", 20, b"PK\x06\x06"
_REPACK = "Pack the model folder again with zip or tar, with plain files and folders only."


def _unsafe(kind: str, message: str) -> Exception:
    return refusal(kind, message, _REPACK, stage="unpack")


class Listing:
    """Names and sizes of an archive's files as they are met; refuses what no model needs."""

    def __init__(self, packed_bytes: int):
        self.files: dict[str, int] = {}
        self.folders: set[str] = set()
        self._packed, self._entries, self._total = packed_bytes, 0, 0

    def add(self, raw_name: str, size: int, is_folder: bool) -> str:
        """Takes up one entry and returns its name as a plain relative path ("" for the top folder)."""
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise _unsafe("too-many-entries", f"The archive has more than {MAX_ENTRIES:,} entries.")
        name = safe_name(raw_name)
        self._total += size
        check_total(self._total, self._packed)
        parents = [name[:at] for at, letter in enumerate(name) if letter == "/"]
        taken = name in self.files or (name in self.folders and not is_folder)
        if taken or not self.files.keys().isdisjoint(parents):
            raise _unsafe("duplicate-names", f"The archive has two entries named {quoted(name)}.")
        self.folders.update(parents)
        if is_folder:
            self.folders.add(name)
        elif not name:
            raise _unsafe("unsafe-name", "The archive has a file without a name.")
        else:
            self.files[name] = size
        return name


def check_total(unpacked: int, packed: int) -> None:
    """Refuses sizes that only an archive bomb has."""
    if unpacked > MAX_TOTAL_BYTES:
        limit = MAX_TOTAL_BYTES // 2**30
        raise _unsafe("too-large", f"The archive unpacks to more than {limit} GiB.")
    if unpacked > max(RATIO_FREE_BYTES, MAX_RATIO * packed):
        raise _unsafe("archive-bomb", f"The archive unpacks to more than {MAX_RATIO} times its size.")


def safe_name(raw: str) -> str:
    """`raw` as a plain relative path, without "./" and a trailing slash. Refuses every other way out."""
    parts = [part for part in raw.rstrip("/").split("/") if part != "."]
    if (
        raw.startswith("/")
        or ".." in parts
        or ("" in parts and len(parts) > 1)
        or "\\" in raw
        or raw[1:2] == ":"
        or any(ord(letter) < 32 for letter in raw)
    ):
        raise _unsafe("unsafe-name", f"The archive has an entry that points outside of it: {quoted(raw)}.")
    if len(parts) > MAX_DEPTH or len(raw.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise _unsafe(
            "too-deep", f"The archive has an entry nested too deep or named too long: {quoted(raw)}."
        )
    return "/".join(parts)


def open_zip(path: Path) -> tuple[zipfile.ZipFile, Listing]:
    """The zip at `path` and its checked listing. The names in the listing are those of its entries."""
    size = path.stat().st_size
    _check_directory(path, size)
    archive = zipfile.ZipFile(path)
    try:
        listing = Listing(size)
        compressed = 0
        for entry in archive.infolist():
            mode = entry.external_attr >> 16
            if mode & 0o170000 not in (0, 0o100000, 0o040000):
                raise _unsafe(
                    "special-file", f"The archive has a link or a device: {quoted(entry.filename)}."
                )
            if entry.flag_bits & 0x1:
                raise _unsafe("encrypted", "The archive is encrypted.")
            compressed += entry.compress_size
            entry.filename = listing.add(entry.filename, entry.file_size, entry.is_dir())
        if compressed > size:
            raise _unsafe("overlapping-entries", "The archive's entries overlap, as in an archive bomb.")
        archive.NameToInfo = {entry.filename: entry for entry in archive.infolist()}
        return archive, listing
    except BaseException:
        archive.close()
        raise


def _check_directory(path: Path, size: int) -> None:
    """Bounds the list of files before the standard library reads it whole."""
    with path.open("rb") as file:
        start = max(0, size - _END_RECORD_SIZE - _MAX_COMMENT)
        file.seek(start)
        tail = file.read(_END_RECORD_SIZE + _MAX_COMMENT)
        at = tail.rfind(_END_RECORD)
        if at < 0 or at + _END_RECORD_SIZE > len(tail):
            raise Truncated("ends before its list of files")
        directory_size = struct.unpack_from("<I", tail, at + 12)[0]
        locator = start + at - _ZIP64_LOCATOR_SIZE
        if locator >= 0:
            file.seek(locator)
            record = file.read(_ZIP64_LOCATOR_SIZE)
            if record[:4] == _ZIP64_LOCATOR:
                file.seek(min(struct.unpack_from("<Q", record, 8)[0], size))
                end = file.read(56)
                if len(end) < 56 or end[:4] != _ZIP64_END:
                    raise Truncated("has a broken list of files")
                directory_size = struct.unpack_from("<Q", end, 40)[0]
    if directory_size > size:
        raise Truncated("has a list of files larger than itself")
    if directory_size > MAX_DIRECTORY_BYTES:
        raise _unsafe("too-many-entries", f"The archive has more than {MAX_ENTRIES:,} entries.")


class _Counted:
    """A read-only stream that refuses to give more than a bomb's share."""

    def __init__(self, stream: BinaryIO, packed_bytes: int):
        self._stream, self._packed, self._total = stream, packed_bytes, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._total += len(data)
        check_total(self._total, self._packed)
        return data


Read = Callable[[int], bytes]


def is_tar(path: Path) -> bool:
    """Whether the file at `path` is a tar, compressed with gzip or not."""
    with path.open("rb") as file:
        head = file.read(tar.BLOCK)
    if head.startswith(GZIP_MAGIC):
        with gzip.open(path) as file:
            head = file.read(tar.BLOCK)
    return tar.looks_like_tar(head)


def tar_files(path: Path, listing: Listing) -> Iterator[tuple[str, int, bool, Read]]:
    """The members of the tar or tar.gz at `path` in order: (name, size, is a folder, read).

    `read(n)` gives the next n bytes of the member at most; what is not read is skipped.
    """
    packed = path.stat().st_size
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        stream = _Counted(gzip.GzipFile(fileobj=file) if compressed else file, packed)
        try:
            for member in tar.members(stream):
                name = listing.add(member.name, member.size, member.is_folder)
                left = member.size

                def read(count: int) -> bytes:
                    nonlocal left
                    count = min(count, left)
                    data = stream.read(count)
                    if len(data) < count:
                        raise Truncated("ends in the middle of a file")
                    left -= count
                    return data

                yield name, member.size, member.is_folder, read
                while left:
                    read(2**20)
                tar.skip_padding(stream, member.size)
        except tar.Unsafe as unsafe:
            raise _unsafe("special-file", f"The archive {unsafe}.") from unsafe


def zip_files(path: Path) -> Iterator[tuple[str, int, bool, Read]]:
    """The entries of the zip at `path`, as `tar_files` gives a tar's."""
    archive, listing = open_zip(path)
    with archive:
        for entry in archive.infolist():
            if entry.filename in listing.folders:
                yield entry.filename, 0, True, lambda _count: b""
                continue
            with archive.open(entry) as file:
                yield entry.filename, entry.file_size, False, file.read


def extract(files: Iterator[tuple[str, int, bool, Read]], into: Path) -> None:
    """Writes regular files and folders below `into`, an empty folder of our own.

    Raises `Damaged` where a file is shorter or longer than announced; the caller removes `into`.
    """
    for name, size, is_folder, read in files:
        target = into / name
        if is_folder:
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        written = 0
        with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
            while data := read(2**20):
                written += len(data)
                if written > size:
                    raise Damaged("has a file that is longer than announced")
                file.write(data)
        if written != size:
            raise Truncated("has a file that is shorter than announced")
