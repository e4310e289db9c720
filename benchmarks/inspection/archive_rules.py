"""What is refused of a zip or a tar, before a byte of its files is used.

`RULES` has every check by the kind that its refusal carries; `check(kind, …)` calls one. Caps are the
settings `FORMAT_ADVISOR_ARCHIVE_…`. Decided here: names that differ only by case or in the way an accent
is written are the same name (miniz, which PyTorch reads with, ignores case, as do some file systems), and
an archive within an archive is never opened.
"""

import re
import unicodedata
from collections.abc import Callable

from benchmarks import settings
from benchmarks.inspection import tar, zip_directory
from benchmarks.inspection.damage import quoted, refusal
from benchmarks.inspection.zip_directory import ZipDirectory, ZipEntry

RATIO_FREE_BYTES = 64 * 2**20
"""Below this unpacked size the ratio is not looked at: freshly initialised weights compress well."""
MAX_NAME_BYTES = 1024
FILE, FOLDER = "file", "folder"
_REPACK = "Pack the model folder again with zip or tar, with plain files and folders only."
_SAVE_AGAIN = "Save the model again, or pack its folder again with zip or tar, and upload that."
_FILE_TYPES = {
    0o010000: "a named pipe",
    0o020000: "a device",
    0o060000: "a device",
    0o120000: "a symbolic link",
    0o140000: "a socket",
}
"""By the type bits of Unix's file mode."""


def check(kind: str, *found: object) -> None:
    """Applies the rule of this kind, whose arguments `found` are."""
    if rule := RULES.get(kind):
        rule(*found)


def _unsafe(kind: str, message: str, next_step: str = _REPACK) -> Exception:
    return refusal(kind, message, next_step, stage="unpack")


class Listing:
    """Names and sizes of an archive's files as they are met; every entry passes the rules.

    `packed_bytes`: size of the archive itself; `most_entries`: how many it may have.
    """

    def __init__(self, packed_bytes: int):
        self.files: dict[str, int] = {}
        self.folders: set[str] = set()
        self._packed, self._entries, self._total = packed_bytes, 0, 0
        self._same: dict[str, str] = {}
        self.most_entries = int(settings.ARCHIVE_ENTRIES.value())
        self._most_bytes = settings.ARCHIVE_TOTAL_MB.value() * 1e6
        self._ratio = settings.ARCHIVE_RATIO.value()
        self._depth = int(settings.ARCHIVE_DEPTH.value())

    def add(self, raw_name: str, size: int, what: str) -> str:
        """Takes up one entry and returns its name as a plain relative path ("" for the top folder).
        `what` is "file", "folder", or the words for what it is instead."""
        self._entries += 1
        check("too-many-entries", self._entries, self.most_entries)
        check("special-file", raw_name, what, size)
        check("unsafe-name", raw_name)
        check("too-deep", raw_name, self._depth)
        name = "/".join(part for part in raw_name.rstrip("/").split("/") if part != ".")
        self._total += size
        self.check_total(self._total)
        parents = [name[:at] for at, letter in enumerate(name) if letter == "/"]
        check("duplicate-names", self, name, parents, what == FOLDER)
        self.folders.update(parents)
        if what == FOLDER:
            self.folders.add(name)
        else:
            self.files[name] = size
            self._same[_comparable(name)] = name
        return name

    def check_total(self, unpacked: int) -> None:
        """Refuses sizes that only an archive bomb has."""
        check("too-large", unpacked, self._most_bytes)
        check("archive-bomb", unpacked, self._packed, self._ratio)

    def twin(self, name: str) -> str | None:
        """The file met before whose name is the same but for case or the writing of accents."""
        return self._same.get(_comparable(name))


def _comparable(name: str) -> str:
    return name if name.isascii() and name.islower() else unicodedata.normalize("NFC", name).casefold()


def _too_many_entries(number: int, most: int) -> None:
    if number > most:
        raise _unsafe("too-many-entries", f"The archive has more than {most:,} entries.")


def _special_file(name: str, what: str, size: int) -> None:
    if what not in (FILE, FOLDER):
        raise _unsafe("special-file", f"The archive has {what} in it: {quoted(name)}.")
    if what == FOLDER and size:
        raise _unsafe("special-file", f"The archive has a folder with bytes of its own: {quoted(name)}.")


def _unsafe_name(raw: str) -> None:
    parts = raw.rstrip("/").split("/")
    if (
        raw.startswith("/")
        or ".." in parts
        or ("" in parts and len(parts) > 1)
        or not raw
        or "\\" in raw
        or re.match("[A-Za-z]:", raw)
        or any(ord(letter) < 32 or ord(letter) == 127 or "\ud800" <= letter <= "\udfff" for letter in raw)
    ):
        raise _unsafe(
            "unsafe-name",
            f"The archive has an entry whose name points outside of it or cannot be read: {quoted(raw)}.",
        )


def _too_deep(raw: str, most: int) -> None:
    if raw.count("/") > most or len(raw.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise _unsafe(
            "too-deep", f"The archive has an entry nested too deep or named too long: {quoted(raw)}."
        )


def _duplicate_names(listing: Listing, name: str, parents: list[str], is_folder: bool) -> None:
    taken = name in listing.files or (name in listing.folders and not is_folder)
    if taken or not listing.files.keys().isdisjoint(parents):
        raise _unsafe("duplicate-names", f"The archive has two entries named {quoted(name)}.")
    if not is_folder and (twin := listing.twin(name)):
        raise _unsafe(
            "duplicate-names",
            f"The archive has two entries whose names differ only by case or accents: {quoted(twin)} and "
            f"{quoted(name)}.",
        )


def _too_large(unpacked: int, most: float) -> None:
    if unpacked > most:
        raise _unsafe("too-large", f"The archive unpacks to more than {most / 1e6:,.0f} MB.")


def _archive_bomb(unpacked: int, packed: int, ratio: float) -> None:
    if unpacked > max(RATIO_FREE_BYTES, ratio * packed):
        raise _unsafe("archive-bomb", f"The archive unpacks to more than {ratio:g} times its size.")


def _size_lies(name: str, announced: int, actual: int) -> None:
    """`actual`: bytes that are there, at least one more than announced where there are more."""
    if actual != announced:
        longer = "longer" if actual > announced else "shorter"
        raise _unsafe(
            "size-lies",
            f"The archive has a file that is {longer} than its list says: {quoted(name)}.",
            _SAVE_AGAIN,
        )


def _entry_count(directory: ZipDirectory) -> None:
    if directory.announced != len(directory.entries):
        raise _unsafe(
            "entry-count",
            f"The archive announces {directory.announced:,} entries and lists {len(directory.entries):,}.",
            _SAVE_AGAIN,
        )


def _split_archive(directory: ZipDirectory) -> None:
    if directory.disks:
        raise _unsafe(
            "split-archive", "The archive is one part of several.", "Join the parts to one archive."
        )


def _polyglot(directory: ZipDirectory, head: bytes) -> None:
    """Two files in one: what one reader skips is what another reads."""
    if directory.gaps:
        start, end = directory.gaps[0]
        found = f"{end - start:,} bytes from byte {start:,} on that belong to none of its files"
    elif b"PK" in directory.comment:
        found = "a comment that hides another archive"
    elif tar.looks_like_tar(head):
        found = "a tar in the same bytes"
    else:
        return
    raise _unsafe("polyglot", f"The archive has {found}.", _SAVE_AGAIN)


def _bytes_after_end(found: bool) -> None:
    """Of a tar: other readers may go on to a second one there."""
    if found:
        raise _unsafe("bytes-after-end", "The archive has more bytes after its end.")


def _overlapping_entries(directory: ZipDirectory) -> None:
    if directory.overlap:
        raise _unsafe("overlapping-entries", "The archive's entries overlap, as in an archive bomb.")


def _encrypted(entry: ZipEntry, name: str) -> None:
    if (entry.central.flags | entry.local.flags) & zip_directory.ENCRYPTED:
        raise _unsafe(
            "encrypted", f"The archive has a password: {quoted(name)}.", "Pack it without a password."
        )


def _compression(entry: ZipEntry, name: str) -> None:
    if entry.central.method not in (zip_directory.STORED, zip_directory.DEFLATED):
        raise _unsafe(
            "unsupported-compression",
            f"The archive has a file that is compressed in a way not read here: {quoted(name)}.",
            "Pack it with zip's usual compression (deflate) or as .tar.gz.",
        )


def _header_differs(entry: ZipEntry, name: str) -> None:
    central, local = entry.central, entry.local
    same = (central.name, central.method, central.crc, central.packed, central.size) == (
        local.name,
        local.method,
        local.crc,
        local.packed,
        local.size,
    )
    if not same or entry.second_name not in (None, central.name):
        raise _unsafe(
            "header-differs",
            f"The archive describes a file in two ways that differ, so that two programs would read two "
            f"different files: {quoted(name)}.",
            _SAVE_AGAIN,
        )


def zip_entry_type(entry: ZipEntry, name: str) -> str:
    """ "file", "folder" or the words for what it is instead; a folder's name ends in a slash."""
    kind = entry.mode & 0o170000
    if kind in _FILE_TYPES:
        return _FILE_TYPES[kind]
    if kind not in (0, 0o100000, 0o040000) or (kind == 0o040000) > name.endswith("/"):
        return "something that is neither a file nor a folder"
    return FOLDER if name.endswith("/") else FILE


RULES: dict[str, Callable] = {
    "too-many-entries": _too_many_entries,
    "special-file": _special_file,
    "unsafe-name": _unsafe_name,
    "too-deep": _too_deep,
    "duplicate-names": _duplicate_names,
    "too-large": _too_large,
    "archive-bomb": _archive_bomb,
    "size-lies": _size_lies,
    "entry-count": _entry_count,
    "split-archive": _split_archive,
    "polyglot": _polyglot,
    "bytes-after-end": _bytes_after_end,
    "overlapping-entries": _overlapping_entries,
    "encrypted": _encrypted,
    "unsupported-compression": _compression,
    "header-differs": _header_differs,
}
