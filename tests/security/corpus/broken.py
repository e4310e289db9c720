"""What is often uploaded by mistake, and what is cut short. The web process must say so in a sentence."""

import os
from pathlib import Path

from tests.security.corpus import keras, onnx, pt2, torchscript
from tests.security.corpus.case import Build, Case, Targets


def _bytes(name: str, data: bytes) -> Build:
    def build(folder: Path, at: Targets) -> Path:
        (path := folder / name).write_bytes(data)
        return path

    return build


def _cut(build_whole: Build, share: float) -> Build:
    """The first `share` of a sound file."""

    def build(folder: Path, at: Targets) -> Path:
        path = build_whole(folder, at)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        return path

    return build


def _fifo(folder: Path, at: Targets) -> Path:
    os.mkfifo(path := folder / "model.onnx")
    return path


def _sound_of(family) -> Build:
    return next(case.build for case in family.CASES if case.id.endswith("-sound"))


def _folder(folder: Path, at: Targets) -> Path:
    (path := folder / "model").mkdir()
    (path / "readme.txt").write_text("no model")
    return path


def _folder_with_links(folder: Path, at: Targets) -> Path:
    (path := folder / "model").mkdir()
    (path / "saved_model.pb").symlink_to(at.canary)
    return path


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 123456\n"


def _case(name: str, build: Build, *kinds: str, framework: str = "", loads_as: str = "") -> Case:
    return Case(f"broken-{name}", "other", "refused", build, kinds, framework, loads_as)


def _cases() -> tuple[Case, ...]:
    cut: tuple[tuple[str, object, str], ...] = (
        ("onnx", onnx, ""),
        ("torchscript", torchscript, "torch"),
        ("pt2", pt2, "torch"),
        ("keras", keras, "tensorflow"),
    )
    return tuple(
        _case(
            f"{name}-cut-at-{share:.0%}".replace("%", ""),
            _cut(_sound_of(family), share),
            "truncated-model",
            "damaged-model",
            "polyglot",  # what is left may end in a zip that was inside
            framework=framework,
            loads_as=name,
        )
        for name, family, framework in cut
        for share in (0.4, 0.9)
    )


CASES = (
    _case("empty", _bytes("model.onnx", b""), "empty-file"),
    _case("lfs-pointer", _bytes("model.onnx", LFS), "git-lfs-pointer"),
    _case(
        "web-page",
        _bytes("model.pt", b"<!DOCTYPE html><html>404 <script>alert(1)</script></html>"),
        "text-file",
    ),
    _case("zeros", _bytes("model.pt", bytes(4096)), "unknown"),
    _case("noise", _bytes("model.tflite", bytes(i * i * 31 % 251 for i in range(5000))), "unknown"),
    _case("machine-code", _bytes("model.so", b"\x7fELF" + bytes(200)), "machine-code"),
    _case("named-for-a-shell", _bytes("$(touch x);`id`\n<b>.onnx", b"\x00" * 64), "unknown"),
    _case("fifo", _fifo, "not-a-file"),
    _case("folder-without-model", _folder, "not-a-model-folder"),
    _case("folder-of-links", _folder_with_links, "damaged-model", "truncated-model", "not-a-model-folder"),
    *_cases(),
)
