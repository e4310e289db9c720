"""`Checker.faults(answers, recommendation)`: everything wrong with what the engine said, found without it.

It reads the TOML files itself and imports nothing of the engine's, so that the two can only agree by both
being right or by both misreading the files in the same way; how it reads them stands in `tables`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.advisor.proof.asked import Questions
from tests.advisor.proof.claims import Claims
from tests.advisor.proof.fault import Fault
from tests.advisor.proof.left import Left, Walks, left
from tests.advisor.proof.plans import Plans
from tests.advisor.proof.rules import Rules
from tests.advisor.proof.scores import Scores
from tests.advisor.proof.tables import FOLDER, Tables
from tests.advisor.proof.verdicts import verdict_faults


class Checker:
    """Reads the TOML files in `folder` once; its memory of what answers leave makes it quick."""

    def __init__(self, folder: Path = FOLDER):
        self.tables = Tables(folder)
        self._rules = Rules(self.tables)
        self._questions = Questions(self._rules)
        self._walks = {name: Walks(self.tables, name) for name in self.tables.ids("framework")}
        self._plans, self._scores = Plans(self._rules), Scores(self.tables)
        self._claims = Claims(self.tables)
        self._headline = {
            name for name, table in self.tables.of["format"].items() if table.get("headline", False)
        }

    def faults(self, answers: Mapping, result: Mapping) -> list[Fault]:
        """All of them; none where the recommendation, in the contract's JSON, is sound."""
        asked = self._questions.ask(answers)
        walks = self._walks[asked.framework]
        lefts = [left(walks, self._rules, asked, target) for target in asked.targets]
        options = [result["recommended"], *result["alternatives"]] if result["recommended"] else []
        weights = self._scores.weights(asked)
        found: list[Fault] = []
        for option in options:
            found += self._plans.faults(asked, walks, lefts, option)
            found += self._scores.faults(weights, option)
        found += _coverage(walks, lefts, options, result["rejected"])
        found += verdict_faults(result, options, self._headline)
        found += self._claims.faults(result, options)
        return found

    def beside_the_point(self, answers: Mapping, result: Mapping) -> list[Fault]:
        """Claims shown that do not bear on the answers; apart, because it is slower."""
        context = self._questions.ask(answers).context
        options = [result["recommended"], *result["alternatives"]] if result["recommended"] else []
        return [fault for option in options for fault in self._claims.beside_the_point(context, option)]


def _coverage(
    walks: Walks, lefts: list[Left], options: list[Mapping], rejected: list[Mapping]
) -> Iterator[Fault]:
    """Every master stands in one list, and in the right one."""
    named = [one["format"] for one in (*options, *rejected)]
    if sorted(named) != sorted(walks.keeping):
        yield Fault("coverage", f"options and rejected are {sorted(named)}, masters {sorted(walks.keeping)}")
        return
    for one in rejected:
        mask = walks.keeping[one["format"]]
        if all(mask & kept.possible for kept in lefts):
            yield Fault("coverage", f"{one['format']} is rejected although a walk is left for every target")
    for option in options:
        mask = walks.keeping[option["format"]]
        if option["rewrites"] and all(mask & kept.possible & ~kept.after_rewrite for kept in lefts):
            yield Fault("coverage", f"{option['format']} needs no rewrite: a walk without one is left")
