"""Messages to staff and citizens: what became of each, and those to be sent again or given up (P0-c)."""

from datetime import datetime

from pydantic import Field

from hotline.log_masking import readable
from hotline.outbox import service
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.permissions import Action
from web.api import gate
from web.api.gate import Answer, Room
from web.api.models import NumberedRow, NumberPath, Page, PageQuery, Reason

room = Room("notices", "Messages to staff and citizens, and those that could not be sent")


class NoticesQuery(PageQuery):
    """Messages of a state, the latest first."""

    state: OutboxState | None = None


class NoticeRecord(NumberedRow):
    """A message and what became of it."""

    event: str
    template: str
    channel: str
    recipient: str = Field(description="of citizens masked")
    text: str = Field(description="codes are hidden")
    state: OutboxState
    tries: int
    written_at: datetime
    done_at: datetime | None
    result: str = Field(description="the sender's last word")
    delivery: str = Field(description="what the carrier says of it")


@room.read("/notices", Action.NOTICE_MEND, Page[NoticeRecord])
def listed(query: NoticesQuery) -> Answer:
    """List messages, the latest first."""
    session, until = gate.session(), query.page * query.size
    found = service.notices(session, state=query.state, last=until)[::-1][until - query.size :]
    service.look_at(session, found, gate.me().login, gate.now())
    items, total = [_record(row) for row in found], service.how_many(session, query.state)
    return Answer(Page[NoticeRecord](items=items, page=query.page, size=query.size, total=total))


@room.do("/notices/<int:number>/again", Action.NOTICE_MEND, NoticeRecord)
def again(path: NumberPath) -> Answer:
    """Send a message that was given up as if for the first time: what kept it back is mended."""
    return Answer(_record(service.again(gate.session(), path.number, gate.me().login, gate.now())))


@room.do("/notices/<int:number>/leave", Action.NOTICE_MEND, NoticeRecord)
def leave(path: NumberPath, body: Reason) -> Answer:
    """Take a message that was given up off the list; it is not sent."""
    reason = body.reason.strip()
    return Answer(_record(service.leave(gate.session(), path.number, reason, gate.me().login, gate.now())))


def _record(row: OutboxMessage) -> NoticeRecord:
    shown = NoticeRecord.model_validate(row)
    shown.recipient, shown.result = service.recipient_of(row), readable(row.result)
    shown.text = service.shown_text(row)
    return shown
