"""Jobs in a row leave nothing behind: not in the server, not in its client, not on the machine.

`python -m perf endurance` makes 500 of them.
"""

import pytest

from tests.security.corpus.table import CASES
from tests.security.endurance import jobs_in_a_row
from tests.security.ward import LAYERS, start_ward

COUNT, WARM_UP = 60, 12
GROWTH_BYTES = 20e6


@pytest.mark.slow
def test_sixty_jobs_in_a_row(corpus, outside):
    paths = {case.id: corpus(case) for case in CASES}
    with start_ward("namespaces", LAYERS["namespaces"], outside) as ward:
        samples = list(jobs_in_a_row(ward, paths, COUNT))
        assert {process.pid for process in outside.processes()} <= ward.own
    assert len(samples) == COUNT
    assert not any(sample.harm for sample in samples)
    before, after = samples[WARM_UP], samples[-1]
    assert after.server_files == before.server_files
    assert after.client_files == before.client_files
    assert after.server_bytes - before.server_bytes < GROWTH_BYTES
    assert after.client_bytes - before.client_bytes < GROWTH_BYTES
