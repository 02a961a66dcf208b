"""Accounts of the sign-language service: who applied, and what was decided (P6.2, P6.6)."""

from datetime import datetime

from pydantic import Field

from hotline.ledger import looks
from hotline.ledger.looks import Reading
from hotline.permissions import Action
from hotline.video import accounts
from hotline.video.accounts import AccountKind, AccountState
from hotline.video.store import VideoAccount
from web.api import gate, rows
from web.api.gate import Answer, Room
from web.api.models import LookQuery, NumberPath, Page, PageQuery, Reason, RowModel

room = Room("video_accounts", "Accounts of the sign-language service: applications, and what was decided")


class AccountsQuery(PageQuery):
    """Which accounts."""

    state: AccountState | None = Field(None, description="all, if not given")
    kind: AccountKind = AccountKind.CITIZEN


class VideoAccountRecord(RowModel):
    """An account; name and contact are masked until a reason is given."""

    number: int = Field(validation_alias="id")
    kind: AccountKind
    login: str
    name: str
    contact: str = Field(description="mobile or e-mail address")
    is_proved: bool = Field(description="a code came back from the contact")
    agency: str = Field(description="of a counter; empty = own device")
    state: AccountState
    state_at: datetime
    applied_at: datetime
    decided_by: str
    resets: int = Field(description="passwords chosen anew")
    reapplications: int = Field(description="applications after the first")


@room.read("/video-accounts", Action.VIDEO_ACCOUNT, Page[VideoAccountRecord])
def listed(query: AccountsQuery) -> Answer:
    """Accounts, the latest change of state first."""
    states = (query.state,) if query.state else tuple(AccountState)
    found = accounts.accounts(gate.session(), **gate.stamp(), states=states, kind=query.kind)
    return rows.some(found, query, _record, VideoAccountRecord)


@room.read("/video-accounts/<int:number>", Action.VIDEO_ACCOUNT, VideoAccountRecord, writes=True)
def one(path: NumberPath, query: LookQuery) -> Answer:
    """An account; with a reason, which is kept, name and contact are told whole."""
    row, reading = accounts.known(gate.session(), path.number, **gate.stamp()), None
    if query.reason.strip():
        reading = gate.look(row.subject, query.reason, "name, contact")
    return Answer(_record(row, reading))


@room.do("/video-accounts/<int:number>/approve", Action.VIDEO_ACCOUNT, VideoAccountRecord)
def approve(path: NumberPath) -> Answer:
    """Let who applied in; they are told, and choose a password by a code."""
    return Answer(_record(accounts.approve(gate.session(), path.number, **gate.stamp())))


@room.do("/video-accounts/<int:number>/refuse", Action.VIDEO_ACCOUNT, VideoAccountRecord)
def refuse(path: NumberPath, body: Reason) -> Answer:
    """Refuse an application."""
    return Answer(_record(accounts.refuse(gate.session(), path.number, body.reason, **gate.stamp())))


@room.do("/video-accounts/<int:number>/lock", Action.VIDEO_ACCOUNT, VideoAccountRecord)
def lock(path: NumberPath, body: Reason) -> Answer:
    """Lock an account; what it has open ends."""
    return Answer(_record(accounts.lock(gate.session(), path.number, body.reason, **gate.stamp())))


@room.do("/video-accounts/<int:number>/unlock", Action.VIDEO_ACCOUNT, VideoAccountRecord)
def unlock(path: NumberPath) -> Answer:
    """Let a locked account in again."""
    return Answer(_record(accounts.unlock(gate.session(), path.number, **gate.stamp())))


@room.do("/video-accounts/<int:number>/close", Action.VIDEO_ACCOUNT, VideoAccountRecord)
def close(path: NumberPath, body: Reason) -> Answer:
    """Close an account for good."""
    return Answer(_record(accounts.close(gate.session(), path.number, body.reason, **gate.stamp())))


def _record(row: VideoAccount, reading: Reading | None = None) -> VideoAccountRecord:
    told = VideoAccountRecord.model_validate(row)
    told.name = looks.name(row.name, reading)
    told.contact = looks.contact(row.contact, reading)
    return told
