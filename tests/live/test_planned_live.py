"""A planned change takes effect by itself, at its instant, for whoever calls then;
whoever talks goes on talking.
"""

from datetime import datetime, timedelta

import pytest

from demo.phone import Answers, PhoneEventKind
from hotline import clock
from hotline.db import transaction
from hotline.directory.service import set_forward
from hotline.ledger.entries import changes
from hotline.ledger.periods import Period
from tests.live.acts import KNOWS, begins, closed, softphone
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.real_line import RealLine
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.theatre import Theatre

pytestmark = pytest.mark.live
ASKED, FOLLOWED = "5311", "5312"
AHEAD = timedelta(seconds=45)
"""From the command to its date of effect: in between a call comes and is answered."""


DECIDERS = ("asterisk", "agi-1", "agi-2")


def processes(system: System) -> dict[str, int]:
    return {name: system.supervisor.pid(name) for name in DECIDERS}


def plan(theatre: Theatre) -> datetime:
    """As a liaison plans a move; the ledger lists it, and the route of both instants is told in advance."""
    effective = (clock.now() + AHEAD).replace(microsecond=0)
    with transaction(theatre.system.house.factory) as session:
        set_forward(session, ASKED, FOLLOWED, Period(effective), at=clock.now(), by="admin-1")
        assert ("forward", ASKED) in [key for one in changes(session, since=effective) for key in one.keys]
    for at, rung in ((effective - timedelta(seconds=1), ASKED), (effective, FOLLOWED)):
        told = theatre.commanded("why", "route", ASKED, "--at", at.isoformat())
        assert f"\n1. {rung} " in told, told
    return effective


def test_P4_6_who_rings_changes_at_the_instant_and_no_talk_is_disturbed() -> None:
    """No restart, no look by anybody: the process that decided before decides after."""
    refuse_or_go_on()
    with running(2, **ALL_DAY) as system, Theatre(system) as theatre:
        declare(system, "open")
        before, effective = processes(system), plan(theatre)
        with (
            RealLine(theatre, "early", "0973100001") as early,
            RealLine(theatre, "late", "0973100002") as late,
        ):
            officer = softphone(early, ASKED, Answers(0.5))
            begins(early, KNOWS.format(ASKED))
            officer.wait_for(PhoneEventKind.ESTABLISHED, 30)
            early.until_joined()
            assert clock.now() < effective, "the first call took too long to say anything"
            system.until(lambda: clock.now() >= effective, 60, "the date of effect comes")
            other = softphone(late, FOLLOWED, Answers(0.5))
            begins(late, KNOWS.format(ASKED))
            other.wait_for(PhoneEventKind.ESTABLISHED, 30)
            late.until_joined()
            assert theatre.inside.called_by(late.number) == [FOLLOWED]
            assert early.caller.talking and officer.talking
            row, (leg,) = closed(late)
            assert (leg.asked, leg.extension, leg.outcome, row.outcome) == (
                ASKED,
                FOLLOWED,
                "answered",
                "talked",
            )
            assert early.caller.talking and officer.talking
            row, (leg,) = closed(early)
            assert (leg.extension, leg.outcome, row.outcome) == (ASKED, "answered", "talked")
            assert leg.answered_at and leg.ended_at and leg.answered_at < effective < leg.ended_at
            assert theatre.inside.called_by(early.number) == [ASKED]
        assert processes(system) == before
        assert_clean(system)
