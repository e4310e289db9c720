"""How an artifact was held against the source model: in one cell, and in a table of its own."""

import streamlit as st

from benchmarks.formats import NAMES, OPTIONS, VARIANTS, name
from benchmarks.verdict import share
from pages.view import table, text
from pages.view.progress import OUTCOMES

HEADS = ("Format", "Reference", "Cases", "Edge inputs", "Largest difference", "Same top class")
EDGES = {"zeros": "zeros", "negative": "negative", "large": "large", "nan": "NaN"}
REFERENCES = {"float64": "the source in float64", "own": "the source as it is"}
MARKS = {True: "✓", False: "✗"}


def cell(parity: dict | None, error: dict | None) -> str:
    """The outcome and why, for the table of conversions."""
    if parity is None:
        return "not tried"
    lines = [OUTCOMES[parity["outcome"]]]
    if parity["format"] in VARIANTS and parity["outcome"] == "passed":
        lines[0] += f", within the tolerance for {VARIANTS[parity['format']].precision}"
    if parity["max_abs_error"] is not None:
        relative = parity["max_rel_error"]
        scale = f" ({relative:.1e} of the largest value)" if relative is not None else ""
        cases = len(parity["cases"])
        lines.append(f"largest difference {parity['max_abs_error']:.1e}{scale}, {cases} cases")
    if error:
        lines += [error["message"], error["next_step"]]
    said = {error["message"]} if error else set()
    for finding in parity.get("findings", ()):
        if finding["text"] not in said:
            lines += [finding["text"], finding["next_step"]]
    return "\n".join(lines)


def losses(parities: list[dict]) -> dict[str, str]:
    """What each lossy variant that was verified costs, in a few words, by its id."""
    return {
        parity["format"]: f"lossy, off by up to {share(parity['max_rel_error'])}"
        for parity in parities
        if parity["format"] in VARIANTS and parity["cases"]
    }


def show(parities: list[dict]) -> None:
    """What was tried with each artifact that ran, and what agreed. Draws nothing where none did."""
    ran = [parity for parity in parities if parity["cases"]]
    if not ran:
        return
    table.draw("Agreement", HEADS, [_row(parity) for parity in ran])
    notes = {parity["reference_note"] for parity in ran if parity.get("reference_note")}
    st.caption(
        text.plain(
            "A difference is measured to the nearer of the source's two answers, as it is and in float64, so "
            f"that the source's own rounding is not counted. {_tolerances(ran)} A NaN among the inputs is "
            f"shown and decides nothing{_large(ran)}. {' '.join(sorted(notes))}"
        )
    )


def _label(parity: dict) -> str:
    """Says the runtime as well where it is another than answers for the format."""
    option = f"@{parity['runtime']}" if parity["runtime"] in OPTIONS else ""
    return parity["format"] + option


def _row(parity: dict) -> tuple[str, ...]:
    cases, planned = parity["cases"], parity.get("planned", 0)
    agreed = sum(case["passed"] for case in cases)
    sizes = ", ".join(str(size) for size in sorted({case["batch"] for case in cases}))
    short = f"\n{planned} were planned, the time was up" if planned > len(cases) else ""
    edges = [
        f"{MARKS[case['passed']]}\u00a0{EDGES[case['kind']]}" for case in cases if case.get("kind") in EDGES
    ]
    error, own = parity["max_abs_error"], parity.get("reference_error")
    rounding = f"\nthe source's own rounding: {own:.1e}" if own is not None else ""
    top = parity.get("top1")
    return (
        name(_label(parity)),
        REFERENCES[parity.get("reference_precision", "own")],
        f"{agreed} of {len(cases)} agree\nbatch {sizes}{short}",
        ", ".join(edges),
        (f"{error:.1e}" if error is not None else "without bound") + rounding,
        f"{top['agreed']} of {top['rows']}\n{top['output']}, {top['classes']} classes" if top else "",
    )


def _large(parities: list[dict]) -> str:
    precisions = {VARIANTS[p["format"]].precision for p in parities if p["format"] in VARIANTS}
    return ", nor do large inputs for float16" if "float16" in precisions else ""


def _tolerances(parities: list[dict]) -> str:
    found: dict[str, None] = {}
    for parity in parities:
        of = f" of {NAMES[parity['format']]}" if parity["format"] in VARIANTS else ""
        found |= {f"{name}{of} {_within(one)}": None for name, one in sorted(parity["tolerance"].items())}
    return f"Tolerated: {'; '.join(found)}."


def _within(tolerance: dict) -> str:
    parts = [
        f"{tolerance[key]:g} of {of}"
        for key, of in (("relative", "the value"), ("absolute", "the output's largest"))
        if tolerance[key]
    ]
    return " and ".join(parts) or "exactly"
