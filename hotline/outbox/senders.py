"""Senders of messages, as the settings choose them: files, e-mail, SMS, lines for another system.

A gateway for SMS is one entry of ``GATEWAYS``: whoever writes a message knows nothing of it.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hotline.keys.ring import KeyRing
from hotline.outbox.message import Letter, NotSent, Sender
from hotline.outbox.rules import NEVER, MessageChannel, Night
from hotline.outbox.smtp import Mail, Relay
from hotline.settings import Settings
from hotline.settings.faults import BadSettings, NoGateway, SettingMissing, variable

PURPOSE: Final = "notice.file"
NO_GATEWAY: Final[Mapping[str, str]] = {
    MessageChannel.EMAIL: "a code goes by no file: set HOTLINE_SMTP_HOST",
    MessageChannel.SMS: "a code goes by no file: set HOTLINE_SMS_GATEWAY",
}


@dataclass(frozen=True, slots=True)
class SenderByChannel:
    """One sender a channel."""

    senders: Mapping[str, Sender]

    def send(self, letter: Letter) -> str:
        """Send by the sender of the letter's channel. Raises NotSent."""
        return self.senders[letter.channel].send(letter)


def _files(settings: Settings, keys: KeyRing | None) -> Sender:
    return files_of(settings, keys)


def _twilio(settings: Settings, _keys: KeyRing | None) -> Sender:
    # Its client takes a while to import, and most processes never send.
    from hotline.outbox.sms import TwilioSms
    from hotline.twilio_rest import twilio_of

    _need("sms_gateway = twilio", twilio_account=settings.twilio_account, sms_sender=settings.sms_sender)
    return TwilioSms(twilio_of(settings), settings.sms_sender, settings.public_url)


GATEWAYS: Final[dict[str, Callable[[Settings, KeyRing | None], Sender]]] = {
    "files": _files,
    "twilio": _twilio,
}


def files_of(settings: Settings, keys: KeyRing | None) -> "FileSender":
    """Files in place of a gateway; codes go by them in a trial alone, and sealed."""
    return FileSender(settings.outbox, keys if settings.is_demo else None)


def _mail(settings: Settings, keys: KeyRing | None) -> Sender:
    if not settings.smtp_host:
        return files_of(settings, keys)
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


def sender(settings: Settings, keys: KeyRing | None = None) -> Sender:
    """Make the sender of this installation; ``keys`` seal what files hold.

    Raises BadSettings that says what is missing.
    """
    gateway = GATEWAYS.get(settings.sms_gateway)
    if gateway is None:
        known = tuple(GATEWAYS)
        raise BadSettings((NoGateway(variable("sms_gateway"), settings.sms_gateway, known),))
    mail, sms = _mail(settings, keys), gateway(settings, keys)
    return SenderByChannel({MessageChannel.EMAIL: mail, MessageChannel.SMS: sms})


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
    """One JSON file a letter, named by its key: sent twice, there is still one.

    The text of a letter with a code is sealed by ``keys``; without them such a letter is refused.
    """

    def __init__(self, directory: Path, keys: KeyRing | None = None) -> None:
        self._directory, self._keys = directory, keys

    def forget(self, letter: Letter) -> None:
        """Remove the file of a letter, if this machine wrote one."""
        self._file(letter).unlink(missing_ok=True)

    def opened(self, letter: Letter) -> str:
        """The text of a letter that went as a file of this machine; empty where there is none."""
        try:
            text = str(json.loads(self._file(letter).read_text("utf-8"))["text"])
        except (OSError, ValueError, KeyError):
            return ""
        return self._keys.open_text(PURPOSE, text) if self._keys else text

    def _file(self, letter: Letter) -> Path:
        return self._directory / f"{letter.template}-{letter.key}.json"

    def send(self, letter: Letter) -> str:
        """Write a letter, whole or not at all. Raises NotSent."""
        file, text = self._file(letter), letter.text
        if letter.is_secret:
            if self._keys is None:
                raise NotSent(NO_GATEWAY[letter.channel], for_good=True)
            text = self._keys.seal_text(PURPOSE, text)
        body = {
            "template": letter.template,
            "channel": letter.channel,
            "to": letter.recipient,
            "text": text,
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
