"""Zip and tar files as hostile input: what is listed, read and unpacked.

Nothing of an archive is used before it passed `archive_rules`; an archive within an archive is not opened.
"""

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from benchmarks.inspection import tar, zip_directory
from benchmarks.inspection.archive_rules import FOLDER, RULES, Listing, check, zip_entry_type
from benchmarks.inspection.damage import Damaged, Truncated
from benchmarks.inspection.zip_directory import ZipEntry

__all__ = ["GZIP_MAGIC", "RULES", "ZIP_MAGICS", "Listing", "Zip", "extract", "is_tar", "tar_files"]

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_CHUNK = 2**20

Read = Callable[[int], bytes]
Files = Iterator[tuple[str, int, bool, Read]]
"""Name, size, is a folder, and `read(n)` for the next n bytes at most."""


class Zip:
    """A zip in `data`, checked. `listing` names its files; nothing is unpacked until it is asked for.
    `most_bytes`: of the zip's list of files."""

    def __init__(self, data: memoryview, most_bytes: int = zip_directory.MAX_DIRECTORY_BYTES):
        self._data = data
        self.listing = Listing(len(data))
        try:
            directory = zip_directory.read(data, most_bytes)
        except zip_directory.TooLong:
            check("too-many-entries", self.listing.most_entries + 1, self.listing.most_entries)
            raise
        check("entry-count", directory)
        check("split-archive", directory)
        check("overlapping-entries", directory)
        self._entries: dict[str, ZipEntry] = {}
        for entry in directory.entries:
            raw = entry.central.name.decode("utf-8", "surrogateescape")
            check("encrypted", entry, raw)
            check("unsupported-compression", entry, raw)
            check("header-differs", entry, raw)
            if entry.central.method == zip_directory.STORED:
                check("size-lies", raw, entry.central.size, entry.central.packed)
            what = zip_entry_type(entry, raw)
            name = self.listing.add(raw, entry.central.size, what)
            if what != FOLDER:
                self._entries[name] = entry
        check("polyglot", directory, bytes(data[: tar.BLOCK]))

    def view(self, name: str, most: int) -> memoryview:
        """A file's bytes where they lie, or unpacked where they are compressed and no more than `most`.
        Raises `Damaged` for more, and for compressed bytes that do not give what was announced."""
        entry = self._entries[name]
        if entry.central.method == zip_directory.STORED:
            return self._data[entry.data_at : entry.data_end]
        if entry.central.size > most:
            raise Damaged(f"has a compressed file of more than {most // 2**20} MiB inside")
        read = self._reader(name, entry)
        return memoryview(b"".join(iter(lambda: read(_CHUNK), b"")))

    def beginning(self, name: str, most: int) -> bytes:
        """The first `most` bytes of a file; no more than needed is unpacked."""
        read, data = self._reader(name, self._entries[name]), b""
        while len(data) < most and (piece := read(_CHUNK)):
            data += piece
        return data[:most]

    def files(self) -> Files:
        for folder in sorted(self.listing.folders):
            yield folder, 0, True, lambda _count: b""
        for name, entry in self._entries.items():
            yield name, entry.central.size, False, self._reader(name, entry)

    def _reader(self, name: str, entry: ZipEntry) -> Read:
        packed = self._data[entry.data_at : entry.data_end]
        if entry.central.method == zip_directory.STORED:
            parts = (bytes(packed[at : at + _CHUNK]) for at in range(0, len(packed), _CHUNK))
        else:
            parts = _inflated(packed, entry.central.size, name)
        return _checked(parts, entry.central.crc)


def _inflated(packed: memoryview, size: int, name: str) -> Iterator[bytes]:
    """Stops one byte past the announced `size`."""
    stream, left, at = zlib.decompressobj(-zlib.MAX_WBITS), size, 0
    feed = b""
    while not stream.eof:
        if not feed and at < len(packed):
            feed = bytes(packed[at : at + _CHUNK])
            at += len(feed)
        data = stream.decompress(feed, min(_CHUNK, left + 1))
        feed = stream.unconsumed_tail
        if not data and not feed and at >= len(packed) and not stream.eof:
            raise Truncated("ends in the middle of a compressed file")
        if len(data) > left:
            check("size-lies", name, size, size + 1)
        left = max(0, left - len(data))
        yield data
    check("size-lies", name, size, size - left)
    unused = len(stream.unused_data) + len(feed) + len(packed) - at
    check("size-lies", name, len(packed) - unused, len(packed))


def _checked(parts: Iterator[bytes], crc: int) -> Read:
    """A `read` over `parts`; raises `Damaged` at their end where the checksum is another one."""
    found = 0

    def read(_count: int) -> bytes:
        nonlocal found
        for part in parts:
            if part:
                found = zlib.crc32(part, found)
                return part
        if found != crc:
            raise Damaged("has a file whose checksum is wrong")
        return b""

    return read


class _Counted:
    """A read-only stream that refuses to give more than a bomb's share."""

    def __init__(self, stream: BinaryIO, listing: Listing):
        self._stream, self._listing, self._total = stream, listing, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._total += len(data)
        self._listing.check_total(self._total)
        return data


def is_tar(path: Path) -> bool:
    """Whether the file at `path` is a tar, compressed with gzip or not."""
    with path.open("rb") as file:
        head = file.read(tar.BLOCK)
    if head.startswith(GZIP_MAGIC):
        with gzip.open(path) as file:
            head = file.read(tar.BLOCK)
    return tar.looks_like_tar(head)


def tar_files(path: Path, listing: Listing) -> Files:
    """The members of the tar or tar.gz at `path` in order; what is not read of one is skipped."""
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        stream = _Counted(gzip.GzipFile(fileobj=file) if compressed else file, listing)
        for member in tar.members(stream):
            name = listing.add(member.name, member.size, member.what)
            left = member.size

            def read(count: int) -> bytes:
                nonlocal left
                count = min(count, left, _CHUNK)
                data = stream.read(count)
                if len(data) < count:
                    raise Truncated("ends in the middle of a file")
                left -= count
                return data

            yield name, member.size, member.what == FOLDER, read
            while left:
                read(_CHUNK)
            tar.skip_padding(stream, member.size)
        rest = stream.read(tar.MAX_PADDING + 1)
        check("bytes-after-end", len(rest) > tar.MAX_PADDING or rest.count(0) < len(rest))


def extract(files: Files, into: Path) -> None:
    """Writes regular files and folders below `into`, an empty folder of our own. Raises what the reading
    of `files` raises; the caller removes `into`."""
    for name, size, is_folder, read in files:
        target = into / name
        if is_folder:
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        written = 0
        with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
            while data := read(_CHUNK):
                written += len(data)
                file.write(data)
        check("size-lies", name, size, written)
