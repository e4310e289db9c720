"""The files a fork may reach: Landlock, through its three system calls (landlock(7), linux/landlock.h).

Without rights of its own to give away a process can lock itself in: everything that a rule does not
name is refused, for good. Not covered by Landlock, and left to seccomp or the namespaces: UDP, `stat`,
modes, owners and times of files.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38

_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_READ, _EXECUTE = _READ_FILE | _READ_DIR, 1 << 0
# No MAKE_CHAR, _SOCK, _FIFO, _BLOCK, _SYM. REFER: torch's and Keras' exporters rename between folders.
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG, _REFER = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 13
_WRITE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_HANDLED_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Rights over files that exist from this version of Landlock on; all of them are taken away."""
_NETWORK = 0b11  # bind and connect TCP, from version 4
_SCOPE = 0b11  # abstract Unix sockets and signals, from version 6


def abi() -> int:
    """The version of Landlock in this kernel, 0 where there is none."""
    version = _libc().syscall(_CREATE_RULESET, None, 0, _VERSION)
    return max(version, 0)


def restrict(
    writable: Iterable[str],
    readable: Iterable[str],
    devices: Iterable[str],
    executable: Iterable[str] = (),
) -> None:
    """From here on this process reads below `readable`, changes files below `writable`, reads and
    writes `devices`, reads and executes below `executable`, and reaches nothing else. Paths that do not
    exist are left out; one that is a link counts for where it leads. Cannot be undone. Raises OSError
    where the kernel refuses."""
    libc, version = _libc(), abi()
    handled = max(rights for since, rights in _HANDLED_BY_ABI.items() if since <= max(version, 1))
    attributes = struct.pack("<Q", handled)
    if version >= 4:
        attributes += struct.pack("<Q", _NETWORK)
    if version >= 6:
        attributes += struct.pack("<Q", _SCOPE)
    ruleset = _checked(libc.syscall(_CREATE_RULESET, attributes, len(attributes), 0))
    try:
        for paths, rights in (
            (readable, _READ),
            (writable, _WRITE),
            (devices, _READ_FILE | _WRITE_FILE),
            (executable, _READ | _EXECUTE),
        ):
            for path in paths:
                _allow(libc, ruleset, path, rights & handled)
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("<Qi", rights, place)
        _checked(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(place)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return result
