"""Trunks, exchange and a desk phone by TLS and SRTP, against other Asterisks; what a trunk may send; two
trunks of which one dies.
"""

import re
import socket
import ssl
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import sleep

import pytest

from demo.phone import NoAnswer, PhoneEventKind
from tests.house.test_asterisk_live import invite
from tests.live.carrier_lines import (
    BUSY,
    CONGESTED,
    EARLY,
    FIRST,
    LOUD,
    NOBODY,
    OFFICER,
    OFFICERS,
    RINGS,
    SILENT,
    TALKS,
    UNCERTIFIED,
    Scene,
    Talk,
    carried,
    heard,
    loudness,
    mobile,
    tone,
)
from tests.live.conftest import refuse_or_go_on
from tests.live.other_switch import CODECS

pytestmark = pytest.mark.live
KNOWN = 2.0
"""Seconds until a call is with the second carrier, while the first is known to be away."""
UNKNOWN = 12.0
"""The same while nobody knows yet: the next question by OPTIONS, its time, and the jobs' next look."""
PCMU, PCMA = 0, 8


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    refuse_or_go_on()
    with carried() as one:
        yield one


@pytest.fixture(autouse=True)
def alone(request: pytest.FixtureRequest, scene: Scene) -> Iterator[None]:
    """Who is none of the talks finds nothing up, and leaves nothing."""
    is_talk = "talks" in request.fixturenames
    if not is_talk:
        scene.hang_up()
    yield
    if not is_talk:
        scene.hang_up()


@pytest.fixture(scope="module")
def talks(scene: Scene) -> dict[str, Talk]:
    """Citizens by the trunk, agents at desk phones, keys as RFC 4733: one talk by each codec."""
    return scene.talks()


@pytest.mark.parametrize("codec", CODECS)
def test_each_codec_is_heard_both_ways_by_tls_and_srtp(
    scene: Scene, talks: dict[str, Talk], codec: str
) -> None:
    """At both ends, and each voice in its recording."""
    talk = talks[codec]
    scene.hears(scene.first, talk.name, "desk")
    scene.hears(scene.first, talk.desk, "citizen")
    assert scene.first.is_secure(talk.name) and scene.first.is_secure(talk.desk)
    shown = scene.system.home.rx(f"core show channel {talk.channel}")
    assert re.search(rf"NativeFormats: \({codec}\)", shown), shown
    for side, who in (("caller", "citizen"), ("agent", "desk")):
        scene.is_recorded(talk.call, side, who)


def test_a_renewed_certificate_is_taken_up_while_calls_go_on(scene: Scene, talks: dict[str, Talk]) -> None:
    """Within seconds; who talks over TLS is heard on both ways, and the next call comes too."""
    _, before = shown_by(scene, trusting(scene))
    scene.authority.issue("ours", "127.0.0.1")
    scene.system.until(lambda: shown_by(scene, trusting(scene))[1] != before, 40, "the new one is shown")
    for talk in talks.values():
        for name, who in ((talk.name, "desk"), (talk.desk, "citizen")):
            scene.goes_on(scene.first, name, who)
    scene.first.call("ulaw", "after")
    scene.system.until(lambda: loudness(scene.first.sound("after")) > LOUD, 20, "the next call is heard")
    scene.first.does("after", "gone")


def test_who_asks_an_officer_first_loses_no_voice(scene: Scene, talks: dict[str, Talk]) -> None:
    """The agent goes back (``*1``), or asks again and joins both (``*2``): behind each voice comes
    another one, heard by whatever codec, and the officer's is recorded.
    """
    scene.ask_officers(talks)
    for talk in talks.values():
        scene.first.does(talk.desk, "*1")
    scene.system.until(lambda: not scene.names("officers"), 20, "the officers are left")
    for talk in talks.values():
        scene.goes_on(scene.first, talk.desk, "citizen")
        scene.goes_on(scene.first, talk.name, "desk")
    joined = {codec: talks[codec] for codec in ("ulaw", "alaw")}  # the others are needed below
    scene.ask_officers(joined)
    assert scene.codecs("officers") <= {"ulaw", "alaw"}
    desks = [talk.desk for talk in joined.values()]
    for desk in desks:
        scene.first.does(desk, "*2")
    scene.system.until(lambda: not any(map(scene.names, desks)), 20, "the agents have left")
    for codec, talk in joined.items():
        scene.goes_on(scene.exchange, OFFICERS[codec], "citizen")
        scene.goes_on(scene.first, talk.name, "desk")
        scene.is_recorded(talk.call, "agent", "desk")


def test_a_desk_phone_puts_through_to_the_exchange_by_tls_and_srtp(
    scene: Scene, talks: dict[str, Talk]
) -> None:
    """By REFER, which phones may send; citizen and officer are heard, on this line too encrypted."""
    talk = talks["g722"]
    scene.first.does(talk.desk, f"refer-{OFFICER}")
    scene.hears(scene.exchange, OFFICER, "citizen")
    scene.hears(scene.first, talk.name, "desk")
    assert scene.exchange.is_secure(OFFICER)
    assert scene.names("officers") and not scene.names(talk.desk)


def test_who_hangs_up_over_tls_has_talked(scene: Scene, talks: dict[str, Talk]) -> None:
    talk = talks["opus"]
    scene.first.does(talk.name, "gone")
    row = scene.system.row(mobile("opus"))
    assert (row.agent, row.outcome, row.end_reason) == (talk.desk, "talked", "caller_hung_up")


@pytest.mark.thorough
def test_keys_as_info_are_heard_in_a_menu(scene: Scene) -> None:
    """A trunk that sends no telephone-event."""
    scene.first.call("by-info", "by-info")
    scene.system.in_menu("0956000005", 1)
    scene.first.does("by-info", "1")
    scene.system.in_menu("0956000005", 2)
    scene.first.does("by-info", "gone")
    scene.system.row("0956000005")


def test_a_refer_from_a_trunk_is_refused_and_counted(scene: Scene) -> None:
    """The call stays where it is."""
    name = 'hotline_refers_refused_total{line="trunk"}'
    before = scene.figure(name)
    scene.first.call("ulaw", "refers")
    scene.system.until(lambda: loudness(scene.first.sound("refers")) > LOUD, 20, "it hears the greeting")
    scene.first.does("refers", "refer-0911000009")
    scene.system.until(lambda: scene.figure(name) == before + 1, 30, "it is counted")
    assert scene.names("trunk")


def test_a_call_in_the_clear_from_an_encrypted_trunk_is_refused(scene: Scene) -> None:
    """By UDP from its address; the other trunk may."""
    answer = invite(scene.system.home, FIRST, "0912345678", "1999")
    assert answer.startswith("SIP/2.0 403 "), answer


def test_a_desk_phone_in_the_clear_has_no_call(scene: Scene, tmp_path: Path) -> None:
    """With the right password: neither to it nor from it."""
    with scene.system.agent(UNCERTIFIED, NoAnswer()) as phone:
        phone.register()
        phone.dial(f"sip:{OFFICER}@{scene.system.sip}")
        assert phone.wait_for(PhoneEventKind.CLOSED, 20).code == 488
        scene.system.home.rx(f"channel originate PJSIP/{UNCERTIFIED} application Wait 5")
        scene.system.until(lambda: not scene.names(UNCERTIFIED), 30, "the call to it has failed")
        assert not [one for one in phone.events if one.what is PhoneEventKind.RINGING]


def shown_by(scene: Scene, context: ssl.SSLContext) -> tuple[str, str]:
    """The version that our door of TLS speaks with this one, and its certificate's number."""
    at = ("127.0.0.1", scene.system.settings.sip_tls_port)
    with socket.create_connection(at, 5) as line, context.wrap_socket(line, server_hostname=at[0]) as it:
        return str(it.version()), str((it.getpeercert() or {})["serialNumber"])


def trusting(scene: Scene) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(scene.authority.file))


def test_nothing_older_than_tls_1_2_is_spoken(scene: Scene) -> None:
    spoken = []
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2):
        context = trusting(scene)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version = context.maximum_version = version
        try:
            spoken.append(shown_by(scene, context)[0])
        except ssl.SSLError:
            continue
    assert spoken == ["TLSv1.2"]


def test_hold_codec_change_info_and_refer_of_another_carrier(scene: Scene, tmp_path: Path) -> None:
    """One call by SIPp, who checks each answer: recvonly to a hold, A-law for the other law of G.711,
    200 to a key, 603 to a REFER. It is heard by both laws.
    """
    line = 'hotline_refers_refused_total{line="trunk-second"}'
    before = scene.figure(line)
    packets = scene.sipp("signals", tmp_path)
    assert packets.speech[PCMU] > 20 and packets.speech[PCMA] > 50, packets.speech
    scene.system.until(lambda: scene.figure(line) == before + 1, 20, "the REFER is counted")
    row = scene.system.row("0956000009")
    kinds = [event.kind for event in scene.system.events(row.id)]
    assert kinds.count("MenuHeard") >= 2, kinds  # the key was heard in the first


@pytest.mark.thorough
def test_a_session_is_refreshed_for_who_wants_that_of_us(scene: Scene, tmp_path: Path) -> None:
    """By an UPDATE within half of 90 seconds."""
    scene.sipp("refreshed", tmp_path)
    assert scene.system.row("0956000007").end_reason == "caller_hung_up"


@pytest.mark.thorough
def test_a_carrier_that_does_not_refresh_its_session_is_hung_up(scene: Scene, tmp_path: Path) -> None:
    """It is dead, and nothing else would tell: our BYE comes before the 90 seconds are over."""
    scene.sipp("lapses", tmp_path)
    assert scene.system.row("0956000008").end_reason


def test_early_media_is_heard_before_the_answer(scene: Scene) -> None:
    """By who calls out of the house: what a carrier says of a number that does not exist."""
    call = scene.dial(EARLY, "early")
    scene.system.until(lambda: heard(call.sound, partial(tone, who="desk")) > LOUD, 5, "the 183 is heard")
    assert not scene.first.began(EARLY)
    shown = scene.system.home.rx("core show channels concise").splitlines()
    assert not [one for one in shown if one.startswith("PJSIP/trunk-") and "!Up!" in one]
    assert scene.came_to(call) == "ANSWER/16"


def test_what_the_first_trunk_does_not_take_goes_by_the_second(scene: Scene) -> None:
    """Congestion does; a number that is busy or does not exist is told as such."""
    for number, name, told in ((BUSY, "busy", "BUSY/17"), (NOBODY, "nobody", "CHANUNAVAIL/1")):
        assert scene.came_to(scene.dial(number, name)) == told
    counted = 'hotline_trunk_failovers_total{cause="34"}'
    before = scene.figure(counted)
    call = scene.dial(CONGESTED, "congested")
    scene.system.until(
        lambda: heard(call.sound, partial(tone, who="desk")) > LOUD, 15, "the second carrier is heard"
    )
    scene.is_at(scene.second, call, KNOWN)
    scene.system.until(lambda: scene.figure(counted) == before + 1, 20, "it is counted")


@pytest.mark.parametrize(
    "does", [SILENT, pytest.param(RINGS, marks=pytest.mark.thorough)], ids=["trying", "ringing"]
)
def test_a_trunk_that_dies_in_a_set_up_loses_no_call(scene: Scene, does: str) -> None:
    """A machine without power: not a word more, no connection closed."""
    call = scene.dial(does, f"dies-{does}", 60)
    scene.system.until(lambda: scene.names("trunk"), 10, "the first trunk sets it up")
    sleep(1.0)  # it has said "trying", or that it rings
    with scene.first_is_dead():
        scene.is_at(scene.second, call, UNKNOWN)


def test_a_trunk_that_is_away_is_told_and_passed_over(scene: Scene) -> None:
    """Who calls before it is known waits for seconds, then nobody does; readiness tells, and once it is
    back calls go by it again.
    """
    told = f"degraded: trunk: {scene.first.address}:{scene.first.port} does not answer (OPTIONS); "
    with scene.first_is_dead():
        scene.is_at(scene.second, scene.dial(TALKS, "unknown", 60), UNKNOWN)
        scene.system.until(lambda: told in scene.system.ready()[1], 20, "readiness tells")
        assert scene.system.ready()[0] == 200
        scene.is_at(scene.second, scene.dial(TALKS, "away"), KNOWN)
    scene.system.until(lambda: told not in scene.system.ready()[1], 30, "readiness tells it no more")
    scene.is_at(scene.first, scene.dial(TALKS, "back"), KNOWN)
