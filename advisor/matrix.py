"""What a format reaches: a table of formats against hardware, serving stacks or training frameworks.

Derived from the same graph that the engine walks. A cell is reached directly (first, second or beta),
after an ordinary conversion, refused by a claim that names the format, or unknown: nothing here leads
there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from advisor.graph import Claim, Converter, Entry, Format, Framework, Knowledge, Runtime, Serving
from advisor.rejection import holds
from advisor.routes import can_serve, edges_from, provider_of, providers_of, routes_from, takes

KINDS = ("hardware", "serving", "framework")
GRADES = ("first", "second", "beta", "converted", "refused", "unknown")
"""From the best way down. For hardware the first three are the place among the known routes; elsewhere
they follow from the support status: first for what is active, second for what is maintained, beta for
what is younger or on its way out."""

ANY = ""
"""In place of a framework: what is refused of some only is not refused."""
_BY_STATUS = {"active": "first", "maintenance": "second"}
_TIERS = {
    "first": "among the best known routes there",
    "second": "works, behind the best known routes",
    "beta": "a beta there",
}


@dataclass(frozen=True)
class Way:
    """One way to a cell: `words` say it in a sentence; `runtime` executes it, None where nothing runs."""

    grade: str
    label: str
    words: str
    claims: tuple[Claim, ...]
    runtime: Runtime | None = None


@dataclass(frozen=True)
class Cell:
    """What is known of one format and one column; the best way comes first. Without ways it is refused or
    unknown, and `claims` say why or what else is known."""

    format: str
    column: str
    grade: str
    label: str
    ways: tuple[Way, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Row:
    """One format with its cells in the order of the columns."""

    format: Format
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """Formats in the order of the knowledge base against all entries of `kind`."""

    kind: str
    columns: tuple[Entry, ...]
    rows: tuple[Row, ...]

    def row(self, format_id: str) -> Row:
        """One row; raises KeyError where there is no such format."""
        return {row.format.id: row for row in self.rows}[format_id]

    def cell(self, format_id: str, column_id: str) -> Cell:
        """One cell; raises KeyError where there is no such format or column."""
        return {cell.column: cell for cell in self.row(format_id).cells}[column_id]


@lru_cache(maxsize=16)
def matrix(knowledge: Knowledge, kind: str) -> Matrix:
    """The table for one of KINDS."""
    columns = knowledge.of(kind)
    rows = tuple(
        Row(one, tuple(_cell(knowledge, one, column) for column in columns))
        for one in knowledge.formats.values()
    )
    return Matrix(kind, columns, rows)


def _cell(knowledge: Knowledge, format: Format, column: Entry) -> Cell:
    refusals = list(_refusals(knowledge, format, column))
    if column.status == "archived":
        return Cell(format.id, column.id, "refused", "archived", (), _known(column))
    ways = _WAYS[column.kind](knowledge, format, column)
    if ways:
        best = min(ways, key=lambda way: GRADES.index(way.grade))
        ordered = tuple(sorted(ways, key=lambda way: GRADES.index(way.grade)))
        claims = _once((*refusals, *(claim for way in ordered for claim in way.claims)))
        return Cell(format.id, column.id, best.grade, best.label, ordered, claims)
    if refusals:
        return Cell(format.id, column.id, "refused", "refused", (), _once(refusals))
    return Cell(format.id, column.id, "unknown", "unknown", (), _known(column))


def _refusals(knowledge: Knowledge, format: Format, column: Entry) -> Iterator[Claim]:
    """Why the column, or for a framework a converter on the way, does not take the format."""
    for refusal in column.refuses:
        if format.id in refusal.formats:
            yield refusal.claim
    for edge in knowledge.converters.values() if column.kind == "framework" else ():
        for refusal in edge.refuses:
            asked = dict(refusal.when).get("framework", ())
            if format.id == edge.target and format.id in refusal.formats and column.id in asked:
                yield refusal.claim


def _known(entry: Entry) -> tuple[Claim, ...]:
    """What is known to work from or on an entry."""
    return (entry.routes_claim,) if entry.routes_claim else entry.claims[:1]


def _once(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    return tuple({claim.id: claim for claim in claims}.values())


def _about(entry: Entry, **ids: str) -> Iterator[Claim]:
    """The claims that the entry makes for just these ids and not for everybody."""
    context = {key: {value} for key, value in ids.items()}
    for claim in entry.claims:
        if claim.when and {key for key, _ in claim.when} <= ids.keys() and holds(claim.when, context):
            yield claim


def _executed(knowledge: Knowledge, format: Format) -> Iterator[tuple[Format, Converter | None, Runtime]]:
    """Every runtime of a format: of itself, and of what it is ordinarily converted to for deployment."""
    deliveries: list[tuple[Format, Converter | None]] = [(format, None)]
    for edge in edges_from(knowledge, format.id):
        deliveries.append((knowledge.formats[edge.target], edge))
    for delivered, edge in deliveries:
        for runtime in knowledge.runtimes.values():
            runs = delivered.id in runtime.formats and runtime.status != "archived"
            if not runs or not takes(runtime, delivered.id, ANY):
                continue
            if edge is None or runtime.id in edge.delivers_to:
                yield delivered, edge, runtime


def _converted(edge: Converter | None, delivered: Format, grade: str, label: str) -> tuple[str, str, str]:
    """Grade, label and the beginning of a sentence for a way with or without a conversion."""
    if edge is None:
        return grade, label, ""
    return "converted", "converted", f"Converted to {delivered.name} ({edge.exporter}). "


def _on_hardware(knowledge: Knowledge, format: Format, hardware: Entry) -> list[Way]:
    ways = []
    for delivered, edge, runtime in _executed(knowledge, format):
        tier = runtime.hardware.get(hardware.id)
        if tier is None:
            continue
        provider = provider_of(knowledge, runtime.id, hardware.id, delivered.id, ANY)
        if provider is None and providers_of(knowledge, runtime.id):
            continue
        grade, label, before = _converted(edge, delivered, tier, tier)
        through = f", {provider.name} provider" if provider else ""
        package = provider.package_for(runtime.id) if provider else runtime.package
        words = f"{before}{runtime.name}{through} (package: {package}): {_TIERS[tier]}{_aged(runtime)}."
        claims = (
            *((edge.claims[:1]) if edge else ()),
            *_known(hardware),
            *_about(runtime, hardware=hardware.id),
            *(provider.claims if provider else ()),
        )
        ways.append(Way(grade, label, words, claims, runtime))
    return ways


def _in_serving(knowledge: Knowledge, format: Format, serving: Entry) -> list[Way]:
    assert isinstance(serving, Serving)
    ways = []
    for delivered, edge, runtime in _executed(knowledge, format):
        if not can_serve(serving, runtime, delivered.id):
            continue
        status = runtime.status if serving.any_runtime else serving.status
        grade, label, before = _converted(edge, delivered, *_by_status(status, "loads"))
        with_what = f"{runtime.name} (package: {runtime.package}){_aged(runtime)}"
        words = f"{before}{serving.name} runs it with {with_what}."
        claims = (
            *((edge.claims[:1]) if edge else ()),
            *_known(serving),
            *_about(serving, format=delivered.id),
        )
        ways.append(Way(grade, label, words, claims, runtime))
    return ways


def _from_framework(knowledge: Knowledge, format: Format, framework: Entry) -> list[Way]:
    assert isinstance(framework, Framework)
    if framework.artifact and framework.id == format.id:
        return [Way("first", "as it is", "The file is in this format already.", _known(framework))]
    direct = [edge for edge in edges_from(knowledge, framework.id) if edge.target == format.id]
    ways = []
    for edge in direct:
        grade, label = _by_status(edge.status, "native" if edge.native else "exporter")
        kind = "its own serialization" if edge.native else "an exporter"
        words = f"{edge.exporter} (package: {edge.package}): {kind}{_aged(edge)}."
        ways.append(Way(grade, label, words, edge.claims))
    for path in () if direct else _paths(knowledge, framework, format):
        over = " and ".join(knowledge.formats[edge.target].name for edge in path[:-1])
        calls = ", then ".join(edge.exporter for edge in path)
        claims = tuple(claim for edge in path for claim in edge.claims[:1])
        ways.append(Way("converted", "converted", f"Over {over}: {calls}{_aged(path[-1])}.", claims))
    return ways


def _paths(knowledge: Knowledge, framework: Framework, format: Format) -> Iterable[tuple[Converter, ...]]:
    """The converters that the engine's routes walk from a framework to a format, each path once."""
    return dict.fromkeys(
        route.converters[: route.steps.index(format.id)]
        for routes in routes_from(knowledge, framework.id).values()
        for route in routes
        if format.id in route.steps[1:]
    )


def _by_status(status: str, label: str) -> tuple[str, str]:
    """The grade and the label of what has this support status."""
    grade = _BY_STATUS.get(status, "beta")
    return grade, status if grade == "beta" else label


def _aged(entry: Entry) -> str:
    """ ", deprecated since PyTorch 2.5" for what is not simply active."""
    if entry.status == "active":
        return ""
    since = f" since {entry.status_since}" if entry.status_since else ""
    return f"; {entry.status}{since}"


_WAYS = {"hardware": _on_hardware, "serving": _in_serving, "framework": _from_framework}


@dataclass(frozen=True)
class Profile:
    """What stands around one format without any conversion of it: the runtimes that execute it, the training
    frameworks and other formats that converters make it from, and the serving stacks that load it; nothing
    archived."""

    format: Format
    runtimes: tuple[Runtime, ...]
    sources: tuple[Entry, ...]
    serving: tuple[Serving, ...]


@lru_cache(maxsize=64)
def profile(knowledge: Knowledge, format_id: str) -> Profile:
    """The profile of one format; raises KeyError where there is no such format."""
    one = knowledge.formats[format_id]
    runtimes = tuple(
        runtime
        for runtime in knowledge.runtimes.values()
        if format_id in runtime.formats and runtime.status != "archived"
    )
    written = (*knowledge.training_frameworks, *knowledge.formats.values())
    return Profile(
        one,
        runtimes,
        tuple(
            entry
            for entry in written
            if any(edge.target == format_id for edge in edges_from(knowledge, entry.id)) and entry is not one
        ),
        tuple(
            stack
            for stack in knowledge.serving.values()
            if any(can_serve(stack, runtime, format_id) for runtime in runtimes)
        ),
    )
