"""What a fork takes away from itself before it touches a model. None of it can be taken back.

In this order: open files of others, capabilities, resource limits, files outside of its own (Landlock),
system calls (seccomp). A fork has one thread here: a thread that is older than Landlock would keep its
rights.
"""

import contextlib
import ctypes
import os
import resource
import signal
import struct
from collections.abc import Collection, Iterable

from benchmarks.system_paths import SYSTEM
from benchmarks.worker import landlock, seccomp

NAMESPACES, LANDLOCK, SECCOMP = "namespaces", "landlock", "seccomp"

in_force: frozenset[str] = frozenset()
"""The layers that the warm server was started with."""

_OWN = tuple(f"/proc/self/{name}" for name in ("status", "statm", "stat", "maps", "cmdline", "fd"))
"""Not the rest of it: /proc/self/net shows the connections of the whole machine."""
_PROCESSOR = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat")
_DEVICES = ("/dev/null", "/dev/random", "/dev/urandom")
_CAPABILITY_VERSION_3, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 0x20080522, 47, 4
_PR_SET_PDEATHSIG = 1
OPEN_FILES = 4096
ADDRESS_SPACE = 4 << 30
"""Beyond twice the memory that is allowed: TensorFlow reserves a lot and uses little of it."""


def mode() -> str:
    """The protection's name in reports: "namespaces", "landlock" or "none"."""
    return next((layer for layer in (NAMESPACES, LANDLOCK) if layer in in_force), "none")


def confine(
    layers: Collection[str], writable: str, readable: Iterable[str] = (), programs: bool = False
) -> None:
    """Leaves this process the folder `writable`, the paths `readable`, the system's libraries, and the
    system calls that inference and conversion need. `layers`: which of LANDLOCK and SECCOMP to put on;
    `programs`: whether it may start the system's programs, for which all of this holds as well. Raises
    OSError where the kernel refuses a layer."""
    _drop_capabilities()
    if LANDLOCK in layers:
        readable = (*_OWN, *_PROCESSOR, *readable, *(() if programs else SYSTEM))
        landlock.restrict((writable,), readable, _DEVICES, SYSTEM if programs else ())
    if SECCOMP in layers:
        seccomp.restrict(programs)


def close_all_but(kept: Collection[int]) -> None:
    """Closes every descriptor that was inherited, except `kept`."""
    for descriptor in [int(name) for name in os.listdir("/proc/self/fd")]:
        if descriptor not in kept:
            with contextlib.suppress(OSError):  # the one that listed them is closed already
                os.close(descriptor)


def limit(cpu_s: float, memory_mb: float, file_mb: float) -> None:
    """The limits that the kernel keeps for this process, whatever the model does; an infinite one is
    none. Ends with its parent."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _set_limit(resource.RLIMIT_CPU, cpu_s, 5)
    _set_limit(resource.RLIMIT_FSIZE, file_mb * 1e6)
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_MSGQUEUE, 0)
    _set_limit(resource.RLIMIT_NOFILE, min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    # A backstop against one sudden allocation; memory in use is what the server watches.
    with open("/proc/self/statm") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    _set_limit(resource.RLIMIT_AS, mapped + 2 * memory_mb * 1e6 + ADDRESS_SPACE)


def _set_limit(which: int, value: float, grace: int = 0) -> None:
    if value == float("inf"):
        return
    resource.setrlimit(which, (int(value), int(value) + grace))


def _drop_capabilities() -> None:
    """Root without capabilities is a user like others; in a box there are none to drop."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    if libc.capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")
