"""One option's plan against the walks that the answers leave."""

from collections.abc import Iterator, Mapping

from tests.advisor.proof.asked import Asked, Target
from tests.advisor.proof.fault import Fault
from tests.advisor.proof.left import Left, Walks, refusal, refusals
from tests.advisor.proof.never import NEVER, Said
from tests.advisor.proof.rules import UNDECIDED, Rules
from tests.advisor.proof.walks import Walk, takes


class Plans:
    """Remembers which lines are sound whatever is answered."""

    def __init__(self, rules: Rules):
        self._rules = rules
        self._tables = rules.tables
        self._sound: set[tuple] = set()

    def faults(self, asked: Asked, walks: Walks, left: list[Left], option: Mapping) -> Iterator[Fault]:
        """A line for every target, each possible, naming what has to be rewritten."""
        name, plan = option["format"], option["plan"]
        wanted = [target.hardware or UNDECIDED for target in asked.targets]
        planned = [line["hardware"] for line in plan]
        if planned != wanted:
            yield Fault("plan", f"{name} is planned for {planned}, asked for was {wanted}")
            return
        for line, target, kept in zip(plan, asked.targets, left, strict=True):
            bit = walks.bit_of.get((name, tuple(line["steps"]), line["runtime"]), 0)
            if not bit & kept.possible:
                yield from self._broken(asked, target, name, line)
            elif line["rewrites"] or bit & kept.after_rewrite:
                yield from self._rewrites(asked, name, line)
            yield from self._line(self._walk(asked, name, line), line)
            yield from self._never(asked, target, name, line)
        named = {rewrite for line in plan for rewrite in line["rewrites"]}
        if named != set(option["rewrites"]):
            yield Fault("rewrite", f"{name} names {option['rewrites']}, its plan {sorted(named)}")

    def _line(self, walk: Walk, line: Mapping) -> list[Fault]:
        """What holds whatever is answered: the exporters, the provider and the package."""
        calls, packages = tuple(line["exporters"]), tuple(line["exporter_packages"])
        key = (walk, calls, packages, line["hardware"], line["provider"], line["package"])
        if key in self._sound:
            return []
        found = [*self._exporters(walk, calls, packages), *self._provider(walk, line)]
        if not found:
            self._sound.add(key)
        return found

    def _never(self, asked: Asked, target: Target, name: str, line: Mapping) -> list[Fault]:
        """What goes against a fact, whatever the files say."""
        answers = (
            asked.framework,
            line["hardware"],
            target.serving,
            asked.needs,
            asked.constraints,
            asked.model,
        )
        said = Said(*answers, name, tuple(line["steps"]), line["provider"], line["package"])
        if said in self._sound:
            return []
        found = [Fault("never", f"{never.fact}: {said}") for never in NEVER if never.broken(said)]
        if not found:
            self._sound.add(said)
        return found

    def _exporters(self, walk: Walk, calls: tuple[str, ...], packages: tuple[str, ...]) -> Iterator[Fault]:
        known = [self._tables.of["converter"].get(one, {}) for one in walk.converters]
        for key, named in (("exporter", calls), ("package", packages)):
            if named != tuple(edge.get(key) for edge in known):
                yield Fault("exporter", f"{' → '.join(walk.steps)}: {named} is not theirs")

    def _provider(self, walk: Walk, line: Mapping) -> Iterator[Fault]:
        """Where a runtime has providers for the target, one of them is named, and its package installed."""
        runtime, provider = walk.runtime, line["provider"]
        if runtime not in self._tables.of["runtime"]:
            return
        hardware = None if line["hardware"] == UNDECIDED else line["hardware"]
        known = self._rules.providers(walk, hardware)
        where = f"{walk.delivered} on {line['hardware']} with {runtime}"
        if provider and provider not in known:
            yield Fault("provider", f"{where}: {provider} is no living provider of it there")
        elif provider and self._fading(provider) and not all(map(self._fading, known)):
            yield Fault("provider", f"{where}: {provider} is fading, others are not")
        elif hardware and known and not provider:
            yield Fault("provider", f"{where}: none of {', '.join(known)} is named")
        else:
            entry = self._tables.of["provider" if provider else "runtime"][provider or runtime]
            brings = entry.get("package_with", {}).get(runtime, entry["package"])
            if line["package"] != brings:
                yield Fault("package", f"{where}: {line['package']!r} is not {brings!r}")

    def _fading(self, provider: str) -> bool:
        return self._tables.of["provider"][provider].get("status") in ("deprecated", "stale")

    def _rewrites(self, asked: Asked, name: str, line: Mapping) -> Iterator[Fault]:
        """For every need that does not survive a way round is named, and nothing else is."""
        walk = self._walk(asked, name, line)
        ways = {need: {row["rewrite"] for row in self._rules.losses(walk, need)} for need in asked.needs}
        named = set(line["rewrites"])
        for need, known in ways.items():
            if known and not known & named:
                yield Fault("rewrite", f"{name} on {line['hardware']}: no rewrite for {need} is named")
        if extra := named - set().union(*ways.values()):
            yield Fault("rewrite", f"{name} on {line['hardware']}: nothing asked for needs {sorted(extra)}")

    def _walk(self, asked: Asked, name: str, line: Mapping) -> Walk:
        artifact = self._tables.of["framework"][asked.framework].get("artifact", False)
        return Walk(name, tuple(line["steps"]), line["runtime"], artifact)

    def _broken(self, asked: Asked, target: Target, name: str, line: Mapping) -> list[Fault]:
        """Every rule that an impossible line breaks."""
        walk, rules = self._walk(asked, name, line), self._rules
        broken = [*self._no_walk(asked.framework, walk)]
        if not broken:
            hardware, serving, language = target
            texts = [("model", rules.model(walk, asked.model, asked.serving))]
            texts += [("hardware", rules.hardware(walk, hardware) if hardware else "")]
            texts += [("serving", rules.serving(walk, serving, hardware) if serving else "")]
            texts += [("language", rules.language(walk, language, serving, hardware) if language else "")]
            for one in asked.constraints:
                texts += [("constraint", rules.constraint(walk, one, serving, language, hardware))]
            texts += [("refused", refusal(walk, *one)) for one in refusals(rules, asked, target)]
            texts += [("need", rules.lost(walk, need)) for need in asked.needs]
            broken = [Fault(kind, text) for kind, text in texts if text]
        broken = broken or [Fault("converter", "a detour, the framework has a converter of its own")]
        where = f"{name} on {line['hardware']} by {' → '.join(walk.steps)} with {walk.runtime}"
        return [Fault(one.kind, f"{where}: {one.text}") for one in broken]

    def _no_walk(self, framework: str, walk: Walk) -> Iterator[Fault]:
        """Why the tables know no such walk."""
        of = self._tables.of
        known = {"format": of["format"], "runtime": of["runtime"], "converter": of["converter"]}
        passed = [("format", one) for one in {walk.format, *walk.formats}] + [("runtime", walk.runtime)]
        passed += [("converter", one) for one in walk.converters]
        missing = [(kind, one) for kind, one in passed if one not in known[kind]]
        for kind, one in missing:
            yield Fault(kind, f"there is no {kind} {one}")
        archived = [(kind, one) for kind, one in passed if (kind, one) not in missing]
        for kind, one in [("framework", framework), *archived]:
            if self._tables.archived(kind, one):
                yield Fault("archived", f"the {kind} {one} is archived")
        if missing:
            return
        if walk.steps[0] != framework:
            yield Fault("converter", f"it does not start at {framework}")
        if not of["format"][walk.format].get("master", True):
            yield Fault("master", f"{walk.format} is not kept")
        if walk.delivered not in of["runtime"][walk.runtime]["formats"]:
            yield Fault("format", f"{walk.runtime} does not run {walk.delivered}")
        taken = [("converter", one, of["converter"][one]["to"]) for one in walk.converters]
        for kind, one, file in [*taken, ("runtime", walk.runtime, walk.delivered)]:
            if not takes(self._tables, kind, one, file, framework):
                yield Fault("refused", f"{one} does not take {file} that comes from {framework}")
        if walk.format not in walk.formats[-2:]:
            yield Fault("master", f"{walk.format} is neither what is delivered nor the step before")
        elif walk.format != walk.delivered:
            ordinary = of["converter"][walk.converters[-1]].get("delivers_to", [])
            if walk.runtime not in ordinary:
                yield Fault("converter", f"{walk.converters[-1]} is no ordinary delivery to {walk.runtime}")
