"""Key 4 with an address (spec §14, §18): it is spelled, and a mobile gets it as an SMS with a code."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, select

from agi_scripts.line import COMMAND_BYTES
from agi_scripts.session import answer
from hotline.db import looking, sessions
from hotline.outbox.rules import LINK, ONE_SMS
from hotline.outbox.store import OutboxMessage
from ivr.call import Call, InMenu
from ivr.engine import advance
from ivr.numerals import Language
from ivr.steps import Pressed
from tests.parts import NOON, book, full_shelf, menus
from tests.turns.rows import Rows
from tests.turns.scene import Caller

SPELLED = ["en/letter.s", "zh-TW/sign.dot", "zh-TW/digit.9", "zh-TW/sign.dot", "en/letter.t", "en/letter.w"]


@pytest.fixture
def video_address() -> str:
    return "s.9.tw"


def messages(database: Engine) -> list[OutboxMessage]:
    """The SMS that were written."""
    with looking(sessions(database)) as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def test_the_address_is_spelled_twice_behind_the_hours(caller: Caller) -> None:
    """Letters are English ones in every language; then the same menu."""
    caller.dials("0229603456").presses("1", "4")
    told = [name.removeprefix("hotline/") for name in caller.heard]
    start = told.index("zh-TW/sign-language-hours")
    words = ["zh-TW/sign-address", *SPELLED, "zh-TW/V-12.again", *SPELLED, "zh-TW/sign-no-text"]
    assert told[start + 1 : start + 16] == words
    caller.is_("ask", "1 5")


def test_a_mobile_gets_one_sms_a_call_with_the_address_in_words_and_a_code(
    caller: Caller, rows: Rows, database: Engine
) -> None:
    """However often key 4 is pressed; without a link, in one SMS, and told."""
    caller.dials().presses("1", "4", "4").hears_of("zh-TW/sign-texted")
    if not hasattr(caller.line, "unique_id"):
        return
    [sms] = messages(database)
    assert (sms.template, sms.recipient, sms.channel) == ("N-70", "+886912345678", "sms")
    assert "s點9點tw" in sms.text and not LINK.search(sms.text) and len(sms.text) <= ONE_SMS


@pytest.mark.parametrize(("number", "carrier"), [("0229603456", True), ("", True), ("0912345678", False)])
def test_no_other_telephone_gets_one(caller: Caller, database: Engine, number: str, carrier: bool) -> None:
    """A landline, a hidden number, a number that somebody chose for themselves; each is told why not."""
    if not carrier and type(caller.line).__name__ == "TwilioLine":
        return
    caller.dials(number, carrier=carrier).presses("1", "4").hears_of("zh-TW/sign-no-text")
    assert not any(name.endswith("sign-texted") for name in caller.heard) and not messages(database)


@pytest.mark.parametrize("number", ["0912345678", ""])
@pytest.mark.parametrize("language", [Language.MANDARIN, Language.ENGLISH, Language.JAPANESE])
def test_the_longest_address_fits_one_answer_to_asterisk(language: Language, number: str) -> None:
    """Spelled twice, in any language, with the menu behind it, whoever calls."""
    heard = replace(book(), video_address="sign.new-taipei.gov.tw/s")
    call = Call("ntpc1-1764300000.12345", menus().version, InMenu("main"), caller=number)
    call = replace(
        call, language=language, wanted=language, notices=frozenset((language,)), from_carrier=bool(number)
    )
    turn = advance(heard, call, Pressed(NOON, "4"))
    assert len(f'SET VARIABLE TURN "{answer(turn, full_shelf())}"') < COMMAND_BYTES
