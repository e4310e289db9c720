"""A PostgreSQL server of one's own, for tests and measurements; it ends with whoever started it."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

SYSTEM_USER = "postgres"
"""Of Debian's package: the server refuses to run as root, who runs this in a container."""
START_S = 60


def program(name: str) -> str:
    """A program of the PostgreSQL server, which Debian keeps out of the PATH."""
    found = shutil.which(name) or max(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), default="")
    assert found, f"{name} is missing; make system installs it (Debian: apt-get install postgresql)"
    return found


@contextmanager
def postgresql(durable: bool = True) -> Iterator[str]:
    """The address of a server that was started for this, without a database's name at its end. One that is
    not `durable` never waits for the disk: only a machine that fails loses what it was told."""
    # Not below this process's own folder for such things, which the server's user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="fa-pg-", dir="/tmp"))
    user = SYSTEM_USER if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    common = {"user": user, "cwd": folder, "env": environment}
    initialise = [program("initdb"), "-D", str(folder / "data"), "-U", "tests", "--auth=trust", "--no-sync"]
    subprocess.run([*initialise, "-E", "UTF8"], check=True, stdout=subprocess.DEVNULL, timeout=120, **common)
    with open(folder / "log", "wb") as log:
        server = subprocess.Popen(
            [program("postgres"), "-D", "data", "-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1",
             "-c", "max_connections=200", "-c", f"fsync={'on' if durable else 'off'}"],
            stdout=log, stderr=log, **common,
        )  # fmt: skip
    try:
        address = f"postgresql://tests@127.0.0.1:{port}"
        _wait(server, address, folder / "log")
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # which does not wait for open sessions
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen, address: str, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()[-2000:]
        try:
            psycopg.connect(f"{address}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"no answer in {START_S} s:\n{log.read_text()[-2000:]}")


@contextmanager
def database(server: str, name: str) -> Iterator[str]:
    """The address of an empty database on the server, dropped at the end."""
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{server}/{name}"
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
