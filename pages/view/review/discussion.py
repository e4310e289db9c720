"""What was said of a review: comments on all of it, or on an option, a criterion, a claim, a scenario."""

import streamlit as st

from advisor import Knowledge
from pages.view import text
from pages.view.review import here
from pages.view.review.record import prose
from reviews.content import Content
from reviews.errors import ReviewError
from reviews.people import CONTRIBUTOR, Visitor, at_least
from reviews.review import Comment, Review, Revision
from reviews.store import LONGEST_COMMENT, Reviews, role_in
from reviews.wording import when

NOTHING_SAID = "Nobody has commented yet."
WRITTEN = "comments written"
"""How many in this session."""


def draw(
    reviews: Reviews, review: Review, shown: Revision, frozen: bool, visitor: Visitor, knowledge: Knowledge
) -> None:
    """`frozen`: what was said until `shown` was followed by another revision, to be read alone."""
    may = review.editable and visitor.person is not None and at_least(role_in(review, visitor), CONTRIBUTOR)
    may = may and not frozen
    said = [one for one in review.comments if not frozen or one.revision <= shown.number]
    left = [one for one in said if one.open]
    resolved = [one for one in said if not one.open]
    still = len(left)
    st.caption(f"{still} comment{'s are' if still != 1 else ' is'} open." if said else NOTHING_SAID)
    for comment in left:
        _comment(reviews, review, comment, visitor, may, knowledge)
    if resolved:
        with st.expander(f"Resolved: {len(resolved)}"):
            for comment in resolved:
                _comment(reviews, review, comment, visitor, may, knowledge)
    if may:
        _write(reviews, review, visitor, knowledge)
    elif frozen:
        return
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
        older = f" · on revision {comment.revision}" if comment.revision != review.current.number else ""
        st.markdown(f"{here.named(comment.author)} · {text.plain(about)}")
        prose(comment.text)
        st.caption(f"{when(comment.at)}{older}")
        if comment.resolved_by:
            st.markdown(f":small[Resolved by {here.named(comment.resolved_by)}]")
        if may:
            label = "Resolve" if comment.open else "Open again"
            if st.button(label, key=f"{label} {comment.id}"):  # two who both see it open do not open it again
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
    """No form: what is typed into one is known to nobody before it is sent."""
    offered, key, about = anchors(review.current.content, knowledge), _key(review), f"{review.id} about"
    gone = st.session_state.get(about, ("review", "")) not in offered
    chosen = f"{about} {'again' if gone else 'chosen'}"

    def remember() -> None:
        st.session_state[about] = st.session_state[f"{about} chosen"] = st.session_state[chosen]

    with st.container(border=True):
        if gone:
            st.warning("**What you commented on is not in the review any more.** Choose what it is about.")
        anchor = st.selectbox(
            "About",
            list(offered),
            index=None if gone else 0,
            format_func=lambda one: text.one_line(offered[one], 120),
            key=chosen,
            on_change=remember,
            persist_state="session",
        )
        words = st.text_area(
            "Comment",
            key=key,
            persist_state="session",
            max_chars=LONGEST_COMMENT,
            help="Markdown: **bold**, `code`, lists and links. HTML and images are shown as text.",
        )
        if not st.button("Comment", key=f"{key} send", disabled=gone):
            return
    try:
        reviews.comment(review.id, words, visitor, *anchor)
    except ReviewError as error:
        here.refused(error)
    else:
        st.session_state[WRITTEN] = st.session_state.get(WRITTEN, 0) + 1  # an empty box for the next
        st.rerun()


def _key(review: Review) -> str:
    return f"comment on {review.id} {st.session_state.get(WRITTEN, 0)}"
