"""Who takes part, who signed what, and the next step: propose, sign, accept, reject, supersede."""

import streamlit as st

from pages.view import text
from pages.view.review import here
from reviews.errors import ReviewError
from reviews.people import (
    CONTRIBUTOR,
    DECIDER,
    DECISION_MAKER,
    OWNER,
    PARTS,
    Participant,
    Visitor,
    at_least,
    mail_key,
    self_declared,
)
from reviews.review import (
    ACCEPTED,
    APPROVE,
    DEPRECATED,
    DRAFT,
    MOVES,
    OBJECT,
    PROPOSED,
    REJECTED,
    Review,
    Revision,
)
from reviews.store import Reviews, role_in
from reviews.wording import STANDS

WORDS = {
    PROPOSED: "Propose it",
    DRAFT: "Take it back to draft",
    ACCEPTED: "Accept it",
    REJECTED: "Reject it",
    DEPRECATED: "Deprecate it",
}
COLOURS = {APPROVE: "green", OBJECT: "red"}


def draw(reviews: Reviews, review: Review, shown: Revision, frozen: bool, visitor: Visitor) -> None:
    """`frozen`: the people and signatures of `shown` are looked at, and nothing is done."""
    st.subheader("People", anchor=False)
    st.markdown(f"{here.named(review.owner)} · owner")
    stands = {one.signer.key: one for one in review.signed(shown)}
    void = {} if frozen else {one.signer.key: one for one in review.void}
    for one in review.participants:
        line = f"{here.named(one)} · {one.part}"
        if signature := stands.get(one.key):
            line += f" :{COLOURS[signature.stand]}-badge[{STANDS[signature.stand]}]"
            line += f"  \n:small[{text.plain(signature.note)}]" if signature.note else ""
        elif old := void.get(one.key):
            line += f" :orange-badge[void: signed revision {old.revision}]"
        elif one.part == DECISION_MAKER:
            line += " :gray-badge[not signed]"
        st.markdown(line)
    if frozen:
        named = {one.key for one in review.participants}
        for one in stands.values():
            if one.signer.key not in named:
                line = f"{here.named(one.signer)} · {one.part}, then"
                st.markdown(f"{line} :{COLOURS[one.stand]}-badge[{STANDS[one.stand]}]")
        return
    mine = role_in(review, visitor)
    _say_what_may_be_done(review, visitor, mine)
    if visitor.person and review.editable and mine == OWNER:
        _choose(reviews, review, visitor)
    if visitor.person and at_least(mine, DECIDER):
        _sign(reviews, review, visitor)
    if visitor.person and at_least(mine, CONTRIBUTOR):
        _moves(reviews, review, visitor, mine)


def _say_what_may_be_done(review: Review, visitor: Visitor, mine: str) -> None:
    if review.status == ACCEPTED:
        st.caption("An accepted review stays as it is. To decide otherwise, supersede it.")
    elif not review.editable:
        st.caption(f"This review is {review.status} and stays as it is.")
    elif visitor.person is None:
        st.caption("Sign in to take part." if visitor.login else "Type your name above to take part.")
    elif not at_least(mine, CONTRIBUTOR):
        st.caption("You may read this review; its owner can name you as somebody who takes part.")


def _choose(reviews: Reviews, review: Review, visitor: Visitor) -> None:
    with st.popover("Choose who takes part"):
        left = []
        for one in review.participants:
            keep = st.checkbox(f"{text.plain(one.name)}, {one.part}", True, key=f"{review.id} keep {one.key}")
            left += [one] if keep else []
        label = "E-mail address" if visitor.login else "Name"
        rounds = f"{review.id} rounds"  # raised with each save, so that the box is empty then
        name = st.text_input(label, key=f"{review.id} participant {st.session_state.get(rounds, 0)}")
        part = st.selectbox("Takes part as", PARTS, key=f"{review.id} part")
        private = review.private
        if visitor.login:
            private = st.checkbox("Private: only these people see it", review.private)
        else:
            st.caption("A review can be private only where people sign in.")
        if not st.button("Save", key=f"{review.id} people"):
            return
        try:
            added = [_participant(name, part, visitor.login)] if name.strip() else []
            reviews.set_participants(review.id, [*left, *added], private, visitor)
        except (ReviewError, ValueError) as error:
            st.error(text.plain(str(error)))
        else:
            st.session_state[rounds] = st.session_state.get(rounds, 0) + 1
            st.rerun()


def _participant(name: str, part: str, login: bool) -> Participant:
    """Raises ValueError for what is no name, or no address."""
    person = self_declared(name)
    if not login:
        return Participant(person.key, person.name, part)
    if person.name.count("@") != 1 or " " in person.name:
        raise ValueError("Give the e-mail address that the person signs in with.")
    return Participant(mail_key(person.name), person.name, part)


def _sign(reviews: Reviews, review: Review, visitor: Visitor) -> None:
    takes_part = {one.key for one in review.participants if one.part == DECISION_MAKER}
    if not review.editable or not takes_part & visitor.keys:
        return
    current = review.current
    # A button is pressed for what it was drawn for: the click of somebody who still sees an older revision,
    # or the second of two, presses none that is here.
    own = sum(one.signer.key in visitor.keys for one in review.signatures)
    key = f"{review.id} {current.sha256} {own}"
    seen = f"{review.id} seen to be signed"
    if st.session_state.get(seen, current.number) != current.number:
        st.warning(f"**Revision {current.number} was saved meanwhile.** Read it, then sign.")
    st.session_state[seen] = current.number
    with st.container(border=True):
        st.markdown(f"**Sign revision {current.number}**")
        st.markdown(f":small[SHA-256 {text.as_code(current.sha256, 64)}. A later edit voids the signature.]")
        note = st.text_input("A word to it (optional)", key=f"{review.id} note {own}")
        with st.container(horizontal=True):
            approves = st.button("Approve", type="primary", key=f"{key} approve")
            objects = st.button("Object", key=f"{key} object")
        if approves or objects:
            try:
                reviews.sign(review.id, current.sha256, visitor, APPROVE if approves else OBJECT, note)
            except ReviewError as error:
                here.refused(error)
            else:
                st.rerun()


def _moves(reviews: Reviews, review: Review, visitor: Visitor, mine: str) -> None:
    for status in MOVES[review.status]:
        needs_decider = status in (ACCEPTED, REJECTED, DEPRECATED)
        if needs_decider and not at_least(mine, DECIDER):
            continue
        waits = status == ACCEPTED and bool(review.missing)
        final = status in (REJECTED, DEPRECATED)
        with st.popover(WORDS[status]) if final else st.container():
            if final:
                st.caption("This is final. Say why, for who finds it in two years.")
            why = st.text_input("Why", key=f"{review.id} why {status}") if final else ""
            label = f"{WORDS[status]} for good" if final else WORDS[status]
            if st.button(label, key=f"{review.id} {review.current.sha256} {status}", disabled=waits):
                try:
                    reviews.move(review.id, status, visitor, why)
                except ReviewError as error:
                    here.refused(error)
                else:
                    st.rerun()
        if waits:
            st.caption("Before it can be accepted: " + text.plain(" ".join(review.missing)))
