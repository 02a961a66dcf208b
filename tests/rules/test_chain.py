"""The chain over the audit log: whatever is done to it afterwards shows, and where (P0-a)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.ledger.chain import START, ChainHead, ChainLink, broken, digest, link

AT = taipei("2026-11-24T08:00")
Row = dict[str, Any]


def row(number: int, **others: Any) -> Row:
    return {
        "id": number,
        "at": AT + timedelta(seconds=number),
        "by": "admin-1",
        "action": "directory.change",
        "subject": f"desk:{5100 + number}",
        "before": None,
        "after": {"section": "air", "x": 1.5},
        "reason": "搬遷",
    } | others


def chain(rows: list[Row]) -> list[ChainLink]:
    """As it is written."""
    before, links = START, list[ChainLink]()
    for position, one in enumerate(rows, 1):
        before = link(before, digest(one))
        links.append(ChainLink(position, one["id"], before, digest(one)))
    return links


def found(
    links: list[ChainLink], head: ChainLink | None = None, anchors: dict[str, ChainHead] | None = None
) -> list[str]:
    last = head or links[-1]
    return [one.what for one in broken(links, ChainHead(last.position, last.hash), anchors or {})]


WHOLE = chain([row(number) for number in (1, 2, 4, 5, 9)])
ANCHOR = {"2026-11-23": ChainHead(3, WHOLE[2].hash)}


def test_a_whole_chain_holds() -> None:
    """Numbers may be missing: of a transaction that was given up."""
    assert found(WHOLE, anchors=ANCHOR) == [] and list(broken([], ChainHead(), {})) == []


def test_a_flipped_byte_names_its_row() -> None:
    """And no other: the rows behind it are as they were."""
    links = [*WHOLE[:2], replace(WHOLE[2], digest=digest(row(4, reason="搬迁"))), *WHOLE[3:]]
    assert found(links) == ["row 4 is not what was written there, or not in its place"]


def test_a_dropped_row_is_named() -> None:
    """Also where its link went with it, and at the end of the log."""
    assert found([*WHOLE[:2], replace(WHOLE[2], digest=None), *WHOLE[3:]]) == ["row 4 was removed"]
    without = [*WHOLE[:2], *WHOLE[3:]]
    assert found(without) == ["between row 2 and row 5 something was removed, links and all"]
    assert found(WHOLE[:-1], WHOLE[-1]) == ["the chain ends at row 5, link 4, but had 5 links"]
    assert found(WHOLE, WHOLE[1])[0].startswith("the chain ends at row 9, link 5, but had 2")


def test_reordered_rows_are_named() -> None:
    """Two rows that changed places, with or without their links."""
    one, two = WHOLE[1:3]
    swapped = [WHOLE[0], replace(one, digest=two.digest), replace(two, digest=one.digest), *WHOLE[3:]]
    assert found(swapped)[0].startswith("row 2 is not what was written")
    moved = [WHOLE[0], replace(two, position=2), replace(one, position=3), *WHOLE[3:]]
    assert found(moved)[0].startswith("row 4 is not what was written there, or not in its place")


def test_a_chain_made_anew_contradicts_its_anchor() -> None:
    """Who owns the database can write another past, and cannot know what was kept elsewhere."""
    other = chain([row(number, by="nobody") for number in (1, 2, 4, 5, 9)])
    assert found(other) == []
    assert found(other, anchors=ANCHOR) == [
        "anchor 2026-11-23 knows another log up to row 4: the chain was made anew"
    ]
    assert found(WHOLE[:2], anchors=ANCHOR) == ["anchor 2026-11-23 tells of link 3, which is not there"]


@given(st.data())
def test_whatever_is_changed_shows(data: st.DataObject) -> None:
    """Any word of any row, any row less, any two exchanged."""
    rows = [row(number) for number in range(1, data.draw(st.integers(2, 6)) + 1)]
    links = chain(rows)
    place = data.draw(st.integers(0, len(rows) - 1))
    match data.draw(st.sampled_from(["word", "less", "exchanged"])):
        case "word":
            word = data.draw(st.sampled_from(["by", "action", "subject", "reason"]))
            text = data.draw(st.text().filter(lambda text: text != rows[place][word]))
            after = replace(links[place], digest=digest(rows[place] | {word: text}))
            links, first = [*links[:place], after, *links[place + 1 :]], place
        case "less":
            links, first = [*links[:place], replace(links[place], digest=None), *links[place + 1 :]], place
        case _:
            other = data.draw(st.integers(0, len(rows) - 1).filter(lambda other: other != place))
            one, two = links[place], links[other]
            links[place], links[other] = replace(one, digest=two.digest), replace(two, digest=one.digest)
            first = min(place, other)
    told = found(links)
    assert told and f"row {rows[first]['id']} " in told[0]


def test_the_same_instant_is_the_same_row_in_every_zone() -> None:
    """Databases give it back in theirs."""
    assert digest(row(1)) == digest(row(1) | {"at": row(1)["at"].astimezone(taipei("2026-01-01").tzinfo)})
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
