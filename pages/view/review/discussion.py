"""What was said of a review: comments on all of it, or on an option, a criterion, a claim, a scenario."""

import streamlit as st

from advisor import Knowledge
from pages.view import text
from pages.view.review import here
from pages.view.review.record import prose
from reviews.content import Content
from reviews.errors import ReviewError
from reviews.people import CONTRIBUTOR, Visitor, at_least
from reviews.review import Comment, Review
from reviews.store import LONGEST_COMMENT, Reviews, role_in

NOBODY = "Nobody has commented yet."
WRITTEN = "comments written"
"""How many in this session."""


def draw(reviews: Reviews, review: Review, visitor: Visitor, knowledge: Knowledge) -> None:
    may = review.editable and visitor.person is not None and at_least(role_in(review, visitor), CONTRIBUTOR)
    shown = [one for one in review.comments if one.open]
    resolved = [one for one in review.comments if not one.open]
    still = len(shown)
    st.caption(f"{still} comment{'s are' if still != 1 else ' is'} open." if review.comments else NOBODY)
    for comment in shown:
        _comment(reviews, review, comment, visitor, may, knowledge)
    if resolved:
        with st.expander(f"Resolved: {len(resolved)}"):
            for comment in resolved:
                _comment(reviews, review, comment, visitor, may, knowledge)
    if may:
        _write(reviews, review, visitor, knowledge)
    elif lost := st.session_state.get(_key(review)):
        st.warning(f"**Your comment was not kept: the review is {review.status} now.** Its words:")
        st.code(lost, language=None, wrap_lines=True)
    elif review.editable and not visitor.person:
        st.caption("Sign in to comment." if visitor.login else "Type your name above to comment.")


def _comment(
    reviews: Reviews, review: Review, comment: Comment, visitor: Visitor, may: bool, knowledge: Knowledge
) -> None:
    with st.container(border=True):
        about = _about(comment.anchor, comment.of, knowledge)
        when = comment.at[:16].replace("T", " ")
        older = f" · on revision {comment.revision}" if comment.revision != review.current.number else ""
        st.markdown(f"{here.named(comment.author)} · {text.plain(about)}")
        prose(comment.text)
        st.caption(f"{when} UTC{older}")
        if comment.resolved_by:
            st.caption(f"Resolved by {text.plain(comment.resolved_by.name)}")
        if may:
            label = "Resolve" if comment.open else "Open again"
            if st.button(label, key=f"resolve {comment.id}"):
                try:
                    reviews.resolve(review.id, comment.id, visitor, resolved=comment.open)
                except ReviewError as error:
                    here.refused(error)
                else:
                    st.rerun()


def anchors(content: Content, knowledge: Knowledge) -> dict[tuple[str, str], str]:
    """What a comment can be about, with its words."""
    found: dict[tuple[str, str], str] = {("review", ""): "the whole review"}
    for option in content.options:
        found["option", option.format] = _about("option", option.format, knowledge)
    for scenario in content.scenarios:
        found["scenario", scenario.name] = _about("scenario", scenario.name, knowledge)
        recommended = scenario.recommendation["recommended"] or {}
        for criterion in recommended.get("criteria", {}):
            found["criterion", criterion] = _about("criterion", criterion, knowledge)
        for key in ("reasons", "gives_up", "caveats"):
            for claim in recommended.get(key, ()):
                if claim.get("id"):
                    found["claim", claim["id"]] = f"the claim “{text.one_line(claim['text'], 90)}”"
    return found


def _about(anchor: str, of: str, knowledge: Knowledge) -> str:
    if anchor == "option":
        return f"the option {knowledge.name('format', of)}"
    if anchor == "criterion":
        return f"the criterion {knowledge.name('priority', of).lower()}"
    if anchor == "claim":
        claim = knowledge.claims.get(of)
        return f"the claim “{text.one_line(claim.text, 90)}”" if claim else f"the claim {text.one_line(of)}"
    return f"the scenario {text.one_line(of)}" if anchor == "scenario" else "the whole review"


def _write(reviews: Reviews, review: Review, visitor: Visitor, knowledge: Knowledge) -> None:
    offered, key = anchors(review.current.content, knowledge), _key(review)
    with st.form(f"form of {review.id}", clear_on_submit=False):
        anchor = st.selectbox("About", list(offered), format_func=lambda one: offered[one])
        words = st.text_area(
            "Comment",
            key=key,
            persist_state="session",
            max_chars=LONGEST_COMMENT,
            help="Markdown: **bold**, `code`, lists and links. HTML and images are shown as text.",
        )
        sent = st.form_submit_button("Comment")
    if sent:
        try:
            reviews.comment(review.id, words, visitor, *anchor)
        except ReviewError as error:
            here.refused(error)
        else:
            st.session_state[WRITTEN] = st.session_state.get(WRITTEN, 0) + 1  # an empty box for the next
            st.rerun()


def _key(review: Review) -> str:
    return f"comment on {review.id} {st.session_state.get(WRITTEN, 0)}"
