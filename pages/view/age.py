"""How old what a result relies on is."""

import datetime
from collections.abc import Iterable

from advisor import Claim, Recommendation
from advisor.checking import STALE_DAYS, age_in_days


def of_result(recommendation: Recommendation, today: datetime.date) -> str:
    """When the claims that a result relies on were checked, and how many of them are stale."""
    claims = [claim for option in recommendation.options for claim in option.claims]
    claims += [claim for rejected in recommendation.rejected for claim in rejected.reasons]
    return words({claim.id: claim for claim in claims}.values(), today)


def words(claims: Iterable[Claim], today: datetime.date) -> str:
    """ "It rests on 91 claims, checked between 2026-05-01 and 2026-11-23; 3 are older than 180 days." """
    claims = list(claims)
    dates = sorted(claim.checked for claim in claims)
    if not dates:
        return ""
    stale = sum(age_in_days(claim, today) > STALE_DAYS for claim in claims)
    counted = "1 claim" if len(dates) == 1 else f"{len(dates)} claims"
    when = f"between {dates[0]} and {dates[-1]}" if dates[0] != dates[-1] else f"on {dates[0]}"
    old = f"{stale or 'none'} {'is' if stale < 2 else 'are'} older than {STALE_DAYS} days"
    return f"It rests on {counted}, checked {when}; {old}."
