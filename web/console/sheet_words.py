"""What is wrong with files of the directory, in the words of the pages: where, what, and what to do."""

from collections.abc import Mapping
from typing import Any, Final

from hotline.sheets.faults import Fault, Wrong
from hotline.sheets.headings import FILES, column_of
from web.console.language import _l
from web.console.record_links import column_name, kind_name

WORDS: Final[Mapping[Wrong, Any]] = {
    Wrong.CANNOT_BE_USED: _l("「%(cell)s」不能使用；例如寫成 %(example)s。"),
    Wrong.NO_NUMBER: _l("「%(cell)s」不是電話號碼；例如寫成 (02)2960-3456轉5112 或 0912-345-678。"),
    Wrong.NOT_OURS_TO_DIAL: _l(
        "「%(cell)s」是國外或付費號碼；例如寫成 (02)2960-3456轉5112 或 0912-345-678。"
    ),
    Wrong.TOO_LONG: _l("有 %(count)s 個字，請縮短到 %(longest)s 個字以內。"),
    Wrong.NEITHER_YES_NOR_NO: _l("「%(cell)s」看不出是或否；請寫「是」或「否」。"),
    Wrong.NO_LENGTH: _l("「%(cell)s」不是長度；請寫公尺數，例如 12.5。"),
    Wrong.NOT_ON_A_FLOOR: _l("「%(cell)s」不在任何樓層內；請寫公尺數，例如 12.5。"),
    Wrong.NO_ROLE: _l("「%(cell)s」裡有系統沒有的角色；可用的是 %(roles)s。"),
    Wrong.NO_EXTENSION: _l("「%(cell)s」不是分機；例如寫成 5113 5114。"),
    Wrong.NO_INSTANT: _l("「%(cell)s」不是日期和時間；例如寫成 2026-11-24T08:30。"),
    Wrong.CANNOT_BE_PRINTED: _l("有看不見的控制字元；請刪除後重打。"),
    Wrong.EMPTY: _l("這一格不能空白；請填寫。"),
    Wrong.ENCODING: _l("編碼不是 UTF-8 也不是 Big5；請另存為「CSV UTF-8」。"),
    Wrong.BROKEN_CSV: _l("CSV 格式有誤（%(why)s）；請檢查引號和逗號。"),
    Wrong.COLUMN_MISSING: _l("缺少這一欄；標題列應為 %(heading)s。"),
    Wrong.NO_SUCH_COLUMN: _l("這個檔案沒有這一欄，或重複了；標題列應為 %(heading)s。"),
    Wrong.CELLS: _l("這一列有 %(found)s 格，標題有 %(expected)s 欄；請補上或刪去逗號。"),
    Wrong.ENDS_EARLY: _l("結束早於開始；請改晚一點。"),
    Wrong.HALF_A_SEAT: _l("座位要有樓層、x、y 三欄；請都填或都不填。"),
    Wrong.TWICE: _l("%(key)s 在第 %(line)s 列已經有了；請只留一列。"),
    Wrong.NO_FILE_OF_OURS: _l("看不出是哪一種資料；請在上一步選擇種類，或把檔名改成其中之一：%(known)s。"),
    Wrong.NO_FILE: _l("沒有檔案；應有的檔名是 %(known)s。"),
    Wrong.NO_WORKBOOK: _l("不是 XLSX 活頁簿；請另存為 .xlsx。"),
    Wrong.TOO_MUCH_WORK: _l(
        "讀這個活頁簿要超過 %(seconds)s 秒的運算或 %(megabytes)s MB 的記憶體，已停止；請另存為 CSV，或分成幾個較小的活頁簿。"
    ),
    Wrong.NO_SHEET_OF_OURS: _l("看不出這張工作表是哪一種資料；請把工作表改名為其中之一：%(known)s。"),
    Wrong.LOST_ZEROS: _l("這一格是數字，開頭的 0 可能不見了；請把儲存格格式改成文字後重填。"),
    Wrong.NOT_THERE: _l("沒有%(kind)s「%(key)s」；請先加入那份資料，或更正這一格。"),
    Wrong.FOLLOWS_ITSELF: _l("分機跟隨自己；請填其他分機。"),
    Wrong.OVER_ALREADY: _l("在生效日 %(when)s 之前就結束了；請改晚一點，或填開始時間。"),
    Wrong.IN_A_CIRCLE: _l("跟隨繞了一圈回到自己（%(circle)s）；請改填其他分機。"),
    Wrong.PLANNED: _l(
        "檔案沒有列出 %(key)s，但 %(author)s 已排定它在 %(when)s 的異動；請列入檔案，或先撤回那筆異動。"
    ),
    Wrong.NEEDS_TWO: _l(
        "帳號 %(key)s 會有核准他人的角色，或有這種角色而要換電子郵件；這要兩位管理員一起給。請從檔案拿掉，到「人員與角色」提出。"
    ),
    Wrong.OTHER_PERSON: _l(
        "帳號 %(key)s 是（或曾是）%(name)s 的，不會再給別人；請用新的帳號。同一個人改名，請到「人員與角色」更改姓名。"
    ),
    Wrong.STILL_NAMED: _l("%(kind)s %(key)s 還用到%(other)s %(named)s；請保留 %(named)s，或先移走 %(key)s。"),
}
FACTS_OF_KINDS: Final = ("kind", "other")
"""Facts that are kinds of rows."""


def wrong_in_words(wrong: Wrong, facts: Mapping[str, object]) -> str:
    """A fault in the page's language."""
    told = {name: kind_name(str(fact)) if name in FACTS_OF_KINDS else fact for name, fact in facts.items()}
    return str(WORDS[wrong]) % told


def file_name(fault: Fault) -> str:
    """The file or worksheet of a fault, as people call it."""
    return FILES.get(fault.file.removesuffix(".csv"), fault.file)


def column(fault: Fault) -> str:
    """Its column as the file calls it, or as people do."""
    return column_name(column_of(fault.column)) if fault.column else ""
