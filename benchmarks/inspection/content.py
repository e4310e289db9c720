"""One way to look into a model, whether it is a file, a folder, a zip or a tar."""

import hashlib
import json
import mmap
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from benchmarks import onnx_names, settings
from benchmarks.inspection import archive
from benchmarks.inspection.damage import Damaged, refusal

Container = Literal["file", "folder", "zip", "tar"]
MAX_MEMBER_BYTES = 64 * 2**20
"""What is taken into memory of one compressed file. Larger ones are read in place or not at all."""
MAX_JSON_BYTES = 24 * 2**20
MAX_JSON_TOKENS = 1_000_000
MAX_FOLDER_DEPTH = 12
_CHUNK = 2**20


class Content:
    """The bytes of a model at `path`. `files` maps the relative path of every file to its size
    (of a plain file: empty); `folders` of an archive are those it names or needs; `head` are its first
    bytes (of a folder: none)."""

    folders: frozenset[str] = frozenset()

    def __init__(self, path: Path, container: Container, files: Mapping[str, int], head: bytes = b""):
        self.path, self.container, self.files, self.head = path, container, files, head

    @property
    def size_bytes(self) -> int:
        """On disk: of a folder the sum of its files, of an archive the archive."""
        return self.path.stat().st_size if self.container != "folder" else sum(self.files.values())

    def sha256(self) -> str:
        """Of a file or an archive its bytes; of a folder, for each file in the order of the sorted
        relative paths: path, NUL, size in decimal, NUL, bytes."""
        if self.container != "folder":
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{self.files[name]}\0".encode("utf-8", "surrogateescape"))
            with (self.path / name).open("rb") as file:
                while data := file.read(_CHUNK):
                    digest.update(data)
        return digest.hexdigest()

    def view(self, name: str = "") -> memoryview:
        """The bytes of one file, mapped where they lie uncompressed, else in memory up to
        `MAX_MEMBER_BYTES`. Raises `Damaged` where that is not enough."""
        raise NotImplementedError

    def beginning(self, name: str, most: int) -> bytes:
        """The first bytes of one file, `most` of them at most, however large it is."""
        return bytes(self.view(name)[:most])

    def text(self, name: str) -> str:
        return bytes(self.view(name)).decode("utf-8", "replace")

    def json(self, name: str) -> object:
        """A file of JSON, bounded in size and in the number of its values."""
        return bounded_json(self.view(name))


class _File(Content):
    def view(self, name: str = "") -> memoryview:
        return mapped(self.path)


class _Folder(Content):
    def view(self, name: str = "") -> memoryview:
        return mapped(self.path / name)


class _Zip(Content):
    def __init__(self, path: Path, head: bytes):
        self._zip = archive.Zip(mapped(path))
        super().__init__(path, "zip", self._zip.listing.files, head)
        self.folders = frozenset(self._zip.listing.folders)

    def view(self, name: str = "") -> memoryview:
        return self._zip.view(name, MAX_MEMBER_BYTES)

    def beginning(self, name: str, most: int) -> bytes:
        return self._zip.beginning(name, most)


class _Tar(Content):
    """A tar is read once: `kept` are the files that a recogniser needs, picked in passing."""

    KEPT_NAMES = ("saved_model.pb", onnx_names.FILE)

    def __init__(self, path: Path, head: bytes):
        listing, self._kept = archive.Listing(path.stat().st_size), {}
        kept_bytes = 0
        for name, size, is_folder, read in archive.tar_files(path, listing):
            kept_bytes += size if self._wanted(name) else 0
            if self._wanted(name) and not is_folder and kept_bytes <= MAX_MEMBER_BYTES:
                self._kept[name] = b"".join(iter(lambda read=read: read(_CHUNK), b""))
        super().__init__(path, "tar", listing.files, head)

    def _wanted(self, name: str) -> bool:
        return name.rpartition("/")[2] in self.KEPT_NAMES

    def view(self, name: str = "") -> memoryview:
        if name not in self._kept:
            raise Damaged(f"has a graph of more than {MAX_MEMBER_BYTES // 2**20} MiB inside; use a .zip")
        return memoryview(self._kept[name])


def bounded_json(data: memoryview | bytes) -> object:
    """What the JSON says. Raises `Damaged` where it is larger than any real model's."""
    if len(data) > MAX_JSON_BYTES:
        raise Damaged(f"has a description of more than {MAX_JSON_BYTES // 2**20} MiB")
    data = bytes(data)
    if sum(data.count(token) for token in (b",", b"[", b"{")) > MAX_JSON_TOKENS:
        raise Damaged("has a description with more values than any real model")
    return json.loads(data)


def mapped(path: Path) -> memoryview:
    """The file's bytes, mapped read-only; unmapped when the last window is gone."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def open_content(path: Path) -> Content:
    """Looks at what lies at `path`. Raises `ProblemError` for what is missing, empty or unsafe."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise refusal("missing", f"There is no file {path}.", "Check the path.") from None
    if stat.S_ISDIR(mode):
        return _Folder(path, "folder", _folder_files(path))
    if not stat.S_ISREG(mode):
        raise refusal("not-a-file", f"{path} is neither a file nor a folder.", "Give a model file.")
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(archive.ZIP_MAGICS):
        return _Zip(path, head)
    if archive.is_tar(path):
        return _Tar(path, head)
    return _File(path, "file", {}, head)


def _folder_files(path: Path) -> dict[str, int]:
    files: dict[str, int] = {}
    most = settings.ARCHIVE_ENTRIES.value()
    for folder, folders, names in os.walk(path):
        depth = len(Path(folder).relative_to(path).parts)
        folders[:] = sorted(folders) if depth < MAX_FOLDER_DEPTH else []
        for name in names:
            file = Path(folder, name)
            if file.is_file():
                files[file.relative_to(path).as_posix()] = file.stat().st_size
        if len(files) + len(folders) > most:
            raise refusal(
                "not-a-model-folder",
                f"The folder {path.name} has too many files to be a model.",
                "Give the folder that holds saved_model.pb, or a model file.",
            )
    return files
