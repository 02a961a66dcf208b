"""A whole city that never was: agencies, sections, persons, desks on floor plans, all from one seed.

It grows around the small one of ``demo/city``, whose rows it leaves alone. Every name has 示 in its middle,
so that nobody is called so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from hotline.directory.files.importing import ReadFiles
from hotline.sheets.columns import SheetRecord

AGENCIES: Final = 30
SECTIONS: Final = 300
DESKS: Final = 3000
MARK: Final = "示"
"""In every name of the fictional city, the small one's too."""
FIRST_EXTENSION: Final = 20000
FILE: Final = "grown"
BUREAUS: Final = (
    "教育局", "經濟發展局", "水利局", "農業局", "城鄉發展局", "地政局", "勞動局", "文化局", "觀光旅遊局", "衛生局",
    "法制局", "主計處", "人事處", "政風處", "新聞局", "客家事務局", "體育局", "青年局", "秘書處", "資訊中心",
    "養護工程處", "示範東區公所", "示範西區公所", "示範南區公所", "示範北區公所",
)  # fmt: skip
OFFICES: Final = (
    "綜合規劃科",
    "業務管理科",
    "行政管理科",
    "服務推廣科",
    "稽查科",
    "工程科",
    "設施維護科",
    "資訊室",
    "人事室",
    "會計室",
    "政風室",
    "法制室",
    "秘書室",
    "研究發展科",
)
BUSINESSES: Final = (
    ("補助申請", "津貼 補貼"),
    ("證照核發", "執照 牌照"),
    ("陳情案件", "申訴 檢舉"),
    ("場地租借", "借用 預約"),
    ("設施修繕", "壞掉 維修"),
    ("活動報名", "參加 課程"),
    ("資料申請", "謄本 影本"),
    ("環境巡查", "髒亂 噪音"),
    ("費用繳納", "繳費 規費"),
    ("志工招募", "義工"),
)
TITLES: Final = ("科長", "股長", "專員", "科員", "承辦人", "助理員")
SURNAMES: Final = "陳林黃張李王吳劉蔡楊許鄭謝郭洪邱曾廖賴徐周葉蘇莊江呂何羅高蕭章"
GIVEN: Final = "文彬斌志明銘雅婷庭淑芬美玲建宏鴻家豪怡君俊傑傑佳穎宇欣柏翰承恩詠晴思妤睿哲"


@dataclass(frozen=True)
class _Growing:
    """Names and numbers still to be drawn, from one source of chance."""

    chance: Random

    def name(self) -> str:
        return f"{self.chance.choice(SURNAMES)}{MARK}{self.chance.choice(GIVEN)}"


def grown(small: ReadFiles, seed: int = 1999) -> ReadFiles:
    """The small city and as much around it that there are 30 agencies, 300 sections and 3,000 desks."""
    there = {kind: sum(one.kind == kind for one in small.records) for kind in ("agency", "section", "desk")}
    rows = list(
        _rows(
            _Growing(Random(seed)),
            AGENCIES - there["agency"],
            SECTIONS - there["section"],
            DESKS - there["desk"],
        )
    )
    records = [SheetRecord(FILE, line, kind, key, says) for line, (kind, key, says) in enumerate(rows, 1)]
    order = ("agency", "section", "person", "desk", "business", "contact")
    records.sort(key=lambda record: order.index(record.kind))
    return ReadFiles((*small.records, *records), small.faults)


Row = tuple[str, str, dict[str, Any]]


def _rows(growing: _Growing, agencies: int, sections: int, desks: int) -> Iterator[Row]:
    extension, section = FIRST_EXTENSION, 0
    for number in range(agencies):
        code, off_site = f"a{number + 1:02}", BUREAUS[number].endswith("區公所")
        yield "agency", code, _agency(BUREAUS[number], number, off_site)
        own = sections // agencies + (number < sections % agencies)
        leads = list[str]()
        for place in range(own):
            here = desks // sections + (section < desks % sections)
            yield from _section(growing, code, place, extension, here, number, off_site)
            leads.append(f"p-{extension}")
            extension, section = extension + here, section + 1
        yield from _contacts(code, leads)


def _agency(name: str, number: int, off_site: bool) -> dict[str, Any]:
    says: dict[str, Any] = {"name": name, "emergency": f"09000010{number:02}"}
    if off_site:
        says |= {"off_site": True, "number": f"(02)2960-10{number:02}", "alternative": f"09000020{number:02}"}
    return says


def _section(
    growing: _Growing, agency: str, place: int, first: int, desks: int, number: int, off_site: bool
) -> Iterator[Row]:
    code = f"{agency}-s{place + 1:02}"
    yield (
        "section",
        code,
        {"agency": agency, "name": OFFICES[place % len(OFFICES)], "email": f"{code}@city.example"},
    )
    topics = growing.chance.sample(BUSINESSES, 2)
    for business, (name, keywords) in enumerate(topics, 1):
        says = {"section": code, "name": name, "keywords": keywords}
        yield (
            "business",
            f"{code}-b{business}",
            says | ({"person": f"p-{first + 1}"} if business == 2 else {}),
        )
    building = f"{BUREAUS[number]}辦公室" if off_site else f"第{'一二三'[number % 3]}行政大樓"
    for seat in range(desks):
        extension, title = (
            str(first + seat),
            TITLES[min(seat, 2)] if seat < 2 else growing.chance.choice(TITLES[2:]),
        )
        person = f"p-{extension}"
        yield (
            "person",
            person,
            {
                "section": code,
                "name": growing.name(),
                "title": title,
                "duties": topics[seat % 2][0],
                "email": f"{person}@city.example",
            },
        )
        yield (
            "desk",
            extension,
            {
                "section": code,
                "person": person,
                "floor": f"{number // 3 + 2}F",
                "building": building,
                "x": 2.0 + 2.0 * (seat % 4) + 10.0 * (place % 4),
                "y": 2.0 + 3.0 * (seat // 4) + 12.0 * (place // 4),
            },
        )


def _contacts(agency: str, leads: list[str]) -> Iterator[Row]:
    """The liaison and the offices of the quick service, each with a deputy."""
    for office, role in enumerate(("liaison", "quick-liaison", "manager", "control-officer")):
        for place in (1, 2):
            key = f"{agency}/{role}/{place}"
            person = leads[(office + place) % len(leads)]
            yield "contact", key, {"agency": agency, "role": role, "place": str(place), "person": person}
