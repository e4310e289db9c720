"""What a fork uses, seen from outside of it: memory and threads of its process tree, files, output."""

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

MAX_FILES = 10_000
"""Files and folders that one step may have below its own folder."""
MAX_DEPTH = 64
PAGE = resource.getpagesize()


@dataclass(frozen=True)
class Usage:
    """`memory`: bytes resident over all processes; `threads`: processes and threads together."""

    memory: int
    threads: int


def resident(pid: int) -> int:
    """Resident bytes of a process; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def usage(pid: int, shared: int) -> Usage:
    """Of a process and all its descendants; `shared` bytes of each are the server's own, from the fork."""
    memory = threads = 0
    for process in tree(pid):
        memory += max(0, resident(process) - shared)
        threads += len(_listed(f"/proc/{process}/task"))
    return Usage(memory, threads)


def tree(pid: int) -> Iterator[int]:
    """A process and its living descendants, parents first."""
    waiting = [pid]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children(process)


def children(pid: int) -> list[int]:
    found = []
    for thread in _listed(f"/proc/{pid}/task"):
        with suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as listed:
            found += [int(child) for child in listed.read().split()]
    return found


def halt(pid: int) -> list[int]:
    """Stops a process and all its descendants, until none is left that could start another; returns them,
    parents first."""
    stopped: list[int] = []
    while new := [one for one in tree(pid) if one not in stopped]:
        for one in new:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGSTOP)
        stopped += new
    return stopped


def nameless(pid: int) -> int:
    """Bytes of files that a process holds open or mapped though they have no name any more."""
    total = 0
    for descriptor in _listed(f"/proc/{pid}/fd"):
        try:
            about = os.stat(f"/proc/{pid}/fd/{descriptor}")
        except OSError:
            continue
        if stat.S_ISREG(about.st_mode) and not about.st_nlink:
            total += about.st_blocks * 512
    try:
        with open(f"/proc/{pid}/maps") as maps:
            for line in maps:
                if line.endswith("(deleted)\n"):
                    first, last = line.split(" ", 1)[0].split("-")
                    total += int(last, 16) - int(first, 16)
    except OSError:
        pass  # it has ended
    return total


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def written(folder: str) -> float:
    """Bytes that everything below `folder` takes on the disk, a block for each entry besides; infinite
    where there are more than MAX_FILES of them, folders deeper than MAX_DEPTH, or one that cannot be
    looked into. Links are not followed."""
    total = count = 0
    waiting = [(folder, 0)]
    while waiting:
        path, depth = waiting.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    count += 1
                    if count > MAX_FILES or depth > MAX_DEPTH:
                        return float("inf")
                    total += 4096 + entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((entry.path, depth + 1))
        except PermissionError:
            return float("inf")
        except OSError:
            continue  # it went away while it was looked at
    return total
