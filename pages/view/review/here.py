"""Who is here, and the reviews that the database holds for them."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from benchmarks import run_rows
from pages.view import link, text
from reviews.errors import ReviewError
from reviews.people import LONGEST_NAME, Participant, Person, Visitor, self_declared, signed_in
from reviews.review import ACCEPTED, DEPRECATED, DRAFT, PROPOSED, REJECTED, SUPERSEDED
from reviews.store import Reviews
from reviews.wording import SELF_DECLARED
from store.engine import StoreError

NAME = "your name"
COLOURS = {
    DRAFT: "gray",
    PROPOSED: "blue",
    ACCEPTED: "green",
    REJECTED: "red",
    SUPERSEDED: "orange",
    DEPRECATED: "orange",
}
"""Of a status."""


def reviews() -> Reviews:
    """Ends the page with a sentence where the database does not answer."""
    try:
        return Reviews(run_rows.engine())
    except StoreError as error:
        st.error(text.plain(str(error)))
        st.stop()


def visitor() -> Visitor:
    """Who the login says is here, or who the name that was typed says."""
    if not has_login():
        try:
            return Visitor.of(self_declared(st.session_state.get(NAME, "")))
        except ValueError:
            return Visitor.of(None)
    user: Mapping[str, Any] = st.user
    if not user.get("is_logged_in"):
        return Visitor.of(None, login=True)
    name = str(user.get("name") or user.get("email") or user.get("sub") or "")
    person = signed_in(str(user.get("iss", "")), str(user["sub"]), name)
    mail = str(user.get("email", "")) if user.get("email_verified") is True else ""
    return Visitor.of(person, mail, login=True)


def has_login() -> bool:
    """Whether the operator configured a login: Streamlit's `[auth]` in its secrets, now or at the start. A
    slip in the file would otherwise have typed names believed."""
    return _began_with_login or "is_logged_in" in st.user


_began_with_login = False


def begin_with_login() -> None:
    global _began_with_login
    _began_with_login = True


def introduce() -> None:
    """Draws who is here, and how to be somebody else."""
    here = visitor()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if here.login and here.person:
            st.caption(f"Signed in as **{text.plain(here.person.name)}**.")
            st.button("Sign out", on_click=st.logout)
        elif here.login:
            st.caption("You are not signed in: you see what is open to all, and change nothing.")
            st.button("Sign in", on_click=st.login)
        else:
            st.text_input(
                "Your name",
                key=NAME,
                placeholder="Who comments, edits and signs",
                max_chars=LONGEST_NAME,
                autocomplete="name",
                width=360,
                persist_state="session",
                help="No login is set up on this server, so a name is believed as typed, and marked "
                "“self-declared” wherever it stands.",
            )
    if here.login and not here.person and st.query_params:
        st.caption("Signing in leads to the first page. This link leads back here:")
        st.code(link.this_page(), language=None, wrap_lines=True)


def named(person: Person | Participant) -> str:
    """A person's name as Markdown, marked where nobody vouches for it."""
    return text.plain(person.name) + (f" :gray-badge[{SELF_DECLARED}]" if person.self_declared else "")


def refused(error: ReviewError) -> None:
    st.error(text.plain(str(error)))
