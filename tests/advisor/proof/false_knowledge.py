"""Knowledge bases that are wrong in one thing: what a checker has to find, shown on what an engine says that
believes them."""

from tests.advisor.proof.altered import Change
from tests.advisor.proof.tables import Table

Of = dict[str, dict[str, Table]]


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
        {"framework": "catboost"},
        lambda of: of["converter"]["catboost-to-onnx"].update(status="archived"),
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
"""The kind of fault, the answers, and what the engine believes that is false."""

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
"""Answers, and what is false in the files that both the engine and the checker read."""

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
"""The kind of fault, words of it, and what is true without the engine knowing; for PyTorch in BentoML on an
x86 CPU."""
