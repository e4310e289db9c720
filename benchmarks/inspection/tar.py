"""The members of a tar, read once from front to back with fixed memory.

Our own because an uploaded tar is hostile until shown otherwise: the standard library's reader keeps
headers of any announced size in memory and resolves links; this one knows regular files and folders
and gives every other member its name, to be refused. Formats: POSIX pax (pubs.opengroup.org, utility pax)
and GNU long names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from benchmarks.inspection.damage import Damaged, Truncated

BLOCK = 512
MAX_HEADER_BYTES, MAX_HEADERS, MAX_RECORDS = 16 * 1024, 8, 64
"""Of extended headers: their size, how many one member has, and what one says."""
MAX_PADDING = 2**20
"""Zero bytes after the end: tar fills its last record with them, 10 KiB unless told otherwise."""
REGULAR, FOLDER = (b"0", b"\0"), b"5"
PAX_NEXT, PAX_ALL, GNU_LONG_NAME = b"x", b"g", b"L"


_SPECIAL = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a named pipe",
    b"S": "a sparse file",
}


@dataclass(frozen=True)
class Member:
    """One member; `name` is as written, unchecked, with bytes that are no UTF-8 as surrogates. `what` is
    "file", "folder", or the words for what it is instead."""

    name: str
    size: int
    what: str


def looks_like_tar(head: bytes) -> bool:
    """Whether `head`, the first 512 bytes, is a tar header with the right checksum."""
    try:
        return len(head) >= BLOCK and any(head[:BLOCK]) and _checksum_fits(head[:BLOCK])
    except Damaged:
        return False


def members(stream: BinaryIO) -> Iterator[Member]:
    """The members of the tar in `stream`, which must be read or skipped by the caller: after each
    `Member` the stream stands at its first byte, and `skip_padding` must follow its last.

    Raises `Truncated` and `Damaged` for broken bytes.
    """
    overrides: dict[str, str] = {}
    headers = 0
    while True:
        header = stream.read(BLOCK)
        if len(header) < BLOCK:
            raise Truncated("ends in the middle of its list of files")
        if not any(header):
            return
        if not _checksum_fits(header):
            raise Damaged("has a broken file header")
        kind, size = header[156:157], _octal(header[124:136])
        if kind in (PAX_NEXT, PAX_ALL, GNU_LONG_NAME):
            headers += 1
            if size > MAX_HEADER_BYTES or headers > MAX_HEADERS:
                raise Damaged("has a file header of unusual size")
            body = stream.read(size)
            skip_padding(stream, size)
            if kind == GNU_LONG_NAME:
                overrides["path"] = body.rstrip(b"\0").decode("utf-8", "surrogateescape")
            elif kind == PAX_NEXT:
                overrides |= _pax(body)
            continue
        name = overrides.get("path") or _ustar_name(header)
        size = int(overrides.get("size", size))
        if size < 0:
            raise Damaged("has a file of an impossible size")
        if any(key.startswith("GNU.sparse") for key in overrides):
            kind = b"S"
        if kind in REGULAR or kind == FOLDER:
            what = "folder" if kind == FOLDER or name.endswith("/") else "file"
        else:
            what = _SPECIAL.get(kind, "a special file")
        overrides, headers = {}, 0
        yield Member(name, size, what)


def skip_padding(stream: BinaryIO, size: int) -> None:
    """Reads on to the next header after a member of `size` bytes."""
    stream.read(-size % BLOCK)


def _checksum_fits(header: bytes) -> bool:
    return _octal(header[148:156]) == sum(header[:148]) + sum(header[156:]) + 8 * ord(" ")


def _octal(field: bytes) -> int:
    if field[:1] == b"\x80":  # GNU's base-256 for files over 8 GB
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not digits:
        return 0
    if not all(byte in b"01234567" for byte in digits):
        raise Damaged("has a broken number in a file header")
    return int(digits, 8)


def _ustar_name(header: bytes) -> str:
    name = header[:100].split(b"\0")[0]
    prefix = header[345:500].split(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "surrogateescape")


def _pax(body: bytes) -> dict[str, str]:
    """Records of the form "<length> <key>=<value>\\n"."""
    records: dict[str, str] = {}
    while body:
        digits, space, _ = body.partition(b" ")
        length = int(digits) if digits.isdigit() and len(digits) < 8 else 0
        if not space or length <= len(digits) + 1 or length > len(body):
            raise Damaged("has a broken extended header")
        key, _, value = body[len(digits) + 1 : length - 1].partition(b"=")
        name = key.decode("utf-8", "replace")
        if name in records or len(records) >= MAX_RECORDS:
            raise Damaged("has a broken extended header")
        records[name] = value.decode("utf-8", "surrogateescape")
        body = body[length:]
    return records
