"""The Advise page as a script: what it asks, what it answers, and what it does with a link."""

import datetime

import pytest
from streamlit.testing.v1 import AppTest

from advisor import Recommendation, Requirements, load_knowledge, recommend
from advisor.answers import SEVERAL, SINGLE
from pages.view import age
from pages.view.presets import presets
from pages.view.recommendation import CONFIDENCES, VERDICTS, WRONG_QUESTION
from tests.web_server import ROOT

KNOWLEDGE = load_knowledge()


def page(**query: str | list[str]) -> AppTest:
    """The page as opened by a link with this query."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
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


def drawn(test: AppTest) -> str:
    """Everything the page draws as HTML."""
    return "\n".join(element.proto.body for element in test.get("html"))


def buttons(test: AppTest, kind: str) -> list[str]:
    """What the buttons of this kind say, without the escapes."""
    return [one.label.replace("\\", "") for one in test.button if one.key.startswith(kind)]


def answered(test: AppTest) -> Recommendation:
    """What the advisor answers to what stands in the page's address."""
    query = address(test)
    weights = {name: int(query.pop(name)) for name in KNOWLEDGE.ids("priority") if name in query}
    return recommend(Requirements.parse(query | {"priorities": weights}))


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
    assert buttons(test, "flip ") == [flip.words for flip in expected.flips]
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


def test_priorities_of_a_link_stand_on_the_controls() -> None:
    test = page(framework="pytorch", fidelity="5", portability="3", safety="4")
    assert test.select_slider(key="balance").value == 2
    assert "portability 3 and native fidelity 5" in words(test)
    assert {slider.key: slider.value for slider in test.slider} == {
        "footprint": 1,
        "effort": 1,
        "longevity": 1,
        "safety": 4,
    }
    assert all(slider.min == 0 and slider.max == 5 for slider in test.slider)
    assert address(test) == {"framework": "pytorch", "fidelity": "5", "portability": "3", "safety": "4"}


@pytest.mark.parametrize(
    ("step", "weights"), [(-5, {"portability": "5", "fidelity": "0"}), (2, {"fidelity": "3"}), (0, {})]
)
def test_one_control_weighs_portability_against_fidelity(step: int, weights: dict[str, str]) -> None:
    test = page(framework="pytorch", portability="3", fidelity="3")
    test.select_slider(key="balance").set_value(1).run()
    test.select_slider(key="balance").set_value(step).run()
    assert not test.exception
    assert address(test) == {"framework": "pytorch", **weights}
    assert answered(test).headline in words(test)


def test_one_click_on_a_common_case_answers_it() -> None:
    test = page(framework="keras", constraints=["no-python"], safety="5")
    assert test.button_group(key="case").value is None
    for preset in presets():
        test.button_group(key="case").set_value(preset.label).run()
        assert not test.exception
        assert address(test) == {
            key: value for key, value in preset.answers.items() if key != "priorities"
        } | {name: str(weight) for name, weight in preset.answers.get("priorities", {}).items()}
        assert answered(test).headline in words(test)
        assert test.button_group(key="case").value == preset.label
    test.multiselect(key="needs").set_value(["exact-numerics"]).run()
    assert test.button_group(key="case").value is None, "with another answer it is not the case any more"


def test_a_case_that_a_link_answers_stands_out() -> None:
    answers = {key: value for key, value in presets()[0].answers.items() if key != "priorities"}
    assert page(**answers).button_group(key="case").value == presets()[0].label


@pytest.mark.parametrize(
    "query",
    [
        {"framework": "pytorch"},
        {"framework": "pytorch", "hardware": ["x86-cpu", "nvidia-gpu"], "needs": ["dynamic-control-flow"]},
        {"framework": "keras", "hardware": ["browser"]},
    ],
)
def test_a_click_on_what_would_change_the_answer_changes_it(query: dict) -> None:
    flips = answered(page(**query)).flips
    assert flips
    for number, flip in enumerate(flips):
        test = page(**query)
        test.button(key=f"flip {number}").click().run()
        assert not test.exception
        result = answered(test)
        assert result.recommended.format == flip.to
        assert result.headline in words(test)


def test_a_click_on_what_to_give_up_makes_something_possible() -> None:
    query = {"framework": "pytorch", "hardware": ["microcontroller", "inferentia"], "serving": "tf-serving"}
    test = page(**query)
    before = answered(test)
    assert before.verdict == "none" and VERDICTS["none"][0] in words(test)
    assert buttons(test, "relaxation ") == [one.words for one in before.relaxations]
    assert before.relaxations
    test.button(key="relaxation 0").click().run()
    assert not test.exception
    after = answered(test)
    assert after.recommended.format == before.relaxations[0].to
    assert after.headline in words(test)


def test_answers_that_contradict_each_other_are_named() -> None:
    test = page(framework="pytorch", serving="tf-serving")
    assert answered(test).conflict == ("framework", "serving")
    assert "contradict each other: **training framework and serving stack**" in words(test)


@pytest.mark.parametrize(
    "query",
    [
        {"framework": "pytorch"},
        {"framework": "pytorch", "hardware": ["ios", "android"]},
        {"framework": "tensorflow", "hardware": ["microcontroller"]},
        {"framework": "transformers", "model": "llm", "hardware": ["nvidia-gpu"]},
    ],
)
def test_confidence_age_and_a_wrong_question_are_said(query: dict) -> None:
    test = page(**query)
    result, said = answered(test), words(test)
    if result.verdict != "tie":  # which is the confidence in words
        assert CONFIDENCES[result.recommended.confidence][0] in said
    assert age.of_result(result, datetime.date.today()) in said
    assert (WRONG_QUESTION in said) == result.wrong_question


def test_what_the_same_claims_rule_out_stands_together() -> None:
    test = page(framework="pytorch", hardware=["x86-cpu"])
    groups: dict = {}
    for one in answered(test).rejected:
        groups.setdefault(one.reasons, []).append(KNOWLEDGE.name("format", one.format))
    assert any(len(names) > 2 for names in groups.values())
    said = words(test)
    for reasons, names in groups.items():
        assert f"**{', '.join(names)}**\n\n- {' '.join(reasons[0].text.split())}" in said


def test_what_works_only_after_a_rewrite_is_marked_in_the_ranking() -> None:
    test = page(framework="pytorch", hardware=["x86-cpu"], needs=["dynamic-control-flow"])
    rewritten = [bool(option.rewrites) for option in answered(test).options]
    assert rewritten == sorted(rewritten) and set(rewritten) == {True, False}
    assert drawn(test).count("(after a rewrite)") == sum(rewritten)


def test_each_possible_format_has_its_place_and_its_bar() -> None:
    test = page(framework="pytorch", hardware=["x86-cpu", "nvidia-gpu"])
    result, html = answered(test), drawn(test)
    assert len(result.options) > 2
    for number, option in enumerate(result.options, 1):
        name, criteria = KNOWLEDGE.name("format", option.format), dict(option.criteria)
        on_front = ", on the Pareto front" if option.on_front else ""
        place = f"portability {criteria['portability']:.2f}, fidelity {criteria['fidelity']:.2f}{on_front}"
        assert f"{number}. {name}: {place}" in html
        assert f'<span class="score">{option.score:.2f}</span>' in html
        total = sum(dict(option.weights).values())
        said = [
            f"{KNOWLEDGE.name('priority', name).lower()} {weight * criteria[name] / total:.2f}"
            for name, weight in option.weights
        ]
        assert f"Made of: {', '.join(said)}" in html


def test_the_route_names_the_provider_the_packages_and_the_calls() -> None:
    test = page(framework="pytorch", hardware=["nvidia-gpu"])
    line = answered(test).recommended.plan[0]
    assert (line.provider, line.package) == ("cuda", "onnxruntime-gpu")
    assert "CUDA provider: onnxruntime-gpu" in drawn(test)
    said = words(test)
    assert f"`{line.exporters[0]}`" in said
    assert "with its CUDA provider, package `onnxruntime-gpu`" in said


def test_clearing_the_answers_clears_the_address() -> None:
    test = page(framework="pytorch", hardware=["x86-cpu"])
    test.multiselect(key="hardware").set_value([]).run()
    test.selectbox(key="framework").set_value(None).run()
    assert dict(test.query_params) == {}
    assert test.info
