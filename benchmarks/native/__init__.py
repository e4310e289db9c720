"""The C++ of this project, compiled once on the machine where it runs: `libtorch_runner.cpp`.

A fork of the warm server may execute no program, so no compiler either. What it loads is compiled before,
outside of the sandbox, from this project's own source; it lies in this folder, which forks can read and not
change.
`python -m benchmarks.native` does it ahead of the first comparison, such as where an image is built.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.errors import ProblemError

SOURCE = Path(__file__).with_name("libtorch_runner.cpp")
BUILT = Path(__file__).with_name("built")
COMPILERS = ("g++", "c++", "clang++")
PROGRAMS = "/usr/local/bin:/usr/bin:/bin"
"""Where a compiler is looked for: the folders that the sandbox shows too, so that a fork finds the same."""
FLAGS = ("-std=c++20", "-O2", "-Wall", "-fPIC", "-shared")
LIBRARIES = ("-ltorch", "-ltorch_cpu", "-lc10")
NEEDED_BY = ("libtorch",)
"""The ids of the runtimes that load it."""
SECONDS = 300
_UNFINISHED = "unfinished-"
_NEXT = "Install g++ (Debian: apt-get install g++), or leave this runtime out."


def unavailable() -> str:
    """Why there is no library and none can be made; "" where there is one, or a compiler."""
    if built():
        return ""
    if not _torch():
        return "torch is not installed"
    compiler = _compiler()
    if not compiler:
        return f"its runner in C++ is compiled on first need, and there is no {', '.join(COMPILERS)} here"
    failed = _failed(compiler)
    if not failed.is_file():
        return ""
    return (
        f"its runner in C++ did not compile ({failed.read_text()}); `python -m benchmarks.native` tries again"
    )


def built() -> Path | None:
    """The library that fits the source and the torch that is installed, the newest of several compilers';
    None where there is none."""
    found = BUILT.glob(f"{SOURCE.stem}-{_key()}-*.so")
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def library() -> Path:
    """The library, compiled first where there is none of this compiler's (some 15 s of one core); whoever
    comes meanwhile waits. Raises ProblemError where that cannot be done."""
    if not _torch():
        raise _problem("torch is not installed, which it is compiled against.", "Install torch.")
    compiler = _compiler()
    if not compiler:
        if found := built():
            return found
        raise _problem(f"There is no {', '.join(COMPILERS)} in {PROGRAMS}.", _NEXT)
    try:
        target = _target(compiler)
        if not target.is_file():
            _build(compiler, target)
    except (OSError, subprocess.SubprocessError) as error:
        raise _problem(
            f"{error}.", "Let the program write that folder, or run `python -m benchmarks.native` as who may."
        ) from None
    return target


def _build(compiler: str, target: Path) -> None:
    BUILT.mkdir(exist_ok=True)
    with open(BUILT / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.is_file():  # another process made it while this one waited
            return
        for left in BUILT.glob(f"{_UNFINISHED}*"):  # by one that was killed
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=BUILT) as folder:
            unfinished = Path(folder, target.name)
            if words := _compile(compiler, unfinished):
                _failed(compiler).write_text(words)
                raise _problem(f"{compiler} says: {words}", _NEXT)
            _failed(compiler).unlink(missing_ok=True)
            os.replace(unfinished, target)
        for older in set(BUILT.glob(f"{SOURCE.stem}-*.so")) - {target}:
            older.unlink(missing_ok=True)


def _compile(compiler: str, target: Path) -> str:
    """Writes `target`; returns why that failed, "" if it did not."""
    torch = _torch()
    line = [
        compiler,
        *FLAGS,
        *_includes(torch),
        str(SOURCE),
        "-o",
        str(target),
        f"-L{torch / 'lib'}",
        *LIBRARIES,
    ]
    try:
        done = subprocess.run(
            line,
            env={"PATH": PROGRAMS, "LC_ALL": "C.UTF-8", "TMPDIR": str(target.parent)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {SECONDS} s"
    return _first_error(done.stderr) if done.returncode else ""


def _first_error(words: str) -> str:
    lines = words.splitlines()
    return next((line for line in lines if "error" in line), lines[-1] if lines else "nothing")[:300]


def _torch() -> Path | None:
    """The folder of the package, found without importing it."""
    found = importlib.util.find_spec("torch")
    return Path(found.origin).parent if found and found.origin else None


def _includes(torch: Path) -> list[str]:
    """What `torch.utils.cpp_extension.include_paths` returns. Since torch 2.7 every build for Linux has the
    C++11 ABI, which is the compiler's own."""
    include = torch / "include"
    return ["-isystem", str(include), "-isystem", str(include / "torch" / "csrc" / "api" / "include")]


def _compiler() -> str:
    return next(filter(None, (shutil.which(name, path=PROGRAMS) for name in COMPILERS)), "")


def _key() -> str:
    """Of everything but the compiler, which a fork cannot ask for its version."""
    version = importlib.metadata.version("torch") if _torch() else ""
    parts = (SOURCE.read_text(), *FLAGS, *LIBRARIES, version, platform.machine())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _target(compiler: str) -> Path:
    version = subprocess.run([compiler, "--version"], capture_output=True, check=True, timeout=10).stdout
    return BUILT / f"{SOURCE.stem}-{_key()}-{hashlib.sha256(version).hexdigest()[:8]}.so"


def _failed(compiler: str) -> Path:
    """Where the words of a compiler that failed are kept, for the forks."""
    return BUILT / f"{SOURCE.stem}-{_key()}-{Path(compiler).name}.failed"


def _problem(message: str, next_step: str) -> ProblemError:
    return ProblemError("job", "not-built", f"The C++ runner of LibTorch is missing. {message}", next_step)
