"""What each answer demands of one walk, as `tables` writes it down. Every rule returns the fault in words,
empty where the walk keeps it."""

from collections.abc import Mapping, Set

from tests.advisor.proof.tables import Table, Tables
from tests.advisor.proof.walks import Walk, takes

UNDECIDED = "undecided"
SUPPORT = ("active", "maintenance", "beta", "community", "deprecated", "stale")
"""From the best supported state down."""


class Rules:
    """`hardware`, `serving` and `language` are None where they are undecided, or not asked of a target."""

    def __init__(self, tables: Tables):
        self.tables = tables
        self.stacks_at = {name: self._hardware_of(name) for name in tables.ids("serving")}

    def _get(self, kind: str, name: str) -> Table:
        return self.tables.of[kind][name]

    def _hardware_of(self, serving: str) -> frozenset[str]:
        """Where a stack can be: where it says, else wherever a runtime that it loads is."""
        named = self._get("serving", serving).get("hardware")
        if named:
            return frozenset(named)
        return frozenset(
            target
            for name, runtime in self.tables.of["runtime"].items()
            if any(self._loads(serving, file, name) for file in runtime["formats"])
            for target in runtime["hardware"]
        )

    def _loads(self, serving: str, file: str, runtime: str) -> bool:
        stack, engine = self._get("serving", serving), self._get("runtime", runtime)
        if self.tables.archived("serving", serving):
            return False
        if stack.get("any_runtime"):
            callable_there = not stack.get("python") or "python" in engine["languages"]
            return not engine.get("server") and callable_there
        return runtime in stack.get("loads", {}).get(file, [])

    def networked(self, walk: Walk, serving: str | None) -> bool:
        """Whether the host program calls the model over the network."""
        stack = self._get("serving", serving) if serving else {}
        return bool(stack.get("network") or self._get("runtime", walk.runtime).get("server"))

    def hardware(self, walk: Walk, hardware: str) -> str:
        if self.tables.archived("hardware", hardware):
            return f"{hardware} is archived"
        if hardware not in self._get("runtime", walk.runtime)["hardware"]:
            return f"{walk.runtime} does not support {hardware}"
        if self.providers(walk) and not self.providers(walk, hardware):
            return f"no provider of {walk.runtime} drives {hardware} with {walk.delivered}"
        return ""

    def providers(self, walk: Walk, hardware: str | None = None) -> list[str]:
        """The living execution providers of a runtime; of those that drive a target, only such as take what
        is delivered."""
        return [
            name
            for name, provider in self.tables.of["provider"].items()
            if walk.runtime in provider["runtimes"]
            and not self.tables.archived("provider", name)
            and hardware in (None, *provider["hardware"])
            and (hardware is None or takes(self.tables, "provider", name, walk.delivered, walk.steps[0]))
        ]

    def serving(self, walk: Walk, serving: str, hardware: str | None) -> str:
        if self.tables.archived("serving", serving):
            return f"{serving} is archived"
        if not self._loads(serving, walk.delivered, walk.runtime):
            return f"{serving} does not load {walk.delivered} with {walk.runtime}"
        reached = {hardware} if hardware else set(self._get("runtime", walk.runtime)["hardware"])
        if reached.isdisjoint(self.stacks_at[serving]):
            return f"{serving} does not run on {hardware or 'anything that ' + walk.runtime + ' supports'}"
        return ""

    def model(self, walk: Walk, model: str | None, serving: str | None) -> str:
        """Asking for some stacks implies what kind of model it is."""
        implied = self._get("serving", serving).get("model") if serving else None
        if model and implied and model != implied:
            return f"{serving} is for the kind {implied}, not {model}"
        kinds = self._get("runtime", walk.runtime).get("models", [])
        if kinds and (model or implied) not in kinds:
            return f"{walk.runtime} is for the kind {' or '.join(kinds)}, not {model or UNDECIDED}"
        return ""

    def language(self, walk: Walk, language: str, serving: str | None, hardware: str | None) -> str:
        if self.networked(walk, serving):
            return ""
        runtime = self._get("runtime", walk.runtime)
        at = runtime.get("languages_at", {})
        somewhere = [runtime["languages"], *at.values()]
        called = (
            at.get(hardware, runtime["languages"])
            if hardware
            else [one for each in somewhere for one in each]
        )
        if language not in called:
            return f"{walk.runtime} cannot be called from {language} on {hardware or UNDECIDED}"
        if hardware and not self.speaks(hardware, language):
            return f"programs on {hardware} are not written in {language}"
        return ""

    def speaks(self, hardware: str, language: str) -> bool:
        spoken = self._get("hardware", hardware).get("languages")
        return not spoken or language in spoken

    def size(self, walk: Walk, hardware: str | None) -> float:
        """How large the runtime is there, with the best supported of its providers; 0 where nobody has
        measured it."""
        runtime = self._get("runtime", walk.runtime)
        named = [self._get("provider", name) for name in (self.providers(walk, hardware) if hardware else ())]
        best = min(named, key=lambda one: SUPPORT.index(one.get("status", "active")), default=runtime)
        brings = best.get("package_with", {}).get(walk.runtime, best["package"])
        return (runtime if brings == runtime["package"] else best).get("footprint_mb", 0)

    def constraint(
        self, walk: Walk, name: str, serving: str | None, language: str | None, hardware: str | None
    ) -> str:
        """All demands of a constraint but the formats that it refuses."""
        demands, runtime = self._get("constraint", name), self._get("runtime", walk.runtime)
        if demands.get("requires_no_python"):
            networked = self.networked(walk, serving)
            if serving and self._get("serving", serving).get("python"):
                return f"{name}: {serving} is Python"
            if not runtime.get("server") and set(runtime["languages"]) == {"python"}:
                return f"{name}: {walk.runtime} is called from Python only"
            if language == "python" and not networked:
                return f"{name}: the host program is Python"
        limit = demands.get("footprint_limit_mb")
        if limit is not None and self.size(walk, hardware) > limit:
            return f"{name}: {walk.runtime} takes {self.size(walk, hardware)} MB"
        kept = {walk.format, walk.delivered}
        if demands.get("requires_single_file"):
            for file in sorted(kept):
                if not self._get("format", file).get("single_file", True):
                    return f"{name}: {file} is not a single file"
        if demands.get("requires_no_code_on_load"):
            for file in sorted(kept | ({walk.steps[0]} if walk.artifact else set())):
                if self._get("format", file).get("code_on_load", "full") == "full":
                    return f"{name}: loading {file} can run any code"
        return ""

    def refused(self, kind: str, name: str, context: Mapping[str, Set[str]]) -> frozenset[str]:
        """The formats that an answer refuses in these circumstances."""
        rows = self._get(kind, name).get("refuses", [])
        return frozenset(
            file for row in rows if holds(row.get("when", {}), context) for file in row["formats"]
        )

    def losses(self, walk: Walk, need: str) -> list[Table]:
        """Where on the walk the need does not survive."""
        passed = [("format", file) for file in walk.formats]
        passed += [("converter", name) for name in walk.converters] + [("runtime", walk.runtime)]
        return [
            row
            for kind, name in passed
            for row in self._get(kind, name).get("loses", [])
            if row["need"] == need
        ]

    def harmed(self, walk: Walk, need: str) -> str:
        """The need does not survive as the model stands."""
        return f"{need} does not survive" if self.losses(walk, need) else ""

    def lost(self, walk: Walk, need: str) -> str:
        """The need is lost for good: a place on the walk has no way round, or nothing is left to rewrite."""
        losses = self.losses(walk, need)
        if losses and walk.artifact:
            return f"{need} is lost, and from {walk.steps[0]} nothing can be rewritten"
        if any(not row.get("rewrite") for row in losses):
            return f"{need} is lost"
        return ""


def holds(when: Mapping[str, str | list[str]], context: Mapping[str, Set[str]]) -> bool:
    """Every key of the condition has one of its ids among the answers."""
    return all(
        context.get(key, set()) & ({ids} if isinstance(ids, str) else set(ids)) for key, ids in when.items()
    )
