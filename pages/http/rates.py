"""How often a client may do something: a token bucket for each, in a table of bounded size."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from benchmarks import settings

MINUTE_S = 60.0
MOST_CLIENTS = 10_000
"""Clients told apart within a minute. Those beyond share one bucket, so a flood of addresses neither grows
the table nor gets an old address a fresh bucket."""


class Rate:
    """Up to `per_minute()` at once, refilled evenly over a minute. `now` gives seconds."""

    def __init__(self, per_minute: Callable[[], float], now: Callable[[], float] = time.monotonic):
        self._per_minute, self._now = per_minute, now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens left, and when
        self._lock = threading.Lock()

    def take(self, client: str) -> float:
        """Takes one of the client's tokens and returns 0, or takes none and returns the seconds until there
        is one."""
        full, now = self._per_minute(), self._now()
        with self._lock:
            self._forget_full(now)
            if client not in self._buckets and len(self._buckets) >= MOST_CLIENTS:
                client = ""
            left, since = self._buckets.pop(client, (full, now))
            left = min(full, left + (now - since) * full / MINUTE_S)
            granted = left >= 1 - 1e-9
            self._buckets[client] = (left - 1 if granted else left), now
        return 0.0 if granted else (1 - left) * MINUTE_S / full

    def _forget_full(self, now: float) -> None:
        """A bucket untouched for a minute is full, which is what a new one is."""
        while self._buckets and now - next(iter(self._buckets.values()))[1] > MINUTE_S:
            self._buckets.popitem(last=False)


BEGINNINGS = Rate(settings.UPLOADS_PER_MINUTE.value)
REQUESTS = Rate(settings.REQUESTS_PER_MINUTE.value)
