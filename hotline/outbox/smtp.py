"""E-mail over TLS with a certificate that is checked, or not at all; the only file that speaks SMTP."""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

from hotline.errors import HotlineError
from hotline.log_masking import clean
from hotline.outbox.message import Letter, NotSent

ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)
"""Pattern of an address: no spaces, quotes, comments or line breaks, so nothing can hide in a header."""
_OK, _PERMANENT = 200, 500


@dataclass(frozen=True, slots=True)
class Relay:
    """The city's mail server; ``password`` is read anew per letter; ``authority``: its CA, if private."""

    host: str
    port: int
    sender: str
    user: str
    password: Callable[[], str]
    wait: timedelta
    authority: Path | None = None


class Mail:
    """Sends each letter to one person. The same letter has the same Message-ID however often it is sent."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def send(self, letter: Letter) -> str:
        """The Message-ID, once the relay has taken the letter. Raises NotSent."""
        if not ADDRESS.fullmatch(letter.recipient):
            raise NotSent("no e-mail address", for_good=True)
        message = self._message(letter)
        server = self._connected()
        is_on_its_way = False
        try:
            _taken("sender", server.mail(self._relay.sender))
            _taken("recipient", server.rcpt(letter.recipient))
            is_on_its_way = True
            _taken("text", server.data(message.as_bytes()))
        except smtplib.SMTPDataError as error:
            raise _refused("text", error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(
                f"relay fell silent ({type(error).__name__})",
                may_be_done=is_on_its_way,
                gateway_away=not is_on_its_way,
            ) from error
        finally:
            server.close()
        return str(message["Message-ID"])

    def _message(self, letter: Letter) -> EmailMessage:
        """The first line is the subject; what a machine sends says so, so that no other machine answers."""
        message = EmailMessage(policy=SMTP)
        subject = clean(letter.text.partition("\n")[0])
        message["From"] = Address("1999", addr_spec=self._relay.sender)
        message["To"] = letter.recipient
        message["Subject"] = subject
        message["Date"] = letter.written_at
        message["Message-ID"] = f"<{letter.key}.{letter.number}@{self._relay.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(f"{letter.text}\n", cte="base64")
        return message

    def _connected(self) -> smtplib.SMTP:
        """A session that nobody listens in on. Raises NotSent: without TLS nothing is said."""
        relay = self._relay
        try:
            trusted = ssl.create_default_context(cafile=relay.authority)
            server = smtplib.SMTP(relay.host, relay.port, timeout=relay.wait.total_seconds())
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"relay is away ({type(error).__name__})", gateway_away=True) from error
        try:
            self._known(server, trusted)
        except NotSent:
            server.close()
            raise
        return server

    def _known(self, server: smtplib.SMTP, trusted: ssl.SSLContext) -> None:
        """Each side knows who the other is."""
        try:
            server.starttls(context=trusted)
            server.ehlo_or_helo_if_needed()
            if self._relay.user:
                server.login(self._relay.user, self._relay.password())
        except smtplib.SMTPAuthenticationError as error:
            raise NotSent(f"relay refuses our password ({error.smtp_code})", gateway_away=True) from error
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(f"relay cannot be trusted ({type(error).__name__})", gateway_away=True) from error
        except HotlineError as error:
            raise NotSent(str(error), gateway_away=True) from error


def _taken(what: str, answer: tuple[int, bytes]) -> None:
    code, words = answer
    if not _OK <= code < _OK + 100:
        raise _refused(what, code, words)


def _refused(what: str, code: int, words: bytes | str) -> NotSent:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return NotSent(f"relay refuses the {what} ({code})", clean(said), for_good=code >= _PERMANENT)
