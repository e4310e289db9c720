"""A review out of a file that was exported here or elsewhere."""

import streamlit as st

from pages.view import link, text, upload
from pages.view.review import here
from reviews import document
from reviews.errors import ReviewError
from reviews.people import Visitor
from reviews.store import Reviews

IMPORTED = "review imported"


def offer(reviews: Reviews, visitor: Visitor) -> None:
    """Draws where a file is chosen, and the way to the review that came out of it."""
    with st.expander("Import a review"):
        if visitor.person is None:
            st.caption("Sign in to import one." if visitor.login else "Type your name above to import one.")
            return
        try:
            data = upload.read(
                "import",
                "The file",
                f"A JSON file that “Export” wrote, up to {document.LARGEST_MB} MB. Its revisions must have "
                "the hashes that they say; its signatures count as made elsewhere.",
                document.LARGEST_MB * 1_000_000,
            )
            if data is not None:
                kept = reviews.keep_imported(document.read(data), visitor)
                st.session_state[IMPORTED] = kept.id, kept.title
        except ReviewError as error:
            here.refused(error)
        except ValueError as error:
            st.error(text.plain(str(error)))
        if imported := st.session_state.get(IMPORTED):
            review_id, title = imported
            st.success(f"**Imported:** {text.plain(title)}")
            link.to_review(review_id, "Open the imported review")
