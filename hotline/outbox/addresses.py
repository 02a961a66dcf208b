"""To whom a message goes over which channel; no text to a landline, a hidden number or none (§18). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hotline.log_masking import clean
from hotline.outbox.rules import MessageChannel
from hotline.phones import PhoneKind, phone

LONGEST: Final = 128
_WHY: Final = {
    PhoneKind.LANDLINE: "a landline takes no SMS",
    PhoneKind.HIDDEN: "the number is hidden",
    PhoneKind.SHORT: "a short number takes no SMS",
    PhoneKind.NONE: "no telephone number",
}


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a message; ``refusal`` says why it goes nowhere."""

    channel: MessageChannel
    recipient: str
    refusal: str = ""


def addressed(channels: Sequence[MessageChannel], recipient: str) -> Address:
    """Address a message by what the recipient looks like: an e-mail address, else, where a text may be sent,
    a telephone number.

    A member of the staff without an address stays a name, so that the gap is seen.
    """
    plain = clean(recipient).strip()
    if "@" in plain or MessageChannel.SMS not in channels:
        if MessageChannel.EMAIL in channels:
            return Address(MessageChannel.EMAIL, plain[:LONGEST])
        return Address(MessageChannel.SMS, plain[:LONGEST], "no telephone number")
    found = phone(plain)
    if found.takes_sms:
        return Address(MessageChannel.SMS, found.number)
    return Address(
        MessageChannel.SMS, plain[:LONGEST], _WHY.get(found.kind, "no number that surely takes an SMS")
    )
