"""Every combination of the answers, the second of two halves; see the first."""

import pytest

from tests.advisor.proof.exhaustive import demand_sound


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_second_half_of_all_combinations_is_sound() -> None:
    demand_sound(1)
