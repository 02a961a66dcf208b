"""Accounts of the sign-language service in tests, and who applies, decides and signs in."""

import re
from datetime import datetime, timedelta

from sqlalchemy import select

from hotline.accounts.tries import Visitor
from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.video import accounts, entering
from hotline.video.store import VideoAccount
from tests.signing import TEN, SignScene

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
MOBILE, NAME, PASSWORD = "0912345678", "王小明", "綠色的山與三隻 green goats"
HERE, HOME = Visitor("203.0.113.9"), "203.0.113.9"


class VideoOffice(SignScene):
    """Accounts, and who decides on them."""

    def staffed(self) -> "VideoOffice":
        with transaction(self.factory) as session:
            for login, role, agency in (
                ("boss", Role.SUPERVISOR, ""),
                ("agent", Role.AGENT, ""),
                ("liaison", Role.LIAISON, "pwd"),
            ):
                member = Staff(login, login, frozenset({role}), agency=agency)
                set_staff(session, member, Period(TEN - DAY), at=TEN, by="test")
        return self

    def apply(
        self,
        contact: str = MOBILE,
        name: str = NAME,
        address: str = HOME,
        at: datetime = TEN,
        *,
        is_proved: bool = False,
    ) -> None:
        with transaction(self.factory) as session:
            accounts.apply(session, name, contact, at, address, is_proved=is_proved)

    def one(self) -> VideoAccount:
        with transaction(self.factory) as session:
            return session.scalars(select(VideoAccount)).one()

    def decide(self, verb: str, *words: str, by: str = "boss", number: int = 1) -> VideoAccount:
        with transaction(self.factory) as session:
            done: VideoAccount = getattr(accounts, verb)(session, number, *words, at=TEN + MINUTE, by=by)
            return done

    def letters(self, template: str) -> list[str]:
        with transaction(self.factory) as session:
            chosen = select(OutboxMessage).where(OutboxMessage.template == template)
            return [one.text for one in session.scalars(chosen.order_by(OutboxMessage.id))]

    def code(self, typed: str = MOBILE, at: datetime = TEN) -> str:
        """Asks for one, lets the job send it, and reads the newest."""
        with transaction(self.factory) as session:
            entering.ask_code(session, typed, HOME, at)
        with transaction(self.factory) as session:
            entering.send_codes(session, at)
        found = [re.findall(r"\d{8}", one) for one in self.letters("N-71")]
        return found[-1][0] if found else ""

    def choose(self, code: str, at: datetime = TEN, typed: str = MOBILE, password: str = PASSWORD) -> object:
        return entering.set_password(
            self.factory,
            typed,
            code,
            password,
            at=at,
            visitor=HERE,
        )

    def sign_in(
        self, typed: str = MOBILE, password: str = PASSWORD, at: datetime = TEN, **where: str
    ) -> object:
        visitor = Visitor(where.get("address", HOME))
        return entering.sign_in(self.factory, typed, password, at=at, visitor=visitor)

    def entered(self) -> str:
        """An account that was approved, its password chosen, and a browser signed in."""
        self.apply()
        self.decide("approve")
        assert self.choose(self.code()) is None
        token = self.sign_in()
        assert isinstance(token, str)
        return token
