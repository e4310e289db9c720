"""What the pages say of the protection, in each state that it can be in."""

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks import jobs, sandbox, settings
from benchmarks.sandbox import Trial
from pages.view import protection
from tests.web_server import ROOT

ALL = frozenset({"namespaces", "landlock", "seccomp"})
TRIED = ("read a file outside", "connect over the network", "read another model")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[frozenset], Trial]], None]]:
    """Makes this the machine on which trials end as the given function says. A machine without any sandbox
    cannot be had in a test; what a trial finds on this one is tested with the sandbox."""

    def be(attempt: Callable[[frozenset], Trial]) -> None:
        monkeypatch.setattr(sandbox, "attempt", attempt)
        sandbox.trials.cache_clear()
        sandbox.protection.cache_clear()

    yield be
    monkeypatch.undo()
    sandbox.trials.cache_clear()
    sandbox.protection.cache_clear()


def holds(layers: frozenset) -> Trial:
    return Trial(layers, TRIED, landlock_abi=7)


def fails(layers: frozenset) -> Trial:
    return Trial(layers, failure="Bubblewrap <b>is</b> not installed.")


def gets_out(layers: frozenset) -> Trial:
    return Trial(layers, TRIED, TRIED[:1], landlock_abi=7)


def one_holds(layers: frozenset) -> Trial:
    return holds(layers) if "namespaces" not in layers else fails(layers)


def degraded(layers: frozenset) -> Trial:
    return fails(layers) if "namespaces" in layers else Trial(layers, TRIED, TRIED[2:], landlock_abi=4)


def page(name: str, **query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / name), default_timeout=60)
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    said = [
        element.value for kind in (test.markdown, test.error, test.warning, test.caption) for element in kind
    ]
    return "\n".join(said).replace("\\", "")


def html(test: AppTest) -> str:
    return "\n".join(element.proto.body for element in test.get("html"))


@pytest.mark.parametrize(
    ("attempt", "state", "said"),
    [
        (holds, "Protected", "Layers: Namespaces, Landlock, seccomp"),
        (one_holds, "Protected", "Layers: Landlock, seccomp"),
        (degraded, "Degraded", "older"),
        (fails, "Models are not run", "apt-get install bubblewrap"),
        (gets_out, "Models are not run", "FORMAT_ADVISOR_UNSAFE_NO_SANDBOX=1"),
    ],
)
def test_the_status_page_says_what_protects(machine, attempt, state: str, said: str) -> None:
    machine(attempt)
    test = page("pages/status.py")
    assert state in words(test) and said in words(test)
    assert sandbox.protection().reason in words(test)
    assert sandbox.protection().reason in protection.start_line()
    drawn = html(test)
    for trial in sandbox.trials():
        for name in trial.attempts:
            assert name in drawn
    assert ("✗" in drawn) == (attempt in (gets_out, degraded))
    assert "<b>" not in drawn


def test_the_status_page_shows_settings_use_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORMAT_ADVISOR_TOKEN", "a secret token")
    monkeypatch.setenv("FORMAT_ADVISOR_MAX_RUNS", "123")
    jobs.from_sample("onnx-resnet50")
    drawn = html(page("pages/status.py"))
    # In a narrow window a variable goes on after an underscore, not within a word.
    assert '<span class="more variable">FORMAT_<wbr>ADVISOR_<wbr>MAX_<wbr>RUNS</span>' in drawn
    drawn = drawn.replace("<wbr>", "")
    for setting in settings.SETTINGS:
        assert setting.variable in drawn
    assert drawn.count("set by the operator") == 1
    assert "123 runs" in drawn
    assert "FORMAT_ADVISOR_TOKEN" in drawn and "a secret token" not in drawn


def test_where_no_sandbox_works_a_run_is_refused_and_the_rest_works(machine, monkeypatch) -> None:
    machine(fails)
    monkeypatch.delenv(settings.UNSAFE_NO_SANDBOX.variable, raising=False)
    draft = jobs.from_sample("onnx-resnet50")
    test = page("pages/compare.py")
    assert "No model can be run here." in words(test)
    assert "apt-get install bubblewrap" in words(test)
    assert len(test.get("bidi_component")) == 1  # a model can still be uploaded and described
    test = page("pages/compare.py", run=draft.id)
    next(one for one in test.button if one.label.startswith("Convert")).click().run()
    assert not test.exception
    assert "no model is run" in words(test)
    assert jobs.load(draft.id).state == "draft"
    jobs.delete(draft.id)


@pytest.mark.parametrize("unsafe", ["0", "1"])
def test_every_page_warns_while_models_run_without_a_sandbox(machine, monkeypatch, unsafe: str) -> None:
    monkeypatch.setenv(settings.UNSAFE_NO_SANDBOX.variable, unsafe)
    for attempt, warned in ((fails, unsafe == "1"), (holds, False)):
        machine(attempt)
        test = page("app.py")
        assert ("No sandbox:" in words(test)) == warned
        assert bool(test.error) == warned
