"""The first content of a review, filled in from answers or from a run, so that a team begins with a text to
agree to and not with an empty page."""

import hashlib
from collections.abc import Mapping
from typing import Any

from advisor import Knowledge, Recommendation, Requirements, load_knowledge, recommend
from benchmarks.advice import requirements_for
from reviews.content import LONGEST_NAME, Considered, Content, Evidence, Scenario, cleaned

RAW = ("rounds_ms",)
"""What a report keeps of each call, which a revision leaves to the report.json that its hash names."""
FIRST_SCENARIO = "As asked"
MOST_OPTIONS = 8


def from_answers(answers: Mapping[str, Any]) -> Content:
    """The review of what the page Advise answers. Raises advisor.AnswersError."""
    knowledge = load_knowledge()
    requirements = Requirements.parse(answers, knowledge)
    result = recommend(requirements)
    one = scenario(FIRST_SCENARIO, requirements, result)
    return _content(knowledge, requirements, result, (one,), ())


def from_run(run_id: str, title: str, report: bytes, document: Mapping[str, Any]) -> Content:
    """The review of what a run measured. `report`: the bytes of its report.json, `document` the same, read.
    The answers are those that the run was held against. Raises advisor.AnswersError, and
    advisor.EvidenceError where nothing is known of a format's framework."""
    knowledge = load_knowledge()
    answers = (document.get("advice") or {}).get("answers")
    if answers:
        requirements = Requirements.parse(answers, knowledge)
    else:
        requirements = requirements_for(document["source"]["format"])
    result = recommend(requirements)
    one = scenario(FIRST_SCENARIO, requirements, result)
    return _content(knowledge, requirements, result, (one,), (evidence(run_id, title, report, document),))


def scenario(name: str, requirements: Requirements, result: Recommendation | None = None) -> Scenario:
    """A set of answers with what is recommended for it today."""
    document = (result or recommend(requirements)).to_json()
    return Scenario(name, requirements.to_json(), document)


def evidence(run_id: str, title: str, report: bytes, document: Mapping[str, Any]) -> Evidence:
    """A run's report as a revision keeps it."""
    sha256 = hashlib.sha256(report).hexdigest()
    return Evidence(run_id, cleaned(title)[:LONGEST_NAME], sha256, cleaned(_without_samples(document)))


def _without_samples(document: Any) -> Any:
    if isinstance(document, Mapping):
        return {key: _without_samples(value) for key, value in document.items() if key not in RAW}
    if isinstance(document, (list, tuple)):
        return [_without_samples(one) for one in document]
    return document


def _content(
    knowledge: Knowledge,
    requirements: Requirements,
    result: Recommendation,
    scenarios: tuple[Scenario, ...],
    evidence: tuple[Evidence, ...],
) -> Content:
    option = result.recommended
    framework = knowledge.name("framework", requirements.framework)
    places = [knowledge.name("hardware", one) for one in requirements.hardware]
    title = f"Format for a {framework} model" + (f" on {_list(places)}" if places else "")
    considered = [one.format for one in result.options][:MOST_OPTIONS]
    return Content(
        title=title,
        context=_context(knowledge, requirements),
        scenarios=scenarios,
        options=tuple(Considered(one) for one in considered),
        evidence=evidence,
        chosen=option.format if option else "",
        outcome=result.headline,
        consequences="\n".join(f"- {claim.text}" for claim in (option.gives_up if option else ())),
        confirmation=_confirmation(option.format) if option else "",
    )


def _context(knowledge: Knowledge, requirements: Requirements) -> str:
    """The question as a sentence or two."""
    framework = knowledge.name("framework", requirements.framework)
    words = f"Which format do we keep the {framework} model in?"
    places = [knowledge.name("hardware", one) for one in requirements.hardware]
    words += f" It must run on {_list(places)}." if places else ""
    if requirements.serving:
        words += f" It is served by {knowledge.name('serving', requirements.serving)}."
    if requirements.needs:
        words += f" What must survive: {_list([knowledge.name('need', n) for n in requirements.needs])}."
    return words


def _confirmation(format_id: str) -> str:
    return (
        f"Before each release, convert the model to {format_id}, verify it and keep the report: "
        f"`python -m benchmarks compare MODEL --to {format_id} --json`."
    )


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
