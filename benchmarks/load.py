"""What else a machine did while something was measured on it (Linux; elsewhere nothing is said)."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_CGROUP = Path("/sys/fs/cgroup/cpu.stat")


@dataclass
class Load:
    """Sums over what was watched, in seconds of one processor but for `wall_s`, which is by the clock.
    `busy_s`: all processors of the machine; `own_s`: of these, what is being measured, which whoever watches
    adds; `stolen_s`: taken by a hypervisor; `throttled_s`: this container waited, its quota used up."""

    wall_s: float = 0.0
    busy_s: float = 0.0
    own_s: float = 0.0
    stolen_s: float = 0.0
    throttled_s: float = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        wall, own, before = time.monotonic(), time.process_time(), _now()
        yield
        after = _now()
        self.wall_s += time.monotonic() - wall
        self.own_s += time.process_time() - own
        self.busy_s += after[0] - before[0]
        self.stolen_s += after[1] - before[1]
        self.throttled_s += after[2] - before[2]

    @property
    def others(self) -> float:
        """Processors that were busy with something else, on average."""
        return max(0.0, self.busy_s - self.own_s) / self.wall_s if self.wall_s else 0.0

    @property
    def stolen(self) -> float:
        return self.stolen_s / self.wall_s if self.wall_s else 0.0

    @property
    def throttled(self) -> float:
        return self.throttled_s / self.wall_s if self.wall_s else 0.0


def _now() -> tuple[float, float, float]:
    times = psutil.cpu_times()
    busy = times.user + times.system + getattr(times, "irq", 0.0) + getattr(times, "softirq", 0.0)
    return busy, getattr(times, "steal", 0.0), _throttled_s()


def _throttled_s() -> float:
    with suppress(OSError, ValueError):
        for line in _CGROUP.read_text().splitlines():
            if line.startswith("throttled_usec "):
                return int(line.split()[1]) / 1e6
    return 0.0
