"""What a fork uses, seen from outside of it: memory and threads of its process tree, files, output."""

import os
import resource
from collections.abc import Iterator
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
        for thread in _listed(f"/proc/{process}/task"):
            try:
                with open(f"/proc/{process}/task/{thread}/children") as children:
                    waiting += [int(child) for child in children.read().split()]
            except OSError:
                continue


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def written(folder: str) -> float:
    """Bytes that everything below `folder` takes on the disk, a block for each entry besides; infinite
    where there are more than MAX_FILES of them, or folders deeper than MAX_DEPTH. Links are not
    followed."""
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
        except OSError:
            continue  # it went away while it was looked at
    return total
