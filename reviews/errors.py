"""What cannot be done to a review: each says what was wrong and what to do next."""

from dataclasses import dataclass

from reviews.content import Content
from reviews.review import Revision


class ReviewError(Exception):
    """`kind`: unknown-review (or one that may not be seen: no difference is made), not-allowed, read-only,
    not-ready, wrong-content, wrong-file, exists, busy, conflict, altered. The message is for the person who
    tried."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


@dataclass(eq=False)
class Conflict(ReviewError):
    """Somebody else was faster: `base` is what was edited, `theirs` the revision that stands now, `mine` what
    was to be kept."""

    base: Content
    theirs: Revision
    mine: Content

    def __post_init__(self) -> None:
        super().__init__(
            "conflict",
            f"{self.theirs.author.name} saved revision {self.theirs.number} while you were editing. "
            "Nothing of yours is lost: look at what both changed, and save again.",
        )


def unknown() -> ReviewError:
    return ReviewError(
        "unknown-review",
        "There is no review behind this link, or it is private to others. Check the link, or sign in as "
        "somebody who takes part in it.",
    )
