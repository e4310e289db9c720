"""From where an artifact agrees and where it does not, to one plain sentence and what to do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.artifact import Finding, TensorSpec
from benchmarks.worker.agreement import Agreement

NOT_DETERMINISTIC = Finding(
    "warning",
    "The source itself gives other outputs for the same input, so no artifact can be checked against it.",
    "Switch off dropout (model.eval()) and random operators, and export the model again.",
)
OTHER_CLASSES = Finding(
    "warning",
    "It names another class than the source in too many of the examples.",
    "Look at the accuracy on data of your own, or keep the precision of the source.",
)
OVERFLOWS = Finding(
    "warning",
    "Inputs a thousand times the usual size come out wrong or infinite: float16 ends at 65,504. They decide "
    "nothing here.",
    "Normalise inputs as in training, and check the largest that you expect.",
)
SMALL = 0.01
"""Errors below this share of the output's scale are rounding, larger ones another computation."""
AMPLIFIED = 10.0
"""An artifact's error up to this many times the source's own, from its float64 answer, is no computation of
another kind: both round, and the model amplifies it."""


@dataclass(frozen=True)
class Tried:
    """One case with an artifact: `case` as the reference names it, an agreement for each output, and
    whether the artifact raised instead of answering."""

    case: dict
    agreements: tuple[Agreement, ...]
    raised: bool = False

    @property
    def passed(self) -> bool:
        return all(agreement.passed for agreement in self.agreements)

    @property
    def error(self) -> float:
        """The largest share of an output's scale; infinite where nothing could be compared, or NaN."""
        worst = [a.max_rel_error if a.max_rel_error == a.max_rel_error else math.inf for a in self.agreements]
        return max(worst)


def about_inputs(source: Sequence[TensorSpec], artifact: Sequence[TensorSpec]) -> list[Finding]:
    """Inputs that are fed in another order, under another name or as a narrower type than the source's;
    both have the same count."""
    findings = []
    names, others = [spec.name for spec in source], [spec.name for spec in artifact]
    fed_by = {spec.name: spec for spec in source} if set(names) == set(others) else {}
    if set(names) != set(others):
        findings.append(
            Finding(
                "info",
                f"The inputs have other names: {', '.join(others)} for {', '.join(names)}.",
                "Feed the artifact under its own names.",
            )
        )
    elif names != others:
        findings.append(
            Finding(
                "warning",
                f"The inputs come in another order: {', '.join(others)} instead of {', '.join(names)}.",
                "Feed the artifact by name, never by position.",
            )
        )
    for k, spec in enumerate(artifact):
        own = fed_by.get(spec.name, source[k])
        if _narrower(spec.dtype, own.dtype):
            findings.append(
                Finding(
                    "warning",
                    f"The input “{spec.name}” was narrowed from {own.dtype} to {spec.dtype}: values that do "
                    "not fit are cut.",
                    f"Convert to {spec.dtype} before you call it, after checking the range of your values.",
                )
            )
    return findings


def _narrower(dtype: str | None, than: str | None) -> bool:
    try:
        a, b = np.dtype(dtype), np.dtype(than)
    except TypeError:  # unknown to numpy, or no type known
        return False
    return dtype is not None and than is not None and a.kind == b.kind and a.itemsize < b.itemsize


def about_cases(
    tried: Sequence[Tried], repeats: bool, other_order: list[str] | None, precision: str = ""
) -> list[Finding]:
    """Why cases disagree, the most certain reason first; nothing where all agree. `repeats`: whether the
    artifact gives the same outputs twice; `other_order`: the order of the source's inputs in which it would
    agree, None if there is none; `precision`: what a lossy variant was rounded to, "" for others."""
    large = [one for one in tried if not one.passed and one.case["kind"] == "large"]
    large = [one for one in large if precision == "float16" and not _refused(one)]
    tried = [one for one in tried if one not in large]
    wrong = [one for one in tried if not one.passed and one.case["kind"] != "nan"]
    nan = [one for one in tried if not one.passed and one.case["kind"] == "nan"]
    findings = []
    if not repeats:
        findings.append(
            Finding(
                "warning",
                "The artifact gives other outputs for the same input, the source does not: dropout or "
                "another random operator is active in it.",
                "Call model.eval() before the conversion, and export for inference.",
            )
        )
    elif wrong and precision and not other_order and not any(map(_refused, wrong)):
        findings.append(_too_coarse(wrong, precision))
    elif wrong:
        findings.append(_reason(tried, wrong, other_order))
    if large:
        findings.append(OVERFLOWS)
    if nan and not wrong:
        findings.append(
            Finding(
                "info",
                "A NaN among the inputs does not come out as from the source: an operator of one of the two "
                "runtimes turns it into a number.",
                "Check inputs for NaN before you call either.",
            )
        )
    return findings


def _too_coarse(wrong: list[Tried], precision: str) -> Finding:
    error = max(one.error for one in wrong)
    return Finding(
        "warning",
        f"Rounded to {precision}, outputs are off by "
        + (f"{error:.1%} of the largest value" if math.isfinite(error) else "an infinite amount")
        + f", more than is tolerated for {precision}.",
        "Keep the layers that suffer in float32, calibrate the scales with data of your own "
        "(quantize_static), or keep the precision of the source.",
    )


def _reason(tried: Sequence[Tried], wrong: list[Tried], other_order: list[str] | None) -> Finding:
    right = [one for one in tried if one.passed and one.case["kind"] != "zeros"]  # many models agree on those
    notes = {a.note for one in wrong for a in one.agreements}
    sizes, wrong_sizes = {one.case["batch"] for one in right}, {one.case["batch"] for one in wrong}
    if other_order:
        return Finding(
            "warning",
            f"The artifact agrees if its inputs are fed in the order {', '.join(other_order)}: the "
            "conversion reordered and renamed them.",
            "Name the inputs in the exporter, so that they can be fed by name.",
        )
    if narrowed := next((note for note in notes if note.startswith("type ")), ""):
        return Finding(
            "warning",
            f"An output has another type: {narrowed.removeprefix('type ')}.",
            "Keep the source format where the full range is needed, or cast the output in the model.",
        )
    if sizes and wrong_sizes and not sizes & wrong_sizes and all(_refused(one) for one in wrong):
        return Finding(
            "warning",
            f"The artifact takes a batch of {_listed(sizes)} but not {_listed(wrong_sizes)}, which the "
            "source does: the conversion baked its batch size in.",
            "Export with a dynamic first dimension.",
        )
    if any(_refused(one) for one in wrong):
        return Finding(
            "warning",
            f"The artifact does not answer as the source does: {next(filter(None, sorted(notes)), '')}.",
            "Export for these shapes and types, or keep the source format.",
        )
    kinds = {one.case["kind"] for one in wrong}
    if max(one.error for one in wrong) < SMALL:
        return Finding(
            "warning",
            f"The errors, up to {max(one.error for one in wrong):.1e} of the output's scale, are over the "
            "tolerance but small: rounding, not another computation.",
            "Decide whether they matter for your use, or keep the source format.",
        )
    if all(_amplified(a) for one in wrong for a in one.agreements if not a.passed):
        own = max(a.reference_error or 0.0 for one in wrong for a in one.agreements)
        return Finding(
            "warning",
            f"The source amplifies rounding on these inputs: its own answers are off by up to {own:.1e} from "
            "those in float64, as far as the artifact's. No artifact can be held against them.",
            "Give inputs of your own (--inputs), or look at the scale of what passes through the layers.",
        )
    if kinds == {"large"}:
        return Finding(
            "warning",
            "The artifact disagrees on large inputs only: an operator saturates or overflows otherwise.",
            "Normalise inputs as in training, and check the largest that you expect.",
        )
    if right:
        return Finding(
            "warning",
            f"The artifact agrees on {len(right)} of {len(tried)} inputs, all of the same types, and is far "
            "off on the others: a branch of the model was recorded as its example took it.",
            "Script the model (torch.jit.script), or write the branch with torch.cond or torch.where.",
        )
    return Finding(
        "warning",
        "The outputs disagree with the source model's on every input.",
        "Check that both are the same model; else keep the source format.",
    )


def _amplified(agreement: Agreement) -> bool:
    own = agreement.reference_error
    return own is not None and agreement.max_abs_error <= AMPLIFIED * own


def _refused(tried: Tried) -> bool:
    return tried.raised or any(a.note.startswith(("shape ", "type ")) for a in tried.agreements)


def _listed(sizes: set[int]) -> str:
    *most, last = map(str, sorted(sizes))
    return f"{', '.join(most)} and {last}" if most else last
