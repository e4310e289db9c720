"""How large integer inputs may be: most are indices into a table whose length no file states."""

import re
import time
from collections.abc import Sequence

from benchmarks.artifact import TensorSpec
from benchmarks.worker import input_cases, runtimes
from benchmarks.worker.input_cases import INDEX_BOUND, Case

LARGEST = 1 << 16
_LOOKUP = re.compile("embedding|gather|index_select|onehot|one_hot", re.I)


def find(
    session: runtimes.Session,
    specs: tuple[TensorSpec, ...],
    batch: int,
    operators: Sequence[str],
    until: float,
) -> int:
    """A bound below which the source takes every integer; tried with the largest in every place, until the
    time `until` (monotonic, seconds).

    INDEX_BOUND where the source takes it, less where it does not. Only where the file names an operator
    that looks something up is more tried, up to LARGEST, and the table's length found by bisection: an
    integer may also say how often or how much."""

    def takes(bound: int) -> bool:
        try:
            runtimes.run(session, input_cases.feeds_of(Case("large", 0, batch), specs, bound))
        except Exception:
            return False
        return True

    if not takes(INDEX_BOUND):
        low, high = 1, INDEX_BOUND
    elif any(map(_LOOKUP.search, operators)):
        low, high = INDEX_BOUND, 2 * INDEX_BOUND
        while high <= LARGEST and time.monotonic() < until and takes(high):
            low, high = high, 2 * high
        if high > LARGEST:
            return low
    else:
        return INDEX_BOUND
    while high - low > 1 and time.monotonic() < until:
        middle = (low + high) // 2
        low, high = (middle, high) if takes(middle) else (low, middle)
    return low
