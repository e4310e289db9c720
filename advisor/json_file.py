"""A JSON file that a person names on the command line, or standard input."""

import json
import sys
from pathlib import Path
from typing import Any


def read_json(path: str, what: str, limit_mb: int, error: type[ValueError]) -> Any:
    """What the file holds; `-` is standard input. Raises `error` with one sentence that calls it `what`, such
    as "The answers"."""
    name, limit = "standard input" if path == "-" else path, limit_mb * 1_000_000
    try:
        raw = sys.stdin.buffer.read(limit + 1) if path == "-" else _head(Path(path), limit + 1)
        if len(raw) > limit:
            raise error(f"{what} in {name} exceed {limit_mb} MB; give a JSON object.")
        return json.loads(raw.decode("utf-8-sig"))
    except OSError as failure:
        raise error(
            f"Cannot read {name}: {failure.strerror}. Give a JSON file, or - for standard input."
        ) from None
    except json.JSONDecodeError as failure:
        place = f"line {failure.lineno}, column {failure.colno}"
        raise error(f"{what} in {name} are not JSON: {failure.msg} at {place}.") from None
    except error:
        raise
    except (ValueError, RecursionError):  # no UTF-8, a number of thousands of digits, a deep nesting
        raise error(f"{what} in {name} are not JSON text.") from None


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)
