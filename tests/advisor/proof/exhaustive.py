"""What is demanded of each half of all combinations."""

from math import prod

from tests.advisor.proof.space import OF, check, size
from tests.advisor.proof.tables import Tables


def demand_sound(number: int) -> None:
    """No fault in any combination of a share; all were asked, and there was something to find fault with."""
    tables = Tables()
    outcome = check(number, OF)
    print(f"share {number + 1} of {OF}: {outcome.checked:,} of {size(tables):,} combinations checked")
    assert not outcome.faults, f"{outcome.faults}\n" + "\n".join(outcome.shown)
    assert outcome.checked == size(tables, number, OF)
    assert {"recommended", "tie", "rewrite-needed", "none"} == set(outcome.verdicts)
    masters = {name for name, table in tables.of["format"].items() if table.get("master", True)}
    assert set(outcome.possible) == masters


def whole(tables: Tables) -> int:
    """framework × hardware × serving × language × (bare, each need, each constraint), undecided included."""
    count = {kind: len(table) for kind, table in tables.of.items()}
    undecided = [count[kind] + 1 for kind in ("hardware", "serving", "language")]
    return count["framework"] * prod(undecided) * (1 + count["need"] + count["constraint"])
