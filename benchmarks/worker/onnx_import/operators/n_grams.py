"""Counting n-grams of integers."""

import numpy as np

from benchmarks.worker.onnx_import.registry import operator


@operator("TfIdfVectorizer")
def tf_idf_vectorizer(b, node, x):
    pool = node.attribute("pool_int64s")
    if pool is None:
        raise node.unsupported("n-grams of strings", "Keep the text work outside the model.")
    flat = b.rank(x) == 1
    rows = b.unsqueeze(x, [0]) if flat else x
    indexes = list(node.attribute("ngram_indexes"))
    weights = node.attribute("weights")
    columns = {}
    for number, (gram, size) in enumerate(_grams(list(pool), list(node.attribute("ngram_counts")))):
        if not node.attribute("min_gram_length") <= size <= node.attribute("max_gram_length"):
            continue
        count = None
        for skip in range(node.attribute("max_skip_count") + 1 if size > 1 else 1):
            found = _count(b, rows, gram, skip + 1)
            if found is not None:
                count = found if count is None else count + found
        if count is not None:
            columns[indexes[number]] = _weighted(b, node.text("mode"), count, weights, number)
    zero = b.full([b.shape(rows)[0]], 0, "float32")
    y = b.stack([columns.get(i, zero) for i in range(max(indexes) + 1)], 1)
    return b.squeeze(y, [0]) if flat else y


def _grams(pool: list[int], starts: list[int]):
    """Each n-gram and its length; `starts` says where those of each length begin in the pool."""
    for size, start in enumerate(starts, 1):
        end = starts[size] if size < len(starts) else len(pool)
        for at in range(start, end, size):
            yield pool[at : at + size], size


def _count(b, rows, gram: list[int], step: int):
    """How often each row has the n-gram, its elements `step` apart; None where no row is long enough."""
    length = b.shape(rows)[1]
    reach = (len(gram) - 1) * step
    if isinstance(length, int) and length <= reach:
        return None
    hit = None
    for position, item in enumerate(gram):
        part = b.slice(rows, 1, position * step, length - reach + position * step, 1)
        same = b.compare(part, b.number(item, part), "equal")
        hit = same if hit is None else b.logical(hit, same, "and")
    return b.reduce(b.cast(hit, "float32"), "sum", [1], False)


def _weighted(b, mode: str, count, weights, number: int):
    weight = 1.0 if weights is None else float(np.asarray(weights)[number])
    if mode == "TF":
        return count
    if mode == "IDF":
        return b.cast(count > 0, "float32") * weight
    return count * weight
