"""The advice beside the evidence: what the advisor says of a model, before and after it was measured, and
whether the measurement bears it out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from advisor import (
    Candidate,
    Evidence,
    EvidenceError,
    Knowledge,
    Option,
    Recommendation,
    Requirements,
    evidence_of,
    load_knowledge,
    recommend,
)
from advisor.evidence import FAILED, FASTEST, UNTRIED
from advisor.routes import ORDINARY
from benchmarks.formats import FRAMEWORK, VARIANTS, name

AGREES, DISAGREES, CANNOT_TELL = "agrees", "disagrees", "cannot-tell"


@dataclass(frozen=True)
class Standing:
    """How a measurement stands to the advice: agrees, disagrees or cannot-tell, and why in sentences."""

    state: str
    reason: str


@dataclass(frozen=True)
class Row:
    """One candidate that was tried. Footprints: MB (10⁶) that its runtime takes installed, None where that is
    not known; `runtime` is its name."""

    candidate: Candidate
    runtime: str
    expected_mb: float | None
    measured_mb: float | None


@dataclass(frozen=True)
class Advice:
    """What was asked, what the advisor says without the evidence (`before`) and with it (`after`)."""

    requirements: Requirements
    evidence: Evidence
    before: Recommendation
    after: Recommendation
    standing: Standing

    def to_json(self) -> dict:
        """The key `advice` of a report."""
        return {
            "answers": self.requirements.to_json(),
            "state": self.standing.state,
            "reason": self.standing.reason,
            "before": _best(self.before.recommended),
            "after": _best(self.after.recommended),
            "knowledge_version": self.before.knowledge_version,
        }

    def rows(self) -> tuple[Row, ...]:
        """What was expected of each candidate that was tried, and what was measured, in the order of the
        report. The runtime is the measured one, or else the one that the advice would run the format by."""
        knowledge, sizes = load_knowledge(), dict(self.evidence.footprints)
        planned = {option.format: option.plan[0].runtime for option in self.before.options}
        rows = []
        for one in self.evidence.candidates:
            runtime = one.runtime or planned.get(one.format, "")
            known = knowledge.runtimes.get(runtime)
            expected = known.footprint_mb if known else None
            if one.outcome != UNTRIED:
                rows.append(Row(one, knowledge.name("runtime", runtime), expected, sizes.get(one.runtime)))
        return tuple(rows)


def requirements_for(format_id: str) -> Requirements:
    """What is known of a model by the format that it came in: its framework. Raises EvidenceError for a
    format that is not compared here."""
    if format_id not in FRAMEWORK:
        raise EvidenceError(f"No framework is known for the format {format_id!r}; give the answers.")
    return Requirements.parse({"framework": FRAMEWORK[format_id]})


def advise(report: Mapping, requirements: Requirements | None = None) -> Advice:
    """The advice for these requirements (those that its format tells, if None) beside a report. Raises
    `advisor.EvidenceError` where it is no report of a comparison."""
    knowledge = load_knowledge()
    evidence = evidence_of(report, knowledge)
    requirements = requirements or requirements_for(report["source"]["format"])
    before = recommend(requirements, flips=False)
    after = recommend(requirements, flips=False, evidence=evidence)
    return Advice(requirements, evidence, before, after, standing(knowledge, requirements, before, evidence))


def standing(
    knowledge: Knowledge, requirements: Requirements, before: Recommendation, evidence: Evidence
) -> Standing:
    """Whether the comparison bears the recommendation out. Formats that tie are recommended alike."""
    if before.recommended is None:
        return Standing(CANNOT_TELL, "The advice recommends no format for these answers.")
    best = before.recommended.format
    called, one = _called(knowledge, before), evidence.outcome(best)
    if one is None or one.outcome == UNTRIED:
        why = f": {one.reason}" if one and one.reason else "."
        return Standing(CANNOT_TELL, f"{called}, and was not tried on this model{why}")
    if one.outcome == FAILED:
        return Standing(DISAGREES, f"{called}, but failed on this model: {one.reason}")
    agrees = f"{called}, and gives the model's answers here"
    return _by_speed(knowledge, requirements, (best, *before.ties), evidence, agrees)


def _called(knowledge: Knowledge, before: Recommendation) -> str:
    name = knowledge.name("format", before.recommended.format)
    return f"{name} is recommended{' after a rewrite' if before.verdict == 'rewrite-needed' else ''}"


def _by_speed(
    knowledge: Knowledge,
    requirements: Requirements,
    recommended: tuple[str, ...],
    evidence: Evidence,
    agrees: str,
) -> Standing:
    own = [one for one in evidence.measured() if one.format in recommended]
    if requirements.hardware and ORDINARY not in requirements.hardware:
        places = " and ".join(knowledge.name("hardware", place) for place in requirements.hardware)
        return Standing(
            CANNOT_TELL,
            f"{agrees}; its speed was measured on this machine, and the answers ask for {places}.",
        )
    if not own:
        return Standing(CANNOT_TELL, f"{agrees}, but its speed was not measured.")
    if not evidence.first:
        return Standing(CANNOT_TELL, f"{agrees}, but which format is fastest is open. {evidence.reason}")
    leaders = [one for one in evidence.first if one.format in recommended]
    if leaders:
        first = leaders[0]
        subject = "" if first.format == recommended[0] else f"{name(first.label)}, which fits as well, "
        how = "the fastest" if first.place == FASTEST else "as fast as any other"
        return Standing(
            AGREES, f"{agrees}; {subject or 'it '}is {how} on this machine.{_counted_as(knowledge, leaders)}"
        )
    nearest = min(own, key=lambda one: one.median_ms)
    return Standing(
        DISAGREES,
        f"{agrees}, but {_listed(evidence.first)} measurably faster on this machine: a call of "
        f"{_run(knowledge, nearest)} takes {nearest.median_ms:.3g} ms, "
        f"{_against(knowledge, nearest, evidence.first[0])} "
        f"(medians, batch {evidence.batch}).{_counted_as(knowledge, (*evidence.first, nearest))}",
    )


def _listed(candidates: Sequence[Candidate]) -> str:
    names = [name(one.label) for one in candidates]
    if len(names) == 1:
        return f"{names[0]} is"
    return f"{', '.join(names[:-1])} and {names[-1]} are"


def _run(knowledge: Knowledge, one: Candidate) -> str:
    return f"{name(one.label)} in {knowledge.name('runtime', one.runtime)}"


def _against(knowledge: Knowledge, slower: Candidate, fastest: Candidate) -> str:
    times = slower.median_ms / fastest.median_ms
    much = f"{times:.1f} times" if times >= 1.5 else f"{(times - 1) * 100:.0f} % more than"
    if times <= 1:  # the verdict has looked closer, round by round
        much = "against"
    return f"{much} the {fastest.median_ms:.3g} ms of {_run(knowledge, fastest)}"


def _counted_as(knowledge: Knowledge, candidates: Sequence[Candidate]) -> str:
    """The sentences that say which candidates are a format in another way than as such."""
    said = [
        f" {name(one.label)} {'is lossy and ' if one.label in VARIANTS else ''}"
        f"counts as {knowledge.name('format', one.format)} here."
        for one in candidates
        if one.format and not one.plain
    ]
    return "".join(dict.fromkeys(said))


def _best(option: Option | None) -> dict | None:
    return {"format": option.format, "score": option.score} if option else None
