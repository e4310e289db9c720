"""The list of reviews: searched, filtered, and those that would be decided otherwise today."""

from collections.abc import Iterable

import streamlit as st

from advisor import load_knowledge
from pages.view import link, table, text
from reviews.errors import ReviewError
from reviews.people import Visitor
from reviews.review import ACCEPTED, STATUSES, Summary
from reviews.store import Reviews
from reviews.today import reevaluate

A_PAGE = 25
MOST_EXAMINED = 2000


def draw(reviews: Reviews, visitor: Visitor) -> None:
    """Draws the search and what it finds; the address holds it."""
    words = st.text_input(
        "Search", st.query_params.get("q", ""), placeholder="Title, people, formats, models"
    )
    given = [one for one in st.query_params.get_all("status") if one in STATUSES]
    statuses = st.pills("Status", STATUSES, selection_mode="multi", default=given, format_func=str.capitalize)
    pages = max(1, _number(st.query_params.get("page", "1")))
    found = reviews.find(visitor, words, statuses, A_PAGE, (pages - 1) * A_PAGE)
    _keep(words, statuses, pages if pages > 1 else None)
    if not found.total:
        _empty(bool(words or statuses))
        return
    _list("reviews-found", found.reviews)
    last = -(-found.total // A_PAGE)
    if last > 1:
        shown = st.pagination(last, default=min(pages, last))
        if shown != pages:
            _keep(words, statuses, shown if shown > 1 else None)
            st.rerun()
    st.caption(f"{found.total:,} review{'s' if found.total != 1 else ''}")


def _keep(words: str, statuses: list[str], page: int | None) -> None:
    """Writes the search into the address, what is empty left out."""
    query = {"q": words, "status": statuses, "page": str(page) if page else ""}
    st.query_params.from_dict({key: value for key, value in query.items() if value})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _empty(searched: bool) -> None:
    if searched:
        st.info("**No review has all of that.** Search for fewer words, or for another status.")
    else:
        st.info(
            "**No reviews yet.** A review holds the question, the recommendation, the evidence, the "
            "discussion and the signatures, under one link. Start one from the answer on the page "
            "Advise, or from a run on the page Compare: everything that is known is filled in."
        )


def _list(key: str, reviews: Iterable[Summary]) -> None:
    knowledge = load_knowledge()
    with st.container(key=key, gap="small"):
        for one in reviews:
            link.to_review(one.id, text.plain(text.one_line(one.title, 200)))
            marks = [one.status, knowledge.name("format", one.format) if one.format else "no format yet"]
            marks += [f"by {one.owner.name}", one.updated[:10]]
            marks += ["private"] if one.private else []
            marks += ["imported"] if one.imported else []
            st.caption(text.plain(" · ".join(text.one_line(mark) for mark in marks)))


def draw_moved(reviews: Reviews, visitor: Visitor) -> None:
    """Draws the accepted reviews for which today's knowledge recommends something else."""
    st.subheader("Accepted, and different today", anchor=False)
    found = reviews.find(visitor, statuses=(ACCEPTED,), count=MOST_EXAMINED)
    rows, knowledge = [], load_knowledge()
    with st.spinner("Asking today's knowledge base …"):
        for one in found.reviews:
            try:
                content = reviews.load(one.id, visitor).current.content
            except ReviewError:  # made private, or gone, since it was listed
                continue
            for again in map(reevaluate, content.scenarios):
                if again.differs:
                    before, after = (
                        knowledge.name("format", name) if name else "nothing"
                        for name in (again.before, again.after)
                    )
                    rows.append((one, again.scenario, before, again.fault or after))
    if not rows:
        st.caption(
            f"Of {len(found.reviews):,} accepted reviews none would be recommended otherwise under the "
            f"knowledge base of today ({load_knowledge().version})."
        )
        return
    cells = [(f"{one.title}\n{scenario}", before, after) for one, scenario, before, after in rows]
    table.draw("Accepted, and different today", ("Review", "Recommended then", "Today"), cells)
    _list("reviews-moved", {one.id: one for one, *_ in rows}.values())
