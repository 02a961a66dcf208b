"""The words in which a deadline explains itself, in English and in Traditional Chinese.

Facts come in, one line comes out; nothing is computed here. Weekday names are
written down because those of the operating system change with its locale.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hotline.clauses import cited


@dataclass(frozen=True)
class Words:
    """One language: names, and a pattern for each kind of line."""

    holidays: str
    cites: Callable[[str], str]
    weekdays: Sequence[str]
    units: tuple[str, str, str, str]
    join: str
    weekend: str
    make_up: str
    working_time_is: str
    working_days_are: str
    calendar_time_is: str
    notice_is: str
    off_is: str
    starts_is: str
    counts_is: str
    last_is: str
    day_is: str
    rounded_is: str
    due_is: str

    def working_time(self, clause: str, amount: timedelta, at: datetime, hours: str) -> str:
        """Heading of a WH limit."""
        return self.working_time_is.format(
            clause=self.cites(clause), amount=self.length(amount), at=self.instant(at), hours=hours
        )

    def working_days(self, clause: str, days: int, at: datetime) -> str:
        """Heading of a WD limit."""
        return self.working_days_are.format(clause=self.cites(clause), days=days, day=self.day(at))

    def calendar_time(self, clause: str, amount: timedelta, at: datetime) -> str:
        """Heading of a CAL limit."""
        return self.calendar_time_is.format(
            clause=self.cites(clause), amount=self.length(amount), at=self.instant(at)
        )

    def notice(self, clause: str, days: int, change: date) -> str:
        """Heading of a limit that is counted backwards."""
        return self.notice_is.format(clause=self.cites(clause), days=days, day=self.day(change))

    def off(self, first: date, last: date, reasons: Sequence[str]) -> str:
        """A run of days that do not count; reasons once each, in order."""
        days = self.day(first) if first == last else f"{self.day(first)} – {self.day(last)}"
        return self.off_is.format(days=days, reasons=self.join.join(dict.fromkeys(reasons)))

    def starts(self, opening: datetime) -> str:
        """The clock waits for an opening."""
        return self.starts_is.format(opening=self.instant(opening))

    def counts(self, start: datetime, used: timedelta, left: timedelta, note: str) -> str:
        """A stretch of open time, used to its end or, when nothing is left, to the deadline."""
        pattern = self.counts_is if left else self.last_is
        end = self.clock(start + used)
        return pattern.format(
            start=self.instant(start), end=end, used=self.length(used), left=self.length(left)
        ) + self._noted(note)

    def counted_day(self, day: date, number: int, note: str) -> str:
        """A working day that counts."""
        return self.day_is.format(day=self.day(day), number=number) + self._noted(note)

    def rounded(self, step: timedelta, at: datetime) -> str:
        """Line on an end that lies between two full steps, rounded down."""
        return self.rounded_is.format(step=self.length(step), at=self.clock(at))

    def due(self, at: datetime) -> str:
        """The result."""
        return self.due_is.format(at=self.instant(at))

    def day(self, day: date) -> str:
        """``Fri 2026-02-13``."""
        return f"{self.weekdays[day.weekday()]} {day:%Y-%m-%d}"

    def instant(self, at: datetime) -> str:
        """Day and time of day."""
        return f"{self.day(at)} {self.clock(at)}"

    def clock(self, at: datetime) -> str:
        """Time of day; seconds only when there are any."""
        return f"{at:%H:%M:%S}" if at.second or at.microsecond else f"{at:%H:%M}"

    def length(self, amount: timedelta) -> str:
        """``1 d 2 h 30 min``; parts that are zero are left out."""
        minutes, seconds = divmod(amount.seconds, 60)
        parts = zip((amount.days, *divmod(minutes, 60), seconds), self.units, strict=True)
        return " ".join(f"{count} {unit}" for count, unit in parts if count) or f"0 {self.units[3]}"

    def _noted(self, note: str) -> str:
        return f" ({note})" if note else ""


ENGLISH = Words(
    holidays="en_US",
    cites=str,
    weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    units=("d", "h", "min", "s"),
    join=", ",
    weekend="weekend",
    make_up="make-up workday",
    working_time_is="{clause}: {amount} of office hours ({hours}) from {at}",
    working_days_are="{clause}: working day {days} after {day}, which is day 0",
    calendar_time_is="{clause}: {amount} from {at}; nights and days off count",
    notice_is="{clause}: working day {days} before {day}",
    off_is="{days} off: {reasons}",
    starts_is="closed then; the clock starts at {opening}",
    counts_is="{start}-{end} counts {used}, {left} left",
    last_is="{start} + {used} = {end}",
    day_is="{day} is day {number}",
    rounded_is="rounded down to full {step}: {at}",
    due_is="due {at}",
)

CHINESE = Words(
    holidays="zh_TW",
    cites=cited,
    weekdays=("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
    units=("天", "小時", "分", "秒"),
    join="、",
    weekend="週末",
    make_up="補行上班日",
    working_time_is="依{clause}：自{at}起算上班時間（{hours}）{amount}",
    working_days_are="依{clause}：{day}收件（第0日），其後第{days}個工作日",
    calendar_time_is="依{clause}：自{at}起算{amount}，夜間及假日照計",
    notice_is="依{clause}：{day}前第{days}個工作日",
    off_is="{days}不計：{reasons}",
    starts_is="當時非上班時間，自{opening}起算",
    counts_is="{start}-{end}計{used}，尚餘{left}",
    last_is="{start} + {used} = {end}",
    day_is="{day}為第{number}日",
    rounded_is="以{step}為單位，不足者捨去：{at}",
    due_is="期限{at}",
)
