"""What a fork says to its client: lines of JSON over one socket, and nothing else."""

import errno
import importlib
import json
import os
import socket
import tempfile
import traceback
from pathlib import Path

from benchmarks.errors import ProblemError

LOG = "log.txt"
TASKS = {"capabilities", "build_sample", "convert", "reference", "float64", "verify", "measure", "profile"}


class Channel:
    """The fork's end of the connection. Every line is one of `{"progress": text}`, `{"reply": …}`,
    `{"result": …}` or `{"problem": {stage, kind, message, next_step}}`."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._reader = connection.makefile("rb")

    def _say(self, kind: str, what) -> None:
        self._connection.sendall(json.dumps({kind: what}).encode() + b"\n")

    def progress(self, text: str) -> None:
        self._say("progress", text)

    def reply(self, what) -> None:
        self._say("reply", what)

    def problem(self, stage: str, kind: str, message: str, next_step: str) -> None:
        self._say("problem", {"stage": stage, "kind": kind, "message": message, "next_step": next_step})

    def next_command(self) -> dict | None:
        """The client's next line; None when it has no more."""
        line = self._reader.readline()
        return json.loads(line) if line else None


def open_log(workspace: Path) -> int:
    """A descriptor of `log.txt`, to which what the frameworks print is added. Raises OSError where a link
    has its name."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.open(workspace / LOG, flags, 0o600)


def serve_task(channel: Channel, task: str, arguments: dict, temporary: Path) -> int:
    """Runs `benchmarks.worker.<task>.run(channel, **arguments)` and sends what it returns, as the
    result, or what it raised, as a problem. Returns the exit status of the fork.

    The frameworks' temporary files go to the folder `temporary`.
    """
    os.environ["TMPDIR"] = os.environ["TORCHINDUCTOR_CACHE_DIR"] = tempfile.tempdir = str(temporary)
    os.chdir(temporary)
    try:
        if task not in TASKS:
            raise ProblemError("job", "unknown-task", f"There is no task {task!r}.", "")
        module = importlib.import_module(f"benchmarks.worker.{task}")
        channel._say("result", module.run(channel, **arguments))
    except ProblemError as error:
        channel.problem(**error.problem.to_json())
    except MemoryError:
        channel.problem(
            task,
            "out-of-memory",
            "The step ran out of memory.",
            "Use a smaller batch or input, or let the operator raise the memory limit.",
        )
    except Exception as error:
        traceback.print_exc()
        if isinstance(error, OSError) and error.errno in (errno.EFBIG, errno.ENOSPC):
            channel.problem(
                task,
                "file-too-large",
                "A file grew past what a step may write.",
                "Try a smaller model, or let the operator raise the limit on files.",
            )
        else:
            words = " ".join(str(error).split())[:600] or type(error).__name__
            channel.problem(task, type(error).__name__, words, "")
    return 0
