"""What every attempt stands on: the record of what it managed, system calls, and the job's connection."""

import ctypes
import errno
import json
import os
import select
import stat
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)


class Record:
    """`done`: what worked though it must not; `refused`: what did not, with the reason."""

    def __init__(self, name: str):
        self.folder = Path.cwd().parent  # a job stands in the folder tmp of its workspace
        self.name, self.done, self.refused, self.trying = name, [], {}, ""
        self.save()

    def save(self) -> None:
        fields = {"done": self.done, "refused": self.refused, "trying": self.trying}
        (self.folder / f"attempt-{self.name}.json").write_text(json.dumps(fields))

    def attempt(self, what: str, act, *arguments) -> None:
        """`act` has worked where it raises nothing and does not return False."""
        self.trying = what
        self.save()
        try:
            if act(*arguments) is False:
                self.refused[what] = "nothing"
            else:
                self.done.append(what)
        except Exception as error:
            self.refused[what] = f"{type(error).__name__}: {error}"[:200]
        self.trying = ""
        self.save()


def call(name: str, *arguments) -> int:
    """A function of the C library that answers -1 for an error."""
    ctypes.set_errno(0)
    answer = getattr(LIBC, name)(*arguments)
    if answer == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


SYSCALLS = {  # x86-64, arch/x86/entry/syscalls/syscall_64.tbl
    "shmget": 29, "fork": 57, "semget": 64, "msgget": 68, "ptrace": 101, "syslog": 103, "mount": 165,
    "tkill": 200, "io_setup": 206, "tgkill": 234, "mq_open": 240, "add_key": 248, "keyctl": 250,
    "ioprio_set": 251, "unshare": 272, "perf_event_open": 298, "fanotify_init": 300,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310,
    "process_vm_writev": 311, "kcmp": 312, "bpf": 321, "userfaultfd": 323, "io_uring_setup": 425,
    "open_tree": 428, "fsopen": 430, "clone3": 435, "pidfd_getfd": 438, "memfd_secret": 447,
}  # fmt: skip


def syscall(name: str, *arguments) -> int:
    return call("syscall", SYSCALLS[name], *arguments)


def connection() -> int:
    for name in os.listdir("/proc/self/fd"):
        try:
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                return int(name)
        except OSError:
            continue
    raise OSError(errno.ENOENT, "no connection is open")


def say(text: bytes) -> None:
    channel = connection()
    while text:
        select.select([], [channel], [], 5)
        text = text[os.write(channel, text) :]
