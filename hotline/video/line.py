"""The line of the sign-language service: asking, leaving, being served, ending, in strict order of arrival.

Whoever changes it holds it, keeps the pulse and does what is due first; so two interpreters who accept at
once serve two people, and nobody acts on what is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import update
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.db import Sessions, locked, looking, numbered, transaction
from hotline.errors import HotlineError, existing
from hotline.keys import data_keys
from hotline.keys.ring import KeyRing
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit
from hotline.video import settling, views
from hotline.video.ending import destroy_left, finish, is_any_left, is_in_use, move
from hotline.video.rules import (
    OPEN,
    InterpreterEvent,
    InterpreterState,
    SessionState,
    Side,
    VideoEnd,
    VideoRules,
)
from hotline.video.store import (
    VideoAccount,
    VideoInterpreter,
    VideoSession,
    heard_at,
    hold_line,
    interpreter,
    of_state,
    on_duty,
    open_of,
    running_of,
    unnoted_of,
)
from hotline.video.views import ServiceStatus, SessionView, VideoBoard

REQUESTED, ACCEPTED, NOTED = "video.request", "video.accept", "video.note"
"""The actions under which they stand in the audit log."""
KIND: Final = "video"
"""The kind of a session's data key."""
HEARD: Final = timedelta(seconds=2)
"""That a browser was heard is written down at most so often."""
LONGEST_NAME, LONGEST_TOPIC = 64, 500


class VideoClosed(HotlineError, code="video-closed"):
    """A request or a signing in outside of the hours (P6.3); it opens again at ``opens_at``."""

    hours: str
    opens_at: datetime


class AccountNotActive(HotlineError, code="video-account-not-active"):
    """An account that may not ask for an interpreter now."""

    number: int


class OfficerMissing(HotlineError, code="video-officer-missing"):
    """A session at a counter that names no officer (§14)."""


class NobodyWaits(HotlineError, code="video-nobody-waits"):
    """There is nobody to be served."""


class NotOnline(HotlineError, code="video-not-online", varies_by="state"):
    """An interpreter who cannot accept now."""

    state: Literal["offline", "busy"]


class UnknownVideoSession(HotlineError, code="unknown-video-session"):
    """A session that is not there, or another's."""

    number: int


@dataclass(frozen=True)
class VideoLine:
    """The line; ``rules``: as the settings and the calendar say them now."""

    rules: Callable[[], VideoRules]
    ring: KeyRing

    def request(
        self, session: Session, account: VideoAccount, at: datetime, officer: str = ""
    ) -> VideoSession:
        """Join the line, or find one's place again: an account has one open session.

        Raises VideoClosed, AccountNotActive, OfficerMissing, UnfitText.
        """
        self._begin(session, at)
        row = locked(session, VideoAccount, account.id)
        if row is None or row.state != "active":
            raise AccountNotActive(account.id)
        if known := open_of(session, row.id):
            return known
        self._refuse_closed(at)
        named = fit("officer", officer, LONGEST_NAME, needed=False)
        if row.counter is not None and not named:
            raise OfficerMissing
        made = VideoSession(
            account=row.id,
            counter=row.counter,
            counter_agency=row.agency,
            officer=named,
            state=SessionState.WAITING,
            requested_at=at,
            citizen_seen_at=at,
        )
        numbered(session, made)
        audit(session, at, row.subject, REQUESTED, made.subject, after={"counter": row.counter})
        return made

    def leave(self, session: Session, number: int, at: datetime) -> bool:
        """The citizen's side leaves the line, or ends the session; False when it was over."""
        self._begin(session, at)
        row = self._session(session, number)
        return finish(session, row, VideoEnd.CITIZEN, row.asker, at)

    def sign_on(self, session: Session, login: str, at: datetime) -> VideoInterpreter:
        """An interpreter comes on duty. Raises NotPermitted, VideoClosed."""
        self._begin(session, at)
        permitted(session, login, Action.VIDEO_SERVE, at)
        self._refuse_closed(at)
        row = interpreter(session, login)
        if row is None:
            row = VideoInterpreter(login=login, state=InterpreterState.OFFLINE, since=at, seen_at=at)
            session.add(row)
        row.seen_at = at
        move(row, InterpreterEvent.SIGNS_IN, at)
        if running_of(session, login):
            move(row, InterpreterEvent.ACCEPTS, at)
        session.flush()
        return row

    def sign_off(self, session: Session, login: str, at: datetime) -> None:
        """An interpreter takes a break or goes; a running block may finish."""
        self._begin(session, at)
        if row := interpreter(session, login):
            move(row, InterpreterEvent.LEAVES, at)

    def accept(self, session: Session, login: str, at: datetime) -> VideoSession:
        """Serve the first in line. Raises NotPermitted, NotOnline, NobodyWaits."""
        self._begin(session, at)
        permitted(session, login, Action.VIDEO_SERVE, at)
        serving = interpreter(session, login)
        if serving is None or serving.state == InterpreterState.OFFLINE:
            raise NotOnline("offline")
        if serving.state == InterpreterState.BUSY:
            raise NotOnline("busy")
        if not (waiting := of_state(session, SessionState.WAITING)):
            raise NobodyWaits
        move(serving, InterpreterEvent.ACCEPTS, at)
        row = waiting[0]
        row.key_id = data_keys.make(session, self.ring, KIND, at)[0]
        row.state, row.accepted_at, row.interpreter = SessionState.ACTIVE, at, login
        row.block_ends_at = at + self.rules().block
        row.citizen_seen_at = row.interpreter_seen_at = serving.seen_at = at
        waited = int((at - row.requested_at).total_seconds())
        audit(session, at, login, ACCEPTED, row.subject, after={"waited": waited})
        session.flush()
        return row

    def end(
        self,
        session: Session,
        number: int,
        by: str,
        at: datetime,
        topic: str = "",
        agency: str = "",
        misuse: bool = False,
    ) -> VideoSession:
        """The interpreter ends the session, if it goes on, and notes what it was about (P6.4, P6.5).

        May be noted again. Raises NotPermitted, UnknownVideoSession, UnfitText.
        """
        self._begin(session, at)
        permitted(session, by, Action.VIDEO_SERVE, at)
        row = self.served_by(session, number, by)
        finish(session, row, VideoEnd.INTERPRETER, by, at)
        row.topic = fit("topic", topic, LONGEST_TOPIC, needed=False)
        row.agency, row.is_misuse, row.noted_at = agency, misuse, at
        audit(session, at, by, NOTED, row.subject, after={"agency": agency, "misuse": misuse})
        session.flush()
        return row

    def is_due(self, session: Session, at: datetime) -> bool:
        """Tell whether ``settle`` would do anything, and as figures who waits and is on duty; for looking."""
        in_use = is_in_use(session)
        duty, rows = (on_duty(session), of_state(session, *OPEN)) if in_use else ([], [])
        metrics.video_waiting.set(sum(one.state == SessionState.WAITING for one in rows))
        for state in (InterpreterState.ONLINE, InterpreterState.BUSY):
            metrics.video_interpreters.labels(state).set(sum(one.state == state for one in duty))
        return in_use and (settling.is_due(session, self.rules(), duty, rows, at) or is_any_left(session))

    def settle(self, session: Session, at: datetime) -> int:
        """Do what the clock makes due; how much that was. Harmless when repeated."""
        hold_line(session)
        return settling.settle(session, self.rules(), at) + destroy_left(session, at)

    def seen(self, session: Session, number: int, side: Side, at: datetime) -> None:
        """A browser of a side is heard. Raises UnknownVideoSession."""
        self._begin(session, at)
        row = self._session(session, number)
        if row.state in OPEN:
            if side is Side.CITIZEN:
                row.citizen_seen_at = max(row.citizen_seen_at, at)
            else:
                row.interpreter_seen_at = max(row.interpreter_seen_at or at, at)
        if side is Side.INTERPRETER:
            self._heard(session, row.interpreter, at)

    def present(self, session: Session, login: str, at: datetime) -> None:
        """An interpreter's page is heard, between sessions too."""
        self._begin(session, at)
        self._heard(session, login, at)

    def state_of(self, session: Session, number: int, side: Side, at: datetime) -> SessionView:
        """A session as a side sees it. Raises UnknownVideoSession."""
        return views.session_view(session, self._session(session, number), side, self.rules(), at)

    def watch(self, factory: Sessions, number: int, side: Side, now: Callable[[], datetime]) -> SessionView:
        """Answer a browser's poll: its heartbeat, what the clock makes due, the view; writes only when due.

        ``now``: asked again once the line is held, for a poll that waited for the database is an answer of
        then: meanwhile nobody was served. Raises UnknownVideoSession.
        """
        at = now()
        with looking(factory) as session:
            row = self._session(session, number)
            if not self._is_due(session, row, side, at):
                return views.session_view(session, row, side, self.rules(), at)
        with transaction(factory) as session:
            hold_line(session)
            at = now()
            self.seen(session, number, side, at)
            return self.state_of(session, number, side, at)

    def watch_board(self, factory: Sessions, login: str, now: Callable[[], datetime]) -> VideoBoard:
        """Answer the poll of an interpreter's page: heartbeat and board; as ``watch``."""
        at = now()
        with looking(factory) as session:
            row = session.get(VideoInterpreter, login)
            is_due = row is not None and row.state != InterpreterState.OFFLINE and at >= row.seen_at + HEARD
            if not is_due:
                return self.board(session, at)
        with transaction(factory) as session:
            hold_line(session)
            at = now()
            self.present(session, login, at)
            return self.board(session, at)

    def board(self, session: Session, at: datetime) -> VideoBoard:
        """Who waits, who is on duty, who is served."""
        return views.board(session, self.rules(), at)

    def status(self, session: Session, at: datetime) -> ServiceStatus:
        """Whether the service is open, and what who asks now would wait."""
        return views.service_status(session, self.rules(), at)

    def open_session(self, session: Session, account: VideoAccount) -> VideoSession | None:
        """The open session of an account: a reload and a second tab find the same one."""
        return open_of(session, account.id)

    def served_by(self, session: Session, number: int, login: str) -> VideoSession:
        """A session of an interpreter. Raises UnknownVideoSession for one of somebody else, too."""
        row = self._session(session, number)
        if row.interpreter != login:
            raise UnknownVideoSession(number)
        return row

    def to_note(self, session: Session, login: str) -> list[VideoSession]:
        """Sessions of an interpreter whose topic is still to be noted, the one that runs first."""
        return unnoted_of(session, login)

    def of_account(self, session: Session, number: int, account: VideoAccount) -> VideoSession:
        """A session of an account. Raises UnknownVideoSession for one of somebody else, too."""
        row = self._session(session, number)
        if row.account != account.id:
            raise UnknownVideoSession(number)
        return row

    def _begin(self, session: Session, at: datetime) -> None:
        """Hold the line, give back time of ours that was lost, and do what is due."""
        hold_line(session)
        rules = self.rules()
        settling.give_back(session, rules, at)
        settling.settle(session, rules, at)

    def _session(self, session: Session, number: int) -> VideoSession:
        found = session.get(VideoSession, number, populate_existing=True)
        return existing(found, UnknownVideoSession(number))

    def _heard(self, session: Session, login: str, at: datetime) -> None:
        session.execute(update(VideoInterpreter).where(VideoInterpreter.login == login).values(seen_at=at))

    def _refuse_closed(self, at: datetime) -> None:
        worktime = self.rules().worktime
        opens_at = worktime.next_opening(at)
        if opens_at != at:
            raise VideoClosed(str(worktime.hours), opens_at)

    def _is_due(self, session: Session, row: VideoSession, side: Side, at: datetime) -> bool:
        if row.state not in OPEN:
            return False
        seen_at, block, heard = row.side_seen_at.get(side), row.block, heard_at(session)
        return (
            seen_at is None
            or at >= seen_at + HEARD
            or heard is None
            or at >= heard + HEARD
            or (block is not None and at >= block.ends_at)
        )
