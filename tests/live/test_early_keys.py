"""Keys pressed early: greeting and legal notice are heard to their end,
every menu may be interrupted at its first word.
"""

import time

import pytest
from sqlalchemy import select

from calls.store import CallEvent, CallRow
from demo.phone import PhoneEventKind
from hotline.db import transaction
from tests.live.system import System

pytestmark = pytest.mark.live


@pytest.mark.promise("The notice is heard to its end; any key afterwards is heard at once")
def test_a_key_in_the_notice_is_not_heard_and_one_at_the_first_word_is(system: System) -> None:
    """A key in the greeting is none; 1 at once in the language menu; a key in the notice is none;
    4 at once in the main menu, 0 in the hours.
    """
    number = "0966000001"
    with system.caller(number) as phone:
        phone.dial(f"sip:1999@{system.sip}")
        phone.wait_for(PhoneEventKind.ESTABLISHED, 5)
        time.sleep(1)
        phone.press("0")
        for count, key in enumerate("140", 1):
            system.in_menu(number, count)
            time.sleep(0.2)
            phone.press(key)
            if key == "1":
                system.until(lambda: system.runs(number, "Playback"), 10, "the notice")
                time.sleep(1)
                phone.press("0")
        system.until(lambda: "Queued" in kinds(system, number), 10, "the queue")
        phone.hang_up()
    row = system.row(number)
    events = system.events(row.id)
    assert [event.detail["key"] for event in events if event.kind == "KeyPressed"] == ["1", "4", "0"]
    chosen, notice = (
        next(e.at for e in events if e.kind == kind) for kind in ("LanguageChosen", "NoticeHeard")
    )
    assert (notice - chosen).total_seconds() > 6


def kinds(system: System, number: str) -> list[str]:
    """Kinds of events of this caller's call so far."""
    with transaction(system.house.factory) as session:
        mine = select(CallRow.id).where(CallRow.caller_hash == f"+886{number[1:]}")
        return list(session.scalars(select(CallEvent.kind).where(CallEvent.call_id.in_(mine))))
