"""The age of what a result relies on, in words."""

import datetime

import pytest

from advisor import Claim, Requirements, recommend
from pages.view import age

TODAY = datetime.date(2026, 11, 26)


def claims(*dates: str) -> list[Claim]:
    return [Claim("text", "source", date, "high", id=str(number)) for number, date in enumerate(dates)]


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        ((), ""),
        (("2026-11-23",), "It rests on 1 claim, checked on 2026-11-23; none is older than 180 days."),
        (
            ("2026-11-23", "2026-05-30"),  # 180 days before TODAY is not older than that
            "It rests on 2 claims, checked between 2026-05-30 and 2026-11-23; none is older than 180 days.",
        ),
        (
            ("2026-05-29", "2026-11-23"),
            "It rests on 2 claims, checked between 2026-05-29 and 2026-11-23; 1 is older than 180 days.",
        ),
        (
            ("2025-01-01", "2026-11-23", "2025-01-01"),
            "It rests on 3 claims, checked between 2025-01-01 and 2026-11-23; 2 are older than 180 days.",
        ),
    ],
)
def test_the_age_in_words(dates: tuple[str, ...], said: str) -> None:
    assert age.words(claims(*dates), TODAY) == said


def test_a_result_counts_each_claim_once_and_its_rejections_too() -> None:
    result = recommend(Requirements.parse({"framework": "pytorch", "hardware": ["x86-cpu", "android"]}))
    ids = {claim.id for option in result.options for claim in option.claims}
    ids |= {claim.id for rejected in result.rejected for claim in rejected.reasons}
    assert age.of_result(result, TODAY).startswith(f"It rests on {len(ids)} claims, checked ")
    late = datetime.date(2030, 1, 1)
    assert age.of_result(result, late).endswith(f"; {len(ids)} are older than 180 days.")
