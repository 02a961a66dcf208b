"""Two agencies with their desks, and whom a call for one of them rings, in few words."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st

from hotline.directory.rules import Agency, Desk, Directory, DutyOfficer, Seat, Section
from tests.parts import NOON
from transfer.ladder import HuntRules, Ladder, ladder
from transfer.reasons import WhyNot

RULES = HuntRules()
ENVIRONMENT = Agency("env", "環境保護局")
HEALTH = Agency("health", "衛生局", off_site=True, number="(02)2257-7155")
SECTIONS = {
    "inspect": Section("inspect", "env", "稽查科"),
    "waste": Section("waste", "env", "廢棄物管理科"),
    "food": Section("food", "health", "食品藥物管理科"),
}


def desk(extension: str, x: float, *, section: str = "inspect", floor: str = "8", number: str = "") -> Desk:
    return Desk(extension, section, f"p{extension}", f"員工{extension}", Seat(floor, x, 0), number)


DESKS = [
    desk("5112", 0),
    desk("5113", 2),
    desk("5114", -3),
    desk("5119", 40, floor="9"),
    desk("5201", 1, section="waste"),
    desk("5202", 30, section="waste"),
    desk("7001", 1, section="food"),
]
CITY = Directory(
    NOON,
    agencies={"env": ENVIRONMENT, "health": HEALTH},
    sections=SECTIONS,
    desks={one.extension: one for one in DESKS},
    duty=(DutyOfficer(1, "值日甲", "0911000001"), DutyOfficer(2, "值日乙", "5202")),
)


def climbed(
    directory: Directory = CITY,
    asked: str = "5112",
    rules: HuntRules = RULES,
    *,
    is_open: bool = True,
    urgent: bool = False,
) -> Ladder:
    return ladder(directory, asked, rules, is_open=is_open, urgent=urgent)


def rung(found: Ladder) -> list[tuple[str, str]]:
    return [(one.kind.value, one.extension) for one in found.rungs]


def skipped(found: Ladder) -> dict[str, str]:
    """Extension to reason, without those who only come too late in the row."""
    return {one.extension: one.reason.value for one in found.skipped if one.reason is not WhyNot.ENOUGH}


def with_(**changes: object) -> Directory:
    return replace(CITY, **changes)  # type: ignore[arg-type]


def closed(*codes: str) -> Mapping[str, Section]:
    return {code: replace(one, closed=one.closed or code in codes) for code, one in SECTIONS.items()}


DESK, FORWARD = ("desk", "5112"), "forward"
EXTENSIONS = [str(5000 + n) for n in range(8)]
SOME = st.sampled_from(EXTENSIONS)
SEATS = st.none() | st.builds(Seat, st.sampled_from("89"), st.integers(0, 3), st.integers(0, 3))


@st.composite
def directories(draw: st.DrawFn) -> Directory:
    desks = {
        extension: Desk(
            extension,
            draw(st.sampled_from(["inspect", "waste", "food", "gone"])),
            draw(st.sampled_from(["", *(f"p{one}" for one in EXTENSIONS)])),
            seat=draw(SEATS),
            number=draw(st.sampled_from(["", "", "(02)2960-3456", "?"])),
        )
        for extension in draw(st.lists(SOME, unique=True))
    }
    faults = st.builds(
        replace, st.just(ENVIRONMENT), fault=st.booleans(), alternative=st.sampled_from(["", "0229609999"])
    )
    officers = st.builds(DutyOfficer, st.integers(1, 9), st.just("甲"), st.sampled_from(["0911", "", "5001"]))
    return Directory(
        NOON,
        agencies={"env": draw(faults), "health": HEALTH},
        sections=closed(*draw(st.lists(st.sampled_from(list(SECTIONS))))),
        desks=desks,
        forwards=draw(st.dictionaries(SOME, SOME)),
        away=draw(st.dictionaries(st.sampled_from([f"p{one}" for one in EXTENSIONS]), st.just("請假"))),
        duty=tuple(draw(st.lists(officers, max_size=30))),
    )
