"""The client's side of the warm server: start it, ask it, notice how a fork ended.

Lines that come back are untrusted (a hostile model may have written them): they are size-capped
JSON, never pickle.
"""

import atexit
import contextlib
import json
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import native, sandbox
from benchmarks.answers import checked, cleaned
from benchmarks.errors import Problem, ProblemError
from benchmarks.scratch import scratch
from benchmarks.settings import Limits, data_folder, step_limits

LINE_BYTES = 4 << 20
"""The longest line taken from a fork: the samples of a round take a tenth of it. What is longer comes in
pieces, which are no JSON."""
GONE_PATIENCE_S = 90
"""The server kills a fork that is over its time; after so many seconds more it is itself gone or stuck."""
GONE_S = 2.0
"""How long a closed step is waited for; a fork that still runs is killed by the server within 50 ms."""

_ENDINGS = {
    "timeout": (
        "timeout",
        "took longer than {wall_s:g} s and was ended",
        "Try a smaller model or input, or raise FORMAT_ADVISOR_STEP_SECONDS.",
    ),
    "out-of-memory": (
        "out-of-memory",
        "used more than {memory_mb:g} MB of memory and was ended",
        "Try a smaller batch, or raise FORMAT_ADVISOR_STEP_MEMORY_MB.",
    ),
    "cpu-limit": (
        "timeout",
        "used more than {cpu_s:g} s of processor time and was ended",
        "Try a smaller model or input, or raise FORMAT_ADVISOR_STEP_SECONDS.",
    ),
    "file-limit": (
        "file-too-large",
        "wrote a file of more than {file_mb:g} MB and was ended",
        "Try a smaller model, or raise FORMAT_ADVISOR_STEP_FILE_MB.",
    ),
    "disk-limit": (
        "disk-full",
        "wrote more than {disk_mb:g} MB, or thousands of files, and was ended",
        "Try a smaller model, or raise FORMAT_ADVISOR_STEP_DISK_MB.",
    ),
    "output-limit": (
        "output-too-large",
        "printed or answered more than {output_mb:g} MB and was ended",
        "Remove printing from the model, or raise FORMAT_ADVISOR_STEP_OUTPUT_MB.",
    ),
    "process-limit": (
        "too-many-processes",
        "started more than {threads:g} processes and threads and was ended",
        "Raise FORMAT_ADVISOR_STEP_THREADS if this machine has very many processors.",
    ),
    "crashed": (
        "crashed",
        "crashed natively inside the framework",
        "The file may be damaged, or the framework has a fault with this model; see the log of the run.",
    ),
    "done": ("crashed", "ended without an answer", "See the log of the run."),
    "cancelled": ("cancelled", "was cancelled", ""),
}


_PROBLEM_KEYS = ("stage", "kind", "message", "next_step")


class Step:
    """One task in one fork. Close it to end the fork."""

    def __init__(
        self, address: str, request: dict, limits: Limits, on_progress: Callable[[str], None] | None = None
    ):
        self.task, self.limits, self._on_progress = request["task"], limits, on_progress
        self._received = 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(min(limits.wall_s + GONE_PATIENCE_S, 1e6))
        try:
            self._socket.connect(address)
        except OSError as error:
            raise ProblemError(
                "job",
                "no-server",
                f"The measuring server does not answer ({error}).",
                "Wait a moment and try again; if it stays so, restart the application.",
            ) from None
        self._reader = self._socket.makefile("rb")
        self.send({**request, "limits": vars(limits)})

    def send(self, command: dict) -> None:
        with contextlib.suppress(BrokenPipeError):  # the end line says what happened to the fork
            self._socket.sendall(json.dumps(command).encode() + b"\n")

    def receive(self, kind: str, within_s: float | None = None):
        """Waits for the next "reply" or "result" line. Raises ProblemError with what the fork said went
        wrong, with how it ended if it said nothing, or that nothing came for `within_s` seconds."""
        while True:
            message = self._next_message(within_s)
            if "progress" in message and self._on_progress:
                self._on_progress(str(message["progress"])[:500])
            elif kind in message:
                return checked(self.task, message[kind])
            elif "problem" in message:
                said = message["problem"] if isinstance(message["problem"], dict) else {}
                words = {key: str(said.get(key, ""))[:2000] for key in _PROBLEM_KEYS}
                raise ProblemError(**words)
            elif "end" in message:
                end = message["end"] if isinstance(message["end"], dict) else {}
                raise self._ended(str(end.get("kind")))

    def _next_message(self, within_s: float | None) -> dict:
        """The next line that is an object of JSON; what is none is passed over."""
        self._socket.settimeout(min(within_s or self.limits.wall_s + GONE_PATIENCE_S, 1e6))
        while True:
            try:
                line = self._reader.readline(LINE_BYTES)
            except TimeoutError:
                if within_s:
                    raise ProblemError(
                        self.task,
                        "hangs",
                        f"The step “{self.task}” did not answer for {within_s:.0f} s and was ended.",
                        "See the log of the run; the model may wait for something that never comes.",
                    ) from None
                line = b""
            if not line:
                raise ProblemError(
                    "job", "no-server", "The measuring server went away.", "Start the run again."
                )
            self._received += len(line)
            if self._received > self.limits.output_mb * 1e6:
                raise self._ended("output-limit")
            try:
                message = cleaned(json.loads(line))
            except (ValueError, RecursionError):
                continue  # a line cut short by the death of the fork; the end line follows
            if isinstance(message, dict):
                return message

    def _ended(self, end: str) -> ProblemError:
        kind, words, next_step = _ENDINGS.get(end, _ENDINGS["crashed"])
        words = f"The step “{self.task}” " + words.format(**vars(self.limits)) + "."
        return ProblemError(self.task, kind, words, next_step)

    def close(self) -> None:
        """Ends the fork where it still runs, and waits until it is gone: what it left can be cleared away
        then, and its memory and processor are free for the next."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            self._socket.settimeout(GONE_S)
            while self._socket.recv(1 << 16):
                pass
        self._reader.close()
        self._socket.close()

    def __enter__(self) -> "Step":
        return self

    def __exit__(self, *_) -> None:
        self.close()


class WarmServer:
    """A running (or starting) server at a socket address. Requests made while it loads wait."""

    def __init__(self, address: str):
        self.address = address

    def run(
        self,
        task: str,
        workspace: Path,
        on_progress: Callable[[str], None] | None = None,
        limits: Limits | None = None,
        reads: Iterable[Path] = (),
        programs: bool = False,
        **arguments,
    ):
        """Runs one task in a fork of its own and returns its result. Raises ProblemError. Arguments as for
        `open`."""
        with self.open(task, workspace, on_progress, limits, reads, programs, **arguments) as step:
            return step.receive("result")

    def open(
        self,
        task: str,
        workspace: Path,
        on_progress: Callable[[str], None] | None = None,
        limits: Limits | None = None,
        reads: Iterable[Path] = (),
        programs: bool = False,
        **arguments,
    ) -> Step:
        """Starts a task that is spoken to: `send` commands, `receive("reply")` answers. The fork may
        change what is below `workspace` and read `reads` besides, and start the system's programs where
        `programs`; `arguments` must be JSON. What the task's
        runtime needs compiled is compiled before, since the fork cannot. Raises ProblemError."""
        if arguments.get("runtime") in native.NEEDED_BY:
            if on_progress and not native.built():
                on_progress("compiling its runner in C++, once")
            native.library()
        request = {
            "task": task,
            "arguments": arguments,
            "workspace": str(workspace),
            "reads": [str(path) for path in reads],
            "programs": programs,
        }
        return Step(self.address, request, limits or step_limits(), on_progress)


class WarmKeeper:
    """Owns a warm server: starts it in the background, starts it again if it dies, ends it.

    `writable` is the only folder that tasks can write below; `protection` what keeps them in, by default
    the best that this machine has; `log` the file for what the server says, by default in `writable`. The
    server ends with this process, whatever ends this process: it watches a pipe that only this process holds
    open. Raises ProblemError where models cannot be run.
    """

    def __init__(self, writable: Path, protection: sandbox.Protection | None = None, log: Path | None = None):
        self._layers = (protection or sandbox.required()).layers
        writable.mkdir(parents=True, exist_ok=True)
        self._writable = writable
        self._log_file = log or writable / "warm-server.log"
        # A socket's path has 107 bytes at most, of which 42 are added here.
        long = len(os.fsencode(tempfile.gettempdir())) > 60
        self._resources = contextlib.ExitStack()
        folder = self._resources.enter_context(scratch(Path("/tmp") if long else None))
        self.server = WarmServer(str(folder / "warm.sock"))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.server.address)
        self._listener.listen(64)
        self._process: subprocess.Popen | None = None
        self._closed = threading.Event()
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="warm-server", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        fd = self._listener.fileno()
        while True:
            with self._starting:
                if self._closed.is_set():  # and the folder may be gone
                    return
                with self._log() as log:
                    self._process = sandbox.start(
                        "benchmarks.worker",
                        ["--listen", str(fd), "--layers", ",".join(self._layers)],
                        self._writable,
                        self._layers,
                        pass_fds=(fd,),
                        stdin=subprocess.PIPE,
                        stdout=subprocess.DEVNULL,
                        stderr=log,
                    )
            self._process.wait()
            self._closed.wait(1)

    def _log(self):
        return open(self._log_file, "wb")

    def close(self) -> None:
        with self._starting:  # none is started after this
            self._closed.set()
            process = self._process
        if process is not None:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:  # it is still loading frameworks and has not looked yet
                process.kill()
                process.wait()
        self._listener.close()
        self._resources.close()

    def __enter__(self) -> WarmServer:
        return self.server

    def __exit__(self, *_) -> None:
        self.close()


_shared: WarmKeeper | None = None
_shared_lock = threading.Lock()


def shared() -> WarmServer:
    """The warm server of this process, started in the background when first asked for. It works on the runs:
    the database lies beside them, where no task can write."""
    global _shared
    with _shared_lock:
        if _shared is None:
            folder = data_folder()
            _shared = WarmKeeper(folder / "runs", log=folder / "warm-server.log")
        return _shared.server


@atexit.register
def close() -> None:
    """Ends the warm server of this process where it has one."""
    global _shared
    with _shared_lock:
        keeper, _shared = _shared, None
    if keeper:
        keeper.close()


def problem_of(error: Exception) -> Problem:
    """The words for an error that nobody foresaw, which is a fault of this program."""
    if isinstance(error, ProblemError):
        return error.problem
    return Problem(
        "job",
        "internal-error",
        f"The program failed: {type(error).__name__}: {error}.",
        "This is a fault of Format Advisor; please report it with the log of the run.",
    )
