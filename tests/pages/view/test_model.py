"""A model's description in words."""

import pytest

from pages.view.model import _property


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ir_version", "IR version"),
        ("opset", "Opset"),
        ("archive_version", "Archive version"),
        ("made by", "Made by"),
    ],
)
def test_a_property_is_named_as_its_field_names_it(name: str, words: str) -> None:
    assert _property(name) == words
