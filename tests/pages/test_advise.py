"""The Advise page as a script: what it asks, what it answers, and what it does with a link."""

import pytest
from streamlit.testing.v1 import AppTest

from advisor import Requirements, load_knowledge, recommend
from advisor.answers import SEVERAL, SINGLE
from pages.view.recommendation import VERDICTS
from tests.web_server import ROOT

KNOWLEDGE = load_knowledge()


def page(**query: str | list[str]) -> AppTest:
    """The page as opened by a link with this query."""
    test = AppTest.from_file(str(ROOT / "pages" / "advise.py"), default_timeout=30)
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def address(test: AppTest) -> dict[str, str | list[str]]:
    """What the page's address says: a list for the questions with several answers, text for the others."""
    query = dict(test.query_params)
    return {
        key: [value] if key in SEVERAL and isinstance(value, str) else value for key, value in query.items()
    }


def words(test: AppTest) -> str:
    """Everything the page says in Markdown, headings and notes, without the escapes."""
    said = [*test.markdown, *test.subheader, *test.caption, *test.warning, *test.info, *test.error]
    return "\n".join(element.value for element in said).replace("\\", "")


def test_nothing_is_preselected_and_the_page_says_what_will_happen() -> None:
    test = page()
    assert not test.exception
    assert all(test.selectbox(key=key).value is None for key in SINGLE)
    assert all(test.multiselect(key=key).value == [] for key in SEVERAL)
    assert "Choose the training framework to begin" in test.info[0].value
    assert not test.subheader
    assert dict(test.query_params) == {}


def test_the_four_questions_come_first_and_have_labels() -> None:
    test = page()
    labels = [widget.label for widget in (*test.selectbox, *test.multiselect)]
    assert {"Training framework", "Target hardware", "Serving stack", "What must survive"} <= set(labels)
    assert all(labels)
    assert test.selectbox(key="framework").options == [entry.name for entry in KNOWLEDGE.of("framework")]
    assert test.multiselect(key="hardware").options == [entry.name for entry in KNOWLEDGE.of("hardware")]


def test_the_answer_follows_every_answer_and_so_does_the_address() -> None:
    test = page()
    answers: dict = {}
    for key, value in (
        ("framework", "pytorch"),
        ("hardware", ["x86-cpu", "android"]),
        ("serving", "triton"),
        ("needs", ["dynamic-shapes"]),
    ):
        widget = test.multiselect(key=key) if key in SEVERAL else test.selectbox(key=key)
        widget.set_value(value).run()
        answers[key] = value
        expected = recommend(Requirements.parse(answers))
        assert not test.exception
        assert expected.headline in words(test)
        assert VERDICTS[expected.verdict][0] in words(test)
        assert address(test) == answers


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({"framework": "pytorch"}, None),
        ({"framework": "tensorflow", "serving": "tf-serving"}, "recommended"),
        ({"framework": "pytorch", "needs": ["dynamic-control-flow"]}, None),
        ({"framework": "keras", "hardware": ["android", "browser"], "priorities": {"portability": 5}}, None),
    ],
)
def test_a_link_opens_its_answer_with_every_claim_and_its_source(answers: dict, verdict: str | None) -> None:
    expected = recommend(Requirements.parse(answers))
    assert verdict in (None, expected.verdict)
    query = {key: value for key, value in answers.items() if key != "priorities"}
    test = page(**query, **{name: str(weight) for name, weight in answers.get("priorities", {}).items()})
    assert not test.exception and not test.warning
    said = words(test)
    assert expected.headline in said
    assert expected.knowledge_version in said
    options = [option for option in (expected.recommended, *expected.alternatives) if option]
    claims = [claim for option in options for claim in (*option.reasons, *option.gives_up, *option.caveats)]
    claims += [claim for rejected in expected.rejected for claim in rejected.reasons]
    assert claims
    for claim in claims:
        assert " ".join(claim.text.split()) in said
        assert claim.checked in said
    for flip in expected.flips:
        assert flip.words in said
    for rejected in expected.rejected:
        assert KNOWLEDGE.name("format", rejected.format) in said


def test_nonsense_in_the_link_is_left_out_with_a_note_and_the_rest_is_kept() -> None:
    test = page(framework="pytorch", hardware=["x86-cpu", "toaster"], portability="9", colour="<b>red</b>`")
    assert not test.exception
    note = test.warning[0].value
    for nonsense in ("`hardware=toaster`", "`portability=9`", "`colour=<b>red</b>'`"):
        assert nonsense in note
    assert address(test) == {"framework": "pytorch", "hardware": ["x86-cpu"]}
    test.selectbox(key="serving").set_value("triton").run()
    assert not test.warning, "the note goes once the visitor answers"


def test_a_framework_nobody_knows_asks_again() -> None:
    test = page(framework="torchy")
    assert not test.exception
    assert "framework=torchy" in test.warning[0].value
    assert test.info[0].value.startswith("**Choose the training framework")


def test_priorities_of_a_link_stand_on_the_sliders() -> None:
    test = page(framework="pytorch", fidelity="5", portability="0")
    assert (test.slider(key="fidelity").value, test.slider(key="portability").value) == (5, 0)
    assert all(slider.min == 0 and slider.max == 5 for slider in test.slider)
    assert {slider.key for slider in test.slider} == set(KNOWLEDGE.ids("priority"))


def test_clearing_the_answers_clears_the_address() -> None:
    test = page(framework="pytorch", hardware=["x86-cpu"])
    test.multiselect(key="hardware").set_value([]).run()
    test.selectbox(key="framework").set_value(None).run()
    assert dict(test.query_params) == {}
    assert test.info
