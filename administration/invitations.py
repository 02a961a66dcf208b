"""A link that lets somebody choose a password, sent by e-mail where that is set up.

Not through the outbox: a secret stays in no row. It is sent once, and whoever asked for it sees it only where
no e-mail goes out: else an administrator could choose another person's password.
"""

from datetime import datetime
from enum import Enum, auto
from hashlib import sha256

import structlog

from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.outbox import senders
from hotline.outbox.message import Letter, NotSent
from hotline.outbox.rules import MessageChannel
from hotline.settings import Settings
from hotline.staff.rules import Staff

log = structlog.get_logger()
TEXT = """【1999】設定密碼

{name} 您好：

請在 {until} 前開啟下面的連結，設定帳號 {login} 的密碼。連結只能使用一次。

{link}

如果您沒有要求這個連結，請通知研考會管理員。"""


class MailResult(Enum):
    """Result of sending the letter."""

    YES = auto()
    NO_MAIL = auto()
    """E-mail is not set up here."""
    NO_ADDRESS = auto()
    FAILED = auto()


class NoAddress(HotlineError, code="no-address"):
    """Login without an address, whose link would go out by e-mail."""

    login: str


class NotMailed(HotlineError, code="not-mailed"):
    """The mail server did not take a link, and it was not shown."""

    login: str
    email: str


def is_mailed(settings: Settings, member: Staff) -> bool:
    """True if a link goes to its owner by e-mail; else it is shown to who asks for it. Raises NoAddress."""
    if settings.smtp_host and not member.email:
        raise NoAddress(member.login)
    return bool(settings.smtp_host)


def address_of(settings: Settings, token: str) -> str:
    """The link with which a password is chosen."""
    return f"{settings.console}/invitation/{token}"


def send(settings: Settings, member: Staff, link: str, until: datetime, at: datetime) -> MailResult:
    """Send a link to its owner; no transaction may be open meanwhile."""
    if not settings.smtp_host:
        return MailResult.NO_MAIL
    if not member.email:
        return MailResult.NO_ADDRESS
    text = TEXT.format(
        name=member.name, login=member.login, link=link, until=f"{until.astimezone(TAIPEI):%Y-%m-%d %H:%M}"
    )
    key = sha256(link.encode()).hexdigest()[:32]
    letter = Letter(key, "invitation", MessageChannel.EMAIL, member.email, text, at)
    try:
        senders.sender(settings).send(letter)
    except NotSent as error:
        log.warning("invitation.not_sent", login=member.login, why=error.why)
        return MailResult.FAILED
    return MailResult.YES
