"""The sign-language service in tests: accounts, interpreters, a line; every step a transaction of its own."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from hotline.accounts import service as accounts
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.video.hours import service_hours
from hotline.video.line import VideoLine
from hotline.video.rules import SessionState, Side, VideoEnd, VideoRules
from hotline.video.store import VideoAccount, VideoInterpreter, VideoSession
from hotline.video.views import SessionView, VideoBoard
from hotline.worktime import Calendar, OfficeHours, Worktime
from tests.keys import RING

TEN = taipei("2026-11-24T10:00")
HOURS = OfficeHours(time(8, 30), time(17, 30), (time(12, 30), time(13, 30)))
OFFICES = Worktime(Calendar(), OfficeHours(time(8, 0), time(18, 0)))
RULES = VideoRules(service_hours(HOURS, OFFICES))
STEP = timedelta(seconds=1)


def video_account(session: Session, login: str, password: str, at: datetime, **says: Any) -> VideoAccount:
    """An account that is let in, with a password."""
    given = {"kind": "citizen", "name": "陳可辨", "contact": "", "state": "active", **says}
    hashed = accounts.HASHER.hash(password)
    row = VideoAccount(login=login, password=hashed, applied_at=at, state_at=at, **given)
    session.add(row)
    session.flush()
    return row


def running_session(session: Session, account: VideoAccount, interpreter: str, at: datetime) -> VideoSession:
    """A session that runs, whatever the hour is; for an hour nobody of it is lost."""
    later = at + timedelta(hours=1)
    row = VideoSession(
        account=account.id,
        state=SessionState.ACTIVE,
        requested_at=at,
        accepted_at=at,
        interpreter=interpreter,
        block_ends_at=later,
        citizen_seen_at=later,
        interpreter_seen_at=later,
    )
    session.add(row)
    session.flush()
    return row


@dataclass
class SignScene:
    """A line, and who is in it; ``at`` moves with what happens."""

    factory: Sessions
    line: VideoLine = field(default_factory=lambda: VideoLine(lambda: RULES, RING))

    def account(self, name: str, state: str = "active", **says: object) -> VideoAccount:
        with transaction(self.factory) as session:
            row = VideoAccount(
                kind="citizen",
                login=name,
                name=name,
                contact="",
                state=state,
                applied_at=TEN,
                state_at=TEN,
                **says,
            )
            session.add(row)
            session.flush()
            return row

    def hire(self, *logins: str, at: datetime = TEN) -> None:
        """Interpreters of the staff, on duty."""
        with transaction(self.factory) as session:
            for login in logins:
                member = Staff(login, login, frozenset({Role.INTERPRETER}))
                set_staff(session, member, Period(TEN - timedelta(days=1)), at=TEN, by="test")
        for login in logins:
            self.sign_on(login, at)

    def boss(self) -> None:
        """A supervisor."""
        with transaction(self.factory) as session:
            member = Staff("boss", "boss", frozenset({Role.SUPERVISOR}))
            set_staff(session, member, Period(TEN - timedelta(days=1)), at=TEN, by="test")

    def sign_on(self, login: str, at: datetime) -> None:
        with transaction(self.factory) as session:
            self.line.sign_on(session, login, at)

    def sign_off(self, login: str, at: datetime) -> None:
        with transaction(self.factory) as session:
            self.line.sign_off(session, login, at)

    def request(self, account: VideoAccount, at: datetime = TEN, officer: str = "") -> VideoSession:
        with transaction(self.factory) as session:
            return self.line.request(session, account, at, officer)

    def arrive(self, name: str, at: datetime = TEN) -> int:
        """Somebody new joins the line; the number of the session."""
        return self.request(self.account(name), at).id

    def accept(self, login: str, at: datetime) -> int:
        with transaction(self.factory) as session:
            return self.line.accept(session, login, at).id

    def leave(self, number: int, at: datetime) -> bool:
        with transaction(self.factory) as session:
            return self.line.leave(session, number, at)

    def settle(self, at: datetime) -> int:
        with transaction(self.factory) as session:
            return self.line.settle(session, at)

    def seen(self, number: int, *sides: Side, at: datetime) -> None:
        with transaction(self.factory) as session:
            for side in sides or tuple(Side):
                self.line.seen(session, number, side, at)

    def run(self, number: int, since: datetime, until: datetime, *sides: Side) -> None:
        """Browsers ask every four seconds, and the job looks."""
        at = since
        while at < until:
            self.seen(number, *sides, at=at)
            at += timedelta(seconds=4)
        self.seen(number, *sides, at=until)

    def view(self, number: int, at: datetime, side: Side = Side.CITIZEN) -> SessionView:
        with transaction(self.factory) as session:
            return self.line.state_of(session, number, side, at)

    def board(self, at: datetime) -> VideoBoard:
        with transaction(self.factory) as session:
            return self.line.board(session, at)

    def row(self, number: int) -> VideoSession:
        with transaction(self.factory) as session:
            return session.get_one(VideoSession, number)

    def end_of(self, number: int) -> tuple[SessionState, VideoEnd, datetime | None]:
        row = self.row(number)
        return SessionState(row.state), VideoEnd(row.end_reason), row.ended_at

    def state_of(self, login: str) -> str:
        with transaction(self.factory) as session:
            return session.get_one(VideoInterpreter, login).state
