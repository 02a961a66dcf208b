"""The scenes of §9.1 once more, over a real Asterisk: real phones ring, agents press keys, callers listen."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from threading import Event

import pytest
from sqlalchemy.orm import Session

from hotline import clock
from hotline.db import transaction
from hotline.directory.register import present, set_row
from hotline.directory.rules import Section
from hotline.directory.service import set_absence, set_forward, switchboard_fails
from hotline.directory.store import ForwardRow
from hotline.errors import HotlineError
from hotline.ledger.changes import ChangeContext, change
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.permissions import Action
from tests.calls_at_once import within
from tests.chosen import chosen, each
from tests.city import Given
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.real_line import RealLine
from tests.live.system import ALL_DAY, declare, running
from tests.live.theatre import Theatre
from tests.scenes import SCENES
from tests.script import Script, play
from tests.turns.scene import Caller

pytestmark = pytest.mark.live
AT_ONCE = 12
NUMBERS = count(972000001)
SCRIPTS = {name: Script.read(text) for name, text in SCENES.items()}
CIRCLE = SCRIPTS["P5_1_2_two_that_follow_each_other_are_rung_once_each"].given
"""Only rows of before can hold one, for no use case writes it any more."""
NIGHT = frozenset(name for name, text in SCENES.items() if "\n        at 2026" in text)
SAME_SWITCHBOARD = [
    "P4_9_an_off_site_agency_is_its_number_and_keys",
    "P4_9_a_switchboard_out_of_order_is_reached_by_its_alternative",
    "P4_9_an_alternative_number_takes_keys",
]
"""One after the other."""
Outcome = dict[str, BaseException | None]


PROMISES = {
    "P5_1_1_busy_then_the_neighbour": "A desk is busy: the neighbour is rung",
    "P5_1_1_back_and_nobody_there_is_a_promise": "Nobody answers a transfer: back to the agent, else a callback is promised",
    "P5_1_1_a_callback_registered_in_the_talk_is_read_back": "An agent's key promises a callback, read back",
    "P5_1_2_a_forward_is_honoured_before_ringing": "A forward is honoured before ringing",
    "P4_9_an_off_site_agency_is_its_number_and_keys": "An agency outside is reached by its number and keys",
    "P3_b_2_a_caller_knows_the_extension": "Who knows the extension dials it",
    "a_hidden_number_is_asked_for_before_the_promise": "Who hides the number is asked for one",
}


@pytest.fixture(scope="module")
def played(request: pytest.FixtureRequest) -> Iterator[Outcome]:
    """All that are asked for by day, side by side, then those of a day on which nobody works."""
    refuse_or_go_on()
    asked = set(chosen(request, SCENES))
    with running(min(AT_ONCE, len(asked)) + 1, queue_ring=20, **ALL_DAY) as system:
        with Theatre(system) as theatre:
            declare(system, "open")
            by_day = [name for name in SCENES if name in asked - NIGHT - set(SAME_SWITCHBOARD)]
            give(theatre, (given for name in by_day for given in SCRIPTS[name].given))
            in_turn = [name for name in SAME_SWITCHBOARD if name in asked]
            outcome = perform(theatre, [in_turn, *([name] for name in by_day)])
            if by_night := sorted(NIGHT & asked):
                declare(system, "close")
                theatre.agents_come()
                outcome |= perform(theatre, [[name] for name in by_night])
        assert_clean(system)
    yield outcome


def give(theatre: Theatre, all_given: Iterable[Given]) -> None:
    """What the scripts are given, by the use case where one is left that does it; each once."""
    new = dict.fromkeys(all_given)
    for given in new:
        at = clock.now()
        who, holds = {"at": at, "by": "admin-1"}, Period(at)
        with transaction(theatre.system.house.factory) as session:
            match given:
                case "forward", extension, target if given in CIRCLE:
                    row_of_before(session, extension, target)
                case "forward", extension, target:
                    set_forward(session, extension, target, holds, **who)
                case "away", extension, cause:
                    set_absence(session, f"p-{extension}", cause, holds, **who)
                case "closed", section:
                    before = present(session, "section", section, at)
                    assert isinstance(before, Section)
                    set_row(session, replace(before, closed=True), holds, **who)
                case "fault", agency, *number:
                    switchboard_fails(session, agency, *number, holds, **who)
    if new:
        Event().wait(2.5)


def row_of_before(session: Session, extension: str, target: str) -> None:
    """A forward as it was written when nobody asked where it leads."""
    at = clock.now()
    pen = ChangeContext(at, "admin-1", Action.DIRECTORY_CHANGE, "a scene")
    revise(session)
    change(session, ForwardRow, extension, {"target": target}, Period(at), pen)


def perform(theatre: Theatre, rows: Sequence[Sequence[str]]) -> Outcome:
    """So many rows of scenes at once, each scene of a row after the other; what each came to."""
    with ThreadPoolExecutor(within(AT_ONCE)) as pool:
        done = [pool.submit(row, theatre, names, place % 2 > 0) for place, names in enumerate(rows)]
        return {name: fault for one in done for name, fault in one.result().items()}


def row(theatre: Theatre, names: Sequence[str], refers: bool) -> Outcome:
    """Scenes that need the city each in its own way."""
    outcome: Outcome = {}
    for name in names:
        try:
            if len(names) > 1:
                give(theatre, SCRIPTS[name].given)
            one(theatre, name, "refer" if refers else "keys")
        except (AssertionError, HotlineError, OSError) as fault:
            outcome[name] = fault
    return dict.fromkeys(names) | outcome


def one(theatre: Theatre, name: str, by: str) -> None:
    """A scene from its first word to what it leaves behind."""
    with RealLine(theatre, name, f"0{next(NUMBERS)}", by) as line:
        play(told_by_no_clock(SCRIPTS[name]), Caller(line, clock.now()))
        line.over()


def told_by_no_clock(script: Script) -> Script:
    """Today or tomorrow depends on the hour at which tests run."""
    lines = (
        replace(line, words=tuple(w for w in line.words if not w.startswith("time.")))
        for line in script.lines
    )
    return replace(script, lines=tuple(lines))


@each(SCENES, PROMISES)
def test_a_scene_over_a_real_asterisk(played: Outcome, name: str) -> None:
    """As over the bare engine, the fake Asterisk and the keyboard, word for word."""
    if fault := played[name]:
        raise fault
