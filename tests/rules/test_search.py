"""Whom to ask, as people ask: written, as it sounds, in signs, by number, with a slip."""

import pytest

from hotline.clock import taipei
from hotline.directory.rules import Agency, Business, Desk, Directory, Person, Section
from hotline.directory.search import Index
from hotline.search import Match

NAMES = {"5112": "張文彬", "5113": "章文斌", "5114": "陳志明", "5115": "林雅婷", "5116": "黃淑芬"}
THEN = Directory(
    taipei("2026-11-24"),
    agencies={"epb": Agency("epb", "環保局"), "pwd": Agency("pwd", "工務局")},
    sections={"air": Section("air", "epb", "空氣品質科"), "light": Section("light", "pwd", "照明科")},
    persons={
        f"p-{key}": Person(f"p-{key}", "air", name, duties="工廠排煙、露天燃燒" if key == "5114" else "")
        for key, name in NAMES.items()
    },
    desks={
        **{key: Desk(key, "air", f"p-{key}", name) for key, name in NAMES.items()},
        "6101": Desk("6101", "light", number="(02)2960-3456"),
    },
    businesses={"b": Business("b", "light", name="路燈故障", keywords="街燈 不亮")},
)
INDEX = Index(THEN)


@pytest.mark.parametrize(
    ("asked", "extension", "match"),
    [
        ("張文彬", "5112", Match.WRITTEN),
        ("志明", "5114", Match.WRITTEN),
        ("zhangwenbin", "5112", Match.SOUND),
        ("zhang wen bin", "5113", Match.SOUND),
        ("ㄓㄤㄨㄣˊㄅㄧㄣ", "5113", Match.SOUND),
        ("張文斌", "5113", Match.SOUND),
        ("陳志銘", "5114", Match.SOUND),
        ("linyatimg", "5115", Match.SIMILAR),
        ("黃俶芬", "5116", Match.SIMILAR),
        ("林雅亭婷", "5115", Match.SIMILAR),
        ("露天燃燒", "5114", Match.WRITTEN),
        ("街燈", "6101", Match.WRITTEN),
        ("路登", "6101", Match.SOUND),
        ("空氣品質", "5112", Match.WRITTEN),
        ("環保局空氣品質科", "5112", Match.WRITTEN),
        ("5114", "5114", Match.NUMBER),
        ("2960-3456", "6101", Match.NUMBER),
        ("+886 2 2960 3456", "6101", Match.NUMBER),
        ("５１１３", "5113", Match.NUMBER),
    ],
)
def test_somebody_is_found_as_people_ask(asked: str, extension: str, match: Match) -> None:
    """彬 and 斌, 張 and 章, in pinyin, in 注音, by duty, section and number, with typing errors."""
    hits = {hit.extension: hit.match for hit in INDEX.find(asked)}
    assert hits.get(extension) == match


def test_as_written_comes_before_as_it_sounds() -> None:
    """And both come."""
    assert [hit.extension for hit in INDEX.find("章文斌")][:2] == ["5113", "5112"]


@pytest.mark.parametrize("asked", ["", "   ", "完全不存在的名字啊啊啊", "%", "_", "99999999", "ˊ"])
def test_what_is_not_there_is_not_found(asked: str) -> None:
    """No sign is a wildcard."""
    assert INDEX.find(asked) == []


def test_no_more_than_asked_for() -> None:
    """A section of thousands fills one page."""
    many = {str(number): Desk(str(number), "air") for number in range(1000, 9000)}
    assert len(Index(Directory(THEN.at, THEN.agencies, THEN.sections, many)).find("空氣", most=7)) == 7
