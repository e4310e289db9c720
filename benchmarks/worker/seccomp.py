"""The system calls a fork gives up: a seccomp filter, assembled here, for itself and its threads.

No library is needed: the filter is classic BPF over `struct seccomp_data` (seccomp(2), linux/filter.h,
linux/seccomp.h). Everything not named in `syscalls` stays allowed; files are Landlock's matter.
"""

import ctypes
import errno
import os
import platform
import struct

from benchmarks.worker.syscalls import ABSENT, ARCHITECTURES, DENIED, FIRST_UNKNOWN, LOOKED_AT

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALL_BITS = 0xFFFFFFFF
_CLONE_THREAD = 0x00010000
_CLONE_APART = 0x7E02A000
"""CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID and -NET, and CLONE_PARENT and _PTRACE: a child in namespaces
of its own, or one that is none of this process."""
_OF_PROGRAMS = ("execve", "fork", "vfork")
_SHARED_ANONYMOUS = 0x21  # MAP_SHARED | MAP_ANONYMOUS
_RENAME_WHITEOUT = 4  # makes a character device
_SETTING_AN_OWNER = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: a file that signals another process
_SETTING_AN_OWNER_BY_IOCTL = (0x8901, 0x8902)  # FIOSETOWN, SIOCSPGRP
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_MM, _PR_SET_CHILD_SUBREAPER, _PR_SET_PTRACER = (
    1,
    4,
    35,
    36,
    0x59616D61,
)


def available() -> bool:
    """Whether there is a table for this machine."""
    return platform.machine() in ARCHITECTURES


def restrict(programs: bool = False) -> None:
    """From here on this process, its threads and its children make no call that `syscalls` forbids, but for
    starting programs where `programs`. Cannot be undone. Raises OSError where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    program = assemble(os.getpid(), platform.machine(), programs)
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, then where they are
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0
    ):
        raise OSError(ctypes.get_errno(), "the seccomp filter was refused")


def assemble(pid: int, machine: str, programs: bool = False) -> bytes:
    """The filter's instructions for the process `pid`, 8 bytes each. Raises ValueError for a machine
    without a table."""
    column = list(ARCHITECTURES).index(machine)
    instructions: list[tuple[int, int, int, int]] = []

    def add(code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        instructions.append((code, if_true, if_false, value))

    def refuse(number: int, error: int) -> None:
        add(_EQUAL, number, 0, 1)
        add(_RETURN, _ERRNO | error)

    def look(name: str, argument: int, values: tuple[int, ...], allow: bool, bits: int = _ALL_BITS) -> None:
        """One branch that ends in an answer: `allow` where `bits` of the argument are one of `values`, the
        opposite where they are not. The kernel, too, takes the low half of these arguments."""
        denied = _ERRNO | errno.EPERM
        met, otherwise = (_ALLOW, denied) if allow else (denied, _ALLOW)
        add(_EQUAL, LOOKED_AT[name][column], 0, len(values) + 4)
        add(_LOAD, _ARGUMENT + 8 * argument)
        add(_AND, bits)
        for left, value in zip(range(len(values), 0, -1), values, strict=True):
            add(_EQUAL, value, left, 0)
        add(_RETURN, otherwise)
        add(_RETURN, met)

    add(_LOAD, _ARCHITECTURE)
    add(_EQUAL, ARCHITECTURES[machine], 1, 0)
    add(_RETURN, _KILL_PROCESS)  # 32-bit calls have other numbers
    add(_LOAD, _NUMBER)
    add(_AT_LEAST, FIRST_UNKNOWN, 0, 1)  # the x32 calls, which have bit 30 set, among them
    add(_RETURN, _ERRNO | errno.ENOSYS)
    for table, error in ((ABSENT, errno.ENOSYS), (DENIED, errno.EPERM)):
        for name, numbers in table.items():
            if numbers[column] is not None and not (programs and name in _OF_PROGRAMS):
                refuse(numbers[column], error)
    if programs:
        look("clone", 0, (0,), allow=True, bits=_CLONE_APART)
    else:
        look("clone", 0, (_CLONE_THREAD,), allow=True, bits=_CLONE_THREAD)
    look("prlimit64", 0, (0, pid), allow=True)
    # Of another thread it is refused, also of its own: the filter cannot tell them from another process.
    look("sched_setaffinity", 0, (0, pid), allow=True)
    look("tgkill", 0, (pid,), allow=True)
    look("kill", 0, (pid,), allow=True)
    kept = (_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_MM, _PR_SET_CHILD_SUBREAPER, _PR_SET_PTRACER)
    look("prctl", 0, kept, allow=False)
    # Pages that several processes could share stay allocated when they are given back, unseen by a limit.
    look("mmap", 3, (_SHARED_ANONYMOUS,), allow=False, bits=_SHARED_ANONYMOUS)
    look("renameat2", 4, (_RENAME_WHITEOUT,), allow=False, bits=_RENAME_WHITEOUT)
    look("fcntl", 1, _SETTING_AN_OWNER, allow=False)
    look("ioctl", 1, _SETTING_AN_OWNER_BY_IOCTL, allow=False)
    add(_RETURN, _ALLOW)
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions)
