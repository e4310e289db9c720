"""What a recommendation says of its options: verdict, ties, order, confidence, front, wrong question; each
against the scores and criteria that stand beside it."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from tests.advisor.proof.fault import Fault

TIE = 0.1 / 6
"""Closer than the evidence can tell apart: a tenth on one of six criteria of equal weight."""
CLEAR = 0.1
"""A lead that is clear: a tenth on all of them."""
ROUNDED = 2e-4
"""Scores and criteria are rounded to four decimals in JSON, so that what lies on a border can fall either
way."""
OPPOSED = ("portability", "fidelity")
"""The criteria between which the front is drawn."""

Options = list[Mapping]
"""The recommended one and the alternatives, in the order given."""


def verdict_faults(result: Mapping, options: Options, headline: set[str]) -> Iterator[Fault]:
    """`headline`: the formats that people ask about first."""
    yield from _verdict(result, options)
    yield from _order(options)
    for place in range(len(options)):
        yield from _confidence(options, place)
    yield from _front(
        tuple(
            (one["format"], one["on_front"], *(one["criteria"][name] for name in OPPOSED)) for one in options
        )
    )
    wrong = bool(options) and headline.isdisjoint(option["format"] for option in options)
    if result["wrong_question"] != wrong:
        yield Fault("wrong question", f"is {result['wrong_question']}, should be {wrong}")


def _verdict(result: Mapping, options: Options) -> Iterator[Fault]:
    """none: nothing is possible; rewrite-needed: nothing is without a rewrite; tie: something lies as close
    to the best as the evidence goes."""
    verdict, ties = result["verdict"], result["ties"]
    ready = [option for option in options if not option["rewrites"]]
    behind = {option["format"]: ready[0]["score"] - option["score"] for option in ready[1:]}
    close = {name for name, lead in behind.items() if lead < TIE - ROUNDED}
    near = {name for name, lead in behind.items() if lead < TIE + ROUNDED}
    if not options:
        expected = {"none"}
    elif not ready:
        expected = {"rewrite-needed"}
    else:
        expected = {"tie"} if close else {"tie", "recommended"} if near else {"recommended"}
    if verdict not in expected:
        yield Fault("verdict", f"is {verdict}, where the options say {' or '.join(sorted(expected))}")
    if (result["recommended"] is None) != (verdict == "none"):
        yield Fault("verdict", f"is {verdict}, recommended is {'not ' * bool(options)}null")
    if bool(ties) != (verdict == "tie"):
        yield Fault("tie", f"the verdict is {verdict}, the ties are {ties}")
    if not close <= set(ties) <= near or len(set(ties)) < len(ties):
        yield Fault("tie", f"the ties are {ties}, within reach are {sorted(close)}")


def _order(options: Options) -> Iterator[Fault]:
    """What needs no rewrite first, then by score."""
    ranks = [(bool(option["rewrites"]), -option["score"]) for option in options]
    if ranks != sorted(ranks):
        yield Fault("order", f"{[option['format'] for option in options]} are not by rewrite and score")


def _confidence(options: Options, place: int) -> Iterator[Fault]:
    """Of the first, its lead on the next of its like; of another, how far it is behind the first. What needs
    a rewrite is clearly behind what needs none."""
    first, option, said = options[0], options[place], options[place]["confidence"]
    like = [one for one in options[1:] if bool(one["rewrites"]) == bool(first["rewrites"])]
    if place == 0 and not like:
        expected = {"only"}
    elif place and option not in like:
        expected = {"clear"}
    else:
        lead = first["score"] - (option if place else like[0])["score"]
        expected = {"clear"} if lead > CLEAR + ROUNDED else {"narrow"}
        if abs(lead - CLEAR) <= ROUNDED:
            expected = {"clear", "narrow"}
    if said not in expected:
        yield Fault("confidence", f"of {option['format']} is {said}, should be {' or '.join(expected)}")


@lru_cache(maxsize=65536)
def _front(places: tuple[tuple[str, bool, float, float], ...]) -> tuple[Fault, ...]:
    """On the front is what no other option dominates: is as good in both criteria and better in one. Given
    are the format, what is said, and the two criteria of each option."""
    found = []
    for name, said, *own in places:
        clearly = nearly = False
        for _, _, *other in places:
            ahead = [theirs - ours for theirs, ours in zip(other, own, strict=True)]
            clearly |= min(ahead) >= 0 and max(ahead) > ROUNDED
            nearly |= min(ahead) > -ROUNDED and max(ahead) > 0
        if said and clearly:
            found.append(Fault("front", f"{name} is said to be on it, but is dominated"))
        if not said and not nearly:
            found.append(Fault("front", f"{name} is said to be off it, but is not dominated"))
    return tuple(found)
