"""`python -m store backup FILE`, `python -m store restore FILE`: the database and the runs as one archive.

Exit codes: 0 done, 1 it could not be done (one line on stderr says why), 2 wrong usage.
"""

import argparse
import os
import sys
from pathlib import Path

from store import backup
from store.engine import StoreError, close, engine_of, url_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m store", description="Keep a copy of everything.")
    parser.add_argument("what", choices=("backup", "restore"))
    parser.add_argument("file", type=Path, metavar="FILE", help="the archive, .tar.gz")
    parser.add_argument("--without-runs", action="store_true", help="the database alone (backup)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="the data folder, as FORMAT_ADVISOR_DATA")
    options = parser.parse_args()
    project = Path(__file__).resolve().parent.parent
    folder = (options.data or Path(os.environ.get("FORMAT_ADVISOR_DATA") or project / ".data")).resolve()
    try:
        engine = engine_of(url_of(folder))
        if options.what == "backup":
            count = backup.backup(engine, folder, options.file, not options.without_runs)
        else:
            count = backup.restore(engine, folder, options.file)
    except (StoreError, OSError) as error:
        print(f"{options.what}: {error}", file=sys.stderr)
        return 1
    finally:
        close()
    print(f"{options.what}: {count:,} rows, {options.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
