"""Senders of messages, as the settings choose them: files, e-mail, SMS, lines for another system.

A gateway for SMS is one entry of ``GATEWAYS``: whoever writes a message knows nothing of it.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hotline.outbox.message import Letter, NotSent, Sender
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


def push_sender(settings: Settings) -> Sender:
    """Make the sender of lines for another system. Raises BadSettings that says what is missing."""
    # Its library takes a while to import, and most processes never send.
    from hotline.outbox.push import HttpsPush, Receiver

    _need("case_push_url", case_push_token_file=str(settings.case_push_token_file or ""))
    receiver = Receiver(
        settings.case_push_url,
        lambda: settings.case_push_token,
        settings.case_push_wait,
        settings.case_push_authority,
    )
    return SenderByChannel({MessageChannel.PUSH: HttpsPush(receiver)})


def night(settings: Settings) -> Night:
    """The hours in which messages that can wait are kept back."""
    return Night(*settings.night) if settings.night else NEVER


def _need(by: str, **settings: str) -> None:
    missing = tuple(SettingMissing(variable(name), by) for name, value in settings.items() if not value)
    if missing:
        raise BadSettings(missing)


class FileSender:
    """One JSON file a letter, named by its key: sent twice, there is still one."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def forget(self, letter: Letter) -> None:
        """Remove the file of a letter, if this machine wrote one."""
        self._file(letter).unlink(missing_ok=True)

    def _file(self, letter: Letter) -> Path:
        return self._directory / f"{letter.template}-{letter.key}.json"

    def send(self, letter: Letter) -> str:
        """Write a letter, whole or not at all. Raises NotSent."""
        file = self._file(letter)
        body = {
            "template": letter.template,
            "channel": letter.channel,
            "to": letter.recipient,
            "text": letter.text,
            "written_at": letter.written_at.isoformat(),
            "key": letter.key,
        }
        part = file.with_suffix(f".{os.getpid()}.part")
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with part.open("w", encoding="utf-8") as writing:
                json.dump(body, writing, ensure_ascii=False)
                writing.flush()
                os.fsync(writing.fileno())
            part.replace(file)
        except OSError as error:
            raise NotSent(f"{self._directory} cannot be written: {error.strerror}") from error
        return file.name
