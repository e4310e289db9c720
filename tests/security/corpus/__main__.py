"""`python -m tests.security.corpus FOLDER FRAMEWORK TARGETS`: builds the cases that need that framework.

Each lies in `FOLDER/<id>/`; `FOLDER/<framework>.json` says where each model is. In a process of its own,
so that the tests load no framework. Without arguments: the table and its counts.
"""

import gc
import json
import os
import sys
from collections import Counter
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

from tests.security.corpus.case import OUTCOMES, Targets
from tests.security.corpus.table import CASES


def build(folder: Path, framework: str, targets: Targets) -> None:
    gc.set_threshold(100_000)  # of what is imported nothing is garbage, and looking takes long
    built = {}
    for case in CASES:
        if case.framework == framework:
            (own := folder / case.id).mkdir()
            built[case.id] = str(case.build(own, targets))
    (folder / f"{framework or 'plain'}.json").write_text(json.dumps(built))


def summary() -> str:
    """How many cases there are of each format and expectation."""
    count = Counter((case.format, case.expects) for case in CASES)
    names = list(dict.fromkeys(case.format for case in CASES))
    lines = [f"{'':14}" + "".join(f"{outcome:>11}" for outcome in OUTCOMES) + f"{'all':>11}"]
    for name in [*names, ""]:
        row = [
            sum(n for (f, o), n in count.items() if name in ("", f) and o == outcome) for outcome in OUTCOMES
        ]
        lines.append(f"{name or 'all':14}" + "".join(f"{n:11}" for n in [*row, sum(row)]))
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(
            *(f"{case.id:42}{case.expects:11}{', '.join(case.kinds)}" for case in CASES), summary(), sep="\n"
        )
    else:
        build(Path(sys.argv[1]), sys.argv[2], Targets.from_json(sys.argv[3]))
