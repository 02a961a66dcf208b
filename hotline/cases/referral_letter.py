"""The letter by which a false report is referred to the police (P8.3), as offices in Taiwan write one. Pure.

Nothing of who reported the case enters: that is handed over under judicial procedure alone.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from hotline.cases.numbers import REPUBLIC, shown
from hotline.cases.store import Case, Referral
from hotline.clock import TAIPEI
from hotline.phones import in_taiwan

SENDER: Final = "新北市政府研究發展考核委員會　函（稿）"


@dataclass(frozen=True, slots=True)
class ReferralLetter:
    """A letter: its head in lines of a name and a text, the last of them what it is about; and its points."""

    sender: str
    heads: tuple[tuple[str, str], ...]
    points: tuple[str, ...]
    points_head: str = "說明"


def letter_of(row: Referral, case: Case, category: str) -> ReferralLetter:
    """The letter of a referral; ``category``: what the case is about, as the table names it."""
    filed = (case.filed_at or case.drafted_at).astimezone(TAIPEI)
    where = case.place if case.place.startswith(case.district) else f"{case.district}{case.place}"
    reached = f"（聯絡電話：{in_taiwan(row.phone)}）" if row.phone else ""
    about = f"「{category}」案件（案號 {shown(case.number or '')}）"
    return ReferralLetter(
        SENDER,
        (
            ("受文者", row.police_unit),
            ("發文日期", _day(row.letter_on) if row.letter_on else ""),
            ("發文字號", row.letter),
            (
                "主旨",
                f"有關{row.complainant}君請求追究他人向本府1999專線謊報案件之責任一案，請依權責查處，請查照。",
            ),
        ),
        (
            f"本府1999專線於{_day(filed.date())}{filed:%H時%M分}受理{about}"
            + (f"，地點：{where}。" if where else "。"),
            f"{row.complainant}君{reached}表示：{row.wish.rstrip('。')}。爰請求追究謊報者之責任。",
            "本案紀錄及相關通話錄音業已保全。貴單位如需調閱，請依司法程序，由法院或檢察署來文並載明案號，本會當即配合提供。",
        ),
    )


def _day(day: date) -> str:
    return f"中華民國{day.year - REPUBLIC}年{day.month}月{day.day}日"
