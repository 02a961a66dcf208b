"""Settings of retention: how long what is kept of people is kept, kind by kind (P4.12).

They are read at the start: what a new period makes due is announced first, and gone a day later.
"""

from datetime import timedelta
from typing import Final

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from hotline.settings.kinds import Duration

YEAR: Final = timedelta(days=365)
LEAST: Final = timedelta(days=1)
LONGEST: Final = timedelta(days=36500)


class RetentionSettings(BaseModel):
    """Periods count from the day on which a matter is over: the call ended, the case is closed."""

    retention_talk: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="sound of talks is kept so long (recording.retention_days)"
    )
    retention_message: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="spoken messages are kept so long"
    )
    retention_special: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="sound of special calls is kept so long (P7.1, P7.3)"
    )
    retention_emergency: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="sound of emergencies is kept so long"
    )
    retention_calls: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="numbers and words of a call's record are kept so long"
    )
    retention_promises: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="number, name and matter of a promise, after it is closed"
    )
    retention_case_minimum: Duration = Field(
        5 * YEAR,
        ge=LEAST,
        le=LONGEST,
        description="least time for which the law has case files kept; none of the next four is shorter",
    )
    retention_case_contact: Duration = Field(
        5 * YEAR, le=LONGEST, description="name, telephone and addresses of a case, after it is closed"
    )
    retention_case_place: Duration = Field(
        5 * YEAR, le=LONGEST, description="place of a case, after it is closed"
    )
    retention_case_text: Duration = Field(
        5 * YEAR, le=LONGEST, description="matter, result and notes of a case, after it is closed"
    )
    retention_case_photos: Duration = Field(
        5 * YEAR, le=LONGEST, description="photographs of a case, after it is closed"
    )
    retention_special_list: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="numbers of the special list, after they left it (P7.3)"
    )
    retention_notices: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="recipient and text of messages, after they were sent"
    )
    retention_chats: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="words of written conversations are kept so long"
    )
    retention_video: Duration = Field(
        YEAR,
        ge=LEAST,
        le=LONGEST,
        description="accounts of the sign-language service after their end, words of its sessions",
    )
    retention_surveys: Duration = Field(
        YEAR, ge=LEAST, le=LONGEST, description="words of answers to a survey are kept so long"
    )
    retention_exports: Duration = Field(
        timedelta(days=30), ge=LEAST, le=LONGEST, description="exports and copies handed out, on our disk"
    )
    retention_outbox: Duration = Field(
        timedelta(days=90), ge=LEAST, le=LONGEST, description="messages that are files in HOTLINE_HOME/outbox"
    )
    retention_uploads: Duration = Field(
        timedelta(days=1), ge=timedelta(hours=1), le=LONGEST, description="files sent for an import"
    )
    retention_logs: Duration = Field(
        timedelta(days=90), ge=LEAST, le=LONGEST, description="logs that were turned, on our disk"
    )

    @field_validator(
        "retention_case_contact", "retention_case_place", "retention_case_text", "retention_case_photos"
    )
    @classmethod
    def _not_under_the_minimum(cls, value: timedelta, given: ValidationInfo) -> timedelta:
        least = given.data.get("retention_case_minimum")
        if least is not None and value < least:
            raise PydanticCustomError("least", "under the minimum", {"limit": least})
        return value
