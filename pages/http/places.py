"""How much a client may have open at a time: places for each, and for everybody together."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Places:
    """`each()` places for a client and `together()` in all. Used on the server's event loop only, so nothing
    comes between a look and what follows from it."""

    def __init__(self, each: Callable[[], float], together: Callable[[], float] = lambda: math.inf):
        self._each, self._together = each, together
        self._taken: Counter[str] = Counter()

    @contextmanager
    def one(self, client: str) -> Iterator[bool]:
        """Holds a place for as long as the block runs, where there is one: says whether."""
        granted = self._taken[client] < self._each() and self._taken.total() < self._together()
        self._taken[client] += granted
        try:
            yield granted
        finally:
            self._taken[client] -= granted
            if not self._taken[client]:
                del self._taken[client]
