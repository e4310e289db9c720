"""What the database holds of runs: one row each. The files of a run lie in its folder."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from benchmarks.errors import Problem
from benchmarks.progress import Progress
from benchmarks.settings import data_folder
from store.engine import engine_of, reading, url_of, writing
from store.tables import runs

Row = Mapping[str, Any]


def engine() -> Engine:
    """Raises store.engine.StoreError where the database cannot be used."""
    return engine_of(url_of(data_folder()))


def add(
    run_id: str, title: str, sample: str | None, created: float, sha256: str | None = None, **more: Any
) -> None:
    """A draft, unless `more` columns say otherwise. One that is there already stays as it is."""
    row = {
        "id": run_id,
        "title": title,
        "sample": sample,
        "created": created,
        "state": "draft",
        "stages": "[]",
        "problem": None,
        "options": None,
        "cancelled": False,
        "sha256": sha256,
    } | more
    try:
        with writing(engine()) as connection:
            connection.execute(insert(runs), [row])
    except IntegrityError:
        pass


def read(run_id: str) -> Row | None:
    found = list(_select(runs.c.id == run_id))
    return found[0] if found else None


def of_states(*states: str, but: Sequence[str] = (), count: int | None = None) -> list[Row]:
    """Newest first: those of the states, of any if none are named; none of `but`."""
    where = [runs.c.state.in_(states)] if states else []
    where += [runs.c.state.not_in(but)] if but else []
    return _select(*where, count=count)


def of_model(sha256: str, before: float) -> list[Row]:
    """Runs of the model that are done and were made before, newest first."""
    return _select(runs.c.sha256 == sha256, runs.c.created < before, runs.c.state == "done")


def _select(*where: ColumnElement[bool], count: int | None = None) -> list[Row]:
    query = select(runs).where(*where).order_by(runs.c.created.desc(), runs.c.id).limit(count)
    with reading(engine()) as connection:
        return list(connection.execute(query).mappings())


def change(run_id: str, durable: bool = True, **values: Any) -> None:
    """Sets columns of a run; one that is not there any more stays away. `durable`: see
    `store.engine.writing`."""
    with writing(engine(), durable) as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(**values))


def record(run_id: str, state: str, stages: Iterable[Progress] = (), problem: Problem | None = None) -> None:
    """How far a run is, or how it ended. While it runs that comes twice a second, beside what is measured,
    and does not wait for the disk."""
    said = json.dumps([asdict(stage) for stage in stages])
    told = json.dumps(problem.to_json()) if problem else None
    change(run_id, durable=state != "running", state=state, stages=said, problem=told)


def remove(run_id: str) -> None:
    with writing(engine()) as connection:
        connection.execute(delete(runs).where(runs.c.id == run_id))
