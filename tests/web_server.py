"""Starts the real server for a test and ends it, with everything it started, by process id."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60  # a busy machine with two cores; on an idle one it is about 2


def free_port() -> int:
    """A port of the loopback interface that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def streamlit_command(port: int) -> list[str]:
    """What `make run` runs, on another port."""
    return [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]


@contextmanager
def served(
    command: list[str],
    port: int,
    data: Path,
    folder: Path = ROOT,
    user: int | None = None,
    settings: dict[str, str] | None = None,
) -> Iterator[str]:
    """Runs `command` in `folder` and yields the address once its health check answers.

    `data` becomes the data folder and the home, and holds the log; `settings` are further environment
    variables. Raises AssertionError with the end of
    the log if the server ends or does not answer within START_SECONDS.
    """
    log = data / "server.log"
    environment = os.environ | {
        "HOME": str(data),
        "FORMAT_ADVISOR_DATA": str(data),
        "ORT_DISABLE_TELEMETRY": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Most servers under test run no model.
        "FORMAT_ADVISOR_LOAD_LATE": "1",
        # All tests are one client, and faster than a person.
        "FORMAT_ADVISOR_UPLOADS_PER_MINUTE": "1000",
        "FORMAT_ADVISOR_REQUESTS_PER_MINUTE": "10000",
        **(settings or {}),
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            user=user,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(server, port, log)
        yield f"http://localhost:{port}"
    finally:
        _end(server)


def _wait_until_healthy(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended:\n{log.read_text()[-2000:]}"
        try:
            with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                if answer.read() == b"ok":
                    return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"no answer in {START_SECONDS} s:\n{log.read_text()[-2000:]}")


def _end(server: subprocess.Popen[bytes]) -> None:
    """Asks the server to stop, then kills what is left of its process group, which is its own."""
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
