"""The districts of New Taipei City by their names of now and before, and what lies elsewhere. Pure."""

import re
from typing import Final

DISTRICTS: Final = tuple(
    "板橋區 三重區 中和區 永和區 新莊區 新店區 樹林區 鶯歌區 三峽區 淡水區 汐止區 瑞芳區 土城區 蘆洲區 五股區 泰山區 林口區"
    " 深坑區 石碇區 坪林區 三芝區 石門區 八里區 平溪區 雙溪區 貢寮區 金山區 萬里區 烏來區".split()
)
_OTHER_CITIES: Final = tuple(
    "台北市 基隆市 桃園市 桃園縣 宜蘭縣 新竹市 新竹縣 苗栗縣 台中市 台中縣 彰化縣 南投縣 雲林縣 嘉義市 嘉義縣 台南市 台南縣"
    " 高雄市 高雄縣 屏東縣 花蓮縣 台東縣 澎湖縣 金門縣 連江縣".split()
)
_NEIGHBOURS: Final = {
    "台北市": tuple(
        "中正區 大同區 中山區 松山區 大安區 萬華區 信義區 士林區 北投區 內湖區 南港區 文山區".split()
    ),
    "基隆市": tuple("仁愛區 安樂區 暖暖區 七堵區".split()),
    "桃園市": tuple("桃園區 龜山區 蘆竹區 大溪區 八德區 中壢區".split()),
}
"""Districts of the cities around, which nobody here has by the same name."""
_STEMS: Final = "|".join(name.removesuffix("區") for name in DISTRICTS)
_COUNTRY: Final = re.compile(r"(?:\d{3}(?:-?\d{2,3})?)?(?:中華民國)?(?:台灣省?)?")
_OURS: Final = re.compile(rf"(?:新北市|台北縣)|(?:新北|台北市?)(?=(?:{_STEMS}))")
_CITIES: Final = "板橋|三重|中和|永和|新莊|新店|樹林|汐止|土城|蘆洲"
_TOWNS: Final = "鶯歌|三峽|淡水|瑞芳"
_DISTRICT: Final = re.compile(rf"({_STEMS})(?:區|(?<={_CITIES})市|(?<={_TOWNS})鎮|(?<!{_CITIES}|{_TOWNS})鄉)")
"""A district by its name of today, or that of the city, town or township it was until 2010."""
_SHORT: Final = re.compile(rf"({_STEMS})(?=.)")
_SUFFIX: Final = re.compile(
    r"(?:[東西南北中]?(?:大道|路|街|巷|橋|里|村)|[\d,]|[國高]中|國小|車站|捷運|水庫|溪|河)"
)
"""What makes a name of its own of a district's: 中和路, 板橋車站, 三峽國小."""


def elsewhere(text: str) -> str:
    """The city or county that a place names, where it is not ours; else empty."""
    rest = _without_heading(text)
    if _OURS.match(rest) or _DISTRICT.match(rest):
        return ""
    named = next((city for city in _OTHER_CITIES if rest.startswith(city)), "")
    return named or next((city for city, districts in _NEIGHBOURS.items() if rest.startswith(districts)), "")


def leading(text: str) -> tuple[str, str]:
    """Take city and district off the beginning of a place: the district, if one is said, and the rest."""
    rest = _without_heading(text)
    if ours := _OURS.match(rest):
        rest = rest[ours.end() :].lstrip(",")
    if found := _DISTRICT.match(rest):
        return f"{found[1]}區", rest[found.end() :].lstrip(",")
    if (found := _SHORT.match(rest)) and not _SUFFIX.match(rest[found.end() :]):
        return f"{found[1]}區", rest[found.end() :].lstrip(",")
    return "", rest


def _without_heading(text: str) -> str:
    """The text without the postal code and the country that stand before its city or district."""
    found = _COUNTRY.match(text)
    rest = text[found.end() :] if found else text
    is_headed = _OURS.match(rest) or _DISTRICT.match(rest) or rest.startswith(_OTHER_CITIES)
    return rest if is_headed else text
