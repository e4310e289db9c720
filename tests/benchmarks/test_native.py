"""The runner in C++: compiled for real, by one process however many want it, or a reason why it cannot be."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import native
from benchmarks.errors import ProblemError
from benchmarks.settings import PROJECT

needs_compiler = pytest.mark.skipif(
    not any(shutil.which(name, path=native.PROGRAMS) for name in native.COMPILERS),
    reason=f"there is no {', '.join(native.COMPILERS)} here",
)


@pytest.fixture
def small(monkeypatch, tmp_path) -> Path:
    """A source that compiles in a moment, and a folder of its own for what is made of it."""
    source = tmp_path / "small.cpp"
    source.write_text('extern "C" int answer() { return 42; }\n')
    monkeypatch.setattr(native, "SOURCE", source)
    monkeypatch.setattr(native, "BUILT", tmp_path / "built")
    monkeypatch.setattr(native, "LIBRARIES", ())
    return source


@needs_compiler
@pytest.mark.slow
def test_the_runner_compiles_without_a_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(native, "BUILT", tmp_path / "built")
    monkeypatch.setattr(native, "FLAGS", (*native.FLAGS, "-Werror"))
    made = native.library()
    assert made == native.built()
    assert made.read_bytes()[:4] == b"\x7fELF"
    assert native.unavailable() == ""


@needs_compiler
def test_it_is_compiled_once(small):
    assert native.built() is None
    assert native.unavailable() == ""
    made = native.library()
    first = made.stat().st_mtime_ns
    assert native.library() == native.built() == made
    assert made.stat().st_mtime_ns == first
    assert sorted(path.name for path in native.BUILT.iterdir()) == sorted([made.name, "lock"])


@needs_compiler
def test_another_source_is_compiled_again_and_the_old_library_goes(small):
    old = native.library()
    small.write_text('extern "C" int answer() { return 43; }\n')
    assert native.built() is None
    new = native.library()
    assert new != old and new.is_file() and not old.exists()


@needs_compiler
def test_of_several_processes_one_compiles_and_all_have_it(small, tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from benchmarks import native\n"
        "native.SOURCE, native.BUILT, native.LIBRARIES = Path(sys.argv[1]), Path(sys.argv[2]), ()\n"
        "made = native.library(); print(made.stat().st_ino)"
    )
    line = [sys.executable, "-c", script, str(small), str(native.BUILT)]
    started = [subprocess.Popen(line, cwd=PROJECT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 4
    assert len(set(said)) == 1  # whoever compiled again would have made another file


@needs_compiler
def test_what_a_killed_process_left_is_cleared_away(small):
    left = native.BUILT / "unfinished-1"
    left.mkdir(parents=True)
    (left / "half.so").write_text("half")
    made = native.library()
    assert sorted(path.name for path in native.BUILT.iterdir()) == sorted([made.name, "lock"])


@needs_compiler
def test_what_does_not_compile_is_said_with_the_compilers_words(small):
    small.write_text("int answer( { return 42; }\n")
    with pytest.raises(ProblemError) as caught:
        native.library()
    assert caught.value.problem.kind == "not-built"
    assert "error" in caught.value.problem.message and caught.value.problem.next_step
    assert "did not compile" in native.unavailable() and "error" in native.unavailable()
    assert native.built() is None


def test_without_a_compiler_there_is_a_reason(small, monkeypatch, tmp_path):
    monkeypatch.setattr(native, "PROGRAMS", str(tmp_path))
    assert "there is no g++" in native.unavailable()
    with pytest.raises(ProblemError) as caught:
        native.library()
    assert "g++" in caught.value.problem.next_step


@needs_compiler
def test_without_a_compiler_a_library_that_is_there_is_taken(small, monkeypatch, tmp_path):
    made = native.library()
    monkeypatch.setattr(native, "PROGRAMS", str(tmp_path))
    assert native.unavailable() == ""
    assert native.library() == made


@needs_compiler
def test_a_folder_that_cannot_be_written_is_a_problem(small, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(native, "BUILT", tmp_path / "file" / "built")
    with pytest.raises(ProblemError) as caught:
        native.library()
    assert caught.value.problem.kind == "not-built"
