"""The sign-language video service by key: when it is open, its address spelled twice, and that as an SMS to
who rings with a mobile (spec §14, §18).
"""

from typing import Final

from hotline.phones import phone
from ivr import spoken
from ivr.call import Call
from ivr.prompts import Prompt
from ivr.steps import Fact, Prompts, VideoAddressTexted
from ivr.turn import Book

HOURS: Final = "sign-language-hours"
"""The information of a menu behind which the address is told."""


def told(book: Book, call: Call) -> tuple[Prompts, tuple[Fact, ...]]:
    """What is said, and the SMS that goes with it: to a mobile that its carrier names, and to no other, whose
    caller is told so.
    """
    if not book.video_address:
        return (Prompt(HOURS),), ()
    spelled = spoken.address(book.video_address, call.language)
    words = (Prompt(HOURS), Prompt("sign-address"), *spelled, Prompt("V-12.again"), *spelled)
    if not phone(call.holder).takes_sms:
        return (*words, Prompt("sign-no-text")), ()
    return (*words, Prompt("sign-texted")), (VideoAddressTexted(call.holder, book.video_address),)
