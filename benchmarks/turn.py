"""One measuring job at a time on a machine; the others wait in line and know their place.

A ticket is a file that its owner keeps locked (`flock`). The kernel drops the lock when the owner
ends, however it ends, so a dead owner never blocks the line.
"""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

POLL_S = 0.1


def line_folder() -> Path:
    """One line for each machine and user, whatever data folder an instance uses."""
    return Path(tempfile.gettempdir(), f"format-advisor-line-{os.getuid()}")


@contextlib.contextmanager
def take(on_place: Callable[[int], None]) -> Iterator[None]:
    """Waits for the turn and holds it. `on_place(n)` is told how many are before us when that changes,
    0 being our turn."""
    folder = line_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    ticket = _draw_ticket(folder)
    try:
        told = None
        while (place := _place(folder, ticket)) > 0:
            if place != told:
                on_place(told := place)
            time.sleep(POLL_S)
        on_place(0)
        yield
    finally:
        Path(ticket.name).unlink(missing_ok=True)
        ticket.close()


def _draw_ticket(folder: Path):
    """A locked file with a name that sorts after all earlier ones; dead tickets are cleared away. Done
    under a lock of its own, so that nobody takes a ticket that is not locked yet for dead."""
    with open(folder / "draw.lock", "w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        for path in folder.glob("*.ticket"):
            if not held(path):
                path.unlink(missing_ok=True)
        last = max((int(path.stem) for path in folder.glob("*.ticket")), default=0)
        ticket = open(folder / f"{last + 1:012d}.ticket", "w")  # noqa: SIM115 – held as long as the turn
        fcntl.flock(ticket, fcntl.LOCK_EX)
        return ticket


def _place(folder: Path, ticket) -> int:
    """How many living tickets are older."""
    own = Path(ticket.name).name
    return sum(path.name < own and held(path) for path in folder.glob("*.ticket"))


def held(lock: Path) -> bool:
    """Whether a living process holds this lock file. Looked at with a shared lock, so that two who look at
    once do not take each other for the holder."""
    try:
        with open(lock) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False
