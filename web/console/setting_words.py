"""Settings in the words of the page: what each means, how its value is written, and why one cannot be."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from hotline.runtime_settings.rules import Origin
from hotline.settings import SECRETS, Settings
from hotline.settings.kinds import as_written
from web.console.language import _, _l, current
from wording import length

GROUPS: Final[Sequence[tuple[Any, Sequence[str]]]] = (
    (_l("轉接"), ("transfer_ring", "transfer_neighbour_ring", "transfer_neighbours")),
    (_l("等候與緊急"), ("queue_talk", "supervisor_ring", "caller_calls_free")),
    (_l("話務台"), ("after_call", "recovery", "talk_alerts", "recording_pause")),
    (_l("回電"), ("callback_remind", "callback_attempts", "callback_lease", "verify_attempts")),
    (_l("通知與異動"), ("notice_night", "change_notice_days")),
)
"""The settings that can be set at run time, as people look for them."""
MEANINGS: Final[Mapping[str, Any]] = {
    "transfer_ring": _l("轉接時，先響被指定的分機這麼久；沒人接才響鄰座。"),
    "transfer_neighbour_ring": _l("指定的分機沒人接時，每個鄰座響這麼久。"),
    "transfer_neighbours": _l("指定的分機沒人接時，最多依序響幾個鄰座；0 就是不響鄰座。"),
    "queue_talk": _l("每通電話平均談多久；播報「預估等候幾分鐘」用它計算。"),
    "supervisor_ring": _l("話務人員按緊急鍵時，主管的電話響這麼久。"),
    "caller_calls_free": _l(
        "手語轉接中心、學校、醫院等總機的號碼，同時打來的通數不受限制；用逗號分開，例如 0229603456,0800080123。"
    ),
    "after_call": _l(
        "用瀏覽器接聽的話務人員，通話後這麼久之內不派新來電，直到選好服務類型並按「準備好了」；0 就是沒有。"
    ),
    "recovery": _l(
        "話務人員接完特殊來電或緊急來電後，這麼久之內不派新來電；準備好了可以提早恢復，0 就是和一般通話後一樣。"
    ),
    "talk_alerts": _l("通話到這些分鐘數時，話務台提醒一次；用逗號分開，例如 5,10，留空就不提醒。"),
    "recording_pause": _l("話務人員在民眾說身分證字號時暫停錄音；忘了恢復，過了這麼久就自動恢復。"),
    "callback_remind": _l("登記回電之後，經過這麼多上班時間還沒處理，就提醒承辦人；必須短於回電時限。"),
    "callback_attempts": _l("回電時這麼多次都聯絡不上民眾，就以「聯絡不上」結案。"),
    "callback_lease": _l("有人認領回電後，這麼久沒有任何動作，就放回去讓別人處理。"),
    "verify_attempts": _l("案件涉及特定人時，立案前回撥民眾確認身分，最多這麼多次。"),
    "notice_night": _l("可以等的通知在這段時間不發送，早上再送；寫成 21:00-09:00，留空就是隨時發送。"),
    "change_notice_days": _l("辦公室搬遷、人員或號碼異動，要在生效前這麼多個上班日通知；較晚的會標為逾期。"),
}
ORIGINS: Final[Mapping[Origin, Any]] = {
    Origin.PAGES: _l("在這裡設定"),
    Origin.ENVIRONMENT: _l("環境變數"),
    Origin.FILE: _l("settings.toml"),
    Origin.DEFAULT: _l("程式預設"),
}


def is_duration(name: str) -> bool:
    """Tell whether a setting is a length of time, typed in seconds."""
    return Settings.model_fields[name].annotation is timedelta


def shown(name: str, settings: Settings) -> str:
    """The value of a setting for readers: times with their unit; a secret is never shown."""
    if name in SECRETS:
        return "••••"
    return in_units(name, as_written(getattr(settings, name)))


def in_units(name: str, written: str) -> str:
    """A value as it was typed, for readers."""
    if not written:
        return _("（空白）")
    if is_duration(name) and written.replace(".", "", 1).isdecimal():
        return length(timedelta(seconds=float(written)), current())
    return written


def edges(name: str) -> tuple[str, str]:
    """The least and the most a setting may be, for readers; empty for none."""
    return _edge(name, "ge"), _edge(name, "le")


def _edge(name: str, mark: str) -> str:
    marks = (getattr(one, mark, None) for one in Settings.model_fields[name].metadata)
    found = next((one for one in marks if one is not None), None)
    return "" if found is None else in_units(name, as_written(found))
