"""What the client receives, what is left for others to read, and odd ends."""

import ctypes
import json
import os
import signal
import sys
import time

from tests.security.corpus.attempts.record import connection, say


def flood_of_lines(at, record) -> None:
    while True:
        say(b'{"progress": "x"}\n' * 1000)


def flood_of_nonsense(at, record) -> None:
    while True:
        say(b"nonsense\n" * 1000)


def long_line(at, record) -> None:
    say(b'{"result": "')
    for _ in range(100):
        say(b"x" * 1_000_000)
    say(b'"}\n')


def endless_line(at, record) -> None:
    while True:
        say(b"x" * 1_000_000)


def deep_json(at, record) -> None:
    say(b'{"result": ' + b"[" * 1_000_000 + b"\n")


def fake_end(at, record) -> None:
    say(b'{"end": {"kind": "done", "seconds": 0, "peak_mb": 0}}\n')
    time.sleep(3600)


def fake_problem(at, record) -> None:
    text = f"![x](http://127.0.0.1:{at.tcp}/) <script>alert(1)</script> \x1b[31m [link](javascript:x)"
    said = {"stage": text, "kind": text, "message": text * 1000, "next_step": text}
    say(json.dumps({"problem": said}).encode() + b"\n")
    time.sleep(3600)


def fake_result(at, record) -> None:
    say(b'{"result": {"runtime": null, "inputs": 7, "outputs": {}, "cases": "x", "findings": [[]]}}\n')
    os._exit(0)


def numbers_without_end(at, record) -> None:
    say(b'{"result": {"cases": ' + b"9" * 5_000_000 + b', "x": NaN, "y": -Infinity}}\n')
    os._exit(0)


def not_text(at, record) -> None:
    say(bytes(range(128, 256)) * 100 + b"\n" + b'{"\xff": 1}\n' + b"\0" * 1000 + b"\n")


def hang_up(at, record) -> None:
    """Closes its end and goes on."""
    channel = connection()
    os.close(channel)
    time.sleep(3600)


def half_a_line(at, record) -> None:
    say(b'{"result": {"cases"')
    os.close(connection())
    os._exit(0)


def second_result(at, record) -> None:
    """An answer before the real one, then the real one."""
    say(b'{"result": "mine"}\n')


def linked_results(at, record) -> None:
    """The file of the reference run is a link to the canary, or a fifo that nobody writes to."""
    record.attempt("results as a link", os.symlink, at.canary, record.folder / "reference.npz")
    record.attempt("log as a link", _replace_log, at, record)


def _replace_log(at, record):
    os.unlink(record.folder / "log.txt")
    os.symlink(at.canary, record.folder / "log.txt")


def fifo_results(at, record) -> None:
    record.attempt("results as a fifo", os.mkfifo, record.folder / "reference.json")


def exit_now(at, record) -> None:
    os._exit(0)


def crash(at, record) -> None:
    ctypes.string_at(0)


def kill_self(at, record) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stop_self(at, record) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def recursion(at, record) -> None:
    sys.setrecursionlimit(1 << 30)

    def again(n):
        return list(map(again, [n]))  # through C, so that the stack of the process is used up

    again(0)


def unlimited_exception(at, record) -> None:
    raise RuntimeError("hostile " * 1_000_000 + "<script>alert(1)</script>\n\x1b[31m")
