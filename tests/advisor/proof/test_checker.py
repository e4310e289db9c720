"""The checker can fail: it finds every kind of fault, in what an engine with false knowledge says and in what
was changed in a recommendation; and it knows nothing of the engine."""

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from advisor import Requirements, recommend
from advisor.reading import load_knowledge, read_knowledge
from tests.advisor.proof.altered import Change, write_altered
from tests.advisor.proof.fault import KINDS
from tests.advisor.proof.feasibility import Checker
from tests.advisor.proof.tables import Tables

ROOT = Path(__file__).parents[3]
TRUE = Checker()
Of = dict[str, dict[str, dict]]


def say(answers: dict, knowledge=None) -> dict:
    """What the engine recommends, as it is printed."""
    knowledge = knowledge or load_knowledge()
    result = recommend(Requirements.parse(answers, knowledge), knowledge, flips=False)
    return json.loads(json.dumps(result.to_json()))


def kinds(checker: Checker, answers: dict, result: dict) -> set[str]:
    found = checker.faults(answers, result) + checker.beside_the_point(answers, result)
    assert {fault.kind for fault in found} <= set(KINDS)
    return {fault.kind for fault in found}


def test_the_checker_imports_nothing_of_the_engine() -> None:
    code = (
        "import sys, tests.advisor.proof.feasibility;"
        "sys.exit(any(name.startswith('advisor') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


def test_the_checker_knows_the_meaning_of_every_key() -> None:
    assert Tables().unknown_keys() == []


def test_an_unchanged_copy_is_read_alike(tmp_path: Path) -> None:
    assert Tables(write_altered(tmp_path, lambda of: None)).of == Tables().of


def lose(of: Of, converter: str, need: str) -> None:
    """The converter keeps the need."""
    table = of["converter"][converter]
    table["loses"] = [row for row in table["loses"] if row["need"] != need]


MOBILE = {"framework": "pytorch", "hardware": ["android"], "language": "kotlin"}
SERVER = {"framework": "pytorch", "hardware": ["x86-cpu"]}
FALSE_KNOWLEDGE: dict[str, tuple[str, dict, Change]] = {
    "a converter that is not there": (
        "converter",
        SERVER,
        lambda of: of["converter"].update(
            {
                "pytorch-to-savedmodel": of["converter"]["tensorflow-to-savedmodel"]
                | {"from": "pytorch", "claims": []}
            }
        ),
    ),
    "a delivery to a runtime for which it is not ordinary": (
        "converter",
        {"framework": "tensorflow", "hardware": ["microcontroller"]},
        lambda of: of["converter"]["savedmodel-to-litert"]["delivers_to"].append("tflite-micro"),
    ),
    "another exporter": (
        "exporter",
        SERVER,
        lambda of: of["converter"]["pytorch-to-onnx"].update(exporter="torch.onnx.dynamo_export(model)"),
    ),
    "another package for the exporter": (
        "exporter",
        SERVER,
        lambda of: of["converter"]["pytorch-to-onnx"].update(package="onnx"),
    ),
    "a format kept that is not for keeping": (
        "master",
        {"framework": "onnx", "hardware": ["nvidia-gpu"]},
        lambda of: of["format"]["tensorrt"].update(master=True),
    ),
    "a runtime that runs one more format": (
        "format",
        MOBILE,
        lambda of: of["runtime"]["litert"]["formats"].append("torchscript"),
    ),
    "a runtime that supports one more target": (
        "hardware",
        {"framework": "pytorch", "hardware": ["microcontroller"]},
        lambda of: (
            of["runtime"]["onnxruntime"]["hardware"].update({"microcontroller": "first"}),
            of["provider"]["cpu"]["hardware"].append("microcontroller"),
        ),
    ),
    "a provider that belongs to no such runtime": (
        "provider",
        {"framework": "pytorch", "hardware": ["browser"]},
        lambda of: (
            of["provider"]["webgpu"]["runtimes"].remove("onnxruntime-web"),
            of["provider"]["cuda"]["runtimes"].append("onnxruntime-web"),
            of["provider"]["cuda"]["hardware"].append("browser"),
        ),
    ),
    "a provider that drives one more target": (
        "provider",
        {"framework": "pytorch", "hardware": ["amd-gpu"]},
        lambda of: of["provider"].update(
            {"cuda": of["provider"]["cuda"] | {"hardware": ["nvidia-gpu", "jetson", "amd-gpu"]}}
        ),
    ),
    "no provider": (
        "provider",
        {"framework": "pytorch", "hardware": ["nvidia-gpu"]},
        lambda of: [
            one["runtimes"].remove("onnxruntime")
            for one in of["provider"].values()
            if "onnxruntime" in one["runtimes"]
        ],
    ),
    "another package for the provider": (
        "package",
        {"framework": "pytorch", "hardware": ["nvidia-gpu"]},
        lambda of: of["provider"]["cuda"].update(package="onnxruntime"),
    ),
    "another package for the runtime": (
        "package",
        {"framework": "tensorflow", "serving": "tf-serving"},
        lambda of: of["runtime"]["tf-serving"].update(package="tensorflow"),
    ),
    "a stack that loads one more format": (
        "serving",
        {"framework": "pytorch", "serving": "tf-serving"},
        lambda of: of["serving"]["tf-serving"]["loads"].update(onnx=["onnxruntime"]),
    ),
    "a stack that takes any runtime": (
        "serving",
        {"framework": "pytorch", "serving": "tf-serving"},
        lambda of: of["serving"]["tf-serving"].update(any_runtime=True),
    ),
    "a Python stack that says that it is none": (
        "constraint",
        {"framework": "pytorch", "serving": "bentoml", "constraints": ["no-python"]},
        lambda of: of["serving"]["bentoml"].update(python=False),
    ),
    "a stack that was archived": (
        "serving",
        {"framework": "pytorch", "serving": "torchserve"},
        lambda of: of["serving"]["torchserve"].update(
            status="active", loads={"torchscript": ["torchscript"]}
        ),
    ),
    "a stack that runs on one more target": (
        "serving",
        {"framework": "pytorch", "serving": "triton", "hardware": ["amd-gpu"]},
        lambda of: of["serving"]["triton"]["hardware"].append("amd-gpu"),
    ),
    "a stack that refuses nothing": (
        "refused",
        {"framework": "pytorch", "serving": "kserve"},
        lambda of: (
            of["serving"]["kserve"].pop("refuses"),
            of["serving"]["kserve"]["loads"].update(pt2=["torch-export"]),
        ),
    ),
    "a runtime for any kind of model": (
        "model",
        {"framework": "transformers", "model": "vision"},
        lambda of: of["runtime"]["llama-cpp"].pop("models"),
    ),
    "a stack that implies no kind of model": (
        "model",
        {"framework": "transformers", "model": "vision", "serving": "vllm"},
        lambda of: (of["serving"]["vllm"].pop("model"), of["runtime"]["vllm"]["models"].append("vision")),
    ),
    "a runtime that can be called from one more language": (
        "language",
        SERVER | {"language": "go"},
        lambda of: of["runtime"]["litert"]["languages"].append("go"),
    ),
    "a target where programs are written in anything": (
        "language",
        {"framework": "pytorch", "hardware": ["ios"], "language": "go"},
        lambda of: (
            of["hardware"]["ios"].pop("languages"),
            of["runtime"]["onnxruntime-mobile"]["languages"].append("go"),
            of["runtime"]["onnxruntime-mobile"].pop("languages_at", None),
        ),
    ),
    "a stack that is called over the network": (
        "language",
        {"framework": "pytorch", "serving": "in-process", "language": "kotlin"},
        lambda of: of["serving"]["in-process"].update(network=True),
    ),
    "Python allowed": (
        "constraint",
        SERVER | {"language": "python", "constraints": ["no-python"]},
        lambda of: of["constraint"]["no-python"].pop("requires_no_python"),
    ),
    "large runtimes allowed": (
        "constraint",
        SERVER | {"constraints": ["small-image"]},
        lambda of: of["constraint"]["small-image"].pop("footprint_limit_mb"),
    ),
    "code on load allowed": (
        "constraint",
        SERVER | {"constraints": ["untrusted-models"]},
        lambda of: of["constraint"]["untrusted-models"].pop("requires_no_code_on_load"),
    ),
    "folders allowed": (
        "constraint",
        {"framework": "tensorflow", "constraints": ["single-artifact"]},
        lambda of: of["constraint"]["single-artifact"].pop("requires_single_file"),
    ),
    "a constraint that refuses nothing": (
        "refused",
        SERVER | {"constraints": ["python-3.14"]},
        lambda of: of["constraint"]["python-3.14"].pop("refuses"),
    ),
    "a kind of model that refuses nothing": (
        "refused",
        SERVER | {"model": "llm"},
        lambda of: of["model"]["llm"].pop("refuses"),
    ),
    "a refusal that does not apply": (
        "refused",
        SERVER | {"model": "llm"},
        lambda of: of["model"]["llm"]["refuses"][0].update(when={"framework": ["jax"]}),
    ),
    "a converter that keeps what is lost for good": (
        "need",
        SERVER | {"needs": ["sparse-tensors"]},
        lambda of: lose(of, "pytorch-to-onnx", "sparse-tensors"),
    ),
    "training code where there is none": (
        "need",
        {"framework": "savedmodel", "needs": ["custom-ops"], "hardware": ["android"]},
        lambda of: of["framework"]["savedmodel"].update(artifact=False),
    ),
    "a converter that keeps what is lost without a rewrite": (
        "rewrite",
        SERVER | {"needs": ["dynamic-control-flow"]},
        lambda of: lose(of, "pytorch-to-onnx", "dynamic-control-flow"),
    ),
    "a converter that loses what it keeps": (
        "rewrite",
        SERVER | {"needs": ["dynamic-shapes"]},
        lambda of: of["converter"]["pytorch-to-onnx"]["loses"].append(
            {"need": "dynamic-shapes", "claim": "onnx-custom-ops", "rewrite": "Fix the shapes."}
        ),
    ),
    "one converter less": (
        "coverage",
        {"framework": "lightgbm"},
        lambda of: of["converter"]["lightgbm-to-onnx"].update(status="archived"),
    ),
    "a constraint that refuses more": (
        "coverage",
        SERVER | {"constraints": ["single-artifact"]},
        lambda of: of["format"]["onnx"].update(single_file=False, file_claim="claims-01"),
    ),
    "one format less": (
        "coverage",
        SERVER,
        lambda of: of["format"]["skops"].update(master=False),
    ),
    "no headline": (
        "wrong question",
        {"framework": "transformers", "model": "llm"},
        lambda of: of["format"]["safetensors"].update(headline=True),
    ),
    "a constraint that weighs nothing": (
        "score",
        SERVER | {"constraints": ["small-image"]},
        lambda of: of["constraint"]["small-image"].pop("raises"),
    ),
    "other words": (
        "claim",
        SERVER,
        lambda of: of["format"]["onnx"]["claims"][0].update(text="The best format there is."),
    ),
    "another source": (
        "claim",
        SERVER,
        lambda of: of["format"]["onnx"]["claims"][0].update(source="hearsay"),
    ),
    "another date": (
        "claim",
        SERVER,
        lambda of: of["format"]["onnx"]["claims"][0].update(
            checked=of["format"]["onnx"]["claims"][0]["checked"].replace(year=2025)
        ),
    ),
    "a claim that bears on everything": (
        "bearing",
        SERVER,
        lambda of: [claim.pop("when", None) for claim in of["format"]["onnx"]["claims"]],
    ),
    "a claim in another role": (
        "bearing",
        SERVER,
        lambda of: of["format"]["onnx"]["claims"][0].update(role="caveat"),
    ),
}


@pytest.mark.parametrize("name", FALSE_KNOWLEDGE)
def test_what_an_engine_with_false_knowledge_says_is_found(name: str, tmp_path: Path) -> None:
    """By the checker that reads the true files; the one that reads the false ones agrees with the engine, but
    for what goes against a fact."""
    kind, answers, change = FALSE_KNOWLEDGE[name]
    assert kinds(TRUE, answers, say(answers)) == set()
    folder = write_altered(tmp_path, change)
    result = say(answers, read_knowledge(folder))
    assert kinds(Checker(folder), answers, result) <= {"never"}
    assert kind in kinds(TRUE, answers, result)


FALSE_FILES: dict[str, tuple[dict, Change]] = {
    "TorchServe is alive": (
        SERVER | {"serving": "torchserve"},
        lambda of: of["serving"]["torchserve"].update(status="active", loads={"onnx": ["onnxruntime"]}),
    ),
    "Triton loads SavedModel": (
        {"framework": "tensorflow", "serving": "triton"},
        lambda of: of["serving"]["triton"].update(loads={"savedmodel": ["tensorflow"]}, refuses=[]),
    ),
    "TorchScript is safe": (
        {"framework": "pytorch", "constraints": ["untrusted-models"]},
        lambda of: of["format"]["torchscript"].update(code_on_load="none"),
    ),
    "TensorFlow is small": (
        {"framework": "tensorflow", "constraints": ["small-image"]},
        lambda of: of["runtime"]["tensorflow"].update(footprint_mb=20),
    ),
}


@pytest.mark.parametrize("name", FALSE_FILES)
def test_false_files_are_found_though_engine_and_checker_agree_on_them(name: str, tmp_path: Path) -> None:
    answers, change = FALSE_FILES[name]
    assert "never" not in kinds(TRUE, answers, say(answers))
    folder = write_altered(tmp_path, change)
    assert kinds(Checker(folder), answers, say(answers, read_knowledge(folder))) == {"never"}


TRUE_ELSEWHERE: dict[str, tuple[str, str, Change]] = {
    "the framework is archived": (
        "archived",
        "the framework pytorch is archived",
        lambda of: of["framework"]["pytorch"].update(status="archived"),
    ),
    "the converter is archived": (
        "archived",
        "the converter pytorch-to-onnx is archived",
        lambda of: of["converter"]["pytorch-to-onnx"].update(status="archived"),
    ),
    "the format is archived": (
        "archived",
        "the format onnx is archived",
        lambda of: of["format"]["onnx"].update(status="archived"),
    ),
    "the runtime is archived": (
        "archived",
        "the runtime onnxruntime is archived",
        lambda of: of["runtime"]["onnxruntime"].update(status="archived"),
    ),
    "the target is archived": (
        "hardware",
        "x86-cpu is archived",
        lambda of: of["hardware"]["x86-cpu"].update(status="archived"),
    ),
    "the provider is archived": (
        "provider",
        "cpu is no living provider of it there",
        lambda of: of["provider"]["cpu"].update(status="archived"),
    ),
    "the provider is deprecated": (
        "provider",
        "cpu is fading",
        lambda of: of["provider"]["cpu"].update(status="deprecated"),
    ),
    "the provider does not take what comes from the framework": (
        "provider",
        "cpu is no living provider of it there",
        lambda of: of["provider"]["cpu"].update(
            refuses=[{"formats": ["onnx"], "claim": "claims-01", "when": {"framework": ["pytorch"]}}]
        ),
    ),
    "the provider has another package with the runtime": (
        "package",
        "is not 'onnxruntime-slim'",
        lambda of: of["provider"]["cpu"].update(package_with={"onnxruntime": "onnxruntime-slim"}),
    ),
    "no provider drives the target": (
        "hardware",
        "no provider of onnxruntime drives x86-cpu",
        lambda of: [
            one.update(hardware=[name for name in one["hardware"] if name != "x86-cpu"])
            for one in of["provider"].values()
        ],
    ),
    "the stack is Python, and the runtime cannot be called from it": (
        "serving",
        "bentoml does not load onnx with onnxruntime",
        lambda of: of["runtime"]["onnxruntime"]["languages"].remove("python"),
    ),
}


@pytest.mark.parametrize("name", TRUE_ELSEWHERE)
def test_where_the_engine_does_not_know_what_the_files_say_it_is_found(name: str, tmp_path: Path) -> None:
    kind, words, change = TRUE_ELSEWHERE[name]
    answers = SERVER | {"serving": "bentoml"}
    result = say(answers)
    assert "onnx" in [option["format"] for option in (best(result), *result["alternatives"])]
    assert kinds(TRUE, answers, result) == set()
    found = Checker(write_altered(tmp_path, change)).faults(answers, result)
    assert any(fault.kind == kind and words in fault.text for fault in found)


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
        lambda it: next(
            claim for claim in it["rejected"][0]["reasons"]
        ).update(confidence="certain"),
    ),
    "a younger date": ("checked", BOTH, lambda it: it["checked"].update(oldest="2030-01-01")),
    "the wrong question": ("wrong question", BOTH, lambda it: it.update(wrong_question=True)),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_what_was_changed_in_a_recommendation_is_found(name: str) -> None:
    kind, answers, spoil = SPOILT[name]
    result = say(answers)
    assert kinds(TRUE, answers, result) == set()
    spoilt = copy.deepcopy(result)
    spoil(spoilt)
    assert spoilt != result
    assert kind in kinds(TRUE, answers, spoilt)


def test_every_kind_of_fault_is_shown_found() -> None:
    shown = {kind for kind, *_ in FALSE_KNOWLEDGE.values()} | {kind for kind, *_ in SPOILT.values()}
    shown |= {kind for kind, *_ in TRUE_ELSEWHERE.values()} | ({"never"} if FALSE_FILES else set())
    assert shown == set(KINDS)
