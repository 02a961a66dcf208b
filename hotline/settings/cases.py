"""Settings of cases: the limits of petitions and quick cases, where the city may choose (spec §4)."""

from datetime import time, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from hotline.settings.kinds import Duration


class CaseSettings(BaseModel):
    """Limits of cases. None is set while cases run: a case keeps those that it was filed with."""

    petition_clock: Literal["WD", "CAL"] = Field(
        "WD", description="the clock of petitions' days: working days, or all days (petition.clock)"
    )
    petition_redispatch_days: int = Field(
        1, ge=1, le=10, description="days within which an agency gives back what is not its own (P5.2.2)"
    )
    petition_assign_hours: Duration = Field(
        timedelta(hours=1),
        ge=timedelta(minutes=15),
        le=timedelta(hours=45),
        description="office hours until the first reminder of a case without agency (petition.assign_hours)",
    )
    petition_joint_days: int = Field(
        2, ge=1, le=10, description="days within which the agencies that are also competent confirm (P5.2.2)"
    )
    petition_reply_days: int = Field(
        6, ge=1, le=60, description="days within which the agency answers a petition (petition.reply_days)"
    )
    petition_extended_days: int = Field(
        30, ge=1, le=365, description="calendar days from filing, with the one extension of a petition"
    )
    petition_tracking_days: int = Field(
        7, ge=1, le=90, description="days between two looks at a case that was forwarded outside the city"
    )
    review_days: int = Field(
        7, ge=1, le=60, description="working days within which an agency reports on a reviewed case (P10.4)"
    )
    quick_clock: Literal["CAL", "WH"] = Field(
        "CAL", description="the clock of quick cases' limits: all hours, or office hours (quick.clock)"
    )
    quick_sign: Duration = Field(
        timedelta(minutes=10),
        ge=timedelta(minutes=1),
        le=timedelta(hours=4),
        description="time within which a quick case is signed for (quick.sign_minutes)",
    )
    quick_second_reminder: bool = Field(
        True, description="remind of a quick case that is not signed for (quick.second_reminder)"
    )
    quick_stage2_from: Literal["filing", "approval"] = Field(
        "filing", description="where the limit of stage 2 begins: filing or approval (quick.stage2_from)"
    )
    quick_overdue_mail_at: time = Field(
        time(18), description="when the list of late cases goes out each day (quick.overdue_mail_at)"
    )
    quick_overdue_days: Literal["every", "working"] = Field(
        "every", description="on which days it goes out: every day, or working days (quick.overdue_mail_days)"
    )
    quick_false_limit: int = Field(
        3,
        ge=1,
        le=20,
        description="unfounded findings in a row after which a letter counts (quick.false_limit)",
    )
    case_tries_caller: int = Field(
        10, ge=1, le=1000, description="case numbers and codes that one caller may key in within an hour"
    )
    case_tries_case: int = Field(
        10, ge=1, le=1000, description="the same of one case, by all callers; then a person tells"
    )
    track_misses_address: int = Field(
        5, ge=1, le=1000, description="wrong looks at cases on the web, of one address (IPv6 /64) in an hour"
    )
    track_misses_case: int = Field(
        20,
        ge=1,
        le=1000,
        description="the same at one case number in a day; then only the code of the e-mail opens it",
    )
    track_misses_all: int = Field(
        200, ge=1, le=100_000, description="the same over all in an hour; then each look waits ten seconds"
    )
    repeat_contact_hours: Duration = Field(
        timedelta(hours=4),
        ge=timedelta(minutes=30),
        le=timedelta(days=7),
        description="within which an officer contacts who called again about a case (repeat.contact_hours)",
    )
    repeat_contact_clock: Literal["WH", "CAL"] = Field(
        "WH", description="the clock of repeat_contact_hours: office hours, or all hours (repeat.clock)"
    )
