"""What is shared by the whole machine, and what is used up."""

import contextlib
import os
import threading
import time

from tests.security.corpus.attempts.record import syscall


def system_v(at, record) -> None:
    key = 0x464D0000 | (sum(at.token.encode()) & 0xFFFF)
    record.attempt("shared memory", syscall, "shmget", key, 4096, 0o1666)
    record.attempt("semaphores", syscall, "semget", key, 1, 0o1666)
    record.attempt("message queue", syscall, "msgget", key, 0o1666)
    record.attempt("POSIX queue", syscall, "mq_open", at.token.encode(), os.O_CREAT | os.O_RDWR, 0o600, None)


def anonymous_memory(at, record) -> None:
    """Memory that is on no limit of address space, and can be executed."""
    record.attempt("memfd", lambda: os.close(os.memfd_create("x")))
    record.attempt("memfd_secret", lambda: os.close(syscall("memfd_secret", 0)))


def left_files(at, record) -> None:
    """What the next job, or another program of the machine, would find."""
    for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", "/dev/mqueue", "/"):
        path = os.path.join(folder, at.token)
        record.attempt(f"find {path}", os.stat, path)
        record.attempt(f"leave {path}", lambda path=path: open(path, "w").close())


BOUND_MB = 1500
"""Where a limit does not hold, an attempt stops here and waits to be found."""


def _wait(kept=None) -> None:
    time.sleep(3600)


def endless(at, record) -> None:
    while True:
        pass


def sleep(at, record) -> None:
    time.sleep(3600)


def memory(at, record) -> None:
    kept = [bytearray(b"x") * (20 << 20) for _ in range(BOUND_MB // 20)]
    _wait(kept)


def shared_memory(at, record) -> None:
    """Pages that are shared count for nobody's own memory."""
    import mmap

    kept = []
    for _ in range(BOUND_MB // 20):
        kept.append(mmap.mmap(-1, 20 << 20))
        kept[-1].write(b"x" * (20 << 20))
    _wait(kept)


def disk(at, record) -> None:
    for number in range(BOUND_MB // 5):
        with open(record.folder / f"fill-{number}", "wb") as file:
            file.write(b"x" * (5 << 20))
    _wait()


def one_file(at, record) -> None:
    with open(record.folder / "fill", "wb") as file:
        for _ in range(BOUND_MB // 5):
            file.write(b"x" * (5 << 20))
    _wait()


def sparse_file(at, record) -> None:
    with open(record.folder / "sparse", "wb") as file:
        file.truncate(1 << 40)


def box_memory(at, record) -> None:
    """The memory file systems of the box, where it has any."""
    for folder in ("/tmp", "/dev/shm"):
        record.attempt(f"fill {folder}", _fill, os.path.join(folder, at.token), 300)


def _fill(path, megabytes):
    try:
        with open(path, "wb") as file:
            for _ in range(megabytes):
                file.write(b"x" * 1_000_000)
    finally:
        if os.path.exists(path):
            os.unlink(path)


def tiny_files(at, record) -> None:
    folder = record.folder / "many"
    folder.mkdir()
    for number in range(50_000):
        os.close(os.open(folder / str(number), os.O_CREAT | os.O_WRONLY))
    _wait()


def deep_folders(at, record) -> None:
    """Deeper than a path can name, so that a plain removal fails."""
    os.chdir(record.folder)
    for _ in range(3000):
        os.mkdir("d" * 50)
        os.chdir("d" * 50)


def unreadable_folder(at, record) -> None:
    """A folder that its owner may not enter; where chmod is refused mkdir's own mode does it."""
    os.mkdir(record.folder / "locked", 0o000)
    (record.folder / "odd \udcff name\n").write_text("x")


def threads(at, record) -> None:
    wait = threading.Event()
    with contextlib.suppress(RuntimeError):  # no address space for more: as many as it got stay
        for _ in range(2000):
            threading.Thread(target=wait.wait, daemon=True).start()
    _wait()


def descriptors(at, record) -> None:
    kept = []
    try:
        while True:
            kept.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        record.refused["open more"] = f"{error.strerror} after {len(kept)}"
    for number in kept:
        os.close(number)
    record.save()


def printing(at, record) -> None:
    line = b"\x1b[31mhostile\x1b]0;title\x07 <script>alert(1)</script> " * 2000
    while True:
        os.write(1, line)
