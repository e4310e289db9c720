"""The weights of an option and its score."""

from collections.abc import Iterator, Mapping

from tests.advisor.proof.asked import Asked
from tests.advisor.proof.fault import Fault
from tests.advisor.proof.tables import Tables
from tests.advisor.proof.verdicts import ROUNDED


class Scores:
    def __init__(self, tables: Tables):
        self._tables = tables
        self._even = dict.fromkeys(tables.ids("priority"), 1.0)

    def weights(self, asked: Asked) -> dict[str, float]:
        """The priorities, 1 where nothing is said, with what the constraints raise; all 0 count as all 1."""
        weights = {**self._even, **asked.priorities}
        for constraint in asked.constraints:
            for criterion, more in self._tables.of["constraint"][constraint].get("raises", {}).items():
                weights[criterion] += more
        return weights if any(weights.values()) else self._even

    def faults(self, weights: dict[str, float], option: Mapping) -> Iterator[Fault]:
        """The score is the mean of the criteria, each 0 to 1, by their weights."""
        criteria, name = option["criteria"], option["format"]
        if option["weights"] != weights:
            yield Fault("score", f"{name} is weighed {option['weights']}, asked for was {weights}")
        if criteria.keys() != weights.keys() or not all(0 <= one <= 1 for one in criteria.values()):
            yield Fault("score", f"{name} has the criteria {criteria}")
            return
        mean = sum([weights[one] * criteria[one] for one in weights]) / sum(weights.values())
        if not abs(mean - option["score"]) <= ROUNDED:
            yield Fault("score", f"{name} scores {option['score']}, its criteria give {mean:.4f}")
