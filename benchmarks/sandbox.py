"""The box that the warm server and its forks live in, chosen by trying to get out of it.

Three layers. *Namespaces* (bubblewrap) hold the whole server: own user, process, network, IPC and host
name spaces, a read-only system, the environment cleared. *Landlock* and *seccomp* are put on by each
fork: it reaches its own folder and the files it was given, and makes no call that inference does not
need. Where bubblewrap does not work the two others stand alone; where neither does, no model is run,
unless the operator says so.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from benchmarks import settings
from benchmarks.errors import ProblemError
from benchmarks.settings import PROJECT
from benchmarks.system_paths import SYSTEM

NAMESPACES, LANDLOCK, SECCOMP = "namespaces", "landlock", "seccomp"

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

FULL_LANDLOCK_ABI, LEAST_LANDLOCK_ABI = 6, 4
"""From 6 on Landlock also keeps signals and local sockets in; below 4 it knows no network."""
_NEIGHBOUR = "read another model"
_TRIAL_S = 20


@dataclass(frozen=True)
class Trial:
    """One combination of layers, tried. `escaped` lists what got out, `attempts` what was tried; `failure`
    says why it could not be tried at all; `landlock_abi` is the kernel's version of Landlock."""

    layers: frozenset[str]
    attempts: tuple[str, ...] = ()
    escaped: tuple[str, ...] = ()
    failure: str = ""
    landlock_abi: int = 0

    @property
    def holds(self) -> bool:
        return bool(self.attempts) and set(self.escaped) <= {_NEIGHBOUR}


@dataclass(frozen=True)
class Protection:
    """`mode`: "namespaces", "landlock" or "none"; `layers`: which of the three are on; `degraded`: it
    holds, but not as well as it could; `reason`: a sentence or two for the start line and the report."""

    mode: str
    layers: frozenset[str] = field(default_factory=frozenset)
    degraded: bool = False
    reason: str = ""


def _bubblewrap(writable: Path) -> list[str]:
    """The bubblewrap command line up to the program. `writable` is the one folder left open."""
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
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in SYSTEM:
        line += ["--ro-bind-try", path, path]
    line += ["--bind", str(writable), str(writable)]
    # /tmp as well: what one job left there, the next would find.
    return [*line, *("--remount-ro", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/"), "--chdir", "/"]


def start(
    module: str, arguments: list[str], writable: Path, layers: frozenset[str], **popen
) -> subprocess.Popen:
    """Starts `python -m module`, inside namespaces if `layers` has them, in which `writable` is the only
    folder that can be changed. `popen` goes to `subprocess.Popen`."""
    program = [sys.executable, "-m", module, *arguments]
    if NAMESPACES in layers:
        program = [*_bubblewrap(writable), *program]
    # Bubblewrap stays process 1 inside, where anybody can read the environment that it was started with.
    return subprocess.Popen(program, env=dict(ENVIRONMENT), cwd=PROJECT, **popen)


def attempt(layers: frozenset[str]) -> Trial:
    """Puts these layers on and tries to read, write, connect, signal and execute out of them."""
    if NAMESPACES in layers and not shutil.which("bwrap"):
        return Trial(layers, failure="Bubblewrap is not installed.")
    with (
        tempfile.TemporaryDirectory(prefix="format-advisor-trial-") as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX) as local,
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander,
    ):
        outside, port = Path(folder), listener.getsockname()[1]
        (outside / "canary").write_text("canary")
        (outside / "box" / "own").mkdir(parents=True)
        (outside / "box" / "neighbour").mkdir()
        (outside / "box" / "neighbour" / "model").write_text("model")
        (outside / "box" / "neighbour" / "kept").write_text("model")
        local.bind(f"\0format-advisor-{port}")
        local.listen()
        about = [",".join(layers), folder, str(port), str(bystander.pid)]
        trial = start(
            "benchmarks.worker.trial",
            about,
            outside / "box",
            layers,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            said, complaint = trial.communicate(timeout=_TRIAL_S)
        except subprocess.TimeoutExpired:
            trial.kill()
            trial.communicate()
            return Trial(layers, failure=f"The trial did not end in {_TRIAL_S} s.")
        finally:
            signalled = bystander.poll() is not None
            bystander.kill()
    if trial.returncode:
        words = complaint.strip().splitlines()
        cause = words[-1] if words else f"exit {trial.returncode}"
        what = "Bubblewrap" if NAMESPACES in layers else "Landlock"
        return Trial(layers, failure=f"{what} does not work here ({cause}).")
    answer = json.loads(said)
    if NAMESPACES not in layers and answer["landlock"] < LEAST_LANDLOCK_ABI:
        return Trial(layers, failure=f"Landlock is too old here (version {answer['landlock']}).")
    escaped = [name for name, got_out in answer["tried"].items() if got_out]
    escaped += ["signal a process outside"] if signalled else []
    return Trial(layers, tuple(answer["tried"]), tuple(escaped), landlock_abi=answer["landlock"])


@cache
def trials() -> tuple[Trial, ...]:
    """Every combination of layers that was tried at start, the best first, up to the first that holds."""
    tried: list[Trial] = []
    for layers in ((NAMESPACES, LANDLOCK, SECCOMP), (NAMESPACES, SECCOMP), (LANDLOCK, SECCOMP)):
        tried.append(attempt(frozenset(layers)))
        if tried[-1].holds:
            break
    return tuple(tried)


@cache
def protection() -> Protection:
    """The best protection that nothing escaped from on this machine, by trying."""
    last = trials()[-1]
    if not last.holds:
        why = _why_not(trials())
        if settings.UNSAFE_NO_SANDBOX.value():
            return Protection("none", reason=f"NO SANDBOX: models run with limits and no walls. {why}")
        return Protection("none", reason=f"No sandbox works here, so no model is run. {why}")
    older = LANDLOCK in last.layers and last.landlock_abi < FULL_LANDLOCK_ABI
    degraded = bool(last.escaped) or older
    if NAMESPACES in last.layers:
        text = "Models run in their own namespaces without network (bubblewrap), each confined by "
        text += "Landlock and seccomp." if LANDLOCK in last.layers else "seccomp."
    else:
        text = f"Models run confined by Landlock and seccomp, without namespaces. {_why_not(trials()[:-1])}"
    if LANDLOCK not in last.layers:
        text += " Without Landlock in this kernel one model can read and change another's files."
    elif older:
        text += f" Landlock is an older one here (version {last.landlock_abi}), which is weaker."
    return Protection(NAMESPACES if NAMESPACES in last.layers else LANDLOCK, last.layers, degraded, text)


def _why_not(tried: tuple[Trial, ...]) -> str:
    words = (t.failure or f"A trial got out: {', '.join(t.escaped)}." for t in tried)
    return " ".join(dict.fromkeys(words))


def required() -> Protection:
    """The protection to run models under. Raises ProblemError where there is none and the operator did
    not allow that."""
    found = protection()
    if found.mode == "none" and not settings.UNSAFE_NO_SANDBOX.value():
        raise ProblemError(
            "job",
            "no-sandbox",
            found.reason,
            "Install bubblewrap (Debian: apt-get install bubblewrap) or use a kernel with Landlock; "
            f"--unsafe-no-sandbox or {settings.UNSAFE_NO_SANDBOX.variable}=1 runs models without.",
        )
    return found


def running_as_root() -> str:
    """A sentence on what it costs where this is root on a machine of its own; else ""."""
    try:
        mapped = Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]
    except OSError:
        mapped = False
    contained = mapped or any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
    if os.geteuid() or contained:
        return ""
    return "This runs as root: a model that broke out of the sandbox would own the machine. Use another user."
