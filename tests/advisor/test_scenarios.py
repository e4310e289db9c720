"""Golden scenarios: rows in scenarios/*.toml, each with its source."""

import json
import tomllib
from pathlib import Path

import pytest

from advisor import Requirements, recommend

FOLDER = Path(__file__).parent / "scenarios"
SCENARIOS = [
    pytest.param(row, id=f"{file.stem}: {row['title']}")
    for file in sorted(FOLDER.glob("*.toml"))
    for row in tomllib.loads(file.read_text(encoding="utf-8"))["scenario"]
]
KEYS = {"title", "source", "answers", "accepted", "refused", "words"}
OPTIONAL_KEYS = {"verdict", "runtime", "steps", "alternative", "conflict"}


@pytest.mark.parametrize("row", SCENARIOS)
def test_scenario(row: dict) -> None:
    assert set(row) >= KEYS and set(row) <= KEYS | OPTIONAL_KEYS and row["source"]
    result = recommend(Requirements.parse(row["answers"])).to_json()

    best = result["recommended"]
    assert (best["format"] if best else "none") in row["accepted"]
    assert result["verdict"] == row.get("verdict", result["verdict"])
    possible = [option for option in [best, *result["alternatives"]] if option and not option["rewrites"]]
    assert not {option["format"] for option in possible} & set(row["refused"])

    said = json.dumps(result, ensure_ascii=False).replace('\\"', '"')
    for words in row["words"]:
        assert any(choice in said for choice in words.split("|")), words
    if "runtime" in row:
        assert row["runtime"] in [line["runtime"] for line in best["plan"]]
    if "steps" in row:
        assert row["steps"] in [line["steps"] for line in best["plan"]]
    if "alternative" in row:
        assert row["alternative"] in [option["format"] for option in result["alternatives"]]
    assert result.get("conflict", []) == row.get("conflict", result.get("conflict", []))


def test_there_are_forty_scenarios_with_different_answers() -> None:
    answers = {json.dumps(param.values[0]["answers"], sort_keys=True) for param in SCENARIOS}
    assert len(answers) >= 40
