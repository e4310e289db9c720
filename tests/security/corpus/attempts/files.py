"""Files, folders and processes' files of others."""

import ctypes
import os
import socket
import stat
import sys
from pathlib import Path

from tests.security.corpus.attempts.record import syscall


def write_outside(at, record) -> None:
    marker = Path(at.markers, f"write-{record.name}")
    record.attempt("write a marker", marker.write_text, "x")
    record.attempt("make a folder", Path(at.markers, "folder").mkdir)
    record.attempt("append to the canary", lambda: open(at.canary, "a").close())
    record.attempt("truncate the canary", lambda: os.close(os.open(at.canary, os.O_WRONLY)))


def read_outside(at, record) -> None:
    def leak():
        (record.folder / "leak.txt").write_text(Path(at.canary).read_text())

    record.attempt("read the canary", leak)
    for path in ("/etc/shadow", "/etc/hostname", "/root/.bashrc", "/etc/machine-id"):
        if os.path.lexists(path):
            record.attempt(f"read {path}", Path(path).read_bytes)


def list_outside(at, record) -> None:
    for path in (os.path.dirname(at.canary), at.markers, "/root", "/home", "/var", "/etc/ssl"):
        record.attempt(f"list {path}", lambda path=path: bool(os.listdir(path)) or path == at.markers)


def stat_outside(at, record) -> None:
    """Whether a file is there, how large and how old; Landlock does not hide that."""
    record.attempt("stat the canary", os.stat, at.canary)
    record.attempt("access the canary", lambda: os.access(at.canary, os.F_OK))


def sibling_write(at, record) -> None:
    record.attempt("write into another run", Path(at.sibling, "planted").write_text, "x")
    record.attempt("change another run", lambda: open(Path(at.sibling, "model.bin"), "r+b").close())
    record.attempt("delete from another run", os.unlink, os.path.join(at.sibling, "model.bin"))


def sibling_read(at, record) -> None:
    def leak():
        (record.folder / "leak.txt").write_bytes(Path(at.sibling, "model.bin").read_bytes())

    record.attempt("read another run", leak)
    record.attempt("list the runs", lambda: bool(os.listdir(os.path.dirname(at.sibling))))


def above_workspace(at, record) -> None:
    """The run's folder holds its description and its report; a job has `work` only."""
    for name in ("description.json", "report.json", "planted"):
        record.attempt(f"write ../{name}", (record.folder.parent / name).write_text, "{}")


def program_files(at, record) -> None:
    """Opened for writing, and left as they are."""
    import benchmarks

    paths = [
        benchmarks.__file__,
        os.__file__,
        sys.executable,
        "/usr/bin/env",
        "/etc/passwd",
        "/etc/ld.so.cache",
    ]
    for path in [path for path in paths if os.path.exists(path)]:
        record.attempt(f"open {path} for writing", lambda path=path: os.close(os.open(path, os.O_WRONLY)))


def kernel_files(at, record) -> None:
    """Opened for writing, and left as they are."""
    for path in (
        "/proc/sys/kernel/core_pattern", "/proc/sys/vm/overcommit_memory", "/proc/sysrq-trigger",
        "/sys/kernel/uevent_helper", "/sys/power/state", "/dev/mem", "/dev/kmsg", "/dev/fuse",
        "/sys/fs/cgroup/cgroup.procs", "/proc/1/oom_score_adj", "/dev/console",
    ):  # fmt: skip
        if os.path.exists(path):
            record.attempt(f"open {path}", lambda path=path: os.close(os.open(path, os.O_WRONLY)))


def links(at, record) -> None:
    """A link in one's own folder is followed by whoever reads the folder afterwards."""
    record.attempt("read through a symbolic link", _read_through, record, os.symlink, at.canary)
    record.attempt("read through a hard link", _read_through, record, os.link, at.canary)
    record.attempt("leave a symbolic link", os.symlink, at.canary, record.folder / "left-link")


def _read_through(record, link, target) -> None:
    name = record.folder / f"via-{link.__name__}"
    link(target, name)
    (record.folder / "leak.txt").write_text(name.read_text())


def special_files(at, record) -> None:
    record.attempt("make a fifo", os.mkfifo, record.folder / "fifo")
    record.attempt("make a device", os.mknod, record.folder / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    record.attempt("bind a socket", lambda: socket.socket(socket.AF_UNIX).bind(str(record.folder / "socket")))


def attributes(at, record) -> None:
    """Landlock covers none of these."""
    record.attempt("chmod outside", os.chmod, at.canary, 0o600)
    record.attempt("chown outside", os.chown, at.canary, os.getuid(), os.getgid())
    record.attempt("utime outside", os.utime, at.canary)
    record.attempt("setxattr outside", os.setxattr, at.canary, "user.format-advisor", b"x")


def setuid_file(at, record) -> None:
    own = record.folder / "setuid"
    own.write_bytes(b"#!/bin/sh\n")
    record.attempt("leave a setuid program", os.chmod, own, 0o4755)


def move_outside(at, record) -> None:
    own = record.folder / "moved"
    own.write_text("x")
    record.attempt("rename into another folder", os.rename, own, os.path.join(at.markers, "moved"))
    record.attempt("take the canary", os.rename, at.canary, record.folder / "taken")
    record.attempt("delete the canary", os.unlink, at.canary)


def read_the_server(at, record) -> None:
    """The server and the tests' process hold what no model may see."""
    for pid in dict.fromkeys((os.getppid(), 1, at.victim)):
        for name in ("environ", "mem", "maps", "cmdline", "cwd/.", "root/.", "fd"):
            path = f"/proc/{pid}/{name}"
            record.attempt(path, _look, path)


def _look(path):
    if os.path.isdir(path):
        return bool(os.listdir(path))
    with open(path, "rb") as file:
        return True if path.endswith("mem") else bool(file.read(10))


def list_processes(at, record) -> None:
    record.attempt("see a process outside", os.stat, f"/proc/{at.victim}")
    record.attempt("probe a process outside", os.getpgid, at.victim)


def secrets(at, record) -> None:
    """The tests' own environment holds the canary's text."""
    record.attempt("read it in the environment", lambda: at.secret in str(dict(os.environ)))
    for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
        path = f"/proc/{pid}/environ"
        record.attempt(f"read it in {path}", lambda path=path: at.secret.encode() in Path(path).read_bytes())


def inherited_descriptors(at, record) -> None:
    """Open are: null, the log, the connection, and what this process opened for reading."""
    allowed = str(record.folder)
    sockets = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            where, mode = os.readlink(f"/proc/self/fd/{name}"), os.fstat(int(name)).st_mode
        except OSError:
            continue
        sockets += stat.S_ISSOCK(mode)
        if stat.S_ISFIFO(mode):
            record.done.append(f"a pipe at {name}")
        flags = int(Path(f"/proc/self/fdinfo/{name}").read_text().split("flags:")[1].split()[0], 8)
        plain = where.startswith("/") and not where.startswith(allowed) and where != "/dev/null"
        if plain and flags & (os.O_WRONLY | os.O_RDWR):
            record.done.append(f"{where} open for writing")
    if sockets > 1:
        record.done.append(f"{sockets} sockets where there should be one")
    record.save()


def handles(at, record) -> None:
    """Opening by file handle ignores paths, and so Landlock's and the mount's rules."""
    record.attempt("name_to_handle_at", syscall, "name_to_handle_at", -100, at.canary.encode(), None, None, 0)
    record.attempt(
        "open_by_handle_at", syscall, "open_by_handle_at", -100, ctypes.create_string_buffer(64), 0
    )


def devices(at, record) -> None:
    record.attempt("open a terminal", os.open, "/dev/tty", os.O_RDWR)
    record.attempt("open ptmx", lambda: os.close(os.open("/dev/ptmx", os.O_RDWR)))
