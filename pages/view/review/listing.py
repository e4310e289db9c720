"""The list of reviews: searched, filtered, and those that would be decided otherwise today."""

from collections.abc import Iterable

import streamlit as st

from advisor import load_knowledge
from pages.view import link, table, text
from pages.view.review import here
from reviews.people import Visitor
from reviews.review import STATUSES, Summary
from reviews.store import Reviews
from reviews.today import reevaluate
from reviews.wording import person_words

A_PAGE = 25


def draw(reviews: Reviews, visitor: Visitor) -> None:
    """Draws the search and what it finds; the address holds it."""
    asked = st.query_params.get("q", ""), st.query_params.get_all("status")
    if "sought" not in st.session_state:
        st.session_state["sought"] = asked[0]
        st.session_state["statuses"] = [one for one in asked[1] if one in STATUSES]
    words = st.text_input("Search", key="sought", placeholder="Title, people, formats, models")
    statuses = st.pills(
        "Status", STATUSES, selection_mode="multi", key="statuses", format_func=str.capitalize
    )
    pages = max(1, text.number(st.query_params.get("page", "1"))) if asked == (words, statuses) else 1
    found = reviews.find(visitor, words, statuses, A_PAGE, (pages - 1) * A_PAGE)
    _keep(words, statuses, pages if pages > 1 else None)
    if pages > 1 and found.total and not found.reviews:
        _keep(words, statuses, None)
        st.rerun()
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
            format_name = knowledge.name("format", one.format) if one.format else "no format yet"
            marks = [format_name, f"by {person_words(one.owner)}", one.updated[:10]]
            marks += ["private"] if one.private else []
            marks += ["imported"] if one.imported else []
            status = f":{here.COLOURS[one.status]}-badge[{one.status.capitalize()}]"
            st.markdown(f"{status} :small[{text.plain(' · '.join(map(text.one_line, marks)))}]")


def draw_moved(reviews: Reviews, visitor: Visitor) -> None:
    """Draws the accepted reviews for which today's knowledge recommends something else."""
    st.subheader("Accepted, and different today", anchor=False)
    rows, knowledge, accepted = [], load_knowledge(), 0
    with st.spinner("Asking today's knowledge base …"):
        for one, content in reviews.decided(visitor):
            accepted += 1
            for again in map(reevaluate, content.scenarios):
                if again.differs:
                    before, after = (
                        knowledge.name("format", name) if name else "nothing"
                        for name in (again.before, again.after)
                    )
                    rows.append((one, again.scenario, before, again.fault or after))
    if not accepted:
        st.caption("No review is accepted yet.")
        return
    if not rows:
        st.caption(
            f"Of {accepted:,} accepted reviews none would be recommended otherwise under the "
            f"knowledge base of today ({knowledge.version})."
        )
        return
    cells = [(f"{one.title}\n{scenario}", before, after) for one, scenario, before, after in rows]
    table.draw("Accepted, and different today", ("Review", "Recommended then", "Today"), cells)
    _list("reviews-moved", {one.id: one for one, *_ in rows}.values())
