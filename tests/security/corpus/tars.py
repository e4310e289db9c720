"""The same for tar and tar.gz, whose members come one behind the other and say their own sizes."""

import gzip
import io
import tarfile
from pathlib import Path

from tests.security.corpus.archives import BROKEN, GRAPH, NAME, SPECIAL, Pack, case_of, zip_of
from tests.security.corpus.case import Targets


def _zip_and_tar(path: Path, at: Targets) -> None:
    """A tar whose first member is a zip's list, so that the same bytes are two archives."""
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w") as target:
        _add(target, "PK\x03\x04/saved_model.pb", GRAPH)
    path.write_bytes(file.getvalue() + zip_of(("m/a", b"x")))


def _add(
    target: tarfile.TarFile, name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, **more
) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = kind, len(data)
    for key, value in more.items():
        setattr(entry, key, value)
    target.addfile(entry, io.BytesIO(data))


def _tar(
    name: str, kind: bytes = tarfile.REGTYPE, format: int = tarfile.GNU_FORMAT, mode="w:gz", **more
) -> Pack:
    def pack(path: Path, at: Targets) -> None:
        with tarfile.open(path, mode, format=format) as target:
            _add(target, "m/saved_model.pb", GRAPH)
            _add(target, name.format(markers=at.markers), kind=kind, **more)

    return pack


def _tar_duplicate(path: Path, at: Targets) -> None:
    with tarfile.open(path, "w") as target:
        for _ in range(2):
            _add(target, "m/saved_model.pb", GRAPH)


def _tar_bomb(path: Path, at: Targets) -> None:
    with tarfile.open(path, "w:gz") as target:
        _add(target, "m/saved_model.pb", GRAPH)
        _add(target, "m/variables/data", bytes(80 << 20))


def _tar_size(field: bytes) -> Pack:
    """The size of the second member as these twelve bytes, with a sound checksum."""

    def pack(path: Path, at: Targets) -> None:
        with tarfile.open(fileobj=(file := io.BytesIO()), mode="w") as target:
            _add(target, "m/saved_model.pb", GRAPH)
            _add(target, "m/a", b"x")
        data = bytearray(file.getvalue())
        header = data[1024:1536]
        header[124:136] = field
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        data[1024:1536] = header
        path.write_bytes(data)

    return pack


def _tar_many(path: Path, at: Targets) -> None:
    header = tarfile.TarInfo("m/x")
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w") as target:
        _add(target, "m/saved_model.pb", GRAPH)
    blocks = [file.getvalue()[:1024]]
    for number in range(70_000):
        header.name = f"m/{number}"
        blocks.append(header.tobuf())
    path.write_bytes(gzip.compress(b"".join(blocks) + bytes(1024), 1))


def _gzip_bomb(path: Path, at: Targets) -> None:
    """One gzip of nothing but zeros, which is no tar."""
    path.write_bytes(gzip.compress(bytes(80 << 20), 9))


def _pax_path(path: Path, at: Targets) -> None:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as target:
        _add(target, "m/saved_model.pb", GRAPH)
        entry = tarfile.TarInfo("m/plain")
        entry.pax_headers = {"path": f"{'../' * 20}{at.markers[1:]}/pax"}
        target.addfile(entry)


def _extended_bomb(path: Path, at: Targets) -> None:
    """An extended header of 256 MB."""
    header = tarfile.TarInfo("x")
    header.type, header.size = b"x", 256 << 20
    path.write_bytes(gzip.compress(header.tobuf() + bytes(10**6)))


def _tar_and_more(path: Path, at: Targets) -> None:
    """A second tar behind the end of the first."""
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w") as target:
        _add(target, "m/saved_model.pb", GRAPH)
    path.write_bytes(file.getvalue() * 2)


def _tar_truncated(path: Path, at: Targets) -> None:
    with tarfile.open(path, "w:gz") as target:
        _add(target, "m/saved_model.pb", GRAPH)
        _add(target, "m/variables/data", bytes(range(256)) * 4000)
    path.write_bytes(path.read_bytes()[:-200])


CASES = (
    case_of("zip-that-is-a-tar", _zip_and_tar, "polyglot"),
    case_of("tar-slips", _tar("m/../../../../../../../../..{markers}/tar"), NAME),
    case_of("tar-absolute", _tar("{markers}/tar"), NAME),
    case_of("tar-long-name-slips", _tar("m/" + "n" * 200 + "/../../../evil"), NAME),
    case_of("tar-symbolic-link", _tar("m/link", tarfile.SYMTYPE, linkname="/etc/passwd"), SPECIAL),
    case_of("tar-hard-link", _tar("m/link", tarfile.LNKTYPE, linkname="/etc/passwd"), SPECIAL),
    case_of("tar-fifo", _tar("m/fifo", tarfile.FIFOTYPE), SPECIAL),
    case_of("tar-character-device", _tar("m/null", tarfile.CHRTYPE, devmajor=1, devminor=3), SPECIAL),
    case_of("tar-block-device", _tar("m/disk", tarfile.BLKTYPE, devmajor=8), SPECIAL),
    case_of("tar-sparse", _tar("m/sparse", tarfile.GNUTYPE_SPARSE), SPECIAL),
    case_of("tar-pax-path", _pax_path, NAME),
    case_of("tar-extended-header-bomb", _extended_bomb, "archive-bomb", *BROKEN),
    case_of("tar-duplicate", _tar_duplicate, "duplicate-names"),
    case_of("tar-bomb", _tar_bomb, "archive-bomb"),
    case_of("tar-70000-entries", _tar_many, "too-many-entries"),
    case_of("tar-negative-size", _tar_size(b"\xff" * 12), *BROKEN),
    case_of("tar-huge-size", _tar_size(b"\x80" + b"\x7f" * 11), "archive-bomb", "too-large", *BROKEN),
    case_of("tar-another-behind", _tar_and_more, "bytes-after-end"),
    case_of("tar-truncated", _tar_truncated, *BROKEN),
    case_of("tar-gzip-of-zeros", _gzip_bomb, "compressed-file", "archive-bomb"),
)
