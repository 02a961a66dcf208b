"""Headings of the columns of the directory's files, in English and in Chinese. Pure."""

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["en", "zh"]
CHINESE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "code": ("代碼", "代號", "編號"),
        "name": ("名稱", "姓名"),
        "off_site": ("府外", "府外機關"),
        "number": ("電話", "電話號碼", "總機"),
        "alternative": ("替代號碼", "備用電話"),
        "emergency": ("緊急電話", "緊急聯絡電話"),
        "parent": ("上級機關",),
        "closed": ("停用", "裁撤"),
        "successor": ("承接機關",),
        "agency": ("機關", "機關代碼"),
        "email": ("電子郵件", "電子信箱"),
        "section": ("科室", "科室代碼", "單位"),
        "title": ("職稱",),
        "duties": ("業務職掌", "職掌"),
        "extension": ("分機", "分機號碼"),
        "person": ("人員", "人員代碼", "承辦人", "話務人員"),
        "language": ("語言",),
        "floor": ("樓層",),
        "x": ("x座標", "橫座標"),
        "y": ("y座標", "縱座標"),
        "building": ("大樓", "建築物"),
        "neighbours": ("鄰座順序", "鄰座"),
        "target": ("跟隨分機", "跟隨"),
        "cause": ("事由", "原因"),
        "place": ("順位",),
        "login": ("帳號",),
        "roles": ("角色",),
        "phone": ("話機", "分機或話機"),
        "office": ("窗口",),
        "cover": ("代接分機", "代理分機"),
        "keywords": ("關鍵字",),
        "case_kind": ("案件種類", "種類"),
        "sections": ("各區承辦",),
        "manager": ("督導主管", "業務督導主管"),
        "stage1_hours": ("第一階段時數",),
        "stage2_days": ("第二階段天數",),
        "safety": ("公共安全或資源",),
        "questions": ("詢問事項",),
        "prevention": ("預防措施",),
        "prevention_at": ("預防措施日期",),
        "reviewed_at": ("檢討日期",),
        "placeholder": ("暫定資料",),
        "external_ref": ("原案號", "原系統案號"),
        "category": ("案件類別", "類別代碼"),
        "matter": ("案情", "案件內容"),
        "address": ("地點", "案發地點"),
        "district": ("行政區",),
        "reply_way": ("回復方式",),
        "filed_at": ("受理時間", "立案時間"),
        "waits": ("尚未受理",),
        "question": ("問題",),
        "answer": ("答案", "回答"),
        "business": ("業務",),
        "aloud": ("可直接唸給民眾聽",),
        "from": ("起", "開始", "生效日"),
        "until": ("迄", "結束", "截止"),
    }
)
"""The first word is the one that is written; the others are read too."""
_COLUMNS: Final = MappingProxyType({word: name for name, words in CHINESE.items() for word in words})
FILES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agencies": "機關",
        "sections": "科室",
        "persons": "人員",
        "desks": "分機",
        "business": "業務職掌",
        "contacts": "聯繫窗口",
        "categories": "案件類別",
        "forwards": "跟隨",
        "absences": "請假",
        "bookings": "全科外出",
        "duty": "值日",
        "staff": "帳號",
    }
)
"""What the sheets of a workbook may be called besides."""
_SHEETS: Final = MappingProxyType({chinese: name for name, chinese in FILES.items()})


def column_of(heading: str) -> str:
    """The column that a heading means; the heading itself when none is called so."""
    plain = unicodedata.normalize("NFKC", heading).strip()
    return _COLUMNS.get(plain.lower(), _COLUMNS.get(plain, plain))


def sheet_of(title: str) -> str:
    """The file that the title of a worksheet means."""
    return _SHEETS.get(title.strip(), title.strip())


def heading_of(column: str, language: Language) -> str:
    """The heading of a column in a file that we write."""
    return CHINESE[column][0] if language == "zh" else column
