"""The warm server: frameworks loaded once, one fork for each task.

Start: `python -m benchmarks.worker --listen FD`, FD being an inherited Unix stream socket that
listens. It ends when its standard input closes, which is when its owner ends, however that ended.

One connection is one task. The client sends one line of JSON, `{"task", "arguments", "limits"}`;
the fork answers with lines of JSON (see `channel.py`) and may read further lines. When the fork is
gone the server adds a last line `{"end": {"kind", "seconds", "peak_mb"}}`, `kind` being `done`,
`timeout`, `out-of-memory`, `cpu-limit`, `file-limit`, `crashed` or `cancelled`. A client that hangs up
cancels.

The server itself runs no operator of any model: that would start the frameworks' thread pools,
and a process with threads cannot be forked safely.
"""

import argparse
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass

from benchmarks.worker.channel import Channel, serve_task
from benchmarks.worker.preload import preload

TICK_MS = 50
REQUEST_BYTES = 1 << 20


@dataclass
class Fork:
    """A running task as its server sees it. Memory in bytes, times in seconds (monotonic);
    `ended` is a descriptor that becomes readable when the process is gone."""

    pid: int
    ended: int
    connection: socket.socket
    started: float
    wall_s: float
    memory: int
    memory_at_fork: int
    peak: int = 0
    ended_for: str = ""


def _resident(pid: int) -> int:
    """Resident bytes of a process; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError):
        return 0


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


def _limit_self(limits: dict, memory_at_fork: int) -> None:
    """The limits that the kernel keeps for the fork, whatever the model does."""
    import ctypes

    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    cpu, file_bytes = int(limits["cpu_s"]), int(limits["file_mb"] * 1e6)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Address space is a backstop against one sudden allocation; TensorFlow reserves a lot of it.
    with open("/proc/self/statm") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    space = mapped + 2 * int(limits["memory_mb"] * 1e6) + (4 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


class Server:
    def __init__(self, listener: socket.socket):
        self.listener = listener
        self.forks: list[Fork] = []

    def run(self) -> None:
        poll = select.poll()
        poll.register(self.listener, select.POLLIN)
        poll.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
        while True:
            events = poll.poll(TICK_MS if self.forks else None)
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

    def accept(self) -> Fork | None:
        connection, _ = self.listener.accept()
        try:
            request = _read_request(connection)
            if _hung_up(connection):  # while this server was loading: nobody waits for the answer
                connection.close()
                return None
            limits = request["limits"]
            own = _resident(os.getpid())
            pid = os.fork()
            if pid == 0:
                self.be_the_fork(connection, request, own)
            fork = Fork(
                pid,
                os.pidfd_open(pid),
                connection,
                time.monotonic(),
                limits["wall_s"],
                int(limits["memory_mb"] * 1e6),
                own,
            )
            self.forks.append(fork)
            return fork
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            print(f"request refused: {error!r}", file=sys.stderr)
            connection.close()
            return None

    def be_the_fork(self, connection: socket.socket, request: dict, own: int) -> None:
        """Never returns."""
        code = 1
        try:
            self.listener.close()
            for fork in self.forks:
                fork.connection.close()
            os.close(0)
            os.open(os.devnull, os.O_RDONLY)
            _limit_self(request["limits"], own)
            code = serve_task(Channel(connection), request["task"], request["arguments"])
        finally:
            os._exit(code)

    def look_after(self, fork: Fork) -> bool:
        """Holds one fork to its limits; True when it is gone and its client was told."""
        fork.peak = max(fork.peak, _resident(fork.pid) - fork.memory_at_fork)
        if not fork.ended_for:
            if time.monotonic() - fork.started > fork.wall_s:
                fork.ended_for = "timeout"
            elif fork.peak > fork.memory:
                fork.ended_for = "out-of-memory"
            else:
                fork.ended_for = "cancelled" if _hung_up(fork.connection) else ""
            if fork.ended_for:
                os.kill(fork.pid, signal.SIGKILL)
        pid, status = os.waitpid(fork.pid, 0 if fork.ended_for else os.WNOHANG)
        if pid == 0:
            return False
        by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        kinds = {signal.SIGXCPU: "cpu-limit", signal.SIGXFSZ: "file-limit"}
        done = "done" if status == 0 else kinds.get(by, "crashed")
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
        return True

    def stop(self) -> None:
        for fork in self.forks:
            os.kill(fork.pid, signal.SIGKILL)
            os.waitpid(fork.pid, 0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker")
    parser.add_argument("--listen", type=int, required=True, metavar="FD")
    listener = socket.socket(fileno=parser.parse_args().listen)
    preload()
    gc.collect()
    gc.freeze()  # a collection in a fork would touch, and so copy, every page it shares
    Server(listener).run()


main()
