"""Every combination of framework × hardware × serving stack × language, each bare and with every single need
and every single constraint: run through the engine, and what it says through the checker.

`python -m tests.advisor.proof.space NUMBER OF` does one share out of so many and prints its outcome as JSON.
"""

import gc
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import product

from advisor import Requirements, recommend
from tests.advisor.proof.feasibility import Checker
from tests.advisor.proof.tables import Tables

OF = 2
"""The shares that `make test` and `make perf` do at the same time, one for each of two cores."""
SHOWN = 5
"""How many faults of each kind are kept in words, with their answers; all are counted."""


@dataclass(frozen=True)
class Outcome:
    """What a share gave: how many answers were checked, how often each verdict was given and each format was
    possible, and the faults, counted by kind, with the first of each kind in words."""

    checked: int
    verdicts: dict[str, int]
    possible: dict[str, int]
    faults: dict[str, int]
    shown: list[str]


def size(tables: Tables, number: int = 0, of: int = 1) -> int:
    """The number of combinations in a share."""
    count = {kind: len(table) for kind, table in tables.of.items()}
    places = count["framework"] * (count["hardware"] + 1)
    rest = (count["serving"] + 1) * (count["language"] + 1) * (1 + count["need"] + count["constraint"])
    return (places + of - 1 - number) // of * rest


def combinations(tables: Tables, number: int = 0, of: int = 1) -> Iterator[dict]:
    """The answers of a share: every `of`-th framework and target with all that goes with them."""
    places = list(product(tables.ids("framework"), (None, *tables.ids("hardware"))))
    more: list[dict] = [{}]
    more += [{"needs": [name]} for name in tables.ids("need")]
    more += [{"constraints": [name]} for name in tables.ids("constraint")]
    for framework, hardware in places[number::of]:
        for serving, language in product((None, *tables.ids("serving")), (None, *tables.ids("language"))):
            answers: dict = {"framework": framework}
            answers |= {"hardware": [hardware]} if hardware else {}
            answers |= {"serving": serving} if serving else {}
            answers |= {"language": language} if language else {}
            for one in more:
                yield answers | one


def check(number: int = 0, of: int = 1) -> Outcome:
    """Run a share through the engine and the checker."""
    checker = Checker()
    verdicts: Counter[str] = Counter()
    possible: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    shown: list[str] = []
    collecting = gc.isenabled()
    gc.disable()  # nothing here refers to itself, and what is remembered would be looked through every time
    try:
        for answers in combinations(checker.tables, number, of):
            result = recommend(Requirements.parse(answers), flips=False).to_json()
            verdicts[result["verdict"]] += 1
            options = [result["recommended"], *result["alternatives"]] if result["recommended"] else []
            possible.update([option["format"] for option in options])
            for fault in checker.faults(answers, result):
                faults[fault.kind] += 1
                if faults[fault.kind] <= SHOWN:
                    shown.append(f"{fault.kind}: {fault.text}; asked for {json.dumps(answers)}")
    finally:
        if collecting:
            gc.enable()
    return Outcome(verdicts.total(), dict(verdicts), dict(possible), dict(faults), shown)


if __name__ == "__main__":
    print(json.dumps(asdict(check(*map(int, sys.argv[1:])))))
