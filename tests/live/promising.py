"""Officers who call citizens back and callers who are promised it, side by side:
the cast of the live tests of callbacks.
"""

import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import select

from control.originate import NoPhone, NotPickedUp
from demo.exchange import Dead, Refuses
from demo.hearing import PromptSounds, recognise
from demo.officers import Officer, Officers
from demo.phone import Answers, Busy, NoAnswer, PhoneEventKind, Softphone
from demo.sound import read_wav
from demo.story import Story
from demo.trials import this_hotline
from hotline import clock
from hotline.callbacks.find import of_call, whole
from hotline.callbacks.outbound_lock import RUNG
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import callback
from hotline.callbacks.store import Callback, CallbackLine
from hotline.db import transaction
from hotline.errors import HotlineError
from hotline.numbers import e164
from tests.live.system import System


@dataclass(frozen=True)
class Kept:
    """One officer, one citizen; ``outcome``: what is stored, or the error the officer reads; ``asked``: how
    often our carrier was asked for the citizen.
    """

    login: str
    extension: str
    picks_up: Officer
    number: str
    citizen: Officer
    outcome: Outcome | type[HotlineError]
    asked: int = 1


KEPT = {
    "both_talk_the_citizen_hangs_up": Kept(
        "officer-5112", "5112", Answers(0.5), "0913300001", Answers(1.0), Outcome.REACHED, asked=2
    ),
    "both_talk_the_officer_hangs_up": Kept(
        "liaison-tpt", "5401", Answers(0.5, 22.0), "0913300002", Answers(1.0), Outcome.REACHED
    ),
    "busy": Kept("liaison-swd", "5501", Answers(0.5), "0913300003", Busy(), Outcome.BUSY),
    "no_answer": Kept("liaison-cad", "5601", Answers(0.5), "0913300004", NoAnswer(), Outcome.NO_ANSWER),
    "refused": Kept("manager-epb", "5121", Answers(0.5), "0913300005", Refuses(603), Outcome.REFUSED),
    "no_such_number": Kept(
        "officer-5113", "5113", Answers(0.5), "0913300006", Refuses(404), Outcome.WRONG_NUMBER
    ),
    "our_trunk_fails": Kept("admin-1", "1981", Answers(0.5), "0913300007", Refuses(503), Outcome.NOT_PLACED),
    "our_trunk_says_nothing": Kept(
        "officer-5301", "5301", Answers(0.5), "0913300012", Dead(), Outcome.NOT_PLACED
    ),
    "the_officer_does_not_pick_up": Kept(
        "liaison-epb", "5111", NoAnswer(), "0913300008", Answers(1.0), NotPickedUp, asked=0
    ),
    "the_officer_hangs_up_at_once": Kept(
        "liaison-rdec", "1983", Answers(0.5, 1.5), "0913300013", Answers(1.0), Outcome.NOT_PLACED, asked=0
    ),
    "the_officer_gives_up_while_it_rings": Kept(
        "supervisor-1", "1990", Answers(0.5, 13.0), "0913300009", NoAnswer(), Outcome.NOT_PLACED
    ),
    "the_officer_has_no_phone_of_ours": Kept(
        "liaison-apo", "6101", NoAnswer(), "0913300010", NoAnswer(), NoPhone, asked=0
    ),
}


@dataclass
class Told:
    """What came of it: the outcome or the error, the callback's number, what both sides heard."""

    callback_id: int
    outcome: Outcome | None = None
    error: HotlineError | None = None
    officer: list[str] = field(default_factory=list)
    citizen: list[str] = field(default_factory=list)


@dataclass
class Played:
    """Everything that was played."""

    kept: dict[str, Told]
    refused: str
    afterwards: str
    too_many: Told
    asked: list[str]
    promised: dict[str, Story]


def promise(system: System, number: str, extension: str = "") -> int:
    """One on record, without a call; its number."""
    call_id = f"test-{number}-{extension}.1"
    with transaction(system.house.factory) as session:
        system.house.callbacks.promise(
            session, call_id, e164(number), "zh-TW", "caller", clock.now(), extension
        )
        row = of_call(session, call_id)
        assert row is not None
        return row.id


def keep(system: System, one: Kept, callback_id: int) -> Told:
    """``hotline callback call``, in this process."""
    told = Told(callback_id)
    try:
        told.outcome = system.house.calling.call(callback_id, one.login)
    except HotlineError as error:
        told.error = error
    return told


def second_officer(system: System, outside: Officers) -> tuple[str, str]:
    """Another promise to a citizen who is being called, by another officer, and again afterwards;
    the command's words.

    The citizen talks until the other officer has read them, however long a command takes.
    """
    number = KEPT["both_talk_the_citizen_hangs_up"].number
    other = promise(system, number, "5113")

    def is_called() -> CallbackLine | None:
        with transaction(system.house.factory) as session:
            return session.get(CallbackLine, e164(number))

    words = ("callback", "call", str(other), "--by", "officer-5113")
    line: CallbackLine = system.until(is_called, 30, "the citizen's line is taken")
    refused = command(system, *words)
    talk(system, line.callback_id)
    outside.phones[number].hang_up()
    system.until(lambda: not is_called(), 60, "the citizen's line is free")
    afterwards = command(system, *words)
    talk(system, other)
    outside.phones[number].hang_up()
    return refused, afterwards


def talk(system: System, callback_id: int) -> None:
    """Until officer and citizen are joined."""
    system.until(
        lambda: any(
            one.kind == "Bridged" for call in placed(system, callback_id) for one in system.events(call)
        ),
        60,
        f"{callback_id}: officer and citizen are joined",
    )


def placed(system: System, callback_id: int) -> list[str]:
    """The calls to keep a promise, by their names on record."""
    with transaction(system.house.factory) as session:
        known = whole(session, callback(session, callback_id))
    return [one.detail["call"] for one in known.events if one.kind == RUNG]


def command(system: System, *words: str) -> str:
    """A command as a person types it, in a process of its own; all it says."""
    done = subprocess.run(
        [sys.executable, "-c", "from ops.cli.main import main; main()", *words],
        env={"HOTLINE_HOME": str(system.settings.home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout + done.stderr


def too_many_today(system: System) -> Told:
    """The day's number of calls to outside is reached: nobody is called."""
    system.home.rx(f"dialplan set global OUTBOUND_CALLS {system.settings.outbound_daily}")
    one = Kept("officer-5113", "5113", Answers(0.5), "0913300011", Answers(1.0), Outcome.NOT_PLACED)
    told = keep(system, one, promise(system, one.number, one.extension))
    system.home.rx("dialplan set global OUTBOUND_CALLS 0")
    return told


def no_lines(system: System) -> bool:
    with transaction(system.house.factory) as session:
        return session.scalars(select(CallbackLine)).first() is None


def listen(system: System, kept: dict[str, Told], exchange: Officers, outside: Officers) -> None:
    prompts = PromptSounds.load(this_hotline(system.house, system.scratch).prompts)
    for name, one in KEPT.items():
        if (desk := exchange.phones.get(one.extension)) and desk.recordings[0].exists():
            kept[name].officer = names(desk, prompts)
        if (citizen := outside.phones.get(one.number)) and citizen.recordings[0].exists():
            kept[name].citizen = names(citizen, prompts)


def names(phone: Softphone, prompts: PromptSounds) -> list[str]:
    return [heard.name for heard in recognise(read_wav(phone.recordings[0]), prompts)]


def promised_by_callers(system: System, exchange: Officers) -> dict[str, Story]:
    """Key 3, to one's own number, which is heard to its end and not refused, and to another;
    key 1 in the queue; an extension where nobody answers,
    then key 1; the agent's and the officer's key.

    Who pressed the key hangs up afterwards.
    Whoever speaks English waits for an agent whose phone rings unanswered.
    """
    with system.agents(agent_1=Answers(0.5), agent_2=NoAnswer()) as agents, ThreadPoolExecutor(6) as pool:
        calls: dict[str, Future[Story]] = {
            "by_key_3": pool.submit(system.call, "1,3,-,#", "0913200001", longest=120),
            ELSEWHERE: pool.submit(system.call, f"1,3,2,{WANTED}#,1,#", "0913200007", longest=150),
            "by_key_1_in_the_queue": pool.submit(system.call, "4,1,1,1,#", "0913200002", longest=120),
            "when_all_rungs_failed": pool.submit(system.call, "4,2,5201#,1,1,#", "0913200003", longest=150),
            "by_the_agents_key": pool.submit(system.call, "1,0", "0913200004", longest=120),
            "by_the_officers_key": pool.submit(system.call, "1,2,5413#", "0913200006", longest=120),
        }
        for phone in (agents["agent-1"], exchange.phones["5413"]):
            phone.wait_for(PhoneEventKind.ESTABLISHED, 90)
            time.sleep(6.0)  # who answers hears the caller's language, or who calls, first
            phone.press("*32")
            time.sleep(9.0)
            phone.hang_up()
        return {name: call.result(180) for name, call in calls.items()}


ELSEWHERE, WANTED = "to_another_number", "0229603456"
"""A promise to another number than the caller's own."""
GIVEN = {
    "by_key_3": ("0913200001", "caller", ""),
    "by_key_1_in_the_queue": ("0913200002", "caller", ""),
    "when_all_rungs_failed": ("0913200003", "caller", "5201"),
    "by_the_agents_key": ("0913200004", "agent", ""),
    "by_the_officers_key": ("0913200006", "officer", "5413"),
    "by_the_dialplan_alone": ("0913200005", "dialplan", ""),
}


def given(system: System, name: str) -> Callback:
    """The one promise of that caller."""
    call = system.row(GIVEN[name][0])
    (found,) = system.until(lambda: system.promises(call.id), 20, f"the promise {name} is a row")
    assert isinstance(found, Callback)
    return found


def digits(heard: list[str]) -> tuple[str, ...]:
    """The digits among what was heard, in order."""
    return tuple(name.rpartition(".")[2] for name in heard if name.startswith("zh-TW/digit."))
