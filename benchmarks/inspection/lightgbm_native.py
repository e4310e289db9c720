"""LightGBM's own text file."""

from benchmarks.artifact import Description, Finding, TensorSpec
from benchmarks.inspection import lightgbm_model
from benchmarks.inspection.content import Content
from benchmarks.inspection.lightgbm_model import BEGIN, Model

_FIRST_LINES = 4
INPUT = "input"


def recognise(content: Content) -> str | None:
    """ "" if the file begins as LightGBM begins one, else None."""
    if content.container != "file" or not content.head.startswith(BEGIN):
        return None
    lines = content.head.split(b"\n")[1 : _FIRST_LINES + 1]
    return "" if any(line.startswith((b"version=v", b"num_class=")) for line in lines) else None


def describe(content: Content, root: str) -> Description:
    """Reads the header and the lines of the trees."""
    model = lightgbm_model.read(content, root)
    leaves = sum(tree.numbers("num_leaves")[0] for tree in model.trees)
    splits = leaves - len(model.trees)
    version = {"lightgbm": model.header.get("version", ""), "objective": model.objective}
    return Description(
        format="lightgbm-native",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version={key: value[:100] for key, value in version.items() if value},
        inputs=(TensorSpec(INPUT, "float32", (None, model.features)),),
        outputs=_outputs(model),
        operators={"tree": len(model.trees), "split": splits, "leaf": leaves},
        parameters=splits + leaves,
        findings=tuple(_findings(model)),
    )


def _outputs(model: Model) -> tuple[TensorSpec, ...]:
    if model.classes:
        return (
            TensorSpec("label", "int64", (None,)),
            TensorSpec("probabilities", "float32", (None, model.classes)),
        )
    return (TensorSpec("variable", "float32", (None, 1)),)


def _findings(model: Model) -> list[Finding]:
    found = []
    if not model.trees:
        found.append(Finding("warning", "The model has no trees.", "Train it, then save it again."))
    if any(tree.numbers("num_cat") not in ([], [0]) for tree in model.trees):
        text = "It splits on categories; compare the answers of what it is converted to on your own rows."
        found.append(Finding("info", text))
    return found
