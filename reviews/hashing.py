"""The hash of a revision: of its content, its number and the revision before, as one chain."""

import hashlib


def revision_sha256(number: int, previous: str, text: str) -> str:
    """SHA-256 in hexadecimal over the canonical JSON of `{"content", "number", "previous"}`; anyone can
    repeat it from an export with any JSON library. `text`: the canonical JSON of the content."""
    whole = f'{{"content":{text},"number":{number},"previous":"{previous}"}}'
    return hashlib.sha256(whole.encode()).hexdigest()
