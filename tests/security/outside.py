"""The world outside the sandbox, as a test keeps and watches it: what a payload reaches for, and what came
of it."""

import io
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import threading
import uuid
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import psutil

from tests.security.corpus.case import Targets

SHARED_FOLDERS = ("/tmp", "/dev/shm", "/var/tmp", "/run", "/dev/mqueue", "/")
SECRET_BYTES = 32


@dataclass
class Harm:
    """What got out, item by item: `markers` written, `changes` to files outside, `leaks` of the canary's
    text, `connections`, whether the bystander was `killed`, `orphans` still running, what is `left` in
    the machine's shared places, `tracebacks` of our own."""

    markers: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    connections: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def kinds(self) -> set[str]:
        return {name for name, found in vars(self).items() if found}

    def add(self, other: "Harm") -> None:
        for one in fields(Harm):
            getattr(self, one.name).extend(getattr(other, one.name))


class Outside:
    """Everything lies below `folder`: `data` is what the warm server may write below, the rest is not."""

    def __init__(self, folder: Path):
        self.folder, self.data, self.markers = folder, folder / "data", folder / "markers"
        self.canary, self.sibling = folder / "canary", self.data / "sibling"
        self.secret = uuid.uuid4().hex
        self.token = f"format-advisor-test-{self.secret[:8]}"
        self.connections: list[str] = []
        self.sibling.mkdir(parents=True)
        self._sockets = self._listen()
        self._victim = self._start_victim()
        self._closing = threading.Event()
        self._restore()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def targets(self) -> Targets:
        tcp, udp = (self._sockets[name].getsockname()[1] for name in ("tcp", "udp"))
        return Targets(
            markers=str(self.markers),
            canary=str(self.canary),
            secret=self.secret,
            sibling=str(self.sibling),
            tcp=tcp,
            udp=udp,
            abstract=self.token,
            victim=self._victim.pid,
            token=self.token,
        )

    def _listen(self) -> dict[str, socket.socket]:
        sockets = {
            "tcp": socket.create_server(("127.0.0.1", 0)),
            "udp": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            "abstract": socket.socket(socket.AF_UNIX),
            "unix": socket.socket(socket.AF_UNIX),
        }
        sockets["udp"].bind(("127.0.0.1", 0))
        sockets["abstract"].bind(f"\0{self.token}")
        # Bound by a short name: a socket's whole path has 107 bytes at most.
        before = os.getcwd()
        os.chdir(self.sibling)
        sockets["unix"].bind("socket")
        os.chdir(before)
        os.chmod(self.sibling / "socket", 0o777)
        for name in ("abstract", "unix"):
            sockets[name].listen()
        return sockets

    @staticmethod
    def _start_victim() -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

    def _watch(self) -> None:
        while not self._closing.is_set():
            ready, _, _ = select.select(list(self._sockets.values()), [], [], 0.1)
            for name, one in self._sockets.items():
                if one in ready:
                    self.connections.append(name)
                    one.recv(4096) if name == "udp" else one.accept()[0].close()

    def _restore(self) -> None:
        """As it was before the first case."""
        for place in (self.markers, self.canary, self.sibling / "planted"):
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        self.markers.mkdir(mode=0o755)
        for file in (self.canary, self.sibling / "model.bin"):
            file.write_text(self.secret)
            file.chmod(0o644)
        self._before = self._state()

    def _state(self) -> dict[str, tuple]:
        """Content, mode, owner, number of names and time of the files that must not change."""
        state = {"another run's folder": tuple(sorted(os.listdir(self.sibling)))}
        for name, file in (("the canary", self.canary), ("another run's file", self.sibling / "model.bin")):
            if not file.is_file():
                state[name] = ()
                continue
            found = file.stat()
            about = (found.st_mode, found.st_uid, found.st_gid, found.st_nlink, found.st_mtime_ns)
            state[name] = (*about, tuple(os.listxattr(file)), file.read_bytes())
        return state

    def harm(self, folder: Path, answer: object, own: set[int]) -> Harm:
        """What a case did outside: `folder` is its run's, `answer` what its job answered, `own` the ids of
        the processes that belong here. Everything is put back as it was."""
        harm = Harm()
        harm.markers = sorted(os.listdir(self.markers)) if self.markers.is_dir() else ["the folder is gone"]
        after = self._state()
        harm.changes = [name for name, state in self._before.items() if after[name] != state]
        harm.leaks = [str(path) for path in _files(folder) if _holds(path, self.secret)]
        harm.leaks += ["the answer"] if self.secret in json.dumps(answer, default=str) else []
        harm.connections, self.connections = self.connections, []
        if self._victim.poll() is not None:
            harm.killed = ["the bystander"]
        harm.orphans = [f"{p.pid} {p.name()}" for p in self.processes() if p.pid not in own]
        harm.left = self._left()
        log = self.data / "warm-server.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        harm.tracebacks = ["the warm server"] if "Traceback" in text else []
        if harm.markers or harm.changes:
            self._restore()
        return harm

    def processes(self) -> list[psutil.Process]:
        """Descendants of this process but the bystander, and whatever else works in our folder."""
        found = [p for p in psutil.Process().children(recursive=True) if p.pid != self._victim.pid]
        known = {p.pid for p in found} | {os.getpid()}
        for process in psutil.process_iter():
            try:
                if process.pid not in known and str(self.folder) in process.cwd():
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return [p for p in found if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    def _left(self) -> list[str]:
        left = [
            path for folder in SHARED_FOLDERS if os.path.lexists(path := os.path.join(folder, self.token))
        ]
        for path in left:
            os.unlink(path)
        key = 0x464D0000 | (sum(self.token.encode()) & 0xFFFF)
        for kind, option in (("shm", "-M"), ("sem", "-S"), ("msg", "-Q")):
            lines = Path("/proc/sysvipc", kind).read_text().splitlines()[1:]
            if any(int(line.split()[0]) == key for line in lines):
                left.append(f"System V {kind}")
                subprocess.run(["ipcrm", option, str(key)], check=True)
        return left

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        for one in self._sockets.values():
            one.close()
        self._victim.kill()
        self._victim.communicate()


def _files(folder: Path) -> list[Path]:
    return [Path(at, name) for at, _, names in os.walk(folder) for name in names]


def _holds(path: Path, secret: str) -> bool:
    """Whether a plain file has the secret in its bytes, or in the numbers of its arrays."""
    if path.is_symlink() or not path.is_file() or path.stat().st_blocks > 200_000:
        return False
    data = path.read_bytes() if path.stat().st_size < 100 << 20 else b""
    if secret.encode() in data:
        return True
    if path.suffix != ".npz":
        return False
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return any(_spells(arrays[name], secret) for name in arrays)
    except (ValueError, OSError, EOFError, KeyError):
        return False


def _spells(array: np.ndarray, secret: str) -> bool:
    """Whether the numbers are the secret's letters."""
    if array.dtype.kind not in "fiu":
        return secret in str(array.tolist())
    return secret.encode() in np.clip(np.nan_to_num(array), 0, 255).astype(np.uint8).tobytes()
