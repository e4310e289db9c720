"""Removing what a model may have left: trees deeper than Python's own functions can follow among them."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path


def remove(path: Path | str) -> None:
    """Removes a file or a whole tree, links as links; nothing happens where there is nothing. What cannot
    be removed stays, without an error."""
    with suppress(OSError):
        return os.rmdir(path)  # mostly it is an empty folder
    # rm goes down folder by folder; shutil.rmtree (Python 3.11) ends at 1,000 levels.
    subprocess.run(
        ["rm", "-rf", "--one-file-system", "--", str(path)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return None
