"""Office-hours arithmetic: when a limit ends, how much time has counted, and why."""

from hotline.worktime.arithmetic import (
    Calendar,
    CalendarTime,
    DayKind,
    Limit,
    NaiveInstant,
    NeverOpen,
    NoCalendar,
    OfficeHours,
    Override,
    RoundedDown,
    WorkingDays,
    WorkingTime,
    Worktime,
)

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
