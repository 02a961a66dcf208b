"""Office-hours arithmetic: when a limit ends, how much time has counted, and why. Pure.

``workdays`` knows which days count and at which hours, ``arithmetic`` counts on them, ``explain`` tells the
arithmetic in words. The calendar of official days is a library's; what the city declared is given. Never
enters: the time of now, and whose limit it is.
"""

from hotline.worktime.arithmetic import (
    CalendarTime,
    Limit,
    NaiveInstant,
    NeverOpen,
    RoundedDown,
    WorkingDays,
    WorkingTime,
    Worktime,
)
from hotline.worktime.workdays import Calendar, DayKind, NoCalendar, OfficeHours, Override

__all__ = [
    "Calendar",
    "CalendarTime",
    "DayKind",
    "Limit",
    "NaiveInstant",
    "NeverOpen",
    "NoCalendar",
    "OfficeHours",
    "Override",
    "RoundedDown",
    "WorkingDays",
    "WorkingTime",
    "Worktime",
]
