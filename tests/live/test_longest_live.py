"""A blanket limit of all calls, if an operator sets one (call.max_minutes):
V-20 two minutes and one before, V-16.

It takes over two minutes of talk: meanwhile what each of our accounts at Asterisk's manager may do is tried,
the manager is cut (resilience rows 21 and 39), and nobody's talk is harmed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from calls.store import CelEvent
from control.ami import AMI, ActionRefused, ManagerAccount, ManagerGone
from control.call_limits import ChannelLimits, NotUp
from control.pbx import Pbx
from demo.phone import PhoneEventKind
from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from recordings.store import Recording
from recordings.vault import Folders
from tests.faults.proxy import Proxy
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, running
from tests.live.talks import Talk, commanded, talks

pytestmark = [pytest.mark.live, pytest.mark.thorough]
LONGEST = 140.0
TALKING, WAITING = "0973000001", "0973000002"

MAY = {
    ManagerAccount.JOBS: {"QueueStatus", "QueuePause", "QueueAdd", "QueueRemove"},
    ManagerAccount.LIMITS: {"Getvar", "Setvar", "Originate", "Status", "Redirect"},
    ManagerAccount.CALLBACKS: {"Originate"},
    ManagerAccount.TRANSFERS: {"Getvar", "Setvar", "Status", "Redirect"},
    ManagerAccount.LOOKS: {"Getvar", "Status", "CoreSettings"},
    ManagerAccount.RESCUES: {"Getvar", "Setvar", "Status", "Redirect", "CoreSettings", "Hangup"},
}
ACTIONS: dict[str, dict[str, str]] = {
    "QueueStatus": {},
    "QueuePause": {"Interface": "PJSIP/nobody", "Paused": "true"},
    "QueueAdd": {"Queue": "nowhere", "Interface": "PJSIP/nobody"},
    "QueueRemove": {"Queue": "nowhere", "Interface": "PJSIP/nobody"},
    "Getvar": {"Channel": "nobody", "Variable": "CALL_ID"},
    "Setvar": {"Channel": "nobody", "Variable": "CALL_ID", "Value": "x"},
    "Status": {"Channel": "nobody"},
    "Redirect": {"Channel": "nobody", "Context": "transfer", "Exten": "s", "Priority": "1"},
    "Originate": {"Channel": "Local/s@nowhere", "Context": "nowhere", "Exten": "s", "Priority": "1"},
    "Command": {"Command": "core show version"},
    "GetConfig": {"Filename": "manager.conf"},
    "UpdateConfig": {"SrcFilename": "manager.conf", "DstFilename": "manager.conf"},
    "CreateConfig": {"Filename": "x.conf"},
    "ModuleLoad": {"LoadType": "reload"},
    "Reload": {},
    "DBPut": {"Family": "a", "Key": "b", "Val": "c"},
    "CoreSettings": {},
    "Hangup": {"Channel": "nobody"},
}
ANYBODY = {"QueueStatus"}
"""Asterisk asks no class for it: it tells how many wait."""
NOBODY = {"Hangup"}
"""Needs the class that Redirect needs; not used by us."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """Calls are at most 140 seconds long."""
    refuse_or_go_on()
    with running(call_longest=LONGEST, **ALL_DAY) as one:
        yield one
        assert_clean(one)


@dataclass
class Played:
    """One who talks with the agent, one who waits for the agent, and what was tried meanwhile."""

    talk: Talk
    waiting: Talk
    permitted: dict[str, set[str]]
    notes: dict[str, object] = field(default_factory=dict)


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    """Both calls until they are ended."""
    with talks(system, [TALKING]) as (talk,), system.caller(WAITING) as waits:
        waits.dial(f"sip:1999@{system.sip}")
        waits.wait_for(PhoneEventKind.ESTABLISHED, 10)
        talk.wait_until(10)
        waits.press("0")
        waiting = Talk(system, WAITING, waits, talk.agent, clock.monotonic())
        done = Played(talk, waiting, {account: permitted_actions(system, account) for account in MAY})
        done.notes |= cut_and_back(system, talk)
        for phone in (talk.caller, waits):
            phone.wait_for(PhoneEventKind.CLOSED, LONGEST + 30)
        return done


def permitted_actions(system: System, account: ManagerAccount) -> set[str]:
    """Actions that are not answered with a refusal of the permission."""
    found = set()
    with AMI.of(system.settings, account) as ami:
        for action, fields in ACTIONS.items():
            try:
                ami.ask(action, **fields)
            except ActionRefused as refused:
                if "ermission" in refused.message:
                    continue
            found.add(action)
    return found


def cut_and_back(system: System, talk: Talk) -> dict[str, object]:
    """The line to the manager is cut, hangs and refuses; then the manager is off, then on again."""
    told: dict[str, object] = {}
    proxy = Proxy(system.settings.ami_port)
    settings = system.settings.model_copy(update={"ami_port": proxy.port})
    through = Pbx(lambda: settings)
    line = ChannelLimits(through, system.house.limit_rules)
    told["before"] = line.look(talk.call_id).channel
    with proxy.refusing():
        told["cut"] = _fault(lambda: line.look(talk.call_id))
        told["refused"] = _fault(lambda: ChannelLimits(through, system.house.limit_rules))
    line = ChannelLimits(through, system.house.limit_rules)
    told["after"] = line.look(talk.call_id).channel
    line.close()
    proxy.close()
    conf = system.home.etc / "manager.conf"
    whole = conf.read_text()
    try:
        conf.write_text(whole.replace("enabled = yes", "enabled = no"))
        system.home.rx("manager reload")
        told["off"] = talk.refused("asked", by="agent-1")
        told["talks on"] = talk.caller.talking and talk.agent.talking
    finally:
        conf.write_text(whole)
        system.home.rx("manager reload")
    told["on"] = system.until(lambda: _asks(talk), 20, "the manager answers again")
    return told


def _asks(talk: Talk) -> str:
    """The agent asks for a judgement; empty while the manager is away."""
    try:
        return talk.does("asked", by="agent-1")
    except ManagerGone as away:
        assert "manager does not answer" in str(away), away
        return ""


def _fault(question: Callable[[], object]) -> type[Exception] | None:
    try:
        question()
    except (ManagerGone, NotUp) as fault:
        return type(fault)
    return None


@pytest.mark.parametrize("number", [TALKING, WAITING])
def test_a_blanket_limit_ends_every_call(played: Played, number: str) -> None:
    """From the caller's answer on ±1 s, in talk and in the queue alike, and the record says so."""
    talk = played.talk if number == TALKING else played.waiting
    row = talk.row
    assert row.answered_at and row.end_reason == "longest"
    assert abs((talk.ended_at - row.answered_at).total_seconds() - LONGEST) <= 1.0


def test_V_20_is_spoken_two_minutes_and_one_before(played: Played) -> None:
    """Twice in the talk, then V-16; over the music of the queue too, where only V-16 can be told apart."""
    heard = [one for one in played.talk.caller_heard() if one.name in ("V-20", "V-16")]
    assert [one.name for one in heard] == ["V-20", "V-20", "V-16"], heard
    for one, second in zip(heard, (LONGEST - 120, LONGEST - 60, LONGEST), strict=True):
        assert abs(one.at - second) <= 2.0, one
    assert "V-16" in {one.name for one in played.waiting.caller_heard()}
    with transaction(played.talk.system.house.factory) as session:
        spoken = session.scalars(select(CelEvent).where(CelEvent.kind == "APP_START")).all()
    assert sum("V-20" in str(one.body) for one in spoken) == 4


@pytest.mark.parametrize("account", MAY)
def test_an_account_may_do_what_it_is_for_and_nothing_else(played: Played, account: ManagerAccount) -> None:
    """Resilience 2.11: no account of ours runs commands, reads or writes configuration, or loads modules."""
    may = played.permitted[account] - NOBODY
    assert MAY[account] <= may, f"refused: {MAY[account] - may}"
    never = {
        "Command",
        "GetConfig",
        "UpdateConfig",
        "CreateConfig",
        "ModuleLoad",
        "Reload",
        "DBPut",
        "CoreSettings",
    }
    never -= MAY[account]  # what only tells, the account that only looks may ask
    assert not may & never, f"allowed: {may & never}"
    if account in ("jobs", "callbacks", "looks"):
        assert may - ANYBODY == MAY[account] - ANYBODY
    else:
        assert not may & {"QueuePause", "QueueAdd", "QueueRemove"}
    assert ("Originate" in may) is ("Originate" in MAY[account])


def test_row_39_a_cut_manager_harms_no_call_and_is_found_again(played: Played) -> None:
    """The cut is told in words, the next question finds it again;
    a command changes nothing while it is away.
    """
    notes = played.notes
    assert notes["before"] == notes["after"]
    assert notes["cut"] is ManagerGone and notes["refused"] is ManagerGone
    assert "manager does not answer" in str(notes["off"]) and notes["talks on"]
    assert "review" in str(notes["on"])
    assert played.talk.steps() == [("asked", "agent-1", "NORMAL", "REVIEW")]


def test_row_21_a_recording_that_was_changed_or_removed_is_named(played: Played) -> None:
    """One byte of one file, the other gone: the command names both, exit 1; each stands in the audit log."""
    talk = played.talk
    system = talk.system
    rows = system.until(lambda: _stored(talk), 60, "both files are stored with their checksums")
    folders = Folders(system.settings.recordings, system.settings.messages, system.settings.node)
    changed, removed = (folders.of(row.direction) / row.path for row in rows)
    raw = bytearray(changed.read_bytes())
    raw[len(raw) // 2] ^= 1
    changed.write_bytes(raw)
    removed.rename(system.scratch / removed.name)
    said = commanded(system, "recordings", "verify", exit_code=1)
    assert f"{changed.name}: changed since" in said and f"{removed.name}: removed since" in said
    with transaction(system.house.factory) as session:
        told = [audit_rows(session, subject=f"recording:{row.call_id}/{row.direction}") for row in rows]
        assert [[deed.action for deed in of_one] for of_one in told] == [["recording.found-bad"]] * 2
    (system.scratch / removed.name).rename(removed)
    raw[len(raw) // 2] ^= 1
    changed.write_bytes(raw)
    assert "as it was stored" in commanded(system, "recordings", "verify")


def _stored(talk: Talk) -> list[Recording]:
    rows = talk.system.recordings(talk.row.id)
    return rows if len(rows) == 2 and all(row.sha256 for row in rows) else []
