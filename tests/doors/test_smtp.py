"""E-mail over a real connection with TLS, to a mail server that plays the city's relay."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from hotline import clock
from hotline.clock import taipei
from hotline.db import transaction
from hotline.outbox.message import Letter, NotSent
from hotline.outbox.senders import sender
from hotline.outbox.service import notices
from hotline.outbox.smtp import Mail, Relay
from hotline.settings import Settings
from ops.jobs.schedule import jobs
from ops.wiring import workshop
from tests.beginnings import copied
from tests.doors.founding import founded

TEXT = "【1999】待回電：路燈不亮，請於11月24日 16:30前回覆民眾。"
AT = taipei("2026-11-24T12:30")
LETTER = Letter("0123456789abcdef01234567", "N-01", "email", "officer-1@ntpc.example", TEXT, AT, 7)
OURS = "1999@ntpc.example"
WORD = "correct horse battery staple"


class Inbox:
    """Keeps what the relay took; ``says``: what it answers to a recipient or a text instead of yes."""

    def __init__(self, recipient: str = "", text: str = "", hangs: Event | None = None) -> None:
        self.taken: list[Envelope] = []
        self.asked: list[str] = []
        self._recipient, self._text, self._hangs = recipient, text, hangs

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Envelope, address: str, _: Any) -> str:
        self.asked.append(address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _: Any) -> str:
        if self._recipient:
            return self._recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:
        if self._hangs:
            self.taken.append(envelope)
            self._hangs.set()
            server.transport.abort()
            return "250 nobody hears this"
        if self._text:
            return self._text
        self.taken.append(envelope)
        return "250 2.0.0 taken as 4711"

    def message(self) -> EmailMessage:
        """The only message."""
        (envelope,) = self.taken
        return read(envelope)


def read(envelope: Envelope) -> EmailMessage:
    """As a mailbox reads it."""
    return cast(EmailMessage, message_from_bytes(cast(bytes, envelope.content), policy=policy.default))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's certificate as a file."""
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def relay_of(
    inbox: Inbox, authority: trustme.CA | None, trusted: Path, name: str = "127.0.0.1", **more: Any
) -> Iterator[Relay]:
    """A relay that offers STARTTLS under ``name``; without an authority it offers none."""
    context = None
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
    port = free_port()
    controller = Controller(
        inbox, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=bool(context), **more
    )
    controller.start()
    try:
        yield Relay("127.0.0.1", port, OURS, "", lambda: "", timedelta(seconds=30), trusted)
    finally:
        controller.stop()


def test_a_letter_arrives_over_tls_as_it_was_written(authority: trustme.CA, trusted: Path) -> None:
    """Subject and text, from whom, when, and that a machine wrote it."""
    inbox = Inbox()
    with relay_of(inbox, authority, trusted) as relay:
        named = Mail(relay).send(LETTER)
    message = inbox.message()
    assert message["Subject"] == TEXT
    assert message.get_content() == f"{TEXT}\r\n"
    assert (message["From"], message["To"]) == (f"1999 <{OURS}>", "officer-1@ntpc.example")
    assert message["Date"].datetime == AT
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == named == "<0123456789abcdef01234567.7@ntpc.example>"
    (envelope,) = inbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == (OURS, ["officer-1@ntpc.example"])
    assert cast(bytes, envelope.content).isascii()


def test_a_letter_of_several_lines_has_its_first_as_subject(authority: trustme.CA, trusted: Path) -> None:
    """The list of N-42 stands in the text."""
    inbox = Inbox()
    text = "【1999快速－逾限未回覆】11月24日 共2件\nA1 路平\nA2 路燈"
    with relay_of(inbox, authority, trusted) as relay:
        Mail(relay).send(replace(LETTER, text=text))
    assert inbox.message()["Subject"] == "【1999快速－逾限未回覆】11月24日 共2件"
    assert inbox.message().get_content().splitlines() == text.splitlines()


def test_the_same_letter_twice_has_the_same_name(authority: trustme.CA, trusted: Path) -> None:
    """So that a mailbox can tell a duplicate from a second message."""
    inbox = Inbox()
    with relay_of(inbox, authority, trusted) as relay:
        assert Mail(relay).send(LETTER) == Mail(relay).send(LETTER)
        assert Mail(relay).send(LETTER) != Mail(relay).send(replace(LETTER, key="f" * 24))


# --- who is trusted -------------------------------------------------------------------------------------


def not_sent(relay: Relay, letter: Letter = LETTER) -> NotSent:
    with pytest.raises(NotSent) as fault:
        Mail(relay).send(letter)
    return fault.value


def test_without_starttls_nothing_is_said(trusted: Path) -> None:
    """Not even who writes to whom: the relay, or somebody in between, offers no TLS."""
    inbox = Inbox()
    with relay_of(inbox, None, trusted) as relay:
        fault = not_sent(relay)
    assert "cannot be trusted" in fault.why and fault.gateway_away and not fault.may_be_done
    assert inbox.asked == inbox.taken == []


@pytest.mark.parametrize("case", ["another authority", "another name", "this machine's list"])
def test_a_certificate_that_is_not_the_relays_is_refused(
    case: str, authority: trustme.CA, trusted: Path
) -> None:
    """Signed by somebody else, made out to somebody else, or by nobody this machine knows."""
    inbox = Inbox()
    signs = trustme.CA() if case == "another authority" else authority
    name = "mail.other.example" if case == "another name" else "127.0.0.1"
    with relay_of(inbox, signs, trusted, name) as relay:
        fault = not_sent(replace(relay, authority=None) if case == "this machine's list" else relay)
    assert "cannot be trusted (SSLCertVerificationError)" in fault.why and fault.gateway_away
    assert inbox.asked == []


def knows(word: str) -> Callable[..., AuthResult]:
    """A relay's list of one name."""

    def check(_server: Any, _session: Any, _envelope: Any, _how: str, data: LoginPassword) -> AuthResult:
        is_right = (data.login, data.password) == (b"hotline", word.encode())
        return AuthResult(success=is_right, handled=False)

    return check


def test_our_password_is_read_anew_and_said_over_tls_only(
    authority: trustme.CA, trusted: Path, tmp_path: Path
) -> None:
    """From a file that may be exchanged while we run."""
    inbox, file = Inbox(), tmp_path / "password"
    file.write_text("of last year\n")
    more = {"auth_required": True, "auth_require_tls": True, "authenticator": knows(WORD)}
    with relay_of(inbox, authority, trusted, **more) as relay:
        settings = Settings(
            home=tmp_path,
            smtp_host=relay.host,
            smtp_port=relay.port,
            smtp_user="hotline",
            smtp_password_file=file,
            smtp_authority=trusted,
            mail_sender=OURS,
        )
        mail = sender(settings)
        with pytest.raises(NotSent, match="refuses our password") as fault:
            mail.send(LETTER)
        assert (
            fault.value.gateway_away and WORD not in str(fault.value) and "last year" not in str(fault.value)
        )
        file.write_text(f"{WORD}\n")
        assert mail.send(LETTER)
        file.unlink()
        with pytest.raises(NotSent, match="HOTLINE_SMTP_PASSWORD_FILE"):
            mail.send(LETTER)
    assert len(inbox.taken) == 1


def test_P5_1_1_a_promise_is_told_to_its_owner_by_e_mail(
    authority: trustme.CA, trusted: Path, tmp_path: Path
) -> None:
    """From the decision to the mailbox: the promise, its row in the outbox, the job, the relay (N-01)."""
    inbox = Inbox()
    with relay_of(inbox, authority, trusted) as relay:
        settings = Settings(
            home=tmp_path / "home",
            smtp_host=relay.host,
            smtp_port=relay.port,
            smtp_authority=trusted,
            mail_sender=OURS,
        )
        copied("founded", settings.home, founded)
        house = workshop(settings, "test")
        with transaction(house.factory) as session:
            house.callbacks.promise(session, "c-1", "+886912345678", "zh-TW", "caller", clock.now(), "5112")
        (outbox,) = (job for job in jobs(house) if job.name == "outbox")
        outbox.run()
    with transaction(house.factory) as session:
        rows = [row for row in notices(session) if row.template != "N-04"]  # that one is the caller's, by SMS
        assert {row.state for row in rows} == {"sent"} and rows[0].template == "N-01"
    letters = [read(one) for one in inbox.taken]
    assert [one.rcpt_tos for one in inbox.taken] == [[row.recipient] for row in rows]
    assert [letter["Message-ID"] for letter in letters] == [row.provider_id for row in rows]
    for letter in letters:
        assert "分機5112" in letter["Subject"]
        assert "912345678" not in letter["Subject"] + letter.get_content()
    house.engine.dispose()


# --- refusals and silence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inbox", "what", "for_good"),
    [
        (Inbox(recipient="550 5.1.1 <officer-1@ntpc.example>: unknown"), "the recipient (550)", True),
        (Inbox(recipient="450 4.2.0 <officer-1@ntpc.example>: greylisted"), "the recipient (450)", False),
        (Inbox(text="554 5.7.1 spam"), "the text (554)", True),
        (Inbox(text="452 4.3.1 no room"), "the text (452)", False),
    ],
)
def test_a_refusal_says_whether_to_ask_again(
    inbox: Inbox, what: str, for_good: bool, authority: trustme.CA, trusted: Path
) -> None:
    """Permanent ones are for a person. The relay's words name people: they stay out of what is logged."""
    with relay_of(inbox, authority, trusted) as relay:
        fault = not_sent(relay)
    assert fault.why == f"relay refuses {what}" and fault.for_good is for_good
    assert not fault.may_be_done and not fault.gateway_away
    assert "officer" not in fault.why and fault.detail in str(fault)
    assert inbox.taken == []


def test_silence_after_the_text_leaves_a_doubt(authority: trustme.CA, trusted: Path) -> None:
    """The relay has it, or has not."""
    inbox = Inbox(hangs=Event())
    with relay_of(inbox, authority, trusted) as relay:
        fault = not_sent(relay)
    assert fault.may_be_done and "fell silent" in fault.why and len(inbox.taken) == 1


def test_nobody_there_is_no_doubt(trusted: Path) -> None:
    """Others would fail now too."""
    fault = not_sent(Relay("127.0.0.1", free_port(), OURS, "", lambda: "", timedelta(seconds=30), trusted))
    assert fault.gateway_away and not fault.may_be_done and not fault.for_good


def test_a_relay_that_never_speaks_is_left_in_time(trusted: Path) -> None:
    """It is listened to no longer than the settings say."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        fault = not_sent(Relay("127.0.0.1", port, OURS, "", lambda: "", timedelta(seconds=0.3), trusted))
    assert fault.gateway_away and not fault.may_be_done


# --- hostile
# -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipient",
    [
        "", "call-centre", "a@b\r\nBcc: c@d", "a@b\nRCPT TO:<c@d>", "a@b, c@d", "<a@b>", '"a b"@c', "a@b c@d",
        "a@", "@b", "a@b@c", "a\x00@b", "局@ntpc.example", "a@-b", "a@b>", "-oQ/tmp @b",
    ],
)  # fmt: skip
def test_what_is_no_address_reaches_no_relay(recipient: str, trusted: Path) -> None:
    """One of ours has no address, or somebody wrote more than one: a person looks, no connection is made."""
    fault = not_sent(
        Relay("127.0.0.1", 1, OURS, "", lambda: "", timedelta(seconds=1), trusted),
        replace(LETTER, recipient=recipient),
    )
    assert (fault.why, fault.for_good) == ("no e-mail address", True)


@pytest.mark.parametrize(
    "text",
    [
        "【1999】a\r\nBcc: c@d\r\n\r\nb",
        "【1999】a\rBcc: c@d",
        "【1999】\x00\x1b[31m",
        "【1999】a\n.\nMAIL FROM:<x>",
    ],
)
def test_nothing_in_a_text_becomes_a_header_or_a_command(
    text: str, authority: trustme.CA, trusted: Path
) -> None:
    """One recipient, one message, the headers of ours."""
    inbox = Inbox()
    with relay_of(inbox, authority, trusted) as relay:
        Mail(relay).send(replace(LETTER, text=text))
    (envelope,) = inbox.taken
    assert envelope.rcpt_tos == ["officer-1@ntpc.example"] and inbox.asked == [OURS]
    assert inbox.message()["Bcc"] is None and inbox.message()["Subject"].startswith("【1999】")
    assert set(inbox.message().keys()) == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
