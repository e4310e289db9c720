"""The store on both databases, and contents that the engine really recommends."""

from collections.abc import Callable, Iterator

import pytest

from reviews import drafting
from reviews.content import Content
from reviews.people import Visitor, self_declared, signed_in
from reviews.store import Reviews
from store import engine


@pytest.fixture
def opened(database_url, tmp_path) -> Iterator[Callable[[], Reviews]]:
    """Opens the database, as another process would."""

    def open_it() -> Reviews:
        engine.close()
        return Reviews(engine.engine_of(engine.url_of(tmp_path)))

    yield open_it
    engine.close()


@pytest.fixture
def reviews(opened) -> Reviews:
    return opened()


ANSWERS = {"framework": "pytorch", "hardware": ["x86-cpu", "android"], "priorities": {"portability": 3}}


@pytest.fixture(scope="session")
def content() -> Content:
    return drafting.from_answers(ANSWERS)


def typed(name: str) -> Visitor:
    return Visitor.of(self_declared(name))


def logged_in(name: str, mail: str = "") -> Visitor:
    return Visitor.of(signed_in("https://login.example", name, name), mail, login=True)


NOBODY = Visitor.of(None)
STRANGER = Visitor.of(None, login=True)
