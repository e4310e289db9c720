"""The warm server and its forks: limits that hold against real hostile models, and nothing left behind."""

import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks.errors import ProblemError
from benchmarks.settings import PROJECT, step_limits
from benchmarks.warm import WarmKeeper, WarmServer


def run_model(bench, model: Path, limits=None, shape=("batch", 3)):
    """The `reference` task on a copy of a TorchScript model with one input."""
    workspace = bench.folder
    copy = Path(shutil.copy(model, workspace))
    spec = {"name": "x", "dtype": "float32", "shape": shape}
    return bench.server.run(
        "reference",
        workspace,
        limits=limits,
        source=str(copy),
        source_format="torchscript",
        threads=1,
        inputs=[spec],
        batches=[1],
    )


def forks_in(workspace: Path) -> list[psutil.Process]:
    """Forks of the server are known by the folder that they work in."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(workspace) in process.cwd():
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def still_serves(bench) -> bool:
    return "versions" in bench.server.run("capabilities", bench.folder)


def test_capabilities_are_what_is_installed(bench):
    import importlib.metadata

    found = bench.server.run("capabilities", bench.folder)
    assert found["versions"]["torch"] == importlib.metadata.version("torch")
    assert len(found["converters"]) == len(list((PROJECT / "benchmarks/worker/converters").glob("*_to_*.py")))
    assert {entry["format"] for entry in found["runtimes"].values()} == {
        "onnx", "torchscript", "pt2", "savedmodel", "litert", "openvino", "keras",
        "skops", "xgboost-native", "lightgbm-native", "pytorch-source", "aotinductor",
    }  # fmt: skip
    engines = {id: e for id, e in found["runtimes"].items() if not e["option_of"]}
    assert not any(e["unavailable"] for e in [*found["converters"].values(), *engines.values()])
    for entry in found["runtimes"].values():
        assert entry["installed_mb"] or entry["unavailable"]
        main = found["runtimes"].get(entry["option_of"], entry)
        assert not main["option_of"] and set(entry["formats"]) <= set(main["formats"])
    assert 0 < found["load_seconds"] < 120


def test_an_unknown_task_is_a_problem(bench):
    with pytest.raises(ProblemError) as caught:
        bench.server.run("shell", bench.folder)
    assert caught.value.problem.kind == "unknown-task"


def test_an_endless_loop_is_ended_in_time(bench, built):
    model, started = built("endless.pt"), time.monotonic()
    with pytest.raises(ProblemError) as caught:
        run_model(bench, model, replace(step_limits(), wall_s=2))
    assert caught.value.problem.kind == "timeout"
    assert "2 s" in caught.value.problem.message
    assert 2 <= time.monotonic() - started < 6
    assert still_serves(bench)
    assert forks_in(bench.folder) == []


def test_processor_time_is_limited_as_well(bench, built):
    with pytest.raises(ProblemError) as caught:
        run_model(bench, built("endless.pt"), replace(step_limits(), cpu_s=2, wall_s=60))
    assert caught.value.problem.kind == "timeout"
    assert "processor time" in caught.value.problem.message


@pytest.mark.parametrize("model", ["glutton.pt", "leap.pt"])
def test_memory_is_limited(bench, built, model):
    """Bit by bit, and by one allocation of 16 TB; both with no more than a sentence."""
    with pytest.raises(ProblemError) as caught:
        run_model(bench, built(model), replace(step_limits(), memory_mb=300))
    problem = caught.value.problem
    if model == "glutton.pt":
        assert problem.kind == "out-of-memory"
        assert "300 MB" in problem.message
    else:
        assert problem.kind in ("out-of-memory", "source-does-not-run")
        assert "memory" in problem.message.lower() or "alloc" in problem.message.lower()
    assert still_serves(bench)


def test_a_native_crash_ends_one_fork_only(bench, built):
    with pytest.raises(ProblemError) as caught:
        run_model(bench, built("crash.pt"))
    assert caught.value.problem.kind in ("crashed", "source-does-not-run")
    assert still_serves(bench)


def test_a_model_without_tensors_is_refused_in_words(bench, built):
    with pytest.raises(ProblemError) as caught:
        run_model(bench, built("number.pt"))
    assert caught.value.problem.kind == "no-tensors"


def test_hanging_up_kills_the_fork_before_close_returns(bench, built):
    copy = Path(shutil.copy(built("endless.pt"), bench.folder))
    step = bench.server.open(
        "reference",
        bench.folder,
        source=str(copy),
        source_format="torchscript",
        threads=1,
        inputs=[{"name": "x", "dtype": "float32", "shape": ["batch", 3]}],
        batches=[1],
    )
    end = time.monotonic() + 20
    while not forks_in(bench.folder) and time.monotonic() < end:
        time.sleep(0.02)
    assert len(forks_in(bench.folder)) == 1
    step.close()
    assert forks_in(bench.folder) == []
    assert still_serves(bench)


def test_a_fork_keeps_its_files_below_the_workspace(bench, built):
    before = set(os.listdir("/tmp"))
    run_model(bench, built("mlp.pt"), shape=("batch", 16))
    assert sorted(p.name for p in bench.folder.iterdir()) == [
        "example.npz", "log.txt", "mlp.pt", "reference.json", "reference.npz",
    ]  # fmt: skip
    new = {name for name in set(os.listdir("/tmp")) - before if "torch" in name or "tmp" in name}
    assert new == set()


@pytest.mark.parametrize(
    "said",
    [
        b"not json\n",
        b"\n",
        b"{}\n",
        b'{"task": "capabilities"}\n',
        b'{"task": "capabilities", "arguments": {}, "limits": {}}\n',
        b'{"task": 7, "arguments": [], "limits": {"wall_s": "x", "memory_mb": null}}\n',
        b"[" * 100_000 + b"\n",
        b'"' + b"x" * 2_000_000 + b'"\n',
    ],
)
def test_nonsense_requests_do_not_take_the_server_down(bench, said):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(bench.server.address)
        client.settimeout(15)
        try:
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert still_serves(bench)


@pytest.mark.parametrize(
    "line",
    [
        '{"end": 5}',
        '{"end": {"kind": []}}',
        '{"problem": "x"}',
        '{"problem": null}',
        "[]",
        "[" * 100_000,
        "7",
        '{"progress": {}}',
    ],
)
def test_what_a_hostile_fork_says_is_never_a_crash(tmp_path, line):
    """A fork that a model has taken over writes what it likes; its client stays with its own words."""
    address = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        step = WarmServer(address).open("verify", tmp_path)
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(line.encode() + b"\n")
        with pytest.raises(ProblemError), step:
            step.receive("result")


def test_no_server_is_a_sentence(tmp_path):
    with pytest.raises(ProblemError) as caught:
        WarmServer(str(tmp_path / "nobody")).run("capabilities", tmp_path)
    assert caught.value.problem.kind == "no-server"


def servers_below(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


OWNER = """
import sys, time
from pathlib import Path
from benchmarks.warm import WarmKeeper
keeper = WarmKeeper(Path(sys.argv[1]))
if sys.argv[2] == "ready":
    keeper.server.run("capabilities", Path(sys.argv[1]))
print("up", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("when", ["loading", "ready"])
def test_a_killed_owner_takes_its_server_along(tmp_path, when):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path), when],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        assert owner.stdout.readline() == b"up\n"
        end = time.monotonic() + 10
        while not (below := servers_below(owner.pid)) and time.monotonic() < end:
            time.sleep(0.05)
        assert below
    finally:
        owner.kill()
        owner.wait()
        owner.stdout.close()
    _, alive = psutil.wait_procs(below, timeout=60)  # one that is still loading looks when it has loaded
    assert alive == []


def test_a_keeper_closed_at_once_leaves_nothing(tmp_path):
    me = psutil.Process()
    before = set(me.children(recursive=True))
    with WarmKeeper(tmp_path) as server:
        address = server.address
    time.sleep(1.5)  # a server started late would be seen now
    assert set(me.children(recursive=True)) - before == set()
    assert not Path(address).parent.exists()


def test_a_keeper_whose_thread_comes_late_needs_no_folder(tmp_path):
    """Closed, and its folder removed, before its thread has had its first turn."""
    folder = tmp_path / "data"
    keeper = WarmKeeper(folder)
    keeper.close()
    keeper._thread.join(10)
    shutil.rmtree(folder)
    keeper._keep()
    assert not folder.exists()


def test_a_dead_server_is_started_again(tmp_path):
    me = psutil.Process()
    before = set(me.children(recursive=True))
    with WarmKeeper(tmp_path) as server:
        server.run("capabilities", tmp_path)
        alive = list(set(me.children(recursive=True)) - before)
        assert alive
        for process in alive:
            process.kill()
        _, left = psutil.wait_procs(alive, 10)  # one that still dies may take the next step with it
        assert not left
        assert "versions" in server.run("capabilities", tmp_path)


def test_the_log_of_a_step_says_what_went_wrong(bench):
    (bench.folder / "text.pt").write_text("no model")
    with pytest.raises(ProblemError):
        bench.server.run(
            "reference",
            bench.folder,
            source=str(bench.folder / "text.pt"),
            source_format="torchscript",
            threads=1,
            inputs=[],
            batches=[1],
        )
    assert "Traceback" in (bench.folder / "log.txt").read_text()
