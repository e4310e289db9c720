"""Changes of a recommendation that make it false, one for each promise."""

from collections.abc import Callable

from tests.advisor.proof.false_knowledge import SERVER


def best(result: dict) -> dict:
    return result["recommended"]


def line(result: dict) -> dict:
    return result["recommended"]["plan"][0]


BOTH = {"framework": "pytorch", "hardware": ["x86-cpu", "android"], "needs": ["dynamic-shapes"]}
SURER = {"narrow": "clear", "clear": "only", "only": "narrow"}
REWRITE = {"framework": "pytorch", "hardware": ["browser"], "needs": ["stateful"]}
SPOILT: dict[str, tuple[str, dict, Callable[[dict], object]]] = {
    "a target left out": ("plan", BOTH, lambda it: best(it)["plan"].pop()),
    "a target twice": ("plan", BOTH, lambda it: best(it)["plan"].append(line(it))),
    "another target": ("plan", BOTH, lambda it: line(it).update(hardware="arm-cpu")),
    "targets in another order": ("plan", BOTH, lambda it: best(it)["plan"].reverse()),
    "another start": ("converter", BOTH, lambda it: line(it)["steps"].__setitem__(0, "tensorflow")),
    "a detour": (
        "converter",
        SERVER,
        lambda it: line(it)["steps"].insert(1, "torchscript"),
    ),
    "a step that does not exist": ("format", BOTH, lambda it: line(it)["steps"].__setitem__(-1, "onyx")),
    "a runtime that does not exist": ("runtime", BOTH, lambda it: line(it).update(runtime="onyx")),
    "a master off the way": ("master", BOTH, lambda it: best(it).update(format="savedmodel")),
    "exporters left out": ("exporter", BOTH, lambda it: line(it)["exporters"].clear()),
    "a rewrite for nothing": (
        "rewrite",
        BOTH,
        lambda it: (line(it)["rewrites"].append("Rewrite."), best(it)["rewrites"].append("Rewrite.")),
    ),
    "a rewrite that the option does not name": (
        "rewrite",
        REWRITE,
        lambda it: best(it)["rewrites"].clear(),
    ),
    "a format in no list": ("coverage", BOTH, lambda it: it["rejected"].pop()),
    "a format in both lists": (
        "coverage",
        BOTH,
        lambda it: it["rejected"].append({"format": best(it)["format"], "reasons": best(it)["reasons"]}),
    ),
    "a possible format rejected": (
        "coverage",
        SERVER,
        lambda it: it["rejected"].append(
            {"format": it["alternatives"].pop()["format"], "reasons": best(it)["reasons"]}
        ),
    ),
    "recommended where a rewrite is needed": (
        "verdict",
        REWRITE,
        lambda it: it.update(verdict="recommended"),
    ),
    "none with a recommendation": ("verdict", BOTH, lambda it: it.update(verdict="none")),
    "a tie that is none": ("tie", BOTH, lambda it: it.update(verdict="tie")),
    "ties far behind": ("tie", BOTH, lambda it: it["ties"].append(it["alternatives"][-1]["format"])),
    "an alternative before a better one": (
        "order",
        {"framework": "pytorch"},
        lambda it: it["alternatives"].reverse(),
    ),
    "surer than it is": (
        "confidence",
        BOTH,
        lambda it: best(it).update(confidence=SURER[best(it)["confidence"]]),
    ),
    "off the front": ("front", SERVER, lambda it: best(it).update(on_front=not best(it)["on_front"])),
    "a better score": ("score", BOTH, lambda it: best(it).update(score=best(it)["score"] + 0.01)),
    "a better criterion": ("score", BOTH, lambda it: best(it)["criteria"].update(safety=1.5)),
    "a weight that was not asked for": ("score", BOTH, lambda it: best(it)["weights"].update(safety=5)),
    "a rejection without a reason": ("unexplained", BOTH, lambda it: it["rejected"][0]["reasons"].clear()),
    "a claim of one's own": (
        "claim",
        BOTH,
        lambda it: best(it)["reasons"].append(best(it)["reasons"][0] | {"id": "invented"}),
    ),
    "a surer claim": (
        "claim",
        BOTH,
        lambda it: next(claim for claim in it["rejected"][0]["reasons"]).update(confidence="certain"),
    ),
    "a younger date": ("checked", BOTH, lambda it: it["checked"].update(oldest="2030-01-01")),
    "the wrong question": ("wrong question", BOTH, lambda it: it.update(wrong_question=True)),
}
"""The kind of fault, the answers, and the change of the recommendation in JSON."""
