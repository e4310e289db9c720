"""The result of a comparison: the verdict in words, then the evidence for it, then what to take along."""

from html import escape
from urllib.parse import quote

import streamlit as st

from benchmarks import jobs
from benchmarks.artifact import Finding
from benchmarks.candidate import label_of
from benchmarks.downloads import REPORT, Download, downloads
from benchmarks.formats import NAMES, name
from benchmarks.reproduction import folder_of, format_of_script
from pages.view import (
    agreement,
    attempts,
    latency_plot,
    link,
    measured_advice,
    model,
    operators,
    table,
    text,
)
from pages.view.progress import OUTCOMES

VERDICTS = {
    "winner": ("Fastest", "green"),
    "tie": ("Tie", "blue"),
    "inconclusive": ("Inconclusive", "orange"),
}
COLUMNS = ("Format", "Batch", "Threads", "Median, ms", "p95, ms", "p99, ms", "Examples/s")
COSTS = (
    "Format", "Cold start, s", "Load, ms", "First call, ms", "Memory, MB", "Model, MB", "Runtime, MB",
)  # fmt: skip
MOST_IN_FULL = 2
"""Doubts of one kind; of more the first is an example."""


def show(run: jobs.Run) -> None:
    """Draws the report of a run that is done."""
    report = run.report
    source = report["source"]["format"]
    _sandbox(report["environment"])
    losses = agreement.losses(report["parity"])
    _verdict(report["verdict"], losses)
    measured_advice.show(run)
    link.to_new_review({"run": (run.id,)})
    if report["measurements"]:
        st.subheader("Speed", anchor=False)
        latency_plot.draw(report["measurements"])
        _measurements(report["measurements"], source, losses)
    operators.show(report.get("profiles", ()))
    st.subheader("Conversion and agreement", anchor=False)
    _conversions(report, source)
    _downloads(run)
    _environment(report["environment"])
    st.subheader("About the model", anchor=False)
    model.show(run.description)
    model.not_examined(run.description)
    model.findings(Finding(**finding) for finding in report["source"]["findings"])


def _verdict(verdict: dict, losses: dict[str, str]) -> None:
    label, colour = VERDICTS[verdict["state"]]
    names = [f"{NAMES[one]} ({losses[one]})" if one in losses else NAMES[one] for one in verdict["formats"]]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 2 else names)
    headlines = {
        "winner": f"{listed} is the fastest on this machine",
        "tie": f"{listed} are equally fast on this machine",
        "inconclusive": "No format can be named the fastest",
    }
    with st.container(border=True):
        st.badge(label, color=colour)
        st.subheader(text.plain(headlines[verdict["state"]]), anchor=False)
        st.markdown(text.plain(verdict["reason"]))


def _measurements(measurements: list[dict], source: str, losses: dict[str, str]) -> None:
    cores = max(measured["threads"] for measured in measurements)
    _latencies("Measurements", [m for m in measurements if m["threads"] == cores], source, losses)
    st.caption(
        "Below each median is its 95 % interval. Formats took turns on the same inputs, each in a process of "
        "its own; those that were certainly slower dropped out early."
    )
    if fewer := [m for m in measurements if m["threads"] != cores]:
        with st.expander("On one thread"):
            _latencies("Measurements on one thread", fewer, source, losses)
    _costs(measurements, source)
    if warnings := _warnings(measurements):
        st.warning(text.listed(warnings))


def _latencies(title: str, measurements: list[dict], source: str, losses: dict[str, str]) -> None:
    rows = []
    for measured in measurements:
        latency = measured["latency_ms"]
        rows.append(
            (
                _named(measured["format"], source, measured["runtime"], losses.get(measured["format"], "")),
                str(measured["batch"]),
                str(measured["threads"]),
                f"{latency['median']:.3f}\n{latency['ci_low']:.3f} to {latency['ci_high']:.3f}",
                f"{latency['p95']:.3f}",
                f"{latency['p99']:.3f}",
                f"{measured['throughput_per_s']:,.1f}",
            )
        )
    table.draw(title, COLUMNS, rows, numbers=range(1, len(COLUMNS)))


def _costs(measurements: list[dict], source: str) -> None:
    """What a deployment pays beside the calls: of the first batch size on all cores."""
    first = measurements[0]["batch"], measurements[0]["threads"]
    rows = []
    for measured in measurements:
        if (measured["batch"], measured["threads"]) != first:
            continue
        size, runtime = measured.get("artifact_mb"), measured.get("runtime_mb")
        rows.append(
            (
                _named(measured["format"], source, measured["runtime"]),
                _range(sorted(start / 1e3 for start in measured.get("cold_start_ms", ()))),
                f"{measured['load_ms']:,.0f}",
                f"{measured['first_ms']:,.1f}",
                f"{measured['peak_rss_mb']:,.0f}",
                "" if size is None else f"{size:,.1f}",
                "" if runtime is None else f"{runtime:,.0f}",
            )
        )
    table.draw("Costs of a deployment", COSTS, rows, numbers=range(1, len(COSTS)))
    st.caption(
        "Cold start is a whole process from its start to the first answer, with its libraries in the "
        "machine's cache. Memory is what the format needs beyond an empty process. Runtime is the installed "
        "size of the packages that run the format, with what they require."
    )


def _range(values: list[float]) -> str:
    """The median, and below it the smallest and the largest where there are several."""
    if not values:
        return "not measured"
    median = f"{values[len(values) // 2]:.2f}"
    return median if len(values) == 1 else f"{median}\n{values[0]:.2f} to {values[-1]:.2f}"


def _warnings(measurements: list[dict]) -> list[str]:
    """What speaks against the measurements: each kind of doubt once, in full where it is about few."""
    about: dict[str, list[str]] = {}
    for measured in measurements:
        one = f"{name(label_of(measured))} (batch {measured['batch']}, threads {measured['threads']})"
        for doubt in measured["warnings"]:
            about.setdefault(doubt.partition(":")[0], []).append(f"{one}: {doubt}")
    said = []
    for kind, doubts in about.items():
        count = f"{len(doubts)} of {len(measurements)}"
        many = f"{count} measurements: {kind}, for one {doubts[0]}"
        said += doubts if len(doubts) <= MOST_IN_FULL else [many]
    return said


def _conversions(report: dict, source: str) -> None:
    parity = {agreed["format"]: agreed for agreed in report["parity"]}
    size = model.size(report["source"]["size_bytes"])
    rows = [(_named(source, source), "the model itself", "the reference", size)]
    for conversion in report["conversions"]:
        target, error, artifact = conversion["to"], conversion["error"], conversion["artifact"]
        seconds = f" in {conversion['seconds']:.1f} s" if conversion["seconds"] is not None else ""
        over = "".join(f"\nover {NAMES[hop]}" for hop in conversion["via"])
        call = f"\n{conversion['call']}" if conversion["call"] else ""
        # A conversion whose artifact disagrees has failed, though the converter did not.
        converted = "passed" if artifact else conversion["outcome"]
        why = f"\n{error['message']}\n{error['next_step']}" if error and not artifact else ""
        rows.append(
            (
                NAMES[target],
                OUTCOMES[converted] + seconds + over + call + why,
                agreement.cell(parity.get(target), error if artifact else None),
                model.size(artifact["size_bytes"]) if artifact else "",
            )
        )
    table.draw("Conversions", ("Format", "Conversion", "Agrees with the source", "Size"), rows, numbers=[3])
    attempts.show(report["conversions"])
    agreement.show([*report["parity"], *report.get("other_runtimes", ())])


def _named(format_id: str, source: str, *more: str) -> str:
    marked = f"{NAMES[format_id]} (source)" if format_id == source else NAMES[format_id]
    return "\n".join(filter(None, (marked, *more)))


def _downloads(run: jobs.Run) -> None:
    """Plain links: the server streams each file from the disk, and none sits in its memory. The script that
    makes a format again stands behind the format."""
    offered = {download.what: download for download in downloads(run)}
    items = []
    for what, download in offered.items():
        if format_of_script(what):
            continue
        label = "The whole report" if what == REPORT else NAMES[what]
        item = f"{_link(run, download, label)}: {escape(download.name)}, {model.size(download.size_bytes)}"
        if script := offered.get(folder_of(what)):
            item += f"; {_link(run, script, f'the script that makes {label} again')}"
        items.append(f"<li>{item}</li>")
    if items:
        st.subheader("Take along", anchor=False)
        link.draw(f'<ul aria-label="Downloads">{"".join(items)}</ul>')


def _link(run: jobs.Run, download: Download, label: str) -> str:
    return f'<a href="./download/{run.id}/{quote(download.what)}" download>{escape(label)}</a>'


def _sandbox(environment: dict) -> None:
    if environment["sandbox"] == "none":
        st.warning("Measured **without a sandbox**: this machine has none that holds. Use models you trust.")


def _environment(environment: dict) -> None:
    versions = ", ".join(f"{name} {version}" for name, version in environment["versions"].items())
    st.caption(
        text.plain(
            f"Measured on {environment['cpu']}, {environment['cores']} cores, {environment['os']}, "
            f"Python {environment['python']}, sandbox: {environment['sandbox']}. {versions}."
        )
    )
