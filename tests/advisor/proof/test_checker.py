"""The checker can fail: it finds every kind of fault, in what an engine with false knowledge says and in what
was changed in a recommendation; and it knows nothing of the engine."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from advisor import Requirements, recommend
from advisor.reading import load_knowledge, read_knowledge
from tests.advisor.proof.altered import write_altered
from tests.advisor.proof.false_knowledge import FALSE_FILES, FALSE_KNOWLEDGE, SERVER, TRUE_ELSEWHERE
from tests.advisor.proof.fault import KINDS
from tests.advisor.proof.feasibility import Checker
from tests.advisor.proof.spoilt import SPOILT, best
from tests.advisor.proof.tables import Tables

ROOT = Path(__file__).parents[3]
TRUE = Checker()


def say(answers: dict, knowledge=None) -> dict:
    """What the engine recommends, as it is printed."""
    knowledge = knowledge or load_knowledge()
    result = recommend(Requirements.parse(answers, knowledge), knowledge, flips=False)
    return json.loads(json.dumps(result.to_json()))


def kinds(checker: Checker, answers: dict, result: dict) -> set[str]:
    found = checker.faults(answers, result) + checker.beside_the_point(answers, result)
    assert {fault.kind for fault in found} <= set(KINDS)
    return {fault.kind for fault in found}


def test_the_checker_imports_nothing_of_the_engine() -> None:
    code = (
        "import sys, tests.advisor.proof.feasibility;"
        "sys.exit(any(name.startswith('advisor') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


def test_the_checker_knows_the_meaning_of_every_key() -> None:
    assert Tables().unknown_keys() == []


def test_an_unchanged_copy_is_read_alike(tmp_path: Path) -> None:
    assert Tables(write_altered(tmp_path, lambda of: None)).of == Tables().of


@pytest.mark.parametrize("name", FALSE_KNOWLEDGE)
def test_what_an_engine_with_false_knowledge_says_is_found(name: str, tmp_path: Path) -> None:
    """By the checker that reads the true files; the one that reads the false ones agrees with the engine, but
    for what goes against a fact."""
    kind, answers, change = FALSE_KNOWLEDGE[name]
    assert kinds(TRUE, answers, say(answers)) == set()
    folder = write_altered(tmp_path, change)
    result = say(answers, read_knowledge(folder))
    assert kinds(Checker(folder), answers, result) <= {"never"}
    assert kind in kinds(TRUE, answers, result)


@pytest.mark.parametrize("name", FALSE_FILES)
def test_false_files_are_found_though_engine_and_checker_agree_on_them(name: str, tmp_path: Path) -> None:
    answers, change = FALSE_FILES[name]
    assert "never" not in kinds(TRUE, answers, say(answers))
    folder = write_altered(tmp_path, change)
    assert kinds(Checker(folder), answers, say(answers, read_knowledge(folder))) == {"never"}


@pytest.mark.parametrize("name", TRUE_ELSEWHERE)
def test_where_the_engine_does_not_know_what_the_files_say_it_is_found(name: str, tmp_path: Path) -> None:
    kind, words, change = TRUE_ELSEWHERE[name]
    answers = SERVER | {"serving": "bentoml"}
    result = say(answers)
    assert "onnx" in [option["format"] for option in (best(result), *result["alternatives"])]
    assert kinds(TRUE, answers, result) == set()
    found = Checker(write_altered(tmp_path, change)).faults(answers, result)
    assert any(fault.kind == kind and words in fault.text for fault in found)


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_changed_in_a_recommendation_is_found(name: str) -> None:
    kind, answers, spoil = SPOILT[name]
    result = say(answers)
    assert kinds(TRUE, answers, result) == set()
    spoilt = copy.deepcopy(result)
    spoil(spoilt)
    assert spoilt != result
    assert kind in kinds(TRUE, answers, spoilt)


def test_every_kind_of_fault_is_shown_found() -> None:
    shown = {kind for kind, *_ in FALSE_KNOWLEDGE.values()} | {kind for kind, *_ in SPOILT.values()}
    shown |= {kind for kind, *_ in TRUE_ELSEWHERE.values()} | ({"never"} if FALSE_FILES else set())
    assert shown == set(KINDS)
