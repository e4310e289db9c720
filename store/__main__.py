"""`python -m store backup FILE`, `python -m store restore FILE`: the database and the runs as one archive.

Exit codes: 0 done, 1 it could not be done (one line on stderr says why), 2 wrong usage.
"""

import argparse
import os
import sys
from pathlib import Path

from store import backup
from store.engine import PROJECT, VARIABLE, StoreError, close, engine_of, url_of


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m store", description="Keep a copy of everything.")
    parser.add_argument("what", choices=("backup", "restore"))
    parser.add_argument("file", type=Path, metavar="FILE", help="the archive, .tar.gz")
    options = parser.parse_args()
    # As benchmarks.settings has it, which stands above this package.
    folder = Path(os.environ.get("FORMAT_ADVISOR_DATA") or PROJECT / ".data").resolve()
    try:
        url = url_of(folder)
        if (
            options.what == "backup"
            and url.get_backend_name() == "sqlite"
            and not Path(url.database).exists()
        ):
            raise StoreError(
                f"There is no database at {url.database}. Set FORMAT_ADVISOR_DATA or {VARIABLE}."
            )
        engine = engine_of(url)
        if options.what == "backup":
            count = backup.backup(engine, folder, options.file)
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
