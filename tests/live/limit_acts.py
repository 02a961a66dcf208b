"""What is done in each call of the live tests of limits:
two acts, all scenes of one played at one time (P7.1, P7.3).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from control.passwords import secret
from demo.officers import Officer, Officers
from demo.phone import Answers, Busy, PhoneEventKind, Softphone
from demo.sound import SAMPLES_A_SECOND, read_wav, write_wav
from tests.live.system import DESKS, System
from tests.live.talks import BOSS, Talk

CAP, WARNING, ANSWER = 36.0, 8.0, 3.0
LONG = CAP + 8
"""Seconds that an ordinary talk takes at least."""
AGENTS = 10
LISTED, PROPOSED = "0971000099", "0971000098"
"""An approved entry of the special list, and one that waits for its approval."""


def ordinary(talk: Talk) -> None:
    """Nobody flags this caller, who talks on."""
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking


def flagged(talk: Talk) -> None:
    """Authorised at once."""
    talk.said["authorise"] = talk.does("authorised")
    talk.notes["state"] = talk.stands()
    talk.caller.wait_for(PhoneEventKind.CLOSED, CAP + 20)


def late(talk: Talk) -> None:
    """Authorised two seconds after the cap would have come."""
    talk.wait_until(CAP + 2)
    talk.notes["asked at"] = talk.second
    talk.said["authorise"] = talk.does("authorised")
    talk.caller.wait_for(PhoneEventKind.CLOSED, 20)


def lifted(talk: Talk) -> None:
    """A topic by the agent's key, then authorised again; at the cap a guidance is being said."""
    talk.does("authorised")
    talk.wait_until(6)
    talk.agent.press("*33")
    talk.wait_for_state("NORMAL")
    talk.does("authorised")
    talk.wait_until(CAP - 2.2)
    talk.agent.press("*31")
    talk.caller.wait_for(PhoneEventKind.CLOSED, 30)


def put_through(talk: Talk) -> None:
    """To an officer who talks on."""
    talk.does("authorised")
    talk.wait_until(4)
    talk.agent.press("##5112#")
    talk.caller.wait_for(PhoneEventKind.CLOSED, CAP + 20)


def queued(talk: Talk) -> None:
    """The officer and the neighbours are busy, so is the agent by then: back in the queue."""
    talk.does("authorised")
    talk.wait_until(4)
    talk.agent.behaves = Busy()
    talk.agent.press("##5301#")
    talk.caller.wait_for(PhoneEventKind.CLOSED, CAP + 20)


def returned(talk: Talk) -> None:
    """Back to the agent who put the caller through, rung by Dial: a guidance by key works there too."""
    talk.does("authorised")
    talk.wait_until(4)
    talk.agent.press("##5301#")
    talk.agent.wait_for(PhoneEventKind.ESTABLISHED, 20)
    talk.notes["back at"] = talk.second
    talk.wait_until(talk.second + 1.5)
    talk.agent.press("*31")
    talk.caller.wait_for(PhoneEventKind.CLOSED, CAP + 20)


def proposed(talk: Talk) -> None:
    """The entry is not approved: the key asks a supervisor, who listens, refuses, and the caller talks on."""
    boss = talk.boss
    assert boss
    talk.wait_until(3.5)
    talk.agent.press("*34")
    boss.wait_for(PhoneEventKind.ESTABLISHED, 20)
    talk.wait_for_state("REVIEW")
    boss.hang_up()
    boss.wait_for(PhoneEventKind.CLOSED, 10)
    talk.said["refuse"] = talk.does("refused")
    talk.notes["state"] = talk.stands()
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking


def emergency(talk: Talk) -> None:
    """Lifts the cap for good, and a supervisor joins the talk."""
    boss = talk.boss
    assert boss
    talk.does("authorised")
    talk.wait_until(14)
    talk.agent.press("*39")
    boss.wait_for(PhoneEventKind.ESTABLISHED, 20)
    talk.wait_for_state("NORMAL")
    talk.said["authorise"] = talk.refused("authorised")
    talk.wait_until(LONG)
    talk.notes["both talk on"] = talk.caller.talking and boss.talking
    talk.caller.hang_up()
    boss.wait_for(PhoneEventKind.CLOSED, 10)


def not_permitted(talk: Talk) -> None:
    """An agent authorises nobody, nor does an administrator."""
    talk.said["agent"] = talk.refused("authorised", by="agent-1")
    talk.said["administrator"] = talk.refused("authorised", by="admin-1")
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking


FIRST: dict[str, Callable[[Talk], None]] = {
    scene.__name__: scene
    for scene in (
        ordinary,
        flagged,
        late,
        lifted,
        put_through,
        queued,
        returned,
        proposed,
        emergency,
        not_permitted,
    )
}


@contextmanager
def supervisor(system: System) -> Iterator[Softphone]:
    """A supervisor's phone that answers and says the same words again and again."""
    voice = system.scratch / "boss.wav"
    words = read_wav(system.settings.prompts / "zh-TW" / "V-12.again.wav")
    write_wav(voice, *[words, np.zeros(SAMPLES_A_SECOND, np.int16)] * 8)
    with Softphone(
        BOSS,
        home=system.scratch / "boss",
        address=DESKS,
        password=secret(system.settings, BOSS),
        registrar=system.sip,
        behaves=Answers(0.2),
        voice=voice,
    ) as boss:
        yield boss


@contextmanager
def officers(system: System, **phones: Officer) -> Iterator[Officers]:
    """Those extensions answer; the others of the exchange are busy."""
    told = {extension.removeprefix("x"): does for extension, does in phones.items()}
    busy = {extension: Busy() for extension in ("5111", "5113", "5114", "5301", "5302", "5303", "5304")}
    with Officers(system.settings.officers_contact, {**busy, **told}, system.scratch / "officers") as one:
        yield one


def reachable(system: System) -> bool:
    contacts = system.home.rx("pjsip show contacts").splitlines()
    return any("officers" in line and "Avail" in line for line in contacts)


def scene(act: dict[str, Talk], name: str) -> Talk:
    """The scene as it was played. Raises what went wrong in it."""
    if act[name].fault:
        raise act[name].fault  # type: ignore[misc]
    return act[name]


def guided_out(talk: Talk) -> None:
    """Listed with approval: key *34, then three guidances by key."""
    talk.wait_until(4.5)  # the agent hears two words before the talk
    talk.agent.press("*34")
    for second in (7, 11.5, 16):
        talk.wait_until(second)
        talk.agent.press("*31")
    talk.caller.wait_for(PhoneEventKind.CLOSED, 30)


def guided(talk: Talk) -> None:
    """An ordinary call: a guidance is said, and both talk on."""
    talk.wait_until(5)
    talk.agent.press("*31")
    talk.wait_until(LONG)
    talk.notes["talks on"] = talk.caller.talking and talk.agent.talking


def guided_to_the_cap(talk: Talk) -> None:
    """Flagged, one guidance, and no more."""
    talk.does("authorised")
    talk.wait_until(6)
    talk.agent.press("*31")
    talk.caller.wait_for(PhoneEventKind.CLOSED, CAP + 20)


def deciding(talk: Talk) -> None:
    """Flagged; a decision begins some two seconds before the cap, and nobody answers it."""
    talk.does("authorised")
    talk.wait_until(CAP - 3.6)
    talk.agent.press("##5112#")
    talk.caller.wait_for(PhoneEventKind.CLOSED, CAP + 20)


SECOND: dict[str, Callable[[Talk], None]] = {
    scene.__name__: scene for scene in (guided_out, guided, guided_to_the_cap, deciding)
}
