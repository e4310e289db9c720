"""What a zip says of its entries, read twice: in its directory and in the header before each entry.

Our own reader because an uploaded zip is hostile until shown otherwise. PyTorch reads zips with miniz and
Keras with Python's zipfile; where the two copies differ, or bytes lie between the entries, two readers may
see two different models. This one keeps both copies and every byte that nothing explains; what to
refuse of it is for `archive_rules`. Format: APPNOTE.TXT 6.3.10, pkware.com.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.inspection.damage import Damaged, Truncated

STORED, DEFLATED = 0, 8
ENCRYPTED = 0x0001 | 0x0040 | 0x2000
"""Bits of `flags`: the data, strongly, or the directory is encrypted."""
HAS_DESCRIPTOR = 0x0008
MAX_DIRECTORY_BYTES = 4 * 2**20
"""Of the list of files; 20,000 entries of usual length fit."""
LOCAL_MAGIC, DESCRIPTOR_MAGIC, CENTRAL_MAGIC = b"PK\x03\x04", b"PK\x07\x08", b"PK\x01\x02"
END_MAGIC, ZIP64_END_MAGIC, ZIP64_LOCATOR_MAGIC = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LOCAL, _CENTRAL = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I")
_END, _ZIP64_END = struct.Struct("<4s4H2IH"), struct.Struct("<4sQ2H2I4Q")
_ZIP64_LOCATOR = struct.Struct("<4sIQI")
_MAX_COMMENT = 65_535
_FULL_2, _FULL_4 = 0xFFFF, 0xFFFFFFFF
"""A field that is full has its value in a zip64 record."""
_ZIP64_EXTRA, _UNICODE_PATH = 0x0001, 0x7075


class TooLong(Damaged):
    """The list of files is longer than any that is read here."""


@dataclass(frozen=True, slots=True)
class Header:
    """One of the two descriptions of an entry. `size` and `packed` are bytes before and after
    compression; `crc` is that of the unpacked bytes."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One entry; positions are bytes from the start of the file. `mode` is Unix's, 0 where the packer
    kept none; `second_name` the one of a Unicode path field."""

    central: Header
    local: Header
    mode: int
    disk: int
    header_at: int
    data_at: int
    second_name: bytes | None

    @property
    def data_end(self) -> int:
        return self.data_at + self.central.packed


@dataclass(frozen=True)
class ZipDirectory:
    """`entries` in the directory's order; `announced` is their number by the end record; `gaps` are
    (start, end) of bytes that belong to nothing; `disks` is true where the zip is one part of several."""

    entries: tuple[ZipEntry, ...]
    announced: int
    gaps: tuple[tuple[int, int], ...]
    overlap: bool
    comment: bytes
    disks: bool


def read(data: memoryview, most_bytes: int = MAX_DIRECTORY_BYTES) -> ZipDirectory:
    """`most_bytes`: of the list of files. Raises `TooLong`, or `Truncated` and `Damaged` where there is no
    directory to read."""
    end_at, end = _end_record(data)
    tail_at, disks, announced, size, offset = _directory_place(data, end_at, end)
    if size > most_bytes:
        raise TooLong(f"has a list of files of more than {most_bytes:,} bytes")
    start = tail_at - size
    shift = start - offset  # what was put before the zip moves it, and other readers follow
    if start < 0 or shift < 0:
        raise Truncated("has a list of files larger than itself")
    entries = tuple(_entries(data, start, tail_at, shift))
    comment_at = end_at + _END.size
    comment_end = comment_at + end[7]
    gaps, overlap = _gaps(data, entries, start)
    if comment_end < len(data):
        gaps.append((comment_end, len(data)))
    disks = disks or any(entry.disk for entry in entries)
    return ZipDirectory(entries, announced, tuple(gaps), overlap, bytes(data[comment_at:comment_end]), disks)


def _end_record(data: memoryview) -> tuple[int, tuple]:
    start = max(0, len(data) - _END.size - _MAX_COMMENT)
    tail = bytes(data[start:])
    at = tail.rfind(END_MAGIC)
    if at < 0 or at + _END.size > len(tail):
        raise Truncated("ends before its list of files")
    end = _END.unpack_from(tail, at)
    if at + _END.size + end[7] > len(tail):
        raise Truncated("ends in the middle of its comment")
    return start + at, end


def _directory_place(data: memoryview, end_at: int, end: tuple) -> tuple[int, bool, int, int, int]:
    """Where the directory ends, whether there are several disks, its entries, its size, its offset."""
    _, disk, first_disk, here, announced, size, offset, _ = end
    disks = bool(disk or first_disk or here != announced)
    locator_at = end_at - _ZIP64_LOCATOR.size
    if locator_at < 0 or bytes(data[locator_at : locator_at + 4]) != ZIP64_LOCATOR_MAGIC:
        return end_at, disks, announced, size, offset
    zip64_at = locator_at - _ZIP64_END.size
    if zip64_at < 0 or bytes(data[zip64_at : zip64_at + 4]) != ZIP64_END_MAGIC:
        raise Damaged("has a broken list of files")
    # Other readers follow the locator, wherever it leads; the record must stand where it says.
    if _ZIP64_LOCATOR.unpack_from(data, locator_at)[1:] != (0, zip64_at, 1):
        raise Damaged("says two different things of its list of files")
    _, record, _, _, disk, first_disk, here, count, size_64, offset_64 = _ZIP64_END.unpack_from(
        data, zip64_at
    )
    for short, full, long in (
        (announced, _FULL_2, count),
        (size, _FULL_4, size_64),
        (offset, _FULL_4, offset_64),
    ):
        if short not in (full, long):
            raise Damaged("says two different things of its list of files")
    if record != _ZIP64_END.size - 12:
        raise Damaged("has a broken list of files")
    disks = bool(disk or first_disk or here != count)
    return zip64_at, disks, count, size_64, offset_64


def _entries(data: memoryview, at: int, end: int, shift: int) -> Iterator[ZipEntry]:
    while at < end:
        if at + _CENTRAL.size > end or bytes(data[at : at + 4]) != CENTRAL_MAGIC:
            raise Damaged("has a broken list of files")
        fields = _CENTRAL.unpack_from(data, at)
        _, _, _, flags, method, _, _, crc, packed, size, n_name, n_extra, n_comment = fields[:13]
        disk, _, attributes, offset = fields[13], fields[14], fields[15], fields[16]
        at += _CENTRAL.size
        name, extra = bytes(data[at : at + n_name]), bytes(data[at + n_name : at + n_name + n_extra])
        at += n_name + n_extra + n_comment
        if at > end:
            raise Damaged("has a broken list of files")
        extras = _extras(extra)
        size, packed, offset = _zip64(extras, size, packed, offset)
        central = Header(name, flags, method, crc, packed, size)
        header_at = offset + shift
        local, data_at = _local(data, header_at, central)
        second = extras.get(_UNICODE_PATH)
        yield ZipEntry(
            central, local, attributes >> 16, disk, header_at, data_at, None if second is None else second[5:]
        )


def _local(data: memoryview, at: int, central: Header) -> tuple[Header, int]:
    """The header before the data, and where the data begins. Sizes that it leaves to a descriptor
    (torch writes 0, others the full field) are taken from the directory."""
    if at + _LOCAL.size > len(data):
        raise Truncated("ends before a file that it lists")
    magic, _, flags, method, _, _, crc, packed, size, n_name, n_extra = _LOCAL.unpack_from(data, at)
    if magic != LOCAL_MAGIC:
        raise Damaged("has a broken file header")
    at += _LOCAL.size
    name, extra = bytes(data[at : at + n_name]), bytes(data[at + n_name : at + n_name + n_extra])
    at += n_name + n_extra
    if at + central.packed > len(data):
        raise Truncated("ends in the middle of a file")
    if flags & HAS_DESCRIPTOR and (crc, packed, size) in ((0, 0, 0), (0, _FULL_4, _FULL_4)):
        crc, packed, size = central.crc, central.packed, central.size
    elif _FULL_4 in (packed, size):
        size, packed, _ = _zip64(_extras(extra), size, packed, 0)
    return Header(name, flags, method, crc, packed, size), at


def _extras(extra: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if at + 4 + size > len(extra) or kind in fields:
            raise Damaged("has a broken file header")
        fields[kind] = extra[at + 4 : at + 4 + size]
        at += 4 + size
    return fields


def _zip64(extras: dict[int, bytes], size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The values of full fields, which stand in this order in the zip64 field, and nothing else there."""
    short = [size, packed, offset]
    if _ZIP64_EXTRA not in extras:
        return size, packed, offset
    numbers = extras[_ZIP64_EXTRA]
    full = [index for index, value in enumerate(short) if value == _FULL_4]
    if len(numbers) != 8 * len(full):
        raise Damaged("says two different things of the size of a file")
    for index, value in zip(full, struct.unpack(f"<{len(full)}Q", numbers), strict=True):
        short[index] = value
    return short[0], short[1], short[2]


def _gaps(
    data: memoryview, entries: tuple[ZipEntry, ...], directory_at: int
) -> tuple[list[tuple[int, int]], bool]:
    """Bytes before, between and after the entries that are no descriptor; and whether entries overlap."""
    gaps: list[tuple[int, int]] = []
    overlap, at = False, 0
    before: ZipEntry | None = None
    for entry in [*sorted(entries, key=lambda entry: entry.header_at), None]:
        start = directory_at if entry is None else entry.header_at
        overlap = overlap or start < at
        if start > at and not (
            before and _is_descriptor(bytes(data[at : min(start, at + 25)]), before.central)
        ):
            gaps.append((at, start))
        if entry is not None:
            before, at = entry, max(at, entry.data_end)
    return gaps, overlap


def _is_descriptor(found: bytes, header: Header) -> bool:
    """Whether `found` repeats the header's numbers, as the format has it after data of unknown length."""
    if not header.flags & HAS_DESCRIPTOR:
        return False
    numbers = found.removeprefix(DESCRIPTOR_MAGIC) if len(found) in (16, 24) else found
    layout = {12: "<III", 20: "<IQQ"}.get(len(numbers))
    return layout is not None and struct.unpack(layout, numbers) == (header.crc, header.packed, header.size)
