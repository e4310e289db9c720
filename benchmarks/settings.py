"""What an operator may set, each from one environment variable `FORMAT_ADVISOR_…`, with its default.

The page Status and README.md list `SETTINGS`; an empty variable is one that is not set.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "FORMAT_ADVISOR_"


@dataclass(frozen=True)
class Number:
    """A number greater than 0. `text` says what it limits, in which unit."""

    name: str
    default: float
    text: str

    @property
    def variable(self) -> str:
        return PREFIX + self.name

    def value(self) -> float:
        """Raises SystemExit with the variable's name where its text is no such number."""
        text = os.environ.get(self.variable, "")
        try:
            value = float(text) if text else self.default
        except ValueError:
            raise SystemExit(f"{self.variable} must be a number, not {text!r}.") from None
        if not 0 < value < float("inf"):
            raise SystemExit(f"{self.variable} must be greater than 0, not {text!r}.")
        return value


@dataclass(frozen=True)
class Switch:
    """1 or 0, off unless set."""

    name: str
    text: str
    default: float = 0

    @property
    def variable(self) -> str:
        return PREFIX + self.name

    def value(self) -> bool:
        """Raises SystemExit with the variable's name where its text is neither 1 nor 0."""
        text = os.environ.get(self.variable, "")
        if text not in ("", "0", "1"):
            raise SystemExit(f"{self.variable} must be 1 or 0, not {text!r}.")
        return text == "1"


MAX_MODEL_MB = Number("MAX_MODEL_MB", 512, "the largest model taken, in MB (10⁶ bytes)")
STEP_SECONDS = Number("STEP_SECONDS", 300, "time for one step (a conversion, a verification, a measurement)")
VERIFY_SECONDS = Number(
    "VERIFY_SECONDS", 20, "time to verify on further cases, for the source and for each artifact"
)
STEP_MEMORY_MB = Number("STEP_MEMORY_MB", 6000, "memory of one step in MB, beyond the loaded frameworks")
STEP_FILE_MB = Number("STEP_FILE_MB", 4000, "the largest file that a step may write, in MB")
STEP_DISK_MB = Number("STEP_DISK_MB", 8000, "what a step may write in all, in MB")
STEP_OUTPUT_MB = Number("STEP_OUTPUT_MB", 64, "what a step may print or answer, in MB")
STEP_THREADS = Number("STEP_THREADS", 512, "processes and threads of one step")
ARCHIVE_TOTAL_MB = Number("ARCHIVE_TOTAL_MB", 1000, "what an archive may unpack to, in MB")
ARCHIVE_RATIO = Number("ARCHIVE_RATIO", 200, "how many times its size an archive may unpack to (from 64 MB)")
ARCHIVE_ENTRIES = Number("ARCHIVE_ENTRIES", 20_000, "files and folders in an archive")
ARCHIVE_DEPTH = Number("ARCHIVE_DEPTH", 20, "folders within folders in an archive")
MAX_RUNS = Number("MAX_RUNS", 500, "runs kept; further uploads are refused until some are deleted")
MAX_DATA_MB = Number("MAX_DATA_MB", 20_000, "disk that all runs may take, in MB, before uploads are refused")
MAX_WAITING_RUNS = Number("MAX_WAITING_RUNS", 20, "runs that may wait or work at once")
UPLOADS_AT_ONCE = Number("UPLOADS_AT_ONCE", 4, "uploads received at once, from everybody together")
UPLOADS_PER_MINUTE = Number(
    "UPLOADS_PER_MINUTE", 10, "uploads and runs that one client may begin in a minute"
)
REQUESTS_PER_MINUTE = Number(
    "REQUESTS_PER_MINUTE", 300, "downloads and other calls of one client in a minute"
)
ALLOW_PICKLE = Switch(
    "ALLOW_PICKLE",
    "take models with pickles inside, which run code at loading, once the uploader confirms",
)
REFUSE_SOURCE = Switch(
    "REFUSE_SOURCE", "refuse PyTorch source, which is a program, though the uploader confirms it"
)
ALLOW_COMPILER = Switch(
    "ALLOW_COMPILER", "compile PyTorch models with AOTInductor, whose step may start programs in the sandbox"
)
LOAD_LATE = Switch(
    "LOAD_LATE",
    "load the frameworks with the first run, not with the server: its memory is free until then",
)
UNSAFE_NO_SANDBOX = Switch(
    "UNSAFE_NO_SANDBOX", "run models without a sandbox where none works (also: --unsafe-no-sandbox)"
)

SETTINGS: tuple[Number | Switch, ...] = (
    MAX_MODEL_MB,
    STEP_SECONDS,
    VERIFY_SECONDS,
    STEP_MEMORY_MB,
    STEP_FILE_MB,
    STEP_DISK_MB,
    STEP_OUTPUT_MB,
    STEP_THREADS,
    ARCHIVE_TOTAL_MB,
    ARCHIVE_RATIO,
    ARCHIVE_ENTRIES,
    ARCHIVE_DEPTH,
    MAX_RUNS,
    MAX_DATA_MB,
    MAX_WAITING_RUNS,
    UPLOADS_AT_ONCE,
    UPLOADS_PER_MINUTE,
    REQUESTS_PER_MINUTE,
    ALLOW_PICKLE,
    REFUSE_SOURCE,
    ALLOW_COMPILER,
    LOAD_LATE,
    UNSAFE_NO_SANDBOX,
)


def data_folder() -> Path:
    """Where runs, built samples and the database are kept: FORMAT_ADVISOR_DATA, or `.data` in the project."""
    return Path(os.environ.get(f"{PREFIX}DATA") or PROJECT / ".data").resolve()


def api_token() -> str:
    """What a program must send to upload over HTTP: FORMAT_ADVISOR_TOKEN; "" (none may) unless set."""
    return os.environ.get(f"{PREFIX}TOKEN", "")


def max_model_bytes() -> int:
    return int(MAX_MODEL_MB.value() * 1e6)


@dataclass(frozen=True)
class Limits:
    """What one forked step may use; past any of these it is ended and reported for what it did.

    `wall_s`: seconds by the clock. `cpu_s`: processor seconds over all threads. `memory_mb`: MB of
    resident memory beyond what the fork shared with its parent, its children's included. `file_mb`: MB
    of any one file, `disk_mb` of all that it wrote. `output_mb`: MB printed or answered. `threads`:
    processes and threads together.
    """

    wall_s: float
    cpu_s: float
    memory_mb: float
    file_mb: float
    disk_mb: float
    output_mb: float
    threads: float


def step_limits() -> Limits:
    wall = STEP_SECONDS.value()
    return Limits(
        wall_s=wall,
        cpu_s=wall * (os.cpu_count() or 1),
        memory_mb=STEP_MEMORY_MB.value(),
        file_mb=STEP_FILE_MB.value(),
        disk_mb=STEP_DISK_MB.value(),
        output_mb=STEP_OUTPUT_MB.value(),
        threads=STEP_THREADS.value(),
    )
