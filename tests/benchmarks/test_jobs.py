"""Runs, their state in the database and their files on disk: started, cancelled, killed, started again; real
processes all along.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks import jobs, run_rows, uploads
from benchmarks.comparison import Options
from benchmarks.errors import ProblemError
from store.engine import FILENAME, VARIABLE, close, writing

OPTIONS = Options(to=("onnx",), budget_s=0.5)
LONG = replace(OPTIONS, budget_s=600)


@pytest.fixture
def data(bench, monkeypatch) -> Path:
    """A data folder of this test's own, which the warm server can write below."""
    folder = bench.folder / "data"
    monkeypatch.setenv("FORMAT_ADVISOR_DATA", str(folder))
    yield folder
    for process in job_processes(folder):
        process.kill()
    close()


def job_processes(data: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if "benchmarks.job" in (line := process.info["cmdline"] or [])
        and str(data) in " ".join(line)
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def forks_below(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(folder)):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def receive(model: Path, name: str | None = None) -> jobs.Run:
    return uploads.receive(name or model.name, [model.read_bytes()])


def until(run_id: str, *states: str, seconds: float = 200) -> jobs.Run:
    end = time.monotonic() + seconds
    while (run := jobs.load(run_id)).state not in states:
        assert time.monotonic() < end, (run.state, run.stages)
        time.sleep(0.1)
    return run


def until_rounds(run_id: str, name: str, seconds: float = 200) -> None:
    end = time.monotonic() + seconds
    while True:
        run = jobs.load(run_id)
        if any(s.stage == name and s.outcome is None and "round" in s.detail for s in run.stages):
            return
        assert run.state == "running", (run.state, run.problem)
        assert time.monotonic() < end, run.stages
        time.sleep(0.05)


def test_from_draft_to_done(bench, data, built):
    run = receive(built("mlp.pt2"))
    assert (run.state, run.title, run.report) == ("draft", "mlp.pt2", None)
    assert run.description.format == "pt2"
    assert jobs.recent() == []
    jobs.start(run.id, OPTIONS, bench.server.address)
    run = until(run.id, "done", "failed")
    assert run.problem is None
    assert {stage.stage: stage.outcome for stage in run.stages} == {
        "identify": "passed", "line": "passed", "server": "passed", "reference": "passed",
        "convert-onnx": "passed", "measure-1": "passed", "verdict": "passed",
    }  # fmt: skip
    assert run.report["schema"] == 1
    assert (run.folder / run.report["conversions"][0]["artifact"]["path"]).exists()
    assert [r.id for r in jobs.recent()] == [run.id]
    for left in ("tmp", "unpacked", "reference.npz", "reference.json"):
        assert not (run.folder / left).exists()
    jobs.start(run.id, OPTIONS, bench.server.address)  # once done, done
    assert jobs.load(run.id).state == "done"
    assert job_processes(data) == []
    jobs.delete(run.id)
    assert not run.folder.exists()
    assert jobs.recent() == []


def test_cancelled_in_the_middle_leaves_nothing(bench, data, built):
    run = receive(built("mlp.pt2"))
    jobs.start(run.id, LONG, bench.server.address)
    until_rounds(run.id, "measure-1")
    assert forks_below(run.folder)
    started = time.monotonic()
    jobs.cancel(run.id)
    run = until(run.id, "cancelled", "done", "failed", seconds=15)
    assert (run.state, run.problem.kind) == ("cancelled", "cancelled")
    assert time.monotonic() - started < 8
    assert forks_below(run.folder) == []
    assert not (run.folder / "artifacts").exists()
    assert not (run.folder / "tmp").exists()
    psutil.wait_procs(job_processes(data), timeout=5)
    assert job_processes(data) == []
    jobs.start(run.id, OPTIONS, bench.server.address)  # and may be started again
    assert until(run.id, "done", "failed").state == "done"


def test_killed_is_interrupted_and_can_be_started_again(bench, data, built):
    run = receive(built("mlp.zip"))
    jobs.start(run.id, LONG, bench.server.address)
    until_rounds(run.id, "measure-1")
    [process] = job_processes(data)
    process.send_signal(signal.SIGKILL)
    psutil.wait_procs([process], timeout=5)
    interrupted = until(run.id, "interrupted", seconds=5)
    assert interrupted.problem.kind == "interrupted"
    assert not interrupted.active
    end = time.monotonic() + 5
    while forks_below(run.folder) and time.monotonic() < end:
        time.sleep(0.1)
    assert forks_below(run.folder) == []
    left = {"work", "unpacked"}
    while left & {path.name for path in run.folder.iterdir()} and time.monotonic() < end:
        time.sleep(0.1)
    assert not left & {path.name for path in run.folder.iterdir()}
    jobs.start(run.id, OPTIONS, bench.server.address)
    again = until(run.id, "done", "failed")
    assert again.problem is None
    assert not (run.folder / "unpacked").exists()


def test_a_stopped_application_interrupts_its_run(bench, data, built):
    """Nobody cancelled it, so it does not say so."""
    run = receive(built("mlp.pt2"))
    jobs.start(run.id, LONG, bench.server.address)
    until_rounds(run.id, "measure-1")
    jobs._children[-1].stdin.close()  # what the end of the application does, however it ends
    run = until(run.id, "interrupted", "cancelled", seconds=15)
    assert (run.state, run.problem.kind) == ("interrupted", "interrupted")
    assert "application was stopped" in run.problem.message


def test_started_twice_is_one_process(bench, data, built):
    run = receive(built("mlp.pt2"))
    for _ in range(3):
        jobs.start(run.id, LONG, bench.server.address)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        assert len(job_processes(data)) <= 1
        time.sleep(0.2)
    assert len(job_processes(data)) == 1
    with pytest.raises(ProblemError) as caught:
        jobs.delete(run.id) or jobs.load("0" * 16)
    assert caught.value.problem.kind == "unknown-run"
    assert jobs.load(run.id).state == "running"  # a running one is not deleted
    jobs.cancel(run.id)
    until(run.id, "cancelled", seconds=15)


def test_a_look_at_the_wrong_moment_does_not_swallow_a_start(bench, data, built):
    """Whoever looks whether a run is alive holds its lock for an instant."""
    import threading

    run = receive(built("mlp.pt2"))
    (run.folder / "lock").touch()
    with open(run.folder / "lock") as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        threading.Timer(0.1, fcntl.flock, (look, fcntl.LOCK_UN)).start()
        jobs.start(run.id, LONG, bench.server.address)
    assert jobs.load(run.id).state == "running"
    jobs.cancel(run.id)
    until(run.id, "cancelled", seconds=15)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("model.onnx", b"", "empty-file"),
        ("model.onnx", b"hello, I am no model\n", None),
        ("../../etc/model.pt", b"\x80\x04K\x01.", None),
    ],
)
def test_a_refused_upload_leaves_no_folder(data, name, content, kind):
    with pytest.raises(ProblemError) as caught:
        uploads.receive(name, [content])
    assert kind in (None, caught.value.problem.kind)
    assert caught.value.problem.next_step
    assert list(jobs.runs_folder().iterdir()) == []


def test_an_upload_over_the_limit_stops_early(data, monkeypatch):
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_MODEL_MB", "0.01")
    given = []

    def pieces():
        for _ in range(1000):
            given.append(1)
            yield b"x" * 1000

    with pytest.raises(ProblemError) as caught:
        uploads.receive("model.onnx", pieces())
    assert caught.value.problem.kind == "too-large"
    assert len(given) == 11
    assert list(jobs.runs_folder().iterdir()) == []


def test_a_broken_upload_leaves_no_folder(data):
    def pieces():
        yield b"x"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        uploads.receive("model.onnx", pieces())
    assert list(jobs.runs_folder().iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../../x.pt2", "/etc/x.pt2", "..", ".hidden", "a\0b", "ü/ß.pt2", "x" * 5000, ""]
)
def test_a_name_decides_nothing(data, built, name):
    run = receive(built("mlp.pt2"), name) if name else uploads.receive("", [built("mlp.pt2").read_bytes()])
    [file] = (run.folder / "source").iterdir()
    assert file.read_bytes() == built("mlp.pt2").read_bytes()
    assert not file.name.startswith(".")
    assert file.resolve().parent == run.folder / "source"


@pytest.mark.parametrize(
    "run_id",
    ["", ".", "..", "../runs", "0" * 15, "0" * 16, "0" * 17, "0123456789ABCDEF", "/etc", "a\0b",
     "0123456789abcdef\n", "../" + "0" * 16, "x" * 10_000],
)  # fmt: skip
@pytest.mark.parametrize("act", [jobs.load, jobs.cancel, jobs.delete])
def test_an_unknown_id_is_a_sentence(data, run_id, act):
    jobs.runs_folder().mkdir(parents=True)
    (data / "keep").touch()
    with pytest.raises(ProblemError) as caught:
        act(run_id)
    assert caught.value.problem.kind == "unknown-run"
    assert sorted(p.name for p in data.iterdir() if FILENAME not in p.name) == ["keep", "runs"]
    assert list(jobs.runs_folder().iterdir()) == []


def test_recent_is_newest_first_and_no_drafts(data, built):
    ids = []
    for number in range(4):
        run = receive(built("mlp.pt2"), f"{number}.pt2")
        if number:
            run_rows.record(run.id, "done")
            ids.append(run.id)
    (jobs.runs_folder() / "lost+found").mkdir()
    assert [run.id for run in jobs.recent()] == ids[::-1]
    assert [run.id for run in jobs.recent(2)] == ids[:0:-1]


def test_drafts_are_cleared_after_a_day(data, built):
    old, new, started = (receive(built("mlp.pt2")) for _ in range(3))
    run_rows.record(started.id, "done")
    for run in (old, started):
        os.utime(run.folder, (time.time() - 25 * 3600,) * 2)
    jobs.sweep()
    assert sorted(p.name for p in jobs.runs_folder().iterdir()) == sorted([new.id, started.id])


def test_an_upload_whose_server_was_killed_is_cleared_and_one_that_comes_is_not(data):
    receive_half = "from benchmarks.uploads import Upload; half = Upload('m.onnx'); half.write(b'x'); input()"
    server = subprocess.Popen([sys.executable, "-c", receive_half], stdin=subprocess.PIPE)
    end = time.monotonic() + 60
    while not (halves := list(jobs.runs_folder().glob("*/source/*"))):
        assert time.monotonic() < end
        time.sleep(0.05)
    folder = halves[0].parent.parent
    os.utime(folder, (time.time() - 2 * jobs.BEGUN_S,) * 2)
    jobs.sweep()
    assert folder.exists()
    server.kill()
    server.communicate()
    jobs.sweep()
    assert not folder.exists()


def test_old_drafts_give_way_to_a_new_run(data, monkeypatch):
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_RUNS", "1")
    old = jobs.from_sample("pt2-transformer")
    os.utime(old.folder, (time.time() - 25 * 3600,) * 2)
    new = jobs.from_sample("pt2-transformer")
    assert list(jobs.runs_folder().iterdir()) == [new.folder]


def test_recent_reads_no_report(data, built):
    """A list of 500 runs, each with a report of 2 MB, takes no longer than the list."""
    report = json.dumps({"rounds": list(range(300_000))})
    for number in range(500):
        folder = jobs.new_folder()
        run_rows.add(folder.name, f"{number}", None, float(number))
        run_rows.record(folder.name, "done")
        if number > 450:
            (folder / "report.json").write_text(report)
    started = time.perf_counter()
    assert [run.title for run in jobs.recent()] == [str(number) for number in range(499, 489, -1)]
    assert time.perf_counter() - started < 0.5
    assert jobs.recent(1)[0].report["rounds"][-1] == 299_999


def test_earlier_runs_are_those_of_the_same_model_that_are_done(data, built):
    model, other = built("mlp.pt2"), built("mlp.pt")
    runs = [receive(path) for path in (model, other, model, model, model, model)]
    for number, run in enumerate(runs):
        run_rows.change(run.id, created=float(number))
        if number != 3:  # a draft
            state = "failed" if number == 2 else "done"
            run_rows.record(run.id, state)
            (run.folder / "report.json").write_text("is not read")
    first, _, _, _, fifth, last = (jobs.load(run.id) for run in runs)
    assert [run.id for run in jobs.earlier(last)] == [fifth.id, first.id]
    assert jobs.earlier(first) == []
    jobs.delete(fifth.id)
    assert [run.id for run in jobs.earlier(last)] == [first.id]


@pytest.mark.parametrize("planted", ["description.json", "job.log", "lock"])
def test_nothing_is_written_through_a_link(bench, data, built, planted, tmp_path):
    """As if a fork had planted one, where no layer kept it from that."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    run = receive(built("mlp.pt2"))
    (run.folder / planted).unlink(missing_ok=True)
    (run.folder / planted).symlink_to(victim)
    jobs.start(run.id, LONG, bench.server.address)
    end = time.monotonic() + 15
    while (run.folder / planted).is_symlink() and time.monotonic() < end:
        time.sleep(0.02)
    jobs.cancel(run.id)
    until(run.id, "cancelled", seconds=15)
    assert victim.read_text() == "untouched"
    assert not (run.folder / planted).is_symlink()


@pytest.mark.parametrize("name", ["description.json", "report.json"])
def test_what_is_no_plain_file_or_too_long_is_not_read(data, built, name, tmp_path, monkeypatch):
    run = receive(built("mlp.pt2"))
    jobs.write_json(run.folder / "report.json", {})
    path = run.folder / name
    content = path.read_text() if path.exists() else "{}"
    (tmp_path / "elsewhere").write_text(content)
    path.unlink(missing_ok=True)
    path.symlink_to(tmp_path / "elsewhere")
    assert jobs._read(path) is None
    path.unlink()
    os.mkfifo(path)
    assert jobs._read(path) is None  # and does not wait for a writer
    path.unlink()
    path.write_text(content)
    monkeypatch.setattr(jobs, "JSON_LIMIT_BYTES", len(content) - 1)
    assert jobs._read(path) is None


def test_the_process_of_a_run_is_told_no_secret(bench, data, built, monkeypatch):
    told = {"FORMAT_ADVISOR_TOKEN": "secret-1", "AWS_SECRET_ACCESS_KEY": "secret-2", "LD_PRELOAD": "",
            "STREAMLIT_SERVER_COOKIE_SECRET": "secret-3", "XFORMAT_ADVISOR_X": "secret-4"}  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    run = receive(built("mlp.pt2"))
    jobs.start(run.id, LONG, bench.server.address)
    [process] = job_processes(data)
    environment = process.environ()
    assert not set(told) & set(environment)
    assert "secret" not in " ".join(environment.values())
    assert {"PATH", "FORMAT_ADVISOR_DATA", "LC_ALL"} <= set(environment)
    jobs.cancel(run.id)
    until(run.id, "cancelled", seconds=15)


def test_limits_on_runs_waiting_kept_and_their_disk(bench, data, built, monkeypatch):
    first, second = receive(built("mlp.pt2")), receive(built("mlp.pt2"))
    jobs.start(first.id, LONG, bench.server.address)
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_WAITING_RUNS", "1")
    with pytest.raises(ProblemError) as caught:
        jobs.start(second.id, LONG, bench.server.address)
    assert caught.value.problem.kind == "too-many-waiting"
    assert jobs.load(second.id).state == "draft"
    jobs.cancel(first.id)
    until(first.id, "cancelled", seconds=15)
    jobs.start(first.id, LONG, bench.server.address)  # itself does not count
    jobs.cancel(first.id)
    until(first.id, "cancelled", seconds=15)
    before = sorted(jobs.runs_folder().iterdir())
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_RUNS", "2")
    for act in (lambda: receive(built("mlp.pt2")), lambda: jobs.from_sample("pt2-transformer")):
        with pytest.raises(ProblemError) as caught:
            act()
        assert caught.value.problem.kind == "too-many-runs"
    monkeypatch.delenv("FORMAT_ADVISOR_MAX_RUNS")
    used = sum(path.stat().st_size for path in jobs.runs_folder().rglob("*") if path.is_file())
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_DATA_MB", str((used + 1000) / 1e6))
    with pytest.raises(ProblemError) as caught:
        receive(built("mlp.pt2"))
    assert caught.value.problem.kind == "no-room"
    assert sorted(jobs.runs_folder().iterdir()) == before
    jobs.delete(second.id)
    assert receive(built("mlp.pt2")).state == "draft"


def test_pickles_take_the_operator_and_the_uploader(bench, data, built, monkeypatch):
    """The description is written by hand: what the audit finds is tested with the audit."""
    run = receive(built("mlp.pt2"))
    jobs.write_json(run.folder / "description.json", replace(run.description, pickled=("x",)).to_json())
    for allowed, trusted, kind in (("0", True, "pickle-inside"), ("1", False, "pickle-not-confirmed")):
        monkeypatch.setenv("FORMAT_ADVISOR_ALLOW_PICKLE", allowed)
        with pytest.raises(ProblemError) as caught:
            jobs.start(run.id, replace(LONG, trust_pickle=trusted), bench.server.address)
        assert caught.value.problem.kind == kind
    assert jobs.load(run.id).description.pickled == ("x",)
    assert jobs.load(run.id).state == "draft"


def test_a_sweep_removes_what_earlier_processes_left_and_nothing_else(data, built):
    kept, interrupted, gone = (receive(built("mlp.pt2")) for _ in range(3))
    run_rows.record(interrupted.id, "running")
    (interrupted.folder / "work" / "deep").mkdir(parents=True)
    (interrupted.folder / "unpacked").mkdir()
    (interrupted.folder / "report.json.0123abcd.unfinished").touch()
    gone.folder.rename(gone.folder.with_name(f"{gone.id}.0123abcd{jobs.REMOVED}"))
    working = receive(built("mlp.pt2"))
    (working.folder / "work").mkdir()
    with open(working.folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        jobs.sweep()
    names = {folder.name for folder in jobs.runs_folder().iterdir()}
    assert names == {kept.id, interrupted.id, working.id}
    left = {path.name for path in interrupted.folder.iterdir()}
    assert left == {"description.json", "source", "lock"}
    assert (working.folder / "work").exists()
    assert jobs.load(interrupted.id).state == "interrupted"


def test_a_run_kept_before_the_database_was_is_taken_over(data, built):
    """Its files said then what its row says now."""
    run = receive(built("mlp.pt2"))
    run_rows.remove(run.id)
    about = {"title": "older", "sample": None, "created": 5.0}
    problem = {"stage": "job", "kind": "timeout", "message": "It took long.", "next_step": "Wait."}
    stage = {"stage": "identify", "title": "Identify", "outcome": "passed", "detail": ""}
    jobs.write_json(run.folder / "request.json", about)
    jobs.write_json(run.folder / "state.json", {"state": "failed", "stages": [stage], "problem": problem})
    os.utime(run.folder, (time.time() - 2 * jobs.BEGUN_S,) * 2)
    jobs.sweep()
    kept = jobs.load(run.id)
    assert (kept.title, kept.created, kept.state) == ("older", 5.0, "failed")
    assert kept.problem.to_json() == problem and kept.stages[0].title == "Identify"
    assert {path.name for path in run.folder.iterdir()} == {"description.json", "source", "lock"}


def test_half_written_state_of_a_run_kept_before_is_no_crash(data, built):
    """A file that is no JSON, as after a full disk: the run and its report stay."""
    run, odd = receive(built("mlp.pt2")), receive(built("mlp.pt2"))
    for one, request in ((run, {"title": "a\0b", "sample": None, "created": 5.0}), (odd, {"title": "x"})):
        run_rows.remove(one.id)
        jobs.write_json(one.folder / "request.json", request)
        (one.folder / "state.json").write_text('{"state": "do')
        jobs.write_json(one.folder / "report.json", {})
        os.utime(one.folder, (0, 0))
    jobs.sweep()
    assert (jobs.load(run.id).state, jobs.load(run.id).title) == ("interrupted", "a�b")
    assert (run.folder / "report.json").exists() and (odd.folder / "request.json").exists()


def test_a_draft_whose_folder_is_gone_goes_too(data, built):
    run, old = receive(built("mlp.pt2")), receive(built("mlp.pt2"))
    for one in (run, old):
        shutil.rmtree(one.folder)
    run_rows.change(old.id, created=5.0)
    jobs.sweep()
    assert run_rows.read(old.id) is None and run_rows.read(run.id) is not None
    with pytest.raises(ProblemError, match="not in this server's data folder"):
        jobs.start(run.id, OPTIONS, "nowhere")


def test_a_sweep_keeps_the_runs_of_another_database(data, built):
    done, upload = receive(built("mlp.pt2")), receive(built("mlp.pt2"))
    jobs.write_json(done.folder / "report.json", {})
    for one in (done, upload):
        run_rows.remove(one.id)
        os.utime(one.folder, (0, 0))
    jobs.sweep()
    assert done.folder.exists() and not upload.folder.exists()


def test_a_run_is_told_which_database_it_belongs_to(bench, data, built, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path}/elsewhere.db")
    run = receive(built("mlp.pt2"))
    jobs.start(run.id, OPTIONS, bench.server.address)
    assert until(run.id, "done", "failed").state == "done"
    assert not (data / FILENAME).exists() and (tmp_path / "elsewhere.db").exists()


def test_a_database_that_is_away_costs_no_run(bench, data, built):
    """Its table is, for a while: how far the run is is lost, how it ended is not."""
    run = receive(built("mlp.pt2"))
    jobs.start(run.id, replace(OPTIONS, budget_s=3), bench.server.address)
    until_rounds(run.id, "measure-1")
    with writing(run_rows.engine()) as connection:
        connection.exec_driver_sql("ALTER TABLE runs RENAME TO away")
    end = time.monotonic() + 60
    while not (run.folder / "report.json").exists() and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(1)
    assert job_processes(data), "it ended without saying how"
    with writing(run_rows.engine()) as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO runs")
    assert until(run.id, "done", "failed").state == "done"


def test_a_model_that_does_not_run_fails_with_its_sentence(bench, data, built):
    run = receive(built("number.pt"))
    jobs.start(run.id, replace(OPTIONS, shapes=(("x", ("batch", 3)),)), bench.server.address)
    run = until(run.id, "done", "failed")
    assert (run.state, run.problem.kind) == ("failed", "no-tensors")


def test_a_sample_is_a_draft_until_it_is_needed(data):
    run = jobs.from_sample("pt2-transformer")
    assert (run.state, run.sample, run.description) == ("draft", "pt2-transformer", None)
    with pytest.raises(KeyError):
        jobs.from_sample("../../etc")
