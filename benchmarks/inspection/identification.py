"""What a file is, by its content and never by its name; and its description."""

import importlib
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.artifact import Description
from benchmarks.errors import ProblemError
from benchmarks.inspection import (
    keras,
    lightgbm_native,
    litert,
    onnx,
    pt2,
    pytorch_source,
    refusals,
    savedmodel,
    skops,
    torchscript,
    xgboost_native,
)
from benchmarks.inspection.content import Container, Content, open_content
from benchmarks.inspection.damage import Damaged, Truncated, quoted, refusal

FORMATS = {
    "onnx": onnx,
    "torchscript": torchscript,
    "pt2": pt2,
    "savedmodel": savedmodel,
    "keras": keras,
    "litert": litert,
    "skops": skops,
    "xgboost-native": xgboost_native,
    "lightgbm-native": lightgbm_native,
    "pytorch-source": pytorch_source,
}

AUDITS = {
    name: importlib.import_module(f"benchmarks.inspection.audit.{name.replace('-', '_')}") for name in FORMATS
}


@dataclass(frozen=True)
class Identified:
    """`format` is a format id of the contract; `root` is the model's folder inside an archive or a
    folder, relative and with slashes, "" where the model is at the top or is the file itself."""

    format: str
    container: Container
    root: str


_PARSING_ERRORS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading bytes that are not what they claim can end in: numbers out of range, JSON of another
shape, a broken compression. Everything a hostile file can do is a `ProblemError` past this line."""


def identify(path: Path) -> Identified:
    """What the file or folder at `path` is.

    Raises `ProblemError` for everything that is not exactly one model of a format read here: stage
    identify, or unpack where an archive is unsafe.
    """
    path = Path(path)
    with problems_only(path, "identify"):
        content = open_content(path)
        return _identify(content)


def describe(path: Path) -> Description:
    """What the model at `path` says of itself; see `benchmarks.artifact.Description`.

    Raises `ProblemError` as `identify` does, of stage inspect where the model is broken within, and of
    stage audit where it holds what its format never needs.
    """
    path = Path(path)
    with problems_only(path, "identify"):
        content = open_content(path)
        found = _identify(content)
    with problems_only(path, "inspect"):
        description = FORMATS[found.format].describe(content, found.root)
    with problems_only(path, "audit"):
        audited = AUDITS[found.format].audit(content, found.root)
    return replace(
        description,
        findings=description.findings + audited.findings,
        pickled=audited.pickled,
        not_examined=audited.not_examined,
        code=audited.code,
    )


def _identify(content: Content) -> Identified:
    found = [
        Identified(name, content.container, root)
        for name, module in FORMATS.items()
        if (root := module.recognise(content)) is not None
    ]
    if len(found) > 1:
        raise refusal(
            "several-models",
            f"There are several models inside: {', '.join(one.format for one in found)}.",
            "Give one of them.",
        )
    if found:
        return found[0]
    raise refusals.file_refusal(content) if content.container == "file" else refusals.archive_refusal(content)


@contextmanager
def problems_only(path: Path, stage: str) -> Iterator[None]:
    try:
        yield
    except ProblemError:
        raise
    except Truncated as error:
        raise refusal(
            "truncated-model",
            f"{quoted(path.name)} is truncated: it {error}.",
            "Copy or download it again in full, and compare the file's size.",
            stage,
        ) from error
    except OSError as error:
        if error.errno is None:  # gzip's own error for broken bytes
            raise _damaged(path, stage, error) from error
        raise refusal(
            "unreadable",
            f"{quoted(path.name)} cannot be read: {error.strerror}.",
            "Check the file and its permissions.",
            stage,
        ) from error
    except _PARSING_ERRORS as error:
        raise _damaged(path, stage, error) from error


def _damaged(path: Path, stage: str, error: Exception) -> ProblemError:
    reason = f" It {error}." if isinstance(error, Damaged) else ""
    return refusal(
        "damaged-model",
        f"{quoted(path.name)} is damaged and cannot be read.{reason}",
        "Copy or download it again, or save the model again.",
        stage,
    )
