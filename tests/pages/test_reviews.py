"""The pages Reviews and Review as scripts: what a browser shows slowly is asked of them quickly."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks import run_rows
from reviews import drafting
from reviews.content import Content
from reviews.people import DECISION_MAKER, Participant, Visitor, self_declared
from reviews.review import ACCEPTED, PROPOSED, Review
from reviews.store import Reviews
from store import engine
from tests.web_server import ROOT

ANNA, BEN = (Visitor.of(self_declared(name)) for name in ("Anna", "Ben"))
CONTENT = drafting.from_answers({"framework": "pytorch", "hardware": ["x86-cpu", "android"]})


@pytest.fixture
def reviews(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reviews]:
    monkeypatch.setenv("FORMAT_ADVISOR_DATA", str(tmp_path))
    yield Reviews(run_rows.engine())
    engine.close()


def page(name: str, as_who: str = "", **query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).switch_page(f"pages/{name}.py")
    for key, value in query.items():
        test.query_params[key] = value
    test.run()
    if as_who:
        test.text_input(key="your name").set_value(as_who).run()
    assert not test.exception
    return test


def words(test: AppTest) -> str:
    said = [*test.title, *test.subheader, *test.markdown, *test.caption, *test.error, *test.warning]
    text = "\n".join(element.value for element in [*said, *test.info]).replace("\\", "")
    return text + "\n".join(element.proto.body for element in test.get("html"))


def press(test: AppTest, label: str) -> None:
    [found] = [one for one in test.button if one.label.replace("\\", "") == label]
    found.click().run()
    assert not test.exception


def labels(test: AppTest) -> set[str]:
    return {one.label.replace("\\", "") for one in test.button}


def with_ben(reviews: Reviews, content: Content = CONTENT) -> Review:
    """A draft of Anna's that Ben decides."""
    made = reviews.create(content, ANNA)
    deciding = [Participant(BEN.person.key, "Ben", DECISION_MAKER)]
    return reviews.set_participants(made.id, deciding, False, ANNA)


def accepted(reviews: Reviews, content: Content) -> Review:
    made = with_ben(reviews, content)
    reviews.move(made.id, PROPOSED, ANNA)
    reviews.sign(made.id, made.current.sha256, BEN)
    return reviews.move(made.id, ACCEPTED, BEN)


def aged(content: Content) -> Content:
    """As if an older knowledge base had recommended something else."""
    [one] = content.scenarios
    document = copy.deepcopy(dict(one.recommendation)) | {"knowledge_version": "older"}
    document["recommended"]["format"] = "torchscript"
    document["recommended"]["reasons"][0]["text"] = "It was otherwise."
    return replace(content, scenarios=(replace(one, recommendation=document),))


def test_what_would_be_recommended_otherwise_today_is_listed(reviews: Reviews) -> None:
    test = page("reviews")
    assert "No reviews yet" in words(test)
    accepted(reviews, CONTENT)
    old = accepted(reviews, replace(aged(CONTENT), title="Of an older time"))
    test.session_state["lists"] = "Different today"
    test.run()
    said = words(test)
    assert "Of an older time" in said and "TorchScript" in said and "ONNX" in said
    assert CONTENT.title not in said
    said = words(page("review", id=old.id))
    assert "Under today's knowledge base this would now be ONNX." in said
    assert "It was otherwise." in said and "Claims that changed in As asked" in said
    frozen = words(page("review", id=old.id, revision="1"))
    assert "today's knowledge base" not in frozen and "This is revision 1, as it was" in frozen


def test_scenarios_are_added_evaluated_anew_and_removed(reviews: Reviews) -> None:
    made = reviews.create(aged(CONTENT), ANNA)
    test = page("review", "Anna", id=made.id)
    press(test, "Edit")
    name, answers = f"edit {made.id} scenario 0", f"edit {made.id} answers 0"
    test.text_input(key=name).set_value("On *the* edge").run()
    test.text_input(key=answers).set_value("http://localhost/?framework=pytorch&hardware=x86cpu").run()
    press(test, "Add the scenario")
    assert "hardware=x86cpu" in words(test)
    test.text_input(key=answers).set_value("http://localhost/?framework=pytorch&hardware=nvidia-gpu").run()
    press(test, "Add the scenario")
    press(test, "Evaluate As asked anew")
    press(test, "Save the revision")
    first, second = reviews.load(made.id, ANNA).current.content.scenarios
    assert first == CONTENT.scenarios[0]
    assert (second.name, second.answers["hardware"]) == ("On *the* edge", ["nvidia-gpu"])
    said = words(test)
    assert "Target hardware" in said and "differs" in said
    press(test, "Edit")
    press(test, "Remove On *the* edge")
    press(test, "Save the revision")
    assert len(reviews.load(made.id, ANNA).current.content.scenarios) == 1


def test_who_still_sees_an_older_revision_does_not_sign_the_new_one(reviews: Reviews) -> None:
    made = with_ben(reviews)
    test = page("review", "Ben", id=made.id)
    [approve] = [one for one in test.button if one.label == "Approve"]
    reviews.revise(made.id, 1, replace(CONTENT, outcome="Something else."), ANNA)
    approve.click().run()
    assert "Revision 2 was saved meanwhile" in words(test)
    assert reviews.load(made.id, ANNA).signatures == ()
    press(test, "Approve")
    assert [one.revision for one in reviews.load(made.id, ANNA).standing] == [2]


def test_an_edit_of_what_is_accepted_meanwhile_is_not_lost(reviews: Reviews) -> None:
    made = with_ben(reviews)
    test = page("review", "Anna", id=made.id)
    press(test, "Edit")
    test.text_area(key=f"edit {made.id} outcome").set_value("What I thought of.").run()
    press(test, "Look at the review")
    assert "What you typed is kept" in words(test) and "Edit" not in labels(test)
    press(test, "Go on editing")
    assert test.text_area(key=f"edit {made.id} outcome").value == "What I thought of."
    reviews.move(made.id, PROPOSED, ANNA)
    reviews.sign(made.id, made.current.sha256, BEN)
    reviews.move(made.id, ACCEPTED, BEN)
    test.run()
    assert "Your edit cannot be saved: the review is accepted now." in words(test)
    assert "What I thought of." in [one.value for one in test.code]
    press(test, "Throw it away for good")
    assert "cannot be saved" not in words(test) and "stays as it is" in words(test)


def test_what_was_typed_beside_a_conflict_is_not_lost_either(reviews: Reviews) -> None:
    made = with_ben(reviews)
    test = page("review", "Anna", id=made.id)
    press(test, "Edit")
    test.text_area(key=f"edit {made.id} note onnx").set_value("Mine of ONNX.").run()
    test.text_area(key=f"edit {made.id} outcome").set_value("My outcome.").run()
    now = reviews.revise(made.id, 1, replace(CONTENT, outcome="Theirs."), BEN)
    press(test, "Save the revision")
    assert "Ben saved revision 2 while you were editing" in words(test)
    reviews.move(made.id, PROPOSED, ANNA)
    reviews.sign(made.id, now.current.sha256, BEN)
    test.radio[0].set_value("both").run()
    press(test, "Go on with this")
    assert test.text_area(key=f"edit {made.id} outcome").value == "Theirs.\n\nMy outcome."
    reviews.move(made.id, ACCEPTED, BEN)
    test.run()
    assert {"Mine of ONNX.", "Theirs.\n\nMy outcome."} <= {one.value for one in test.code}


def test_a_comment_on_what_was_left_out_meanwhile_waits_for_another_part(reviews: Reviews) -> None:
    made = reviews.create(CONTENT, ANNA)
    test = page("review", "Ben", id=made.id)
    about, said = f"{made.id} about", f"comment on {made.id} 0"
    test.selectbox(key=f"{about} chosen").set_value(("option", "litert")).run()
    test.text_area(key=said).set_value("And this?").run()
    reviews.revise(made.id, 1, replace(CONTENT, options=CONTENT.options[:1]), ANNA)
    test.run()
    assert "is not in the review any more" in words(test)
    test.selectbox(key=f"{about} again").set_value(("option", "onnx")).run()
    press(test, "Comment")
    [comment] = reviews.load(made.id, ANNA).comments
    assert (comment.text, comment.anchor, comment.of) == ("And this?", "option", "onnx")


def test_a_new_review_is_not_thrown_away_for_another(reviews: Reviews) -> None:
    test = page("review", "Anna", framework="pytorch")
    test.text_area(key="edit new context").set_value("Typed for an hour.").run()
    test.query_params["framework"] = "keras"
    test.run()
    assert "You have begun another review, not saved yet" in words(test)
    press(test, "Go on with that one")
    assert test.text_area(key="edit new context").value == "Typed for an hour."
    test.query_params["framework"] = "keras"
    test.run()
    press(test, "Throw it away and begin this one")
    assert test.text_input(key="edit new title").value == "Format for a Keras model"


def test_a_frozen_link_only_shows(reviews: Reviews) -> None:
    made = with_ben(reviews)
    reviews.sign(made.id, made.current.sha256, BEN)
    reviews.revise(made.id, 1, replace(CONTENT, outcome="Something else."), ANNA, "Shorter")
    reviews.comment(made.id, "Of the second.", BEN)
    test = page("review", "Ben", id=made.id, revision="1")
    assert not labels(test) & {"Edit", "Approve", "Propose it", "Comment"}
    said = words(test)
    assert "approves" in said and "void: signed" not in said and "Of the second." not in said
    live = words(page("review", "Ben", id=made.id))
    assert "void: signed revision 1" in live and "Of the second." in live and "Shorter" in live


def test_what_was_changed_in_the_database_is_told(reviews: Reviews) -> None:
    made = reviews.create(CONTENT, ANNA)
    with engine.writing(run_rows.engine()) as connection:
        connection.exec_driver_sql("UPDATE revisions SET content = replace(content, 'PyTorch', 'Keras')")
    assert "Revision 1 is not what its hash says" in words(page("review", id=made.id))


def test_who_supersedes_what_is_not_accepted_is_told_at_once(reviews: Reviews) -> None:
    made = reviews.create(CONTENT, ANNA)
    test = page("review", "Anna", supersedes=made.id)
    assert "Only an accepted review is superseded; this one is draft." in words(test)
    assert "Save as a draft" not in labels(test)
