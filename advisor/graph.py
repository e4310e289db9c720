"""The knowledge as a typed graph: what a page shows as an option is also what the engine walks.

Frameworks and formats are nodes; a converter is an edge between them; runtimes, serving stacks and
hardware say where a format can end. Needs, constraints, languages, models and priorities are the rest of
the vocabulary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

KINDS = (
    "framework",
    "format",
    "converter",
    "runtime",
    "provider",
    "serving",
    "hardware",
    "language",
    "need",
    "constraint",
    "model",
    "priority",
)
STATUSES = ("active", "maintenance", "beta", "community", "stale", "deprecated", "archived")
CONFIDENCES = ("high", "medium", "low")
ROLES = ("fact", "reason", "cost", "caveat")

Condition = tuple[tuple[str, frozenset[str]], ...]
"""Pairs of an answer's key and the ids any one of which satisfies it; all pairs must hold, none always
holds."""


@dataclass(frozen=True)
class Claim:
    """One sentence with its source. `checked` is an ISO date; `confidence` is high, medium or low.

    `role` says what the claim is in an explanation: a reason for its entry, what choosing it costs, a caveat,
    or a fact that only shows in the catalogue (or where a rule cites it). `when` limits it to some answers.
    """

    text: str
    source: str
    checked: str
    confidence: str
    id: str = ""
    role: str = "fact"
    when: Condition = ()

    def to_json(self) -> dict:
        return {
            "text": self.text,
            "source": self.source,
            "checked": self.checked,
            "confidence": self.confidence,
            "id": self.id,
        }


@dataclass(frozen=True)
class Loss:
    """A need that does not survive an edge or a runtime. `rewrite` is the way round, empty where none is
    known."""

    need: str
    claim: Claim
    rewrite: str = ""


@dataclass(frozen=True)
class Refusal:
    """The formats that a constraint, a kind of model or a serving stack rules out, under `when`, and why.

    Of a converter or a runtime: what it does not take from some frameworks, whose ids `when` holds."""

    claim: Claim
    formats: frozenset[str]
    when: Condition = ()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every entry of the knowledge base has. `routes_claim` is the claim that lists what is known
    to work from or on it; a rejection for want of a route cites its source."""

    id: str
    kind: str
    name: str
    description: str
    claims: tuple[Claim, ...] = ()
    status: str = "active"
    status_since: str = ""
    licence: str = ""
    routes_claim: Claim | None = None
    refuses: tuple[Refusal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Framework(Entry):
    """What the model was trained in; `artifact` where a file is all there is."""

    artifact: bool = False


@dataclass(frozen=True, kw_only=True)
class Format(Entry):
    """`headline`: one of the formats that people ask about first; where all of those are impossible, they
    were the wrong question. `master`: may be the one file a team keeps. `code_on_load`: none, partial (the
    graph may read files or the parser is unproven) or full (loading can run arbitrary code). `single_file`:
    one file holds the model. `graph`: it holds the computation too, not the weights alone."""

    headline: bool = False
    master: bool = True
    code_on_load: str = "full"
    code_claim: Claim | None = None
    single_file: bool = True
    file_claim: Claim | None = None
    graph: bool = True
    loses: tuple[Loss, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Converter(Entry):
    """An edge. `native`: the framework's own serialization, nothing is translated. `delivers_to`: the
    runtimes for which converting a kept master along this edge is the ordinary way to deploy.
    `measured_here`: this program has the converter itself. `advised`: a plan may go this way; otherwise the
    edge serves to compare formats, and no team should build on it yet."""

    source: str
    target: str
    exporter: str
    package: str
    native: bool = False
    delivers_to: frozenset[str] = frozenset()
    loses: tuple[Loss, ...] = ()
    measured_here: bool = False
    advised: bool = True


@dataclass(frozen=True, kw_only=True)
class Runtime(Entry):
    """What executes a format. `hardware` maps each target to how well it is served there: first (the
    best known route), second, or beta. `languages` call it; `languages_at` names those of a target where they
    are others. `footprint_mb` is the installed size in MB (10⁶), None where nobody has measured it. `models`:
    the kinds of model that it is for; empty: any. `server`: a process of its own that programs call over the
    network."""

    formats: tuple[str, ...]
    hardware: Mapping[str, str]
    languages: frozenset[str]
    languages_at: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    package: str
    footprint_mb: float | None = None
    footprint_claim: Claim | None = None
    models: frozenset[str] = frozenset()
    server: bool = False
    loses: tuple[Loss, ...] = ()
    measured_here: bool = False

    def can_be_called(self, language: str, hardware: str | None) -> bool:
        """Whether programs in the language call it on the target, or somewhere where none is given."""
        if hardware:
            return language in self.languages_at.get(hardware, self.languages)
        return language in self.languages.union(*self.languages_at.values())


@dataclass(frozen=True, kw_only=True)
class Provider(Entry):
    """An execution provider: the part of some runtimes that drives some hardware, and the package that brings
    it; `package_with` names the package where a runtime has it in another. `footprint_mb` is the installed
    size in MB (10⁶) of the runtime together with it, where its package is not the runtime's own. Of those
    that fit a runtime and a target, the best supported one is the ordinary one, then the first in the
    file."""

    runtimes: tuple[str, ...]
    package: str
    package_with: Mapping[str, str] = field(default_factory=dict)
    hardware: tuple[str, ...]
    footprint_mb: float | None = None
    footprint_claim: Claim | None = None

    def package_for(self, runtime: str) -> str:
        """What to install to have it in this runtime."""
        return self.package_with.get(runtime, self.package)


@dataclass(frozen=True, kw_only=True)
class Serving(Entry):
    """A serving stack: for each format it loads, the runtimes that do the work in it; with `any_runtime`
    any runtime can (in a `python` stack, any with Python). `hardware` empty: wherever its runtimes run.
    `model`: the kind of model that asking for it implies. `network`: the host program calls it over HTTP
    or gRPC, so its language does not matter.
    `python`: the stack itself is a Python program."""

    loads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_runtime: bool = False
    hardware: frozenset[str] = frozenset()
    model: str = ""
    network: bool = False
    python: bool = False


@dataclass(frozen=True, kw_only=True)
class Hardware(Entry):
    """`languages`: what a host program there is written in; empty: any."""

    languages: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Constraint(Entry):
    """`footprint_limit_mb` bounds a runtime's size; `raises` adds to the weight of priorities; the flags
    demand of a format or runtime what their names say."""

    footprint_limit_mb: float | None = None
    raises: Mapping[str, float] = field(default_factory=dict)
    requires_no_python: bool = False
    requires_no_code_on_load: bool = False
    requires_single_file: bool = False


ENTRY_TYPES: dict[str, type[Entry]] = {
    "framework": Framework,
    "format": Format,
    "converter": Converter,
    "runtime": Runtime,
    "provider": Provider,
    "serving": Serving,
    "hardware": Hardware,
    "constraint": Constraint,
}
"""The type of each kind's entries; kinds not listed here are plain entries."""


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Everything the advisor knows. `version` is a short hash of the files' content.

    Compared and hashed by identity, so that results can be cached per knowledge base."""

    version: str
    entries: Mapping[str, Mapping[str, Entry]]

    def of(self, kind: str) -> tuple[Entry, ...]:
        """The entries of one kind, in the order of the file, which is the order a page should show them
        in."""
        return tuple(self.entries[kind].values())

    def get(self, kind: str, entry_id: str) -> Entry:
        """One entry; raises KeyError where there is none."""
        return self.entries[kind][entry_id]

    @property
    def frameworks(self) -> Mapping[str, Framework]:
        return cast(Mapping[str, Framework], self.entries["framework"])

    @property
    def formats(self) -> Mapping[str, Format]:
        return cast(Mapping[str, Format], self.entries["format"])

    @property
    def converters(self) -> Mapping[str, Converter]:
        return cast(Mapping[str, Converter], self.entries["converter"])

    @property
    def runtimes(self) -> Mapping[str, Runtime]:
        return cast(Mapping[str, Runtime], self.entries["runtime"])

    @property
    def providers(self) -> Mapping[str, Provider]:
        return cast(Mapping[str, Provider], self.entries["provider"])

    @property
    def serving(self) -> Mapping[str, Serving]:
        return cast(Mapping[str, Serving], self.entries["serving"])

    @property
    def hardware(self) -> Mapping[str, Hardware]:
        return cast(Mapping[str, Hardware], self.entries["hardware"])

    @property
    def constraints(self) -> Mapping[str, Constraint]:
        return cast(Mapping[str, Constraint], self.entries["constraint"])

    @cached_property
    def training_frameworks(self) -> tuple[Framework, ...]:
        """The frameworks that have their training code: everything but the artifacts."""
        return tuple(entry for entry in self.frameworks.values() if not entry.artifact)

    def ids(self, kind: str) -> tuple[str, ...]:
        return tuple(self.entries[kind])

    def name(self, kind: str, entry_id: str) -> str:
        """The human label of an id; the id itself where it is not in the knowledge base."""
        entry = self.entries[kind].get(entry_id)
        return entry.name if entry else entry_id

    @cached_property
    def claims(self) -> Mapping[str, Claim]:
        """Every claim by its id."""
        return {
            claim.id: claim
            for group in self.entries.values()
            for entry in group.values()
            for claim in entry.claims
        }

    @cached_property
    def masters(self) -> tuple[Format, ...]:
        """The formats a model can be kept in."""
        return tuple(entry for entry in self.formats.values() if entry.master)
