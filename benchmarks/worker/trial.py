"""Tries to get out of the sandbox: `python -m benchmarks.worker.trial LAYERS FOLDER PORT PID`.

Started in the very box that the warm server gets. A fork puts on LAYERS, with `FOLDER/own` as the
folder it may write, and then tries what `ATTEMPTS` lists against FOLDER, a listener on loopback and the
process PID, all of which lie outside. Prints a JSON object: "landlock", the kernel's version of it, and
"tried", attempt → whether it got out. Ends with an error where a layer cannot be put on.
"""

import fcntl
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.worker import confinement, landlock


def _read(outside: Path, port: int, pid: int) -> None:
    (outside / "canary").read_text()


def _write(outside: Path, port: int, pid: int) -> None:
    (outside / "written").write_text("out")


def _write_system(outside: Path, port: int, pid: int) -> bool:
    """Whether anything of the machine's own could be written."""
    for place in ("/", "/dev", "/dev/shm", "/tmp", "/usr"):
        path = Path(place, f"format-advisor-{os.getpid()}")
        try:
            path.write_text("out")
            path.unlink()
        except OSError:
            continue
        return True
    return False


def _connect(outside: Path, port: int, pid: int) -> None:
    socket.create_connection(("127.0.0.1", port), 1).close()


def _connect_locally(outside: Path, port: int, pid: int) -> None:
    with socket.socket(socket.AF_UNIX) as unix:
        unix.connect(f"\0format-advisor-{port}")


def _signal(outside: Path, port: int, pid: int) -> bool:
    # Inside a namespace of its own the number may belong to somebody within.
    os.kill(os.getppid(), 0)
    return True


def _signal_by_file(outside: Path, port: int, pid: int) -> None:
    """A file that signals its owner when something happens to it, the owner being somebody else."""
    reader, _ = os.pipe()
    fcntl.fcntl(reader, fcntl.F_SETOWN, os.getppid())


def _signal_outside(outside: Path, port: int, pid: int) -> bool:
    os.kill(pid, signal.SIGUSR1)
    return False  # whether it arrived, the one outside knows


def _look_into(outside: Path, port: int, pid: int) -> None:
    Path(f"/proc/{pid}/environ").read_bytes()


def _execute(outside: Path, port: int, pid: int) -> bool:
    return os.spawnv(os.P_WAIT, "/bin/true", ["true"]) == 0


def _neighbour(outside: Path, port: int, pid: int) -> None:
    """Another job's folder, which the box holds as well."""
    (outside / "box" / "neighbour" / "model").read_text()


def _empty_neighbour(outside: Path, port: int, pid: int) -> None:
    os.truncate(outside / "box" / "neighbour" / "kept", 0)


ATTEMPTS: dict[str, Callable[[Path, int, int], bool | None]] = {
    "read a file outside": _read,
    "write a file outside": _write,
    "write to the system": _write_system,
    "connect over the network": _connect,
    "connect to a local socket": _connect_locally,
    "signal the server": _signal,
    "signal the server by a file": _signal_by_file,
    "signal a process outside": _signal_outside,
    "look into a process outside": _look_into,
    "execute a program": _execute,
    "read another model": _neighbour,
    "empty another model": _empty_neighbour,
}


def _escaped(attempt: Callable[[Path, int, int], bool | None], *about) -> bool:
    try:
        return attempt(*about) is not False
    except OSError:
        return False


def main() -> None:
    layers, folder, port, pid = sys.argv[1].split(","), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    answers, answer = os.pipe()
    fork = os.fork()
    if fork == 0:
        try:
            _be_the_fork(layers, folder, port, pid, answer)
        except BaseException as error:
            print(error, file=sys.stderr, flush=True)
        finally:
            os._exit(0)
    os.close(answer)
    said = b"".join(iter(lambda: os.read(answers, 65536), b""))
    os.waitpid(fork, 0)
    if not said:
        sys.exit(1)
    print(json.dumps({"landlock": landlock.abi(), "tried": json.loads(said)}))


def _be_the_fork(layers: list[str], folder: Path, port: int, pid: int, answer: int) -> None:
    own = folder / "box" / "own"
    confinement.close_all_but({0, 1, 2, answer})
    confinement.limit(10, 100, 1)
    confinement.confine(layers, str(own))
    (own / "mine").write_text("mine")  # what it is for must work
    tried = {name: _escaped(attempt, folder, port, pid) for name, attempt in ATTEMPTS.items()}
    os.write(answer, json.dumps(tried).encode())


if __name__ == "__main__":
    main()
