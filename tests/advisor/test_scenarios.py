"""Golden scenarios: rows in scenarios/*.toml that a careful deployment engineer would sign.

A row always has
  title, source   what is asked, and where the expected answer comes from (a page, a file, a measurement)
  answers         the contract's answers
  accepted        the formats that may be recommended, "none" for none
  refused         formats neither recommended nor an alternative as the model stands
  words           what must be said of the answer: headline, recommended option, what would change it; with
                  verdict none also why each format is rejected
and, where it matters,
  verdict, confidence, wrong_question, conflict    as in the recommendation
  possible        formats recommended or an alternative as the model stands
  said            format = words said of that format, whether recommended, an alternative or rejected
  rewrites        words in what must be rewritten for the recommended format
  plan            lines of the recommended plan: hardware, steps, runtime, provider, delivered (the last
                  step), package (one of those named)
  flips, relaxations    change = the keys changed, to = the format then

"a|b" in words and values means a or b; upper and lower case are the same in words.
"""

import json
import re
import tomllib
from pathlib import Path

import pytest

from advisor import Requirements, load_knowledge, recommend

FOLDER = Path(__file__).parent / "scenarios"
ROWS = [
    (file.stem, row)
    for file in sorted(FOLDER.glob("*.toml"))
    for row in tomllib.loads(file.read_text(encoding="utf-8"))["scenario"]
]
SCENARIOS = [pytest.param(row, id=f"{stem}: {row.get('title')}") for stem, row in ROWS]

ALWAYS = {"title", "source", "answers", "accepted", "refused", "words"}
SOMETIMES = {
    *("verdict", "confidence", "wrong_question", "conflict", "possible", "said", "rewrites", "plan"),
    *("flips", "relaxations"),
}
FORMATS = {
    *("onnx", "torchscript", "savedmodel", "pt2", "aotinductor", "keras", "litert", "openvino", "tensorrt"),
    *("core-ml", "executorch", "tfjs", "safetensors", "gguf", "stablehlo", "skops"),
    *("xgboost-native", "lightgbm-native", "catboost-native"),
}


@pytest.mark.parametrize("row", SCENARIOS)
def test_scenario(row: dict) -> None:
    assert not differences(row, recommend(Requirements.parse(row["answers"])).to_json())


def differences(row: dict, result: dict) -> list[str]:
    """What the recommendation has otherwise than the row; empty where it is as expected."""
    best = result["recommended"]
    found = best["format"] if best else "none"
    options = [option for option in [best, *result["alternatives"]] if option]
    possible = {option["format"] for option in options if not option["rewrites"]}
    wrong = []
    if found not in row["accepted"]:
        wrong.append(f"recommended: {found}, not {' or '.join(row['accepted'])}")
    wrong += [f"possible: {name}" for name in row["refused"] if name in possible]
    wrong += [f"not possible: {name}" for name in row.get("possible", []) if name not in possible]
    for key in ("verdict", "wrong_question", "conflict"):
        if key in row and result.get(key) != row[key]:
            wrong.append(f"{key}: {result.get(key)}, not {row[key]}")
    if "confidence" in row and (best or {}).get("confidence") != row["confidence"]:
        wrong.append(f"confidence: {(best or {}).get('confidence')}, not {row['confidence']}")
    wrong += unsaid("answer", row["words"], text_of_answer(result))
    for name, words in row.get("said", {}).items():
        wrong += unsaid(name, words, text_of_format(result, name))
    wrong += unsaid("rewrites", row.get("rewrites", []), " ".join(best["rewrites"]) if best else "")
    for line in row.get("plan", []):
        if not any(fits(line, planned) for planned in (best["plan"] if best else [])):
            wrong.append(f"no line of the plan: {line}")
    for key in ("flips", "relaxations"):
        for change in row.get(key, []):
            if not any(
                sorted(one["change"]) == sorted(change["change"]) and one["to"] in choices(change["to"])
                for one in result.get(key, [])
            ):
                wrong.append(f"not among {key}: {change}")
    return wrong


def choices(words: str) -> list[str]:
    return words.split("|")


def unsaid(where: str, words: list[str], text: str) -> list[str]:
    text = text.casefold()
    return [
        f"not said of {where}: {word}"
        for word in words
        if not any(choice.casefold() in text for choice in choices(word))
    ]


def fits(line: dict, planned: dict) -> bool:
    found = {key: [planned[key]] for key in ("hardware", "steps", "runtime", "provider")}
    found["delivered"] = [planned["steps"][-1]]
    found["package"] = re.findall(r"[\w./:@-]+", planned["package"])
    return all(
        any(one in found[key] for one in ([wanted] if key == "steps" else choices(wanted)))
        for key, wanted in line.items()
    )


def text_of_answer(result: dict) -> str:
    parts = [result["headline"]]
    if result["recommended"]:
        parts.append(text_of_option(result["recommended"]))
    else:
        parts += [claim["text"] for one in result["rejected"] for claim in one["reasons"]]
    parts += [change["words"] for key in ("flips", "relaxations") for change in result.get(key, [])]
    return "\n".join(parts)


def text_of_option(option: dict) -> str:
    claims = [*option["reasons"], *option["gives_up"], *option["caveats"]]
    calls = [call for line in option["plan"] for call in (*line["exporters"], line["package"])]
    return "\n".join([*(claim["text"] for claim in claims), *option["rewrites"], *calls])


def text_of_format(result: dict, name: str) -> str:
    for option in (result["recommended"], *result["alternatives"]):
        if option and option["format"] == name:
            return text_of_option(option)
    return "\n".join(
        claim["text"] for one in result["rejected"] if one["format"] == name for claim in one["reasons"]
    )


@pytest.mark.parametrize(
    ("key", "spoilt"),
    [
        ("accepted", ["savedmodel"]),
        ("refused", ["onnx"]),
        ("possible", ["savedmodel"]),
        ("words", ["never said of anything"]),
        ("said", {"savedmodel": ["never said of it"]}),
        ("rewrites", ["torch.cond"]),
        ("verdict", "none"),
        ("confidence", "only"),
        ("wrong_question", True),
        ("conflict", ["framework", "serving"]),
        ("plan", [{"steps": ["pytorch", "torchscript"]}]),
        ("plan", [{"package": "onnxruntime-gpu"}]),
        ("flips", [{"change": ["serving"], "to": "savedmodel"}]),
        ("relaxations", [{"change": ["serving"], "to": "onnx"}]),
    ],
)
def test_a_row_that_is_wrong_is_found_out(key: str, spoilt: object) -> None:
    """Each key of a row that holds is made false by itself."""
    row: dict = {
        "answers": {"framework": "pytorch", "hardware": ["x86-cpu"]},
        "accepted": ["onnx"],
        "refused": ["savedmodel"],
        "words": ["safest default"],
    }
    result = recommend(Requirements.parse(row["answers"])).to_json()
    assert not differences(row, result)
    assert len(differences(row | {key: spoilt}, result)) == 1


@pytest.mark.parametrize("row", SCENARIOS)
def test_a_scenario_is_written_in_the_contract_s_words(row: dict) -> None:
    assert set(row) >= ALWAYS and set(row) <= ALWAYS | SOMETIMES
    assert len(row["source"]) > 5 and row["accepted"]
    named = {*row["accepted"], *row["refused"], *row.get("possible", []), *row.get("said", {})}
    named |= {step for line in row.get("plan", []) for step in line.get("steps", [])[1:]}
    changes = [*row.get("flips", []), *row.get("relaxations", [])]
    named |= {name for change in changes for name in choices(change["to"])}
    assert named <= {*FORMATS, "none"}
    assert not set(row.get("possible", [])) & set(row["refused"])


def test_there_are_sixty_scenarios_with_different_answers() -> None:
    answers = {json.dumps(row["answers"], sort_keys=True) for _, row in ROWS}
    assert len(answers) >= 60


def test_no_two_scenarios_have_one_title() -> None:
    titles = [row["title"] for _, row in ROWS]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("framework", "framework"),
        ("hardware", "hardware"),
        ("serving", "serving"),
        ("language", "language"),
        ("needs", "need"),
        ("constraints", "constraint"),
        ("model", "model"),
        ("priorities", "priority"),
    ],
)
def test_every_answer_is_given_in_some_scenario(key: str, kind: str) -> None:
    given: set[str] = set()
    for _, row in ROWS:
        answer = row["answers"].get(key, [])
        given |= {answer} if isinstance(answer, str) else set(answer)
    assert given >= set(load_knowledge().ids(kind))


def test_every_format_is_judged_in_some_scenario() -> None:
    judged: set[str] = set()
    for _, row in ROWS:
        judged |= {*row["accepted"], *row["refused"]}
        for line in row.get("plan", []):
            judged |= {*line.get("steps", []), *choices(line.get("delivered", ""))}
    assert judged >= FORMATS
