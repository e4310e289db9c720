"""The box that the warm server and its forks live in.

With bubblewrap: own user, process, network, IPC and host name spaces; a read-only system; the
environment cleared; only the data it is given to work on writable. Whether that works on this
machine is decided by trying to get out of it, never by looking for the program alone. Without it
the frameworks run as plain processes with limits but no walls, and every report says so.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.settings import PROJECT

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime ≥ 1.29 sends telemetry unless told not to
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONPATH": str(PROJECT),
}
"""All that a worker sees of the environment: no secret of the operator's can leak into a model."""

_ESCAPES = """
import os, socket, sys
out = []
try:
    s = socket.socket(); s.settimeout(1); s.connect(("127.0.0.1", int(sys.argv[1]))); out.append("connect")
except OSError: pass
try:
    open(sys.argv[2]).read(); out.append("read")
except OSError: pass
try:
    open(sys.argv[2] + ".new", "w").close(); out.append("write")
except OSError: pass
try:
    if int(sys.argv[3]) > 9:  # smaller numbers exist inside as well
        os.kill(int(sys.argv[3]), 0); out.append("signal")
except OSError: pass
for path in ("/", "/dev", "/usr"):
    try:
        open(os.path.join(path, "escape"), "w").close(); out.append("write " + path)
    except OSError: pass
print(" ".join(out) or "contained")
"""


@dataclass(frozen=True)
class Protection:
    """`mode`: "namespaces" or "none"; `reason`: one sentence for the start line and the report."""

    mode: str
    reason: str


def _bubblewrap(writable: Path | None) -> list[str]:
    """The bubblewrap command line up to the program. `writable` is the one folder left open."""
    read_only = [
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/alternatives",
        "/sys/devices/system/cpu",
        sys.base_prefix,
        sys.prefix,
    ]
    read_only += [str(PROJECT / "benchmarks")]
    line = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-user",
        "--unshare-ipc",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-uts",
        "--disable-userns",
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
    ]
    for name, value in ENVIRONMENT.items():
        line += ["--setenv", name, value]
    line += ["--proc", "/proc", "--dev", "/dev", "--size", str(1 << 30), "--tmpfs", "/tmp"]
    for path in dict.fromkeys(read_only):
        line += ["--ro-bind-try", path, path]
    if writable is not None:
        line += ["--bind", str(writable), str(writable)]
    return [*line, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]


@cache
def protection() -> Protection:
    """Starts the box once, tries to read, write, connect and signal out of it, and says what held."""
    import socket

    if not shutil.which("bwrap"):
        return Protection("none", "bubblewrap is not installed, so models run without a sandbox.")
    with tempfile.TemporaryDirectory() as outside, socket.create_server(("127.0.0.1", 0)) as listener:
        canary = Path(outside, "canary")
        canary.write_text("canary")
        arguments = [str(listener.getsockname()[1]), str(canary), str(os.getpid())]
        try:
            trial = subprocess.run(
                [*_bubblewrap(None), sys.executable, "-I", "-c", _ESCAPES, *arguments],
                capture_output=True,
                text=True,
                timeout=20,
                stdin=subprocess.DEVNULL,
                env=dict(ENVIRONMENT),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Protection(
                "none", f"bubblewrap does not run here ({error}); models run without a sandbox."
            )
    if trial.returncode:
        words = trial.stderr.strip().splitlines()
        cause = words[-1] if words else f"exit {trial.returncode}"
        return Protection("none", f"bubblewrap does not work here ({cause}); models run without a sandbox.")
    if trial.stdout.strip() != "contained":
        return Protection("none", f"bubblewrap let a trial escape ({trial.stdout.strip()}); not relied on.")
    return Protection("namespaces", "Models run in their own namespaces, without network (bubblewrap).")


def start(module: str, arguments: list[str], writable: Path, **popen) -> subprocess.Popen:
    """Starts `python -m module` in the best box this machine has. `popen` goes to `subprocess.Popen`."""
    program = [sys.executable, "-m", module, *arguments]
    if protection().mode == "namespaces":
        program = [*_bubblewrap(writable), *program]
    # Bubblewrap stays process 1 inside, where anybody can read the environment that it was started with.
    return subprocess.Popen(program, env=dict(ENVIRONMENT), cwd=PROJECT, **popen)
