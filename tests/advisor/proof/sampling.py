"""Answers drawn by hypothesis: several of everything, which the exhaustive check leaves out."""

from hypothesis import strategies as st

from tests.advisor.proof.tables import Tables

TABLES = Tables()


def one(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from(TABLES.ids(kind))


def several(kind: str, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(one(kind), max_size=most, unique=True)


PRIORITIES = st.dictionaries(one("priority"), st.integers(0, 5))
ANSWERS = st.fixed_dictionaries(
    {"framework": one("framework")},
    optional={
        "hardware": several("hardware", 4),
        "serving": one("serving"),
        "language": one("language"),
        "needs": several("need", 3),
        "constraints": several("constraint", 3),
        "model": one("model"),
        "priorities": PRIORITIES,
    },
)
LIKELY = st.fixed_dictionaries(
    {"framework": one("framework")},
    optional={
        "hardware": several("hardware", 2),
        "serving": st.sampled_from(["in-process", "triton", "kserve", "sagemaker", "ray-serve"]),
        "language": one("language"),
        "needs": several("need", 1),
        "constraints": several("constraint", 1),
        "priorities": PRIORITIES,
    },
)
"""Fewer at once, so that more often something is possible."""
