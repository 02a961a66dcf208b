"""Sound sent to a call's port by somebody else than its phone is heard by nobody (resilience.md §2.15)."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from hotline import clock
from ops.hearing import Catalogue, recognise
from ops.phone import Answers, What
from ops.sound import Samples, read_wav
from tests.live.system import System

pytestmark = pytest.mark.live
STRANGER = "127.0.0.9"
STRANGE = "zh-TW/thanks-goodbye"
FRAME = 160  # samples: 20 ms


def mu_law(samples: Samples) -> bytes:
    """G.711, as a phone sends it."""
    loud = np.minimum(np.abs(samples.astype(np.int32)), 32635) + 132
    power = np.floor(np.log2(loud)).astype(np.int32) - 7
    return bytes((~((samples < 0) * 0x80 | power << 4 | loud >> (power + 3) & 0x0F) & 0xFF).astype(np.uint8))


def of_mu_law(sound: bytes) -> Samples:
    """And as it is heard."""
    code = ~np.frombuffer(sound, np.uint8) & 0xFF
    loud = (((code & 0x0F).astype(np.int32) << 3) + 132 << (code >> 4 & 7)) - 132
    heard: Samples = np.where(code & 0x80, -loud, loud).astype(np.int16)
    return heard


def pour(sound: bytes, ports: range) -> int:
    """Send it to every port at the pace of speech; how many packets went out."""
    sent, began = 0, clock.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((STRANGER, 0))
        for number, start in enumerate(range(0, len(sound), FRAME)):
            head = b"\x80\x00" + number.to_bytes(2) + (number * FRAME).to_bytes(4) + b"evil"
            for port in ports:
                sent += bool(line.sendto(head + sound[start : start + FRAME], ("127.0.0.1", port)))
            time.sleep(max(0.0, began + number * 0.02 - clock.monotonic()))
    return sent


@pytest.fixture(scope="module")
def prompt(system: System) -> Path:
    return system.settings.prompts / f"{STRANGE}.wav"


def test_the_strangers_words_would_be_known(prompt: Path) -> None:
    """As a phone would send them: else nothing is shown below."""
    heard = recognise(of_mu_law(mu_law(read_wav(prompt))), Catalogue.load({STRANGE: prompt}))
    assert [(one.name, one.whole) for one in heard] == [(STRANGE, True)]


def test_a_strangers_words_reach_neither_the_agent_nor_the_recording(prompt: Path, system: System) -> None:
    ports = range(system.settings.rtp_from, system.settings.rtp_to, 2)
    words = mu_law(read_wav(prompt))
    with system.agents(agent_1=Answers(0.2, 6.0)) as desks, ThreadPoolExecutor(1) as pool:
        call = pool.submit(system.call, "1,1")
        desks["agent-1"].wait_for(What.ESTABLISHED, 60)
        assert pour(words, ports) == len(ports) * -(-len(words) // FRAME)
        story = call.result()
        catalogue = Catalogue.load({STRANGE: prompt})
        assert recognise(read_wav(desks["agent-1"].heard), catalogue) == []
    assert story.served, story.why
    assert [recognise(read_wav(Path(one.path)), catalogue) for one in story.recordings] == [[], []]
    assert STRANGE not in story.heard
