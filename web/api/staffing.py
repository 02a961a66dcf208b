"""Agents that a day needs by half-hours, and where the roster falls short of them."""

from datetime import date, datetime, timedelta

from pydantic import BaseModel, Field

from hotline.permissions import Action
from reporting.forecast import ForecastError
from reporting.staffing_day import staffing_day
from web.api import gate
from web.api.gate import Answer, Room
from web.api.models import Day, RequestModel, RowModel
from web.serving import staffing_terms

room = Room("staffing", "Agents that a day needs, and who is on the roster")


class StaffingQuery(RequestModel):
    """Day of a plan, and whether the city is taken to be closed on it."""

    day: Day | None = Field(None, description="tomorrow, if not given")
    closed: bool = Field(False, description="as if offices were closed on it, as by a typhoon")
    times: float | None = Field(
        None, gt=0, le=20, description="times the usual calls of such a day; if not given, as past ones had"
    )


class HalfHourRecord(RowModel):
    """A half-hour: calls expected, of them announced, agents needed, on the roster and lacking."""

    at: datetime
    expected: float
    announced: float
    needed: int
    rostered: int
    short: int
    level: float | None = Field(description="share of calls answered in time with who is on the roster")


class StaffingPlan(BaseModel):
    """A day's plan; shares from 0 to 1, times in seconds."""

    day: date
    is_closed: bool
    times: float = Field(description="times the usual calls of a day on which offices are closed")
    known: int = Field(description="such days that this was measured on; 0: it is given or assumed")
    handling: float = Field(description="for which a call keeps an agent")
    within: float
    goal: float
    learnt: list[date] = Field(description="past days that are like it")
    error: ForecastError | None = Field(description="of the last four weeks, forecast from those before")
    halves: list[HalfHourRecord]


@room.read("/staffing", Action.SHIFT_CHANGE, StaffingPlan)
def planned(query: StaffingQuery) -> Answer:
    """Expected calls of a day by half-hours, agents needed, who is on the roster, and who is lacking."""
    day = query.day or gate.today() + timedelta(days=1)
    found = staffing_day(
        gate.session(), day, gate.now(), staffing_terms(), is_closed=query.closed, times=query.times
    )
    return Answer(
        StaffingPlan(
            day=day,
            is_closed=found.is_closed,
            times=found.closed.times,
            known=found.closed.known,
            handling=found.target.handling,
            within=found.target.within,
            goal=found.target.goal,
            learnt=list(found.learnt),
            error=found.error,
            halves=[HalfHourRecord.model_validate(one) for one in found.halves],
        )
    )
