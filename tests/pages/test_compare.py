"""The Compare page as a script: every state that a run can be in, on real models and a real run."""

import dataclasses
import fcntl
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from html import unescape
from importlib.util import find_spec
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks import jobs, run_rows, uploads, warm
from benchmarks.advice import advise
from benchmarks.artifact import Description
from benchmarks.comparison import Options
from benchmarks.downloads import downloads, open_download
from benchmarks.errors import ProblemError
from benchmarks.samples import SAMPLES
from pages.http import tickets
from pages.view import measured_advice, questions
from pages.view.comparison import VERDICTS
from reviews.html import write as html_record
from reviews.people import Visitor, self_declared
from reviews.store import Reviews
from tests.web_server import ROOT

BUTTON = "Convert, verify and measure"
SCRIPTED = """
import sys, torch
torch.manual_seed(0)
module = torch.nn.Sequential(torch.nn.Linear(16, 8), torch.nn.ReLU()).eval()
torch.jit.save(torch.jit.script(module), sys.argv[1])
"""


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small TorchScript file, which stores no shape; built in a process of its own."""
    path = tmp_path_factory.mktemp("model") / "net.pt"
    subprocess.run([sys.executable, "-c", SCRIPTED, str(path)], check=True, timeout=120)
    return path.read_bytes()


@pytest.fixture(scope="module", autouse=True)
def shared_server(data_folder: str) -> Iterator[None]:
    """Ends the warm server that the page started, before the data folder it works in is removed."""
    yield
    warm.close()


@pytest.fixture(autouse=True)
def begins_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tests are one client, and faster than a person."""
    monkeypatch.setenv("FORMAT_ADVISOR_UPLOADS_PER_MINUTE", "1000")


@pytest.fixture(scope="module")
def finished(scripted: bytes) -> jobs.Run:
    """A run that went all the way: converted, verified, measured."""
    run = uploads.receive("net <b>*bold*</b>.pt", [scripted])
    shape = (run.description.inputs[0].name, ("batch", 16))
    jobs.start(run.id, Options(("onnx", "onnx-int8"), (1, 2), 2.0, (shape,)), warm.shared().address)
    deadline = time.monotonic() + 240
    while (run := jobs.load(run.id)).active and time.monotonic() < deadline:
        time.sleep(0.2)
    assert run.state == "done", run
    return run


def unopened() -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).switch_page("pages/compare.py")


def page(**query: str) -> AppTest:
    test = unopened()
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def html(test: AppTest) -> str:
    """All that the page draws as HTML: tables and links."""
    return "\n".join(element.proto.body for element in test.get("html"))


def words(test: AppTest) -> str:
    """What the page says in Markdown, without the escapes."""
    said = [*test.title, *test.header, *test.subheader, *test.markdown, *test.caption]
    said += [*test.error, *test.warning, *test.info]
    return "\n".join(element.value for element in said).replace("\\", "")


def button(test: AppTest, label: str):
    return next(one for one in test.button if one.label == label)


def run_folders() -> set[Path]:
    return set(jobs.runs_folder().glob("*"))


def uploader(test: AppTest) -> dict:
    """What the uploader's script is given."""
    [element] = test.get("bidi_component")
    return json.loads(element.proto.json)


def test_at_first_it_asks_for_a_model_and_offers_every_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_MODEL_MB", "7")
    test = page()
    given = uploader(test)
    assert given["max_bytes"] == 7_000_000 and "7 MB" in given["hint"]
    assert tickets.is_valid(given["ticket"])
    assert uploader(test.run())["ticket"] == given["ticket"]  # the same page, drawn again
    assert test.selectbox(key="sample").options == [sample.name for sample in SAMPLES.values()]
    assert test.selectbox(key="sample").value is None
    assert not test.error


def test_a_server_without_room_refuses_a_sample_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs.from_sample("scripted-adaptive-lstm")
    before = run_folders()
    test = page()
    test.selectbox(key="sample").set_value("scripted-adaptive-lstm").run()
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_RUNS", "0.5")
    button(test, "Use this sample").click().run()
    assert not test.exception
    assert "FORMAT_ADVISOR_MAX_RUNS" in words(test)
    assert run_folders() == before


def test_too_many_beginnings_are_refused_in_words(monkeypatch: pytest.MonkeyPatch, scripted: bytes) -> None:
    monkeypatch.setenv("FORMAT_ADVISOR_UPLOADS_PER_MINUTE", "0.5")  # less than one: none at all
    run = uploads.receive("net.pt", [scripted])
    test = page(run=run.id)
    test.text_input(key="shape 0").set_value("1,16")
    button(test, BUTTON).click().run()
    assert "Too many uploads and starts within a minute." in words(test)
    assert jobs.load(run.id).state == "draft"
    jobs.delete(run.id)


def test_too_many_waiting_runs_are_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, scripted: bytes, shared_server: None
) -> None:
    run, other = (uploads.receive("net.pt", [scripted]) for _ in range(2))
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_WAITING_RUNS", "1")
    run_rows.record(other.id, "running")
    with open(other.folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        test = page(run=run.id)
        test.text_input(key="shape 0").set_value("1,16")
        button(test, BUTTON).click().run()
        assert "1 runs wait or work already" in words(test)
        assert jobs.load(run.id).state == "draft"
    for one in (run, other):
        jobs.delete(one.id)


PICKLED = dataclasses.replace(
    Description("pt2", "0" * 64, 1),
    pickled=("extra/opaque `x` :red[y]",),
    not_examined=("code/__torch__.py", "<b>"),
)


def test_pickles_must_be_allowed_by_the_operator_and_confirmed_by_the_uploader(
    monkeypatch: pytest.MonkeyPatch, scripted: bytes
) -> None:
    """The description is written by hand: what the audit finds is tested with the audit."""
    run = uploads.receive("net.pt", [scripted])
    jobs.write_json(run.folder / "description.json", PICKLED.to_json())
    test = page(run=run.id)
    assert "extra/opaque `x` :red[y]" in words(test)
    assert "Not examined: code/__torch__.py; <b>" in words(test)
    button(test, BUTTON).click().run()
    assert "FORMAT_ADVISOR_ALLOW_PICKLE=1" in words(test)
    monkeypatch.setenv("FORMAT_ADVISOR_ALLOW_PICKLE", "1")
    button(test, BUTTON).click().run()
    assert "Confirm that you trust its author" in words(test)
    assert jobs.load(run.id).state == "draft"
    test.checkbox(key="trusted").check()
    button(test, BUTTON).click().run()
    # Started, whatever the run says by now: the file is not what the description calls it.
    assert "Confirm that you trust its author" not in words(test)
    assert jobs.load(run.id).state != "draft"
    assert json.loads(run_rows.read(run.id)["options"])["trust_pickle"] is True
    jobs.cancel(run.id)
    end = time.monotonic() + 60
    while jobs.load(run.id).active and time.monotonic() < end:
        time.sleep(0.1)
    jobs.delete(run.id)


SOURCE = b"""import torch


def get_model():
    return torch.nn.Linear(4, 2)


def example_inputs():
    return (torch.zeros(1, 4),)
"""


def test_a_program_is_executed_only_after_its_uploader_confirms_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = uploads.receive("net.py", [SOURCE])
    test = page(run=run.id)
    assert "A program, which is executed when the comparison starts" in words(test)
    button(test, BUTTON).click().run()
    assert "Confirm that you trust its author" in words(test)
    assert jobs.load(run.id).state == "draft"
    test.checkbox(key="trusts_code").check()
    button(test, BUTTON).click().run()
    assert "Confirm that you trust its author" not in words(test)
    assert json.loads(run_rows.read(run.id)["options"])["trust_code"] is True
    jobs.cancel(run.id)
    end = time.monotonic() + 60
    while jobs.load(run.id).active and time.monotonic() < end:
        time.sleep(0.1)
    jobs.delete(run.id)
    monkeypatch.setenv("FORMAT_ADVISOR_REFUSE_SOURCE", "1")
    with pytest.raises(ProblemError, match="the operator takes none"):
        uploads.receive("net.py", [SOURCE])


def test_what_a_source_must_define_can_be_copied_and_is_taken() -> None:
    test = page()
    [example, weights] = [block.value for block in test.code]
    run = uploads.receive("model.py", [example.encode()])
    assert run.description.format == "pytorch-source"
    assert "safetensors" in weights
    jobs.delete(run.id)


@pytest.mark.parametrize("run_id", ["0123456789abcdef", "../../etc", "x", ""])
def test_an_unknown_run_is_said_and_a_model_is_asked_for(run_id: str) -> None:
    test = page(run=run_id)
    assert "no run behind this link" in test.error[0].value
    assert uploader(test)


def test_an_upload_is_described_under_an_address_of_its_own(scripted: bytes) -> None:
    run = uploads.receive("net.pt", [scripted])
    again = page(run=run.id)
    assert run.state == "draft"
    assert again.header[0].value == r"net.pt"
    described = html(again)
    assert "TorchScript" in described and f"{run.description.parameters:,}" in described
    assert run.description.parameters == 16 * 8 + 8
    assert run.description.sha256[:16] in described
    assert again.button[0].label == BUTTON
    jobs.delete(run.id)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "has no shape yet"),
        ("1,x", "is no shape"),
        ("1,0", "is no shape"),
        ("-1,16", "is no shape"),
        ("1,99999,99999", "elements"),
    ],
)
def test_a_shape_that_cannot_be_is_refused_before_the_run(scripted: bytes, typed: str, said: str) -> None:
    run = uploads.receive("net.pt", [scripted])
    test = page(run=run.id)
    test.text_input(key="shape 0").set_value(typed)
    button(test, BUTTON).click().run()
    assert not test.exception
    assert said in test.error[0].value.replace("\\", "")
    assert jobs.load(run.id).state == "draft"
    jobs.delete(run.id)


def test_batch_sizes_that_cannot_be_are_refused_before_the_run(scripted: bytes) -> None:
    run = uploads.receive("net.pt", [scripted])
    for typed in ("0", "one", "", "1,2,3,4,5"):
        test = page(run=run.id)
        test.text_input(key="shape 0").set_value("1,16")
        test.text_input(key="batches").set_value(typed)
        button(test, BUTTON).click().run()
        assert "batch sizes" in test.error[0].value
    assert jobs.load(run.id).state == "draft"
    jobs.delete(run.id)


def test_a_model_whose_shapes_are_known_is_not_asked_for_them() -> None:
    folder = Path(find_spec("onnx").submodule_search_locations[0], "backend/test/data/light")
    run = uploads.receive("light_resnet50.onnx", [(folder / "light_resnet50.onnx").read_bytes()])
    test = page(run=run.id)
    assert [field.key for field in test.text_input] == ["batches"]
    described = html(test)
    assert "1 × 3 × 224 × 224" in described
    assert "Conv" in described
    jobs.delete(run.id)


def test_a_sample_becomes_a_draft() -> None:
    test = page()
    test.selectbox(key="sample").set_value("scripted-adaptive-lstm").run()
    button(test, "Use this sample").click().run()
    assert not test.exception
    assert test.header[0].value.replace("\\", "") == SAMPLES["scripted-adaptive-lstm"].name
    assert [field.key for field in test.text_input] == ["batches"]  # a sample brings its shapes


@pytest.mark.slow
def test_a_finished_run_says_its_verdict_and_shows_every_number(finished: jobs.Run) -> None:
    test = page(run=finished.id)
    said, drawn, report = words(test), html(test), finished.report
    assert report["verdict"]["reason"] in said
    assert report["verdict"]["state"] in VERDICTS
    assert {measured["format"] for measured in report["measurements"]} == {
        "torchscript",
        "onnx",
        "onnx-int8",
    }
    for measured in report["measurements"]:
        for key in ("median", "ci_low", "ci_high", "p95"):
            assert f"{measured['latency_ms'][key]:.3f}" in drawn
        assert f"{measured['peak_rss_mb']:,.0f}" in drawn
    for conversion in report["conversions"]:
        if conversion["error"]:
            assert conversion["error"]["message"] in drawn
            assert conversion["error"]["next_step"] in drawn
    assert report["environment"]["cpu"] in said and report["environment"]["sandbox"] in said
    assert len(test.get("plotly_chart")) == 1


@pytest.mark.slow
def test_a_finished_run_says_whether_it_bears_the_advice_out(finished: jobs.Run) -> None:
    test = page(run=finished.id)
    said, drawn, advice = words(test), html(test), advise(finished.report)
    assert finished.report["advice"] == advice.to_json()
    assert advice.before.headline in said and advice.standing.reason in said
    assert measured_advice.STATES[advice.standing.state][0] in said and "Measured" in said
    assert 'href="./?framework=pytorch"' in drawn
    assert 'aria-label="Order, measured"' in drawn and 'aria-label="Expected and measured"' in drawn
    assert "754 MB" in drawn and "78 MB" in drawn
    [onnx] = advice.evidence.of("onnx")[:1]
    assert f"{onnx.median_ms:.3g} ms" in drawn
    assert "counts as ONNX" in drawn
    assert "Hold the run beside your own answers" not in drawn


@pytest.mark.slow
def test_the_answers_of_the_address_are_those_that_the_run_is_held_against(finished: jobs.Run) -> None:
    test = page(run=finished.id, framework="pytorch", hardware="nvidia-gpu", portability="9")
    assert "the answers ask for NVIDIA GPU" in words(test) and "portability=9" in words(test)
    assert 'href="./?framework=pytorch&amp;hardware=nvidia-gpu"' in html(test)


@pytest.mark.slow
def test_a_finished_run_starts_a_review_with_everything_filled_in(finished: jobs.Run) -> None:
    test = unopened().switch_page("pages/review.py")
    test.query_params["run"] = finished.id
    test.run()
    assert not test.exception
    assert test.text_input(key="edit new title").value == "Format for a PyTorch model"
    test.text_input(key="your name").set_value("Anna").run()
    button(test, "Save as a draft").click().run()
    assert not test.exception
    reviews, anna = Reviews(run_rows.engine()), Visitor.of(self_declared("Anna"))
    review = reviews.load(test.query_params["id"], anna)
    [evidence] = review.current.content.evidence
    assert (evidence.run, evidence.title) == (finished.id, finished.title)
    assert evidence.sha256 == hashlib.sha256((finished.folder / "report.json").read_bytes()).hexdigest()
    kept, whole = evidence.report["measurements"], finished.report["measurements"]
    assert len(kept) == len(whole) and all("rounds_ms" in one for one in whole)
    assert kept[0] == {key: value for key, value in whole[0].items() if key != "rounds_ms"}
    record = html_record(review)
    assert finished.report["verdict"]["reason"] in unescape(record) and "Median latency" in record

    button(test, "Edit").click().run()
    button(test, "Detach").click().run()
    test.selectbox(key=f"edit {review.id} run").set_value(finished.id).run()
    button(test, "Attach it").click().run()
    button(test, "Save the revision").click().run()
    assert not test.exception
    assert len(reviews.load(review.id, anna).revisions) == 1  # the same report again is no change


@pytest.mark.slow
def test_what_this_session_answered_is_offered(finished: jobs.Run) -> None:
    test = unopened()
    test.query_params["run"] = finished.id
    answered = {"framework": ("pytorch",), "hardware": ("x86-cpu", "android")}
    test.session_state[questions.STATE] = questions._Linked(written=answered)
    test.run()
    assert not test.exception
    query = f"run={finished.id}&amp;framework=pytorch&amp;hardware=x86-cpu&amp;hardware=android"
    assert f'href="?{query}"' in html(test)


def earlier_than(run: jobs.Run, report: dict) -> jobs.Run:
    """A run of the same model that was made an hour before."""
    folder = jobs.new_folder()
    run_rows.add(folder.name, run.title, run.sample, run.created - 3600, run.description.sha256)
    run_rows.record(folder.name, "done")
    (folder / "description.json").write_bytes((run.folder / "description.json").read_bytes())
    jobs.write_json(folder / "report.json", report)
    return jobs.load(folder.name)


@pytest.mark.slow
def test_an_earlier_run_of_the_model_is_compared_differences_first(finished: jobs.Run) -> None:
    assert "Earlier runs of this model" not in words(page(run=finished.id))
    report = json.loads(json.dumps(finished.report))
    report["environment"]["cpu"] = "Older <b>CPU</b>"
    for row in report["measurements"]:
        row["rounds_ms"] = [[9 * one for one in durations] for durations in row["rounds_ms"]]
        row["latency_ms"]["median"] *= 9
    report["conversions"][0] |= {"outcome": "failed", "error": None}
    earlier = earlier_than(finished, report)
    test = page(run=finished.id)
    assert "Earlier runs of this model" in words(test) and "Older" not in html(test)
    test.selectbox(key="earlier").set_value(earlier.id).run()
    assert not test.exception
    drawn, said = html(test), words(test)
    assert "Older &lt;b&gt;CPU&lt;/b&gt;" in drawn
    labels = ["What differs about the two runs", "Changes", "Other results"]
    places = [drawn.index(f'aria-label="{label}"') for label in labels]
    assert places == sorted(places)
    assert "The machine differs: no change can be put down to the model or to the versions alone." in said
    assert drawn.count("<td>faster</td>") == len(report["measurements"])
    jobs.write_json(earlier.folder / "report.json", {"schema": 1})
    test.run()
    assert "The older file is no report of a comparison" in words(test)
    jobs.delete(earlier.id)


@pytest.mark.slow
def test_a_finished_run_shows_how_it_was_verified(finished: jobs.Run) -> None:
    test = page(run=finished.id)
    said, drawn = words(test), html(test)
    parity, lossy = finished.report["parity"]
    assert 'aria-label="Agreement"' in drawn
    assert "the source in float64" in drawn
    assert "19 of 19 agree" in drawn and "batch 1, 2, 7" in drawn
    assert "✓\u00a0zeros, ✓\u00a0negative, ✓\u00a0large, ✓\u00a0NaN" in drawn
    assert f"{parity['max_abs_error']:.1e}" in drawn and f"{parity['reference_error']:.1e}" in drawn
    assert "50 of 50" in drawn and "8 classes" in drawn
    assert "Tolerated: float32 0.001 of the value and 0.0001 of the output's largest; " in said
    assert "float32 of ONNX int8 (dynamic) 0.06 of the output's largest." in said
    assert "✓\u00a0passed, within the tolerance for int8" in drawn
    assert f"lossy, off by up to {lossy['max_rel_error'] * 100:.2g} % of the largest value" in drawn
    assert 0.001 < lossy["max_rel_error"] < 0.06
    others = {one["runtime"]: one["outcome"] for one in finished.report["other_runtimes"]}
    assert others["torchscript-frozen"] == "passed" and "TorchScript, frozen" in drawn


@pytest.mark.slow
def test_a_name_with_markup_is_shown_as_it_is(finished: jobs.Run) -> None:
    assert page(run=finished.id).header[0].value == r"net \<b\>\*bold\*\</b\>.pt"
    listed = html(page())
    assert "net &lt;b&gt;*bold*&lt;/b&gt;.pt" in listed
    assert "<b>" not in listed


@pytest.mark.slow
def test_every_artifact_can_be_taken_along_and_nothing_else(finished: jobs.Run) -> None:
    offered = {download.what for download in downloads(finished)}
    made = {"onnx", "onnx-int8"}
    assert offered == {*made, *(f"{target}-reproduce" for target in made), "report"}
    drawn = html(page(run=finished.id))
    for what in offered:
        assert f'href="./download/{finished.id}/{what}"' in drawn
        with open_download(finished.id, what).file as file:
            assert file.read(1)
    for what in ("savedmodel", "log.txt", "../request.json", ""):
        with pytest.raises(ProblemError):
            open_download(finished.id, what)


@pytest.mark.slow
def test_a_run_that_fails_says_why_and_can_be_started_again(scripted: bytes) -> None:
    """The shape fits no layer, so the model itself does not run."""
    run = uploads.receive("net.pt", [scripted])
    test = page(run=run.id)
    test.text_input(key="shape 0").set_value("1,5")
    button(test, BUTTON).click().run()
    deadline = time.monotonic() + 120
    while jobs.load(run.id).active and time.monotonic() < deadline:
        time.sleep(0.2)
    failed = jobs.load(run.id)
    assert failed.state == "failed"
    test = page(run=run.id)
    assert failed.problem.next_step in words(test)
    assert {"Start again", "Delete it"} <= {one.label for one in test.button}
    button(test, "Delete it").click().run()
    assert "run" not in test.query_params
    assert not failed.folder.exists()
