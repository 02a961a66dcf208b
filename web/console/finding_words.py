"""What is wrong or lacking in the directory, in the words of the pages."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from administration.directory_check import Seen
from control.reachability import Reach
from hotline.directory.findings import Finding, Wrong
from transfer.findings import Hunted
from web.console.language import _l, moment

WORDS: Final[Mapping[StrEnum, Any]] = {
    Reach.EXCHANGE_SILENT: _l("承辦人的交換機沒有回應，後面的 %(count)s 支分機都不會響；請檢查線路。"),
    Reach.NO_WAY: _l("Asterisk 撥不到 %(number)s；請更正號碼，或在撥號規則裡開放。"),
    Wrong.ENDS_EARLY: _l("結束時間 %(until)s 早於開始；請更正日期。"),
    Wrong.TWO_ROWS: _l("%(since)s 同時有兩筆有效；請復原其中一筆異動。"),
    Wrong.NO_SUCCESSOR: _l("已裁撤但沒有有效的承接機關；請指定。"),
    Wrong.NO_ALTERNATIVE: _l("府外機關沒有替代號碼，總機故障時無法轉接；請補上。"),
    Wrong.NO_PARENT: _l("上級機關 %(parent)s 已失效；請改為其他機關。"),
    Wrong.NO_LIAISON: _l("沒有 1999 聯繫窗口；請指定一人。"),
    Wrong.SECTION_WITHOUT_AGENCY: _l("所屬機關 %(agency)s 已失效；請改隸或結束這個科室。"),
    Wrong.NO_EXTENSION: _l("沒有任何分機可以接聽；請新增分機，或將科室停用。"),
    Wrong.EVERYBODY_AWAY: _l("所有人都不在，也沒有人代接；請安排代接。"),
    Wrong.DESK_WITHOUT_SECTION: _l("所屬科室 %(section)s 已失效；請移到其他科室。"),
    Wrong.DESK_WITHOUT_PERSON: _l("使用人 %(person)s 已失效；請改給其他人。"),
    Wrong.NO_SUCH_NEIGHBOUR: _l("鄰座順序中的 %(extension)s 不是分機；請更正。"),
    Wrong.SEVERAL_DESKS: _l("一人有 %(count)s 個座位（%(phones)s）；請只留一個。"),
    Wrong.FOLLOWS_NOBODY: _l("跟隨 %(target)s，但那不是分機；請結束跟隨。"),
    Wrong.FOLLOWS_OUT: _l("跟隨 %(target)s，電話會轉到府外號碼 %(number)s；請確認。"),
    Wrong.BUSINESS_WITHOUT_SECTION: _l("承辦科室 %(section)s 已失效；請改由其他科室承辦。"),
    Wrong.CONTACT_GONE: _l("%(person)s 或其機關已失效；請改派其他人。"),
    Wrong.CANNOT_COVER: _l("代接分機 %(cover)s 屆時無法代接；請改由其他分機代接。"),
    Wrong.NOBODY_COVERS: _l("全科外出卻沒有人代接；請由其他科室代接。"),
    Wrong.DUTY_RINGS_NOBODY: _l("值日電話 %(number)s 不是分機，打不通；請改為其他號碼。"),
    Wrong.NO_DUTY: _l("沒有人值日，非上班時間的緊急來電無人可通知；請排值日。"),
    Hunted.IN_A_CIRCLE: _l("跟隨繞了一圈回到自己，轉接時會被略過；請結束其中一個。"),
    Hunted.ALONE: _l("忙線或無人接聽時沒有鄰座可改接：同科室、同樓層都沒有人；請設定座位或鄰座順序。"),
    Seen.UNREACHABLE: _l("最近一次響鈴時電話交換系統找不到這支話機；請檢查話機，或結束這個分機。"),
}
PLACES: Final = {
    "agencies": "agency", "sections": "section", "persons": "person", "desks": "desk", "forwards": "forward",
    "away": "absence", "switchboards": "switchboard", "days": "calendar", "bookings": "booking",
    "businesses": "business", "contacts": "contact",
}  # fmt: skip
"""Kinds, by the word that findings about rows use."""


def sentence(found: Finding) -> str:
    """What is wrong, and what to do, in the page's language."""
    facts = {name: moment(fact) if isinstance(fact, datetime) else fact for name, fact in found.facts.items()}
    return str(WORDS[found.wrong]) % facts


def subject(found: Finding) -> tuple[str, str]:
    """Kind and key of what it is about."""
    kind, _colon, key = found.subject.partition(":")
    return PLACES.get(kind, kind), key
