"""The line of an event: what happened to a case, and the case as it stands when the line is written. Pure.

Name, telephone and addresses of the petitioner never enter.
"""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from hotline.cases.rules import CaseKind, CaseState
from hotline.cases.store import Case, CaseEvent

KEY: Final = 24
"""Hexadecimal digits of the name of an event."""


class CaseSnapshot(BaseModel):
    """A case as it stands; nothing of its petitioner but how an answer is wanted."""

    model_config = ConfigDict(from_attributes=True)

    version: int = Field(description="rises with every change; a reply may say which one it is about")
    kind: CaseKind
    subtype: str
    state: CaseState
    stage: int = Field(description="of a quick case: 1, 2, or 3 = beyond")
    category: str
    agency: str
    section: str
    matter: str = Field(description="in the citizen's words")
    district: str
    place: str
    latitude: float | None
    longitude: float | None
    is_safety: bool
    reply_way: str
    filed_at: datetime | None = Field(description="the true time; clocks run from it")
    entered_late: bool
    due_at: datetime | None = Field(description="by which the citizen is answered")
    sign_due_at: datetime | None
    officer: str = Field(description="login of who works on it")
    result: str
    done_at: datetime | None
    closed_at: datetime | None


class CaseLine(BaseModel):
    """An event of a case, one line of JSON. Instants are UTC."""

    id: int = Field(
        description="rises by one with every line; lines of one case come in the order of its events"
    )
    key: str = Field(description="names the event; the same however often the line is sent")
    at: datetime = Field(description="when it happened")
    number: str = Field(description="of the case, 12 digits")
    external_ref: str = Field(description="the case's number in the other system; empty = not known yet")
    lead: str = Field(description="the case to which this report is attached; empty = none")
    event: str = Field(description="a move of the tables, or what moved nothing: note, photo, take-over …")
    before: str = Field(description="state; empty = there was none")
    after: str = Field(description="state")
    by: str = Field(description="login, or the process that did it")
    reason: str
    detail: dict[str, Any] = Field(description="what was said: result, days, agency …")
    case: CaseSnapshot = Field(
        description="as it stood when the line was written: later than the event, if more happened"
    )


def line_of(number: int, event: CaseEvent, case: Case, lead: str) -> CaseLine:
    """The line of an event."""
    return CaseLine(
        id=number,
        key=key_of(event),
        at=event.at,
        number=case.number or "",
        external_ref=case.external_ref,
        lead=lead,
        event=event.kind,
        before=event.before,
        after=event.after,
        by=event.by,
        reason=event.reason,
        detail=event.detail,
        case=CaseSnapshot.model_validate(case),
    )


def key_of(event: CaseEvent) -> str:
    """The name of an event: no other has it, not even after an old copy of the database was put back."""
    told = f"{event.id}|{event.case_id}|{event.at.isoformat()}|{event.kind}|{event.by}"
    return sha256(told.encode()).hexdigest()[:KEY]


def written(line: CaseLine) -> str:
    """A line as text, without its end."""
    return line.model_dump_json()


def schema(of: type[BaseModel]) -> str:
    """The JSON schema of a line or a reply, as it is published."""
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", **of.model_json_schema()}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"
