"""The warm server: frameworks loaded once, one fork for each task.

Start: `python -m benchmarks.worker --listen FD --layers NAME,…`, FD being an inherited Unix stream
socket that listens, the layers those that every fork puts on (see `confinement.py`). It ends when its
standard input closes, which is when its owner ends, however that ended.

One connection is one task. The client sends one line of JSON, `{"task", "arguments", "workspace",
"reads", "programs", "limits"}`; the fork answers with lines of JSON (see `channel.py`) and may read
further lines.
When the fork is gone, with all that it started and its temporary files, the server adds a last line
`{"end": {"kind", "signal", "seconds", "peak_mb"}}`, `kind` being `done`, `timeout`, `out-of-memory`,
`cpu-limit`, `file-limit`, `disk-limit`, `output-limit`, `process-limit`, `crashed` or `cancelled`. A
client that hangs up cancels.

The server itself runs no operator of any model: that would start the frameworks' thread pools,
and a process with threads cannot be forked safely.
"""

import argparse
import ctypes
import gc
import json
import os
import secrets
import select
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.plain_files import discard
from benchmarks.worker import confinement, runtimes, supervision
from benchmarks.worker.channel import Channel, open_log, serve_task
from benchmarks.worker.preload import LATER, NEED_LATER, load, preload

TICK_MS = 50
IDLE_MS = 2000
"""Without a task for so long, it loads what few models need; within a comparison the next comes sooner."""
DISK_EVERY_S = 0.5
REQUEST_BYTES = 1 << 20
_PR_SET_CHILD_SUBREAPER = 36
_BY_SIGNAL = {signal.SIGXCPU: "cpu-limit", signal.SIGXFSZ: "file-limit"}


@dataclass
class Fork:
    """A running task as its server sees it. Times in seconds (monotonic), sizes in bytes; `ended` is a
    descriptor that becomes readable when the process is gone, `log` one of the file that it prints into;
    `before` is what its folder and its log held when it began."""

    pid: int
    ended: int
    connection: socket.socket
    log: int
    limits: dict[str, float]
    workspace: str
    temporary: str
    shared: int
    before: tuple[float, int]
    started: float = field(default_factory=time.monotonic)
    disk_looked: float = field(default_factory=time.monotonic)
    peak: int = 0
    ended_for: str = ""

    def offence(self) -> str:
        """The limit that it is over now, "" if none."""
        now = time.monotonic()
        usage = supervision.usage(self.pid, self.shared)
        self.peak = max(self.peak, usage.memory)
        if now - self.started > self.limits["wall_s"]:
            return "timeout"
        if self.peak > self.limits["memory_mb"] * 1e6:
            return "out-of-memory"
        if usage.threads > self.limits["threads"]:
            return "process-limit"
        if os.fstat(self.log).st_size - self.before[1] > self.limits["output_mb"] * 1e6:
            return "output-limit"
        if now - self.disk_looked > DISK_EVERY_S:
            self.disk_looked = now
            if self.written() > self.limits["disk_mb"] * 1e6:
                return "disk-limit"
        return "cancelled" if _hung_up(self.connection) else ""

    def written(self) -> float:
        """Bytes more on the disk than when it began, files without a name included."""
        nameless = sum(supervision.nameless(pid) for pid in supervision.tree(self.pid))
        return supervision.written(self.workspace) + nameless - self.before[0]

    def kill(self) -> None:
        """Ends it with everything that it started."""
        for pid in supervision.halt(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _hung_up(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))


def _read_request(connection: socket.socket) -> dict:
    connection.settimeout(10)
    line = b""
    while not line.endswith(b"\n"):
        piece = connection.recv(65536)
        if not piece or len(line) > REQUEST_BYTES:
            raise ValueError("no whole request line came")
        line += piece
    connection.settimeout(None)
    return json.loads(line)


class Server:
    def __init__(self, listener: socket.socket):
        self.listener = listener
        self.forks: list[Fork] = []
        self.later = list(LATER)

    def run(self) -> None:
        poll = select.poll()
        poll.register(self.listener, select.POLLIN)
        poll.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
        while True:
            events = poll.poll(TICK_MS if self.forks else IDLE_MS if self.later else None)
            if not events and not self.forks and self.later:
                self.load_later(1)
            for descriptor, _ in events:
                if descriptor == sys.stdin.fileno():
                    return self.stop()
                if descriptor == self.listener.fileno() and (fork := self.accept()):
                    poll.register(fork.ended, select.POLLIN)
            for fork in self.forks:
                if self.look_after(fork):
                    poll.unregister(fork.ended)
                    os.close(fork.ended)
                    fork.ended = -1
            self.forks = [fork for fork in self.forks if fork.ended >= 0]

    def load_later(self, count: int) -> None:
        """Only while no fork needs looking after."""
        for name in self.later[:count]:
            load(name)
        del self.later[:count]
        gc.freeze()

    def accept(self) -> Fork | None:
        connection, _ = self.listener.accept()
        try:
            request = _read_request(connection)
            if _hung_up(connection):  # while this server was loading: nobody waits for the answer
                connection.close()
                return None
            workspace = str(request["workspace"])
            limits = {name: float(value) for name, value in request["limits"].items()}
            if request["arguments"].get("source_format") in NEED_LATER and not self.forks:
                self.load_later(len(self.later))
            shared = supervision.resident(os.getpid())
            log = open_log(Path(workspace))
            before = supervision.written(workspace), os.fstat(log).st_size
            if before[0] == float("inf"):
                raise ValueError("its folder holds too much already")
            temporary = os.path.join(workspace, f"tmp-{secrets.token_hex(4)}")
            os.mkdir(temporary, 0o700)
            pid = os.fork()
            if pid == 0:
                self.be_the_fork(connection, request, limits, temporary, log)
            ended = os.pidfd_open(pid)
            fork = Fork(pid, ended, connection, log, limits, workspace, temporary, shared, before)
            self.forks.append(fork)
            return fork
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            print(f"request refused: {error!r}", file=sys.stderr)
            connection.close()
            return None

    def be_the_fork(
        self, connection: socket.socket, request: dict, limits: dict[str, float], temporary: str, log: int
    ) -> None:
        """Never returns."""
        code = 1
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for standard, descriptor in enumerate((null, log, log)):
                os.dup2(descriptor, standard)
            confinement.close_all_but({0, 1, 2, connection.fileno()})
            confinement.limit(limits["cpu_s"], limits["memory_mb"], limits["file_mb"])
            workspace = str(request["workspace"])
            reads = [str(path) for path in request["reads"]]
            confinement.confine(confinement.in_force, workspace, reads, request["programs"])
            arguments = {**request["arguments"], "workspace": workspace}
            code = serve_task(Channel(connection), request["task"], arguments, Path(temporary))
        finally:
            os._exit(code)

    def look_after(self, fork: Fork) -> bool:
        """Holds one fork to its limits; True when it is gone and its client was told."""
        if not fork.ended_for:
            fork.ended_for = fork.offence()
            if fork.ended_for:
                fork.kill()
        pid, status = os.waitpid(fork.pid, 0 if fork.ended_for else os.WNOHANG)
        if pid == 0:
            return False
        self.clear_orphans()
        discard(Path(fork.temporary))
        by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        done = "done" if status == 0 else _BY_SIGNAL.get(by, "crashed")
        end = {
            "kind": fork.ended_for or done,
            "signal": by,
            "seconds": time.monotonic() - fork.started,
            "peak_mb": fork.peak / 1e6,
        }
        try:
            fork.connection.setblocking(False)
            fork.connection.sendall(b"\n" + json.dumps({"end": end}).encode() + b"\n")
        except OSError:
            pass  # the client has gone; nobody is left to tell
        fork.connection.close()
        os.close(fork.log)
        return True

    def clear_orphans(self) -> None:
        """Ends what forks started and left: such processes become this one's children (only where a fork
        was not forbidden to start any)."""
        for child in supervision.children(os.getpid()):
            if child not in {fork.pid for fork in self.forks}:
                for pid in supervision.halt(child):
                    with suppress(ProcessLookupError, ChildProcessError):
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, 0)

    def stop(self) -> None:
        for fork in self.forks:
            fork.kill()
            os.waitpid(fork.pid, 0)
            discard(Path(fork.temporary))
        self.forks = []
        self.clear_orphans()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker")
    parser.add_argument("--listen", type=int, required=True, metavar="FD")
    parser.add_argument("--layers", default="", metavar="NAME,…")
    arguments = parser.parse_args()
    # What a fork leaves behind becomes a child of this process, where it is seen.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    confinement.in_force = frozenset(filter(None, arguments.layers.split(",")))
    listener = socket.socket(fileno=arguments.listen)
    tempfile.tempdir = "/tmp"  # read-only in the box; a framework that is imported asks where it is
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = tempfile.tempdir  # torch would make a folder when it is imported
    gc.disable()  # of what is imported nothing is garbage, and looking for it takes a quarter of the time
    preload()
    runtimes.read_installed()
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, every page it shares
    gc.enable()
    Server(listener).run()


main()
