"""Every prompt of every language is heard by a caller, through Asterisk, SIP and RTP,
as the file that it is.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

import pytest

from demo.hearing import PromptSounds, recognise
from demo.phone import PhoneEventKind
from demo.sound import read_wav
from demo.trials import this_hotline
from ivr.catalogue import Catalogue as Texts
from tests.live.system import System

pytestmark = pytest.mark.live
LINES = 24
A_STEP = 12
SAMPLE = 11
"""Of so many prompts one is heard, and every one on demand."""
EXTENSION = "7{:03}"
ONE_AT_A_TIME = Lock()
"""Phones are taken in hand one after another; a machine that starts all at once is slow with each."""


@pytest.fixture(
    scope="module",
    params=[pytest.param(SAMPLE, id="some"), pytest.param(1, id="all", marks=pytest.mark.thorough)],
)
def unheard(system: System, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Many callers listen to prompts at once, a part of them each; what is still unheard then.

    Sound is torn now and then on a loaded machine,
    so what was not heard is listened to again, three times over.
    """
    names = sorted(f"{language}/{name}" for name, language in Texts.load().voiced())[:: request.param]
    # Neighbours in the list, the likest to one another, go to different lines and so never compete.
    shares = [names[line::LINES] for line in range(LINES)]
    with ThreadPoolExecutor(LINES) as pool:
        missed = pool.map(lambda line: not_heard(system, EXTENSION.format(line), shares[line]), range(LINES))
        again = [name for share in missed for name in share]
    yield not_heard(system, EXTENSION.format(LINES), again * 3) if again else []


def not_heard(system: System, extension: str, names: list[str]) -> list[str]:
    """Play these prompts to a caller; which of them were not recognised in what the caller received."""
    publish(system, extension, names)
    tape = listen(system, extension)
    paths = this_hotline(system.house, system.scratch).prompts
    found = recognise(read_wav(tape), PromptSounds.load({name: paths[name] for name in names}))
    return sorted(set(names) - {name for one in found for name in (one.name, *one.also)})


def publish(system: System, extension: str, names: list[str]) -> None:
    """An extension for this test that plays these prompts one after the other."""
    steps = [("Answer", "")]
    for begin in range(0, len(names), A_STEP):
        steps.append(("Playback", "&".join(f"hotline/{name}" for name in names[begin : begin + A_STEP])))
    steps.append(("Hangup", ""))
    for priority, (application, words) in enumerate(steps, 1):
        arguments = f",{words}" if words else ""
        system.home.rx(
            f"dialplan add extension {extension},{priority},{application}{arguments} into from-trunk"
        )


def listen(system: System, extension: str) -> Path:
    """One caller hears an extension to its end."""
    with ExitStack() as stack:
        with ONE_AT_A_TIME:
            phone = stack.enter_context(system.caller(f"0944000{extension[1:]}"))
        phone.dial(f"sip:{extension}@{system.sip}")
        phone.wait_for(PhoneEventKind.ESTABLISHED, 10)
        phone.wait_for(PhoneEventKind.CLOSED, 400)
        return phone.heard


def test_prompts_of_every_language_are_heard_by_a_caller(unheard: list[str]) -> None:
    """Each id × language is recognised in the received audio; none is silent, lost or another's sound."""
    assert unheard == []
