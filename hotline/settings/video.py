"""Settings of the sign-language service: its hours, and how long a person is served (P6.3, P6.4)."""

from datetime import time, timedelta
from typing import Annotated

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from hotline.settings.kinds import TUNABLE, Duration
from hotline.worktime.workdays import OfficeHours

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


class VideoSettings(BaseModel):
    """Monday to Friday alone: make-up Saturdays, holidays and days declared off are closed."""

    video_hours: Annotated[str, TUNABLE] = Field(
        "08:30-17:30",
        pattern=r"^\d\d:\d\d-\d\d:\d\d$",
        description="the sign-language service is open then, Monday to Friday (sign.hours)",
    )
    video_break: Annotated[str, TUNABLE] = Field(
        "12:30-13:30",
        pattern=r"^$|^\d\d:\d\d-\d\d:\d\d$",
        validate_default=True,
        description="its break; empty = none (sign.break)",
    )
    video_block: Annotated[Duration, TUNABLE] = Field(
        timedelta(minutes=15), ge=_MINUTE, le=_HOUR, description="time of one person (sign.block_min)"
    )
    video_extension: Annotated[Duration, TUNABLE] = Field(
        timedelta(minutes=15),
        ge=_MINUTE,
        le=_HOUR,
        description="time more when nobody waits (sign.extend_min)",
    )
    video_extensions: Annotated[int, TUNABLE] = Field(
        1, ge=0, le=4, description="how often at most (sign.max_extends)"
    )

    video_address: str = Field(
        "",
        pattern=r"^(([a-z0-9-]+\.)+[a-z]{2,}(/[a-z0-9-]+)?)?$",
        max_length=24,
        description="short address of the sign-language pages, as key 4 spells it and texts it to mobiles, "
        "for example sign.example.tw; empty = key 4 tells the hours alone",
    )

    @field_validator("video_break")
    @classmethod
    def _hours_run_forward(cls, value: str, given: ValidationInfo) -> str:
        """Check the break by the hours declared before it."""
        if "video_hours" in given.data:
            video_hours(given.data["video_hours"], value)
        return value

    @property
    def video_opening(self) -> OfficeHours:
        """The opening hours of the sign-language service."""
        return video_hours(self.video_hours, self.video_break)


def video_hours(hours: str, pause: str) -> OfficeHours:
    """The hours as they are written. Raises ValueError."""
    opens, closes = _from_to(hours)
    return OfficeHours(opens, closes, _from_to(pause) if pause else None)


def _from_to(hours: str) -> tuple[time, time]:
    start, _, end = hours.partition("-")
    return time.fromisoformat(start), time.fromisoformat(end)
