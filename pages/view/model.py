"""A model as its bytes describe it: what it is, takes, gives and consists of. Nothing of it was executed."""

from collections.abc import Iterable

import streamlit as st

from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.formats import NAMES
from pages.view import table, text
from pages.view.text import one_line

SHOWN_OPERATORS = 10
SHOWN_TENSORS = 200
SHOWN_PARTS = 10
LONGEST_PART = 200


def show(description: Description) -> None:
    """Draws the description."""
    facts = [("Format", NAMES[description.format]), ("Size", size(description.size_bytes))]
    if description.parameters is not None:
        facts.append(("Parameters", f"{description.parameters:,}"))
    facts += [(_property(name), str(value)) for name, value in description.version.items()]
    facts.append(("SHA-256", f"{description.sha256[:16]}…"))
    table.draw("About the file", ("Property", "Value"), [(name, one_line(value)) for name, value in facts])
    tensors = [("Input", spec) for spec in description.inputs] + [("Output", s) for s in description.outputs]
    if tensors:
        table.draw(
            "Inputs and outputs",
            ("Name", "Kind", "Type", "Shape"),
            [
                (one_line(spec.name), kind, one_line(spec.dtype or "not stored"), shape(spec))
                for kind, spec in tensors[:SHOWN_TENSORS]
            ],
        )
        if len(tensors) > SHOWN_TENSORS:
            st.caption(f"And {len(tensors) - SHOWN_TENSORS:,} more.")
    _operators(description)


def _property(name: str) -> str:
    """ "ir_version" is drawn as "IR version", "made by" as "Made by"."""
    words = name.replace("_", " ")
    return f"IR{words[2:]}" if words.startswith("ir ") else words.capitalize()


def _operators(description: Description) -> None:
    ordered = sorted(description.operators.items(), key=lambda item: (-item[1], item[0]))
    if not ordered:
        return
    rows = [(one_line(name), f"{count:,}") for name, count in ordered[:SHOWN_OPERATORS]]
    rest = ordered[SHOWN_OPERATORS:]
    if rest:
        rows.append((f"{len(rest)} other types", f"{sum(count for _, count in rest):,}"))
    with st.expander(f"Operators: {len(ordered)} types"):
        table.draw("Operators", ("Operator", "Count"), rows, numbers=[1])


def not_examined(description: Description) -> None:
    """Says what the audit says nothing about: its silence is no promise."""
    if description.pickled:
        st.warning(f"**Pickles, which run code when the model is loaded:** {_some(description.pickled)}")
    if description.code:
        st.warning(f"**A program, which is executed when the comparison starts:** {_some(description.code)}")
    if description.not_examined:
        st.caption(f"Not examined: {_some(description.not_examined)}")


def _some(parts: tuple[str, ...]) -> str:
    shown = "; ".join(text.plain(one_line(part, LONGEST_PART)) for part in parts[:SHOWN_PARTS])
    return f"{shown} and {len(parts) - SHOWN_PARTS:,} more" if len(parts) > SHOWN_PARTS else shown


def findings(listed: Iterable[Finding]) -> None:
    """Draws what the owner should know about the model."""
    listed = list(listed)
    for severity, draw in (("warning", st.warning), ("info", st.info)):
        said = [f"{finding.text} {finding.next_step}" for finding in listed if finding.severity == severity]
        if said:
            draw(text.listed(said))


def size(size_bytes: int) -> str:
    """ "46.9 MB", "85 kB" (10³ bytes) for what is small, "405 bytes" for less."""
    if size_bytes >= 1e6:
        return f"{size_bytes / 1e6:,.1f} MB"
    return f"{size_bytes / 1e3:,.0f} kB" if size_bytes >= 1e3 else f"{size_bytes} bytes"


def shape(spec: TensorSpec) -> str:
    """ "batch × 3 × 224 × 224", with ? for a size that the file leaves open."""
    if spec.shape is not None:
        return (
            one_line(" × ".join("?" if dim is None else str(dim) for dim in spec.shape)) or "a single value"
        )
    if spec.example_shape:
        return "not stored; traced with " + " × ".join(map(str, spec.example_shape))
    return "not stored"
