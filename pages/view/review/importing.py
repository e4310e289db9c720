"""A review out of a file that was exported here or elsewhere."""

import streamlit as st

from pages.view import link
from pages.view.review import here
from reviews import document
from reviews.errors import ReviewError
from reviews.people import Visitor
from reviews.store import Reviews


def offer(reviews: Reviews, visitor: Visitor) -> None:
    with st.expander("Import a review"):
        st.caption(
            "A JSON file that “Export” wrote. Its revisions must have the hashes that they say; its "
            "signatures are marked as made elsewhere. Up to 8 MB can be pasted."
        )
        written = st.text_area("The file's text", height=120, placeholder="Paste the JSON file")
        if not st.button("Import it", disabled=not written.strip()):
            return
        try:
            kept = reviews.keep_imported(document.read(written.encode()), visitor)
        except ReviewError as error:
            here.refused(error)
        else:
            st.success("Imported.")
            link.to_review(kept.id, "Open the review")
