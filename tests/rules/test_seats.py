"""The seat plan as a picture: the order of ringing, who is not there,
and as much of a floor as there is room for.
"""

from datetime import datetime
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.directory.rules import Agency, Desk, Directory, Person, Seat, Section
from transfer.ladder import HuntRules, ladder
from web.console.seat_plan import HIGH, WIDE, SeatPlan, plan_of, ring_order

AT: datetime = taipei("2026-11-24T10:00")


def city(*desks: Desk, away: tuple[str, ...] = (), forwards: dict[str, str] | None = None) -> Directory:
    """One agency, one section; a desk of extension 11 is that of person p-11."""
    return Directory(
        AT,
        agencies={"epb": Agency("epb", "環保局")},
        sections={"air": Section("air", "epb", "空氣")},
        desks={desk.extension: desk for desk in desks},
        away=dict.fromkeys(away, "公出"),
        forwards=forwards or {},
        persons={f"p-{desk.extension}": Person(f"p-{desk.extension}", "air", "") for desk in desks},
    )


def desk(extension: int, x: float = 0, y: float = 0) -> Desk:
    return Desk(str(extension), "air", f"p-{extension}", seat=Seat("8F", x, y))


def order(then: Directory, extension: str) -> list[tuple[str, int, bool]]:
    by_day = ladder(then, extension, HuntRules(), is_open=True, urgent=False)
    found = ring_order(then, then.desks[extension], by_day)
    return [(one.desk.extension, one.place, one.is_rung) for one in found]


def plan(then: Directory, extension: str) -> SeatPlan:
    by_day = ladder(then, extension, HuntRules(), is_open=True, urgent=False)
    here = then.desks[extension]
    made = plan_of(then, here, ring_order(then, here, by_day))
    assert made is not None
    return made


def test_P5_1_1_neighbours_are_counted_as_they_are_rung() -> None:
    """The nearest first; two are rung, the third would be next."""
    then = city(desk(11), desk(12, 2), desk(13, 4), desk(14, 6))
    assert order(then, "11") == [("12", 1, True), ("13", 2, True), ("14", 3, False)]


def test_who_is_away_has_no_place() -> None:
    """Near or far, before or after those who are enough; and comes last."""
    then = city(desk(11), desk(12, 2), desk(13, 4), desk(14, 6), desk(15, 8), away=("p-12", "p-15"))
    assert order(then, "11") == [("13", 1, True), ("14", 2, True), ("12", 0, False), ("15", 0, False)]


def test_P5_1_2_who_answers_for_it_is_first() -> None:
    """The forward rings before the desk itself, so no neighbour is before it."""
    then = city(desk(11), desk(12, 2), desk(13, 4), desk(14, 6), forwards={"11": "14"})
    assert order(then, "11") == [("14", 1, True), ("12", 2, True), ("13", 3, True)]


def test_a_desk_without_a_seat_has_no_picture() -> None:
    """Its neighbours are a list only."""
    nowhere = Desk("11", "air")
    assert plan_of(city(nowhere), nowhere, []) is None


def test_another_floor_is_not_on_the_picture() -> None:
    """Nor another building with a floor called alike."""
    upstairs = Desk("12", "air", seat=Seat("9F", 0, 0))
    elsewhere = Desk("13", "air", seat=Seat("8F", 0, 0, "第二大樓"))
    made = plan(city(desk(11), upstairs, elsewhere), "11")
    assert [box.desk.extension for box in made.boxes] == ["11"]
    assert made.farther == 0


def test_of_a_large_floor_the_surroundings_are_shown() -> None:
    """The desk itself always; what is too far is counted."""
    everybody = [
        desk(100 + 20 * row + column, 2 * column, 3 * row) for row in range(20) for column in range(20)
    ]
    made = plan(city(*everybody), "310")
    shown = {box.desk.extension for box in made.boxes}
    assert {"310", "309", "311", "290", "330"} <= shown and len(shown) + made.farther == 400
    assert made.width <= 1000 and made.height <= 700


PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), min_size=1, max_size=12, unique=True)


@given(PLACES)
def test_boxes_are_on_the_picture_and_do_not_cover_each_other(places: list[tuple[int, int]]) -> None:
    """Seats that are two metres apart or more; each desk once, wherever its neighbours sit."""
    made = plan(city(*(desk(11 + n, 2.0 * x, 3.0 * y) for n, (x, y) in enumerate(places))), "11")
    assert sum(box.is_asked for box in made.boxes) == 1
    for box in made.boxes:
        assert 0 <= box.x <= made.width - WIDE and 0 <= box.y <= made.height - HIGH
    for one, other in combinations(made.boxes, 2):
        assert abs(one.x - other.x) >= WIDE or abs(one.y - other.y) >= HIGH
