"""Every combination of the answers, the first of two halves: two files, so that two workers take one each."""

import pytest

from tests.advisor.proof.exhaustive import demand_sound


@pytest.mark.slow
@pytest.mark.timeout(1500)  # several times what it takes alone, because the other tests run beside it
def test_the_first_half_of_all_combinations_is_sound() -> None:
    demand_sound(0)
