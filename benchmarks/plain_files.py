"""Files and folders that are what they seem, below a folder that code from a model may have written to.

Nothing here follows a link or waits at a pipe: a name planted there can neither show a file from elsewhere
nor have one overwritten. `O_NOFOLLOW` guards a path's last name only, so a path is walked name by name.
"""

import os
import secrets
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY


class NotPlain(OSError):
    """A link, a pipe, a device or a file with a second name, where a plain file was expected."""


def open_below(folder: Path, *names: str) -> BinaryIO:
    """Opens the plain file `folder/names[0]/names[1]/…` for reading; `folder` itself is trusted. Raises
    OSError, of which NotPlain is one."""
    with _folder_below(folder, *names[:-1]) as parent:
        return _open_in(parent, names[-1])


def _open_in(parent: int, name: str) -> BinaryIO:
    if name in ("", ".", "..") or "/" in name:
        raise NotPlain(f"{name!r} is no file name")
    file = os.fdopen(os.open(name, _READ, dir_fd=parent), "rb")
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
        file.close()
        raise NotPlain(f"{name!r} is no plain file")
    return file


@contextmanager
def _folder_below(folder: Path, *names: str) -> Iterator[int]:
    """A descriptor of the folder `folder/names…`."""
    opened = os.open(folder, _FOLDER)
    try:
        for name in names:
            if name in ("", ".", "..") or "/" in name:
                raise NotPlain(f"{name!r} is no folder name")
            below = os.open(name, _FOLDER, dir_fd=opened)
            os.close(opened)
            opened = below
        yield opened
    finally:
        os.close(opened)


def read(path: Path, limit: int) -> bytes | None:
    """What the plain file holds; None where there is none, or it has more than `limit` bytes."""
    try:
        with open_below(path.parent, path.name) as file:
            content = file.read(limit + 1)
    except OSError:
        return None
    return content if len(content) <= limit else None


def create(path: Path) -> BinaryIO:
    """Opens a new file for writing. Raises FileExistsError where anything has its name, a link too."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def write(path: Path, content: bytes) -> None:
    """Whole or not at all, so that a reader never sees half of it; what had the name before is replaced."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(4)}.unfinished")
    try:
        with create(unfinished) as file:
            file.write(content)
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def is_plain(path: Path) -> bool:
    """Whether `path` is a plain file, or a folder that holds nothing but plain files and folders."""
    pending = [path]
    while pending:
        about = os.lstat(item := pending.pop())
        if stat.S_ISDIR(about.st_mode):
            pending += item.iterdir()
        elif not stat.S_ISREG(about.st_mode) or about.st_nlink != 1:
            return False
    return True


def size_bytes(folder: Path) -> int:
    """The bytes that the files below `folder` take; what vanishes meanwhile counts nothing."""
    total, pending = 0, [folder]
    while pending:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total


def zip_folder(parent: Path, *names: str, target: Path) -> None:
    """Writes `target`, a zip of the folder `parent/names…` under its own name. Raises OSError, and leaves
    nothing behind, where the folder holds anything but plain files and folders."""
    unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}.unfinished")
    try:
        with (
            _folder_below(parent, *names) as folder,
            create(unfinished) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for below, folders, files, opened in os.fwalk(".", dir_fd=folder, follow_symlinks=False):
                within = Path(names[-1], below)
                for name in folders:
                    if not stat.S_ISDIR(os.lstat(name, dir_fd=opened).st_mode):
                        raise NotPlain(f"{name!r} is a link")
                if not folders and not files:
                    archive.mkdir(f"{within.as_posix()}/")
                for name in files:
                    entry = zipfile.ZipInfo((within / name).as_posix())
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    with _open_in(opened, name) as source:
                        entry.file_size = os.fstat(source.fileno()).st_size
                        with archive.open(entry, "w") as packed:
                            shutil.copyfileobj(source, packed, 1 << 20)
        unfinished.rename(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def remove(folder: Path) -> None:
    """Removes a folder with everything in it, whatever permissions and depth code from a model gave it; a
    file or a link as such.

    A folder within is moved up to the top before it is looked into, so no path grows long and nothing
    recurses: `shutil.rmtree` ends in RecursionError at a depth of about a thousand. Raises OSError where
    something cannot be removed; a folder that is not there is no error.
    """
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        folder.unlink()
        return
    os.chmod(folder, 0o700)
    top = os.open(folder, _FOLDER)
    try:
        pending = list(_emptied(top, top))
        while pending:
            name = pending.pop()
            opened = os.open(name, _FOLDER, dir_fd=top)
            try:
                pending += _emptied(opened, top)
            finally:
                os.close(opened)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    folder.rmdir()


def discard(path: Path) -> None:
    """Removes a file or a folder as `remove` does; what cannot be removed stays, without an error."""
    with suppress(OSError):
        remove(path)


def _emptied(opened: int, top: int) -> Iterator[str]:
    """Empties a folder: files are removed, folders moved to `top`, where their new names are."""
    with os.scandir(opened) as entries:
        listed = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in listed:
        if not is_folder:
            os.unlink(name, dir_fd=opened)
            continue
        os.chmod(name, 0o700, dir_fd=opened)  # moving a folder changes its "..", which takes a permission
        moved = secrets.token_hex(8)
        os.rename(name, moved, src_dir_fd=opened, dst_dir_fd=top)
        yield moved
