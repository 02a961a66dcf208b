"""Every prompt of every language is heard by a caller, through Asterisk, SIP and RTP, as the file that it is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.catalogue import Catalogue as Texts
from ops.hearing import Catalogue, Heard, recognise
from ops.phone import What
from ops.sound import read_wav
from ops.trials import this_hotline
from tests.live.system import System

pytestmark = pytest.mark.live
LINES = 12
A_STEP = 12
EXTENSION = "7{:03}"


@pytest.fixture(scope="module")
def heard(system: System) -> Iterator[dict[str, list[Heard]]]:
    """Twelve callers listen to all prompts at once, a twelfth of them each."""
    names = sorted(f"{language}/{name}" for name, language in Texts.load().voiced())
    shares = [names[line::LINES] for line in range(LINES)]
    for line, share in enumerate(shares):
        publish(system, EXTENSION.format(line), share)
    paths = {
        name: path for name, path in this_hotline(system.house, system.scratch).prompts.items()
        if not name.startswith("moh/")
    }  # fmt: skip
    catalogue = Catalogue.load(paths)
    with ThreadPoolExecutor(LINES) as pool:
        tapes = list(pool.map(lambda line: listen(system, EXTENSION.format(line)), range(LINES)))
    found = dict[str, list[Heard]]()
    for tape in tapes:
        for one in recognise(read_wav(tape), catalogue):
            for name in (one.name, *one.also):
                found.setdefault(name, []).append(one)
    yield found


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
    with system.caller(f"0944000{extension[1:]}") as phone:
        phone.dial(f"sip:{extension}@{system.sip}")
        phone.wait_for(What.ESTABLISHED, 10)
        phone.wait_for(What.CLOSED, 400)
        return phone.heard


def test_every_prompt_of_every_language_is_heard_by_a_caller(heard: dict[str, list[Heard]]) -> None:
    """Each id × language is recognised in the received audio; none is silent, lost or another's sound."""
    wanted = {f"{language}/{name}" for name, language in Texts.load().voiced()}
    missing = sorted(wanted - set(heard))
    # The same word with another melody (digit, digit.end) may be told apart wrongly now and then.
    assert len(missing) <= len(wanted) // 200, missing
    assert not [name for name in missing if not name.partition("/")[2].startswith("digit")], missing
