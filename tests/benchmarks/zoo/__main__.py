"""`python -m tests.benchmarks.zoo`: every model of the zoo through every conversion, as a table.

`--write` puts it into docs/conversions.md.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.settings import PROJECT
from benchmarks.warm import WarmKeeper
from tests.benchmarks.zoo.driving import KINDS, drive, names
from tests.benchmarks.zoo.outcomes import markdown

PAGE = PROJECT / "docs" / "conversions.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.zoo", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: all")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these models")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(PROJECT)}")
    options = parser.parse_args()
    driven = []
    for kind in options.kind or KINDS:
        wanted = [name for name in names(kind) if not options.only or name in options.only]
        with tempfile.TemporaryDirectory(prefix="zoo-") as folder, WarmKeeper(Path(folder)) as warm:
            for one in drive(kind, wanted, Path(folder), warm) if wanted else ():
                print(f"{kind} {one.name}: {one.seconds:.1f} s", file=sys.stderr, flush=True)
                driven.append(one)
    page = markdown(driven)
    if options.write:
        PAGE.write_text(page)
    else:
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
