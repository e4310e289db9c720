"""SavedModel: a folder with `saved_model.pb`, or a zip or tar of one."""

from benchmarks import onnx_names
from benchmarks.artifact import Description, Finding
from benchmarks.inspection import names_file, savedmodel_meta
from benchmarks.inspection.content import Content
from benchmarks.inspection.damage import quoted, refusal
from benchmarks.inspection.savedmodel_meta import GRAPH_FILE, INITIALIZER_SIGNATURE, MetaGraph

NAMES = f"assets.extra/{onnx_names.FILE}"


def recognise(content: Content) -> str | None:
    """The folder of the one saved_model.pb inside, None where there is none. Refuses several."""
    roots = [
        name.removesuffix(GRAPH_FILE).rstrip("/")
        for name in content.files
        if name.rpartition("/")[2] == GRAPH_FILE
    ]
    if len(roots) > 1:
        shown = " and ".join(quoted(root or ".") for root in sorted(roots)[:2])
        raise refusal(
            "several-models",
            f"There are {len(roots)} SavedModels inside, such as {shown}.",
            "Give an archive or a folder with one of them.",
        )
    return roots[0] if roots else None


def describe(content: Content, root: str) -> Description:
    """Reads the first meta graph: its signature, operators and variables."""
    prefix = f"{root}/" if root else ""
    metas = savedmodel_meta.read(content, root)
    if not metas:
        raise refusal("empty-model", "This SavedModel has no graph.", "Save the model again.")
    graph = metas[0]
    key = graph.serving_signature()
    inputs, outputs = graph.signatures.get(key, ((), ()))
    names = names_file.read_if_sound(content, prefix + NAMES)
    has_weights = any(name.startswith(f"{prefix}variables/") for name in content.files)
    return Description(
        format="savedmodel",
        sha256=content.sha256(),
        size_bytes=content.size_bytes,
        version=graph.version(key),
        inputs=names_file.arranged(inputs, names.inputs),
        outputs=names_file.arranged(outputs, names.outputs),
        operators=dict(graph.operators.most_common()),
        parameters=graph.objects.parameters() if graph.objects.variables else graph.graph_parameters(),
        findings=(*_findings(graph, key, len(metas), has_weights), *names_file.findings(names)),
    )


def _findings(meta: MetaGraph, signature: str, meta_graphs: int, has_weights: bool) -> list[Finding]:
    found = []
    others = sorted(meta.signatures.keys() - {INITIALIZER_SIGNATURE, signature})
    if not signature:
        text = "It has no signature, so nothing says what goes in and what comes out."
        found.append(Finding("warning", text, "Save it with signatures=…, or with Keras' model.export()."))
    elif others:
        shown = ", ".join(map(quoted, others[:5]))
        text = f"The signature {quoted(signature)} is described; it also has {shown}."
        found.append(Finding("info", text))
    if meta_graphs > 1:
        found.append(Finding("info", f"It has {meta_graphs} meta graphs; the first one is described."))
    if (meta.objects.variables or meta.variables) and not has_weights:
        text = "Its graph has variables, but the folder variables/ is not there."
        found.append(Finding("warning", text, "Pack the whole model folder."))
    return found
