"""The corpus through the audit, and past the audit through the sandbox, in both of its modes."""

import time

import pytest

from benchmarks import admission, inspection
from benchmarks.errors import ProblemError
from tests.security.corpus.case import OUTCOMES, Case
from tests.security.corpus.probes import ALONE
from tests.security.corpus.table import CASES
from tests.security.outside import Outside
from tests.security.ward import LAYERS, build_corpus, start_ward

AUDIT_S = 2
"""Of processor time, for any file."""
RUN = [case for case in CASES if case.loads_as and case not in ALONE]
SOUND = [case for case in CASES if case.expects == "accepted" and case.loads_as]
HARMFUL = [case for case in CASES if case.harms and "killed" not in case.harms]
DEADLY = [case for case in CASES if "killed" in case.harms]


answered: dict[tuple[str, str], dict[str, bytes]] = {}
"""By mode and case, what the model was given and what it answered."""


def named(cases: list[Case]):
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


def test_the_corpus_is_large_and_its_names_are_its_own():
    assert len(CASES) >= 120
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.expects for case in CASES} == set(OUTCOMES)
    formats = {
        "pytorch-source",
        "onnx",
        "torchscript",
        "pt2",
        "savedmodel",
        "keras",
        "litert",
        "zip",
        "tar",
        "pickle",
    }
    assert formats <= {case.format for case in CASES}


@named(CASES)
def test_audit(case, corpus, tmp_path, tally, monkeypatch):
    """Refused in words with one of its kinds, or described; a pickle only with two permissions, a program
    only with one."""
    path, into = corpus(case), tmp_path / "into"
    began = time.process_time()
    try:
        description = inspection.describe(path)
        inspection.unpack(path, into)
    except ProblemError as error:
        problem = error.problem
        assert case.expects == "refused", str(problem)
        assert problem.kind in case.kinds, str(problem)
        assert problem.message and problem.next_step
        assert "Traceback" not in str(problem)
        assert not into.exists() or not list(into.iterdir())
    else:
        assert case.expects != "refused"
        assert bool(description.pickled) == case.pickled, description.pickled
        assert bool(description.code) == case.code, description.code
        check_permissions(description, case, monkeypatch)
    assert time.process_time() - began < AUDIT_S
    tally.audited += 1


def check_permissions(description, case, monkeypatch) -> None:
    """Neither the operator nor the uploader alone lets a pickle in; without one nobody is asked."""
    for allows, trusts in (("0", False), ("0", True), ("1", False), ("1", True)):
        monkeypatch.setenv("FORMAT_ADVISOR_ALLOW_PICKLE", allows)
        if case.pickled and (allows, trusts) != ("1", True):
            with pytest.raises(ProblemError) as refused:
                admission.check(description, trusts, case.code)
            assert refused.value.problem.kind in ("pickle-inside", "pickle-not-confirmed")
        else:
            admission.check(description, trusts, case.code)
    if case.code:
        with pytest.raises(ProblemError) as refused:
            admission.check(description, trusts_pickle=True)
        assert refused.value.problem.kind == "source-not-confirmed"


@named(RUN)
def test_sandbox(case, ward, corpus, tally):
    """Whatever the audit said: what the model does stays inside, and the next job runs."""
    ran = ward.run(case, corpus(case))
    tally.ran[ward.mode] = tally.ran.get(ward.mode, 0) + 1
    tally.harm.add(ran.harm)
    assert not ran.harm, ran.harm
    assert not ran.remains
    assert set(ran.attempts) == set(case.attempts), ran.problem  # the payload did run
    not_promised = {name for one in CASES if ward.mode in one.not_in for name in one.attempts}
    assert {
        name: tried["done"] for name, tried in ran.attempts.items() if tried["done"]
    }.keys() <= not_promised
    if case.expects in ("accepted", "warned"):
        assert ran.problem is None, str(ran.problem)
    if case.ends:
        assert ran.problem and ran.problem.kind in case.ends, str(ran.problem)
    if case.finds:
        assert any(case.finds in finding["text"] for finding in ran.answer["findings"])
    assert ward.still_serves()
    answered[ward.mode, case.id] = ran.arrays


@pytest.fixture(scope="module")
def bare(outside):
    """No layer at all, to show what the layers are for."""
    with start_ward("none", LAYERS["none"], outside) as one:
        yield one


@named(HARMFUL)
def test_the_harm_is_real(case, bare, corpus):
    """Without a sandbox every payload that is said to do something outside does it: a case that nothing
    could make fail would prove nothing."""
    ran = bare.run(case, corpus(case))
    assert set(case.harms) <= ran.harm.kinds(), (ran.harm, ran.problem)


@pytest.mark.slow
@named(DEADLY)
def test_the_signal_is_real(case, tmp_path):
    """The same for what kills the bystander, who is one of its own here: the others need theirs."""
    outside = Outside(tmp_path / "outside")
    try:
        paths = build_corpus(outside, case.framework)
        with start_ward("none", LAYERS["none"], outside) as ward:
            ran = ward.run(case, paths[case.id])
            assert "killed" in ran.harm.kinds(), (ran.harm, ran.problem, ran.attempts)
    finally:
        outside.close()


@named(SOUND)
def test_a_sound_model_answers_the_same(case, bare, corpus):
    """Byte for byte what it answers without a sandbox."""
    free = bare.run(case, corpus(case))
    assert free.problem is None, str(free.problem)
    assert free.arrays
    for mode in ("namespaces", "landlock"):
        assert answered[mode, case.id] == free.arrays


def test_nothing_got_out(tally):
    """The totals over all cases and both modes."""
    assert {mode: count for mode, count in tally.ran.items() if mode != "none"} == {
        mode: len(RUN) for mode in ("namespaces", "landlock")
    }
    assert not tally.harm
