"""Supervisors' telephones: phones and pages rung in an emergency, and who of them is there (P7.1)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from control.supervisor_webrtc import accounts, user_of
from hotline.permissions import Role
from hotline.staff.service import by_phone, with_role

THERE: Final = ("NOT_INUSE", "INUSE", "RINGING", "RINGINUSE")
"""Asterisk's device states of a phone that can be rung; the dialplan asks for the same."""
LONGEST_RING: Final = timedelta(minutes=10)
"""For all who are rung in an emergency, one after another and again."""


@dataclass(frozen=True, slots=True)
class Helpers:
    """Names of whom an emergency rings now: supervisors who are there, and who on duty is rung else."""

    supervisors: tuple[str, ...] = ()
    duty: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The same in a sentence for programs."""
        then = (
            f"the officers on duty: {', '.join(self.duty)}" if self.duty else "nobody, for nobody is on duty"
        )
        if self.supervisors:
            return f"{', '.join(self.supervisors)} rings; then {then}"
        return (
            f"no supervisor is there; rung are {then}"
            if self.duty
            else f"no supervisor is there; rung is {then}"
        )


def devices(phones: Iterable[str], pages: Iterable[str]) -> list[str]:
    """Dial strings of supervisors' phones and of the SIP users of their pages."""
    return [f"PJSIP/{user}" for user in (*phones, *sorted(pages))]


def supervisors_there(
    session: Session, phones: Sequence[str], is_there: Callable[[str], bool], at: datetime
) -> tuple[str, ...]:
    """Names of supervisors of whom a phone or page can be rung, each once; of a phone of nobody its own."""
    names = {one.login: one.name for one in with_role(session, Role.SUPERVISOR, at)}
    of_pages = {user_of(login): name for login, name in names.items()}
    pages = accounts(session, at)
    found = [user for user in (*phones, *sorted(pages)) if is_there(f"PJSIP/{user}")]
    return tuple(
        dict.fromkeys(of_pages.get(user) or names.get(user) or _holder(session, user, at) for user in found)
    )


def _holder(session: Session, phone: str, at: datetime) -> str:
    holder = by_phone(session, phone, at)
    return holder.name if holder else phone
