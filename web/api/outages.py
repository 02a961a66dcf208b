"""Outages of the system (P5.4.3); whom agents phone meanwhile stands in the directory."""

from datetime import datetime

from pydantic import Field

from hotline.outages import OutagePart, outages
from hotline.permissions import Action
from web.api import gate, rows
from web.api.gate import Answer, Room
from web.api.models import NumberedRow, Page, PageQuery

room = Room("outages", "When the system was down")


class OutageRecord(NumberedRow):
    """A time in which a part of a node was down, as health checks found it."""

    node: str
    part: OutagePart = Field(description="system: jobs and database; pages: they did not answer")
    began_at: datetime
    ended_at: datetime | None = Field(description="null: it lasts")


@room.read("/outages", Action.CASE_FILE, Page[OutageRecord])
def log(query: PageQuery) -> Answer:
    """The outages, the latest first."""
    return rows.page(outages(gate.session()), query, OutageRecord)
