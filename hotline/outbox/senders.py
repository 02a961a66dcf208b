"""Senders of messages, as the settings choose them: files, e-mail, SMS.

A gateway for SMS is one entry of ``GATEWAYS``: whoever writes a message knows nothing of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hotline.outbox.files import FileSender
from hotline.outbox.message import Letter, Sender
from hotline.outbox.rules import NEVER, MessageChannel, Night
from hotline.outbox.smtp import Mail, Relay
from hotline.settings import Settings
from hotline.settings.faults import BadSettings, NoGateway, SettingMissing, variable


@dataclass(frozen=True, slots=True)
class SenderByChannel:
    """One sender a channel."""

    senders: Mapping[str, Sender]

    def send(self, letter: Letter) -> str:
        """Send by the sender of the letter's channel. Raises NotSent."""
        return self.senders[letter.channel].send(letter)


def _files(settings: Settings) -> Sender:
    return FileSender(settings.outbox)


def _twilio(settings: Settings) -> Sender:
    # Its client takes a while to import, and most processes never send.
    from hotline.outbox.sms import TwilioSms
    from hotline.twilio_rest import twilio_of

    _need("sms_gateway = twilio", twilio_account=settings.twilio_account, sms_sender=settings.sms_sender)
    return TwilioSms(twilio_of(settings), settings.sms_sender, settings.public_url)


GATEWAYS: Final[dict[str, Callable[[Settings], Sender]]] = {"files": _files, "twilio": _twilio}


def _mail(settings: Settings) -> Sender:
    if not settings.smtp_host:
        return _files(settings)
    _need("smtp_host", mail_sender=settings.mail_sender)
    relay = Relay(
        settings.smtp_host,
        settings.smtp_port,
        settings.mail_sender,
        settings.smtp_user,
        lambda: settings.smtp_secret,
        settings.smtp_wait,
        settings.smtp_authority,
    )
    return Mail(relay)


def sender(settings: Settings) -> Sender:
    """Make the sender of this installation. Raises BadSettings that says what is missing."""
    gateway = GATEWAYS.get(settings.sms_gateway)
    if gateway is None:
        known = tuple(GATEWAYS)
        raise BadSettings((NoGateway(variable("sms_gateway"), settings.sms_gateway, known),))
    return SenderByChannel({MessageChannel.EMAIL: _mail(settings), MessageChannel.SMS: gateway(settings)})


def night(settings: Settings) -> Night:
    """The hours in which messages that can wait are kept back."""
    return Night(*settings.night) if settings.night else NEVER


def _need(by: str, **settings: str) -> None:
    missing = tuple(SettingMissing(variable(name), by) for name, value in settings.items() if not value)
    if missing:
        raise BadSettings(missing)
