"""`python -m advisor recommend | check | catalog`.

Exit codes: 0 done, 1 the input was refused (one line on stderr says why), 2 wrong usage. With --json standard
output is one JSON document and nothing else.
"""

import argparse
import json
import os
import sys

from advisor.answers import AnswersError, Requirements, read_answers
from advisor.catalogue import catalogue
from advisor.checking import Report, check
from advisor.engine import recommend
from advisor.json_file import read_json
from advisor.reading import KnowledgeError, load_knowledge
from advisor.report_json import MAX_REPORT_MB, EvidenceError, evidence_of
from advisor.summary import summarize


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except (AnswersError, EvidenceError, KnowledgeError) as error:
        print(f"advisor: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever reads has read enough; what is still to be flushed goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m advisor", description="Which format to keep a model in, and why."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("recommend", help="answers (JSON) → recommendation")
    command.add_argument(
        "--answers", required=True, metavar="FILE|-", help="a JSON file, or - for standard input"
    )
    command.add_argument(
        "--evidence",
        metavar="REPORT",
        help="the report.json of a comparison: what was measured takes the place of what is expected",
    )
    command.add_argument("--json", action="store_true", help="print one JSON document")
    command.set_defaults(run=_recommend)
    command = commands.add_parser("check", help="validate the knowledge base")
    command.add_argument("--json", action="store_true", help="print one JSON document")
    command.set_defaults(run=_check)
    command = commands.add_parser("catalog", help="every id the advisor knows, with its claims")
    command.add_argument("--json", action="store_true", help="print one JSON document")
    command.set_defaults(run=_catalog)
    return parser


def _recommend(options: argparse.Namespace) -> int:
    knowledge = load_knowledge()
    requirements = Requirements.parse(read_answers(options.answers), knowledge)
    evidence = None
    if options.evidence:
        report = read_json(options.evidence, "The measurements", MAX_REPORT_MB, EvidenceError)
        evidence = evidence_of(report, knowledge)
    result = recommend(requirements, knowledge, evidence=evidence)
    print(_json(result.to_json()) if options.json else summarize(knowledge, result))
    return 0


def _check(options: argparse.Namespace) -> int:
    report = check()
    if options.json:
        print(_json(_report(report)))
    else:
        for word, faults in (("error", report.errors), ("warning", report.warnings)):
            for fault in faults:
                print(f"{word}: {fault}")
        print(f"{len(report.errors)} errors, {len(report.warnings)} warnings")
    if report.errors:
        print(
            f"advisor: the knowledge base has {len(report.errors)} errors; correct them first.",
            file=sys.stderr,
        )
    return 1 if report.errors else 0


def _report(report: Report) -> dict:
    return {
        name: [{"where": fault.where, "message": fault.message} for fault in faults]
        for name, faults in (("errors", report.errors), ("warnings", report.warnings))
    }


def _catalog(options: argparse.Namespace) -> int:
    document = catalogue(load_knowledge())
    if options.json:
        print(_json(document))
        return 0
    for kind, entries in document.items():
        if isinstance(entries, list):
            print(f"\n{kind}")
            for entry in entries:
                print(f"  {entry['id']:24} {entry['description']}")
    return 0


def _json(document: dict) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # whatever the terminal's own, JSON is UTF-8
    sys.exit(main())
