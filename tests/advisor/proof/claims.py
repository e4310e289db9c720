"""What a recommendation says, against the claims of the TOML files."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from tests.advisor.proof.fault import Fault
from tests.advisor.proof.rules import holds
from tests.advisor.proof.tables import Tables

ROLES = {"reasons": "reason", "gives_up": "cost", "caveats": "caveat"}
"""Where a claim of each role is shown."""


class Claims:
    """Remembers which claims were found in the files."""

    def __init__(self, tables: Tables):
        self._tables = tables
        self._known: set[tuple] = set()

    def faults(self, result: Mapping, options: list[Mapping]) -> Iterator[Fault]:
        """Every claim stands in a file, at the most after a sentence of the engine's; what is rejected names
        one; the dates of the oldest and the newest are given."""
        shown = []
        for rejected in result["rejected"]:
            shown += rejected["reasons"]
            if not rejected["reasons"]:
                yield Fault("unexplained", f"{rejected['format']} is rejected without a claim")
        for option in options:
            shown += option["reasons"]
            shown += option["gives_up"]
            shown += option["caveats"]
        known, dates = self._known, set()
        for claim in shown:
            said = (claim["text"], claim["source"], claim["checked"], claim["confidence"], claim["id"])
            dates.add(claim["checked"])
            if said not in known:
                if self._stands(claim):
                    known.add(said)
                else:
                    yield Fault("claim", f"in no TOML file: {claim}")
        ends = {"oldest": min(dates, default=""), "newest": max(dates, default="")}
        if result["checked"] != ends:
            yield Fault("checked", f"is {result['checked']}, the claims shown are of {ends}")

    def beside_the_point(self, context: Mapping[str, set[str]], option: Mapping) -> Iterator[Fault]:
        """What an option shows holds for the answers and for its own plan, and stands in the list of its
        role; what a lost need cites is given up, whatever its role."""
        plan = option["plan"]
        context = {
            **context,
            "format": {option["format"]},
            "runtime": {line["runtime"] for line in plan},
            "provider": {line["provider"] for line in plan},
        }
        for shown, role in ROLES.items():
            for claim in option[shown]:
                row = self._tables.claims.get(claim["id"], {})
                if shown == "gives_up" and option["rewrites"] and claim["id"] in self._cited_by_losses:
                    continue
                if row.get("role", "fact") != role or not holds(row.get("when", {}), context):
                    yield Fault("bearing", f"{option['format']} shows {claim['id']} among its {shown}")

    @cached_property
    def _cited_by_losses(self) -> set[str]:
        return {
            row["claim"]
            for tables in self._tables.of.values()
            for table in tables.values()
            for row in table.get("loses", [])
        }

    def _stands(self, claim: Mapping) -> bool:
        row = self._tables.claims.get(claim["id"])
        return row is not None and (
            (claim["text"] == row["text"] or claim["text"].endswith(f". {row['text']}"))
            and claim["source"] == row["source"]
            and claim["checked"] == row["checked"].isoformat()
            and claim["confidence"] == row["confidence"]
        )
