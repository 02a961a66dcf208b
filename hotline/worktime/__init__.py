"""Office-hours arithmetic: when a limit ends, how much time has counted, and why. Pure.

``workdays`` knows which days count and at which hours, ``arithmetic`` counts on them, ``explain`` tells the
arithmetic in words. The calendar of official days is a library's; what the city declared is given. Never
enters: the time of now, and whose limit it is.
"""

from hotline.worktime.arithmetic import CalendarTime as CalendarTime
from hotline.worktime.arithmetic import Limit as Limit
from hotline.worktime.arithmetic import NaiveInstant as NaiveInstant
from hotline.worktime.arithmetic import NeverOpen as NeverOpen
from hotline.worktime.arithmetic import RoundedDown as RoundedDown
from hotline.worktime.arithmetic import WorkingDays as WorkingDays
from hotline.worktime.arithmetic import WorkingTime as WorkingTime
from hotline.worktime.arithmetic import Worktime as Worktime
from hotline.worktime.workdays import Calendar as Calendar
from hotline.worktime.workdays import DayKind as DayKind
from hotline.worktime.workdays import NoCalendar as NoCalendar
from hotline.worktime.workdays import OfficeHours as OfficeHours
from hotline.worktime.workdays import Override as Override
