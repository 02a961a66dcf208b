"""What a real Asterisk makes of its configuration."""

import os
import re
import socket
from pathlib import Path
from threading import Event

import pytest

from control.ami import AMI, ActionRefused, ManagerAccount
from control.pbx import Pbx
from control.presence import agents_state, apply_members
from control.reachability import of_asterisk
from hotline import clock
from hotline.directory.rules import Agency, Desk, Directory, DutyOfficer, Section
from ops.jobs.health_checks import DEAD, states
from ops.pbx.home import AsteriskHome
from ops.run.processes import Supervisor
from tests.house.configured import AGENTS, text
from wording import ENGLISH, sentence

pytestmark = pytest.mark.live


def test_it_starts_without_a_complaint(home: AsteriskHome, running: Supervisor) -> None:
    """No warning and no error in its log."""
    assert running.is_running("asterisk")
    log = home.messages.read_text("utf-8")
    assert [line for line in log.splitlines() if re.search(r'"level":"(WARNING|ERROR)"', line)] == []


def test_it_loads_what_is_listed_and_nothing_else(home: AsteriskHome, running: Supervisor) -> None:
    """Every module on the list runs."""
    listed = set(re.findall(r"^load = (\w+\.so)$", text(home, "modules.conf"), re.MULTILINE))
    shown = home.rx("module show").splitlines()
    assert {line.split()[0] for line in shown if ".so " in line and " Running " in line} == listed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give Asterisk a user of its own")
def test_it_runs_as_a_user_that_cannot_change_its_configuration(
    home: AsteriskHome, running: Supervisor
) -> None:
    """Neither its files nor their folders; what it may write is log, spool, events and recordings."""
    status = Path(f"/proc/{running.pid('asterisk')}/status").read_text()
    assert home.user and re.search(rf"^Uid:(\s+{home.user.uid}){{4}}$", status, re.MULTILINE)
    assert re.findall(r"^Cap\w+:\s+(\S+)$", status, re.MULTILINE) == ["0" * 16] * 5
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
    for path in (home.root, home.etc, *home.etc.iterdir()):
        assert home.user.may(path, 4) and not home.user.may(path, 2)


def invite(home: AsteriskHome, source: str, user: str, number: str = "22220000") -> str:
    """The first final answer to an INVITE."""
    server = f"127.0.0.1:{home.settings.sip_port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((source, 0))
        line.settimeout(5)
        here = f"{source}:{line.getsockname()[1]}"
        message = (
            f"INVITE sip:{number}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{os.urandom(6).hex()}\r\n"
            f"From: <sip:{user}@{here}>;tag=1\r\nTo: <sip:{number}@{server}>\r\n"
            f"Call-ID: {os.urandom(6).hex()}\r\nCSeq: 1 INVITE\r\nContact: <sip:{user}@{here}>\r\n"
            "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        line.sendto(message.encode(), ("127.0.0.1", home.settings.sip_port))
        while True:
            answer = line.recv(4096).decode()
            if not answer.startswith("SIP/2.0 1"):
                return answer


@pytest.mark.parametrize(
    ("source", "user", "status"),
    [
        ("127.0.0.2", "0912345678", "404"),
        ("127.0.0.9", "0912345678", "401"),
        ("127.0.0.9", "trunk", "401"),
        ("127.0.0.9", "anonymous", "401"),
        ("127.0.0.9", "agent-1", "401"),
        ("127.0.0.2", "agent-1", "401"),
    ],
    ids=[
        "carrier",
        "stranger",
        "posing as trunk",
        "anonymous",
        "agent elsewhere",
        "agent beside the carrier",
    ],
)
def test_who_is_let_in(home: AsteriskHome, running: Supervisor, source: str, user: str, status: str) -> None:
    """The carrier is known by its address (and finds no such number); everybody else is challenged."""
    answer = invite(home, source, user)
    assert answer.startswith(f"SIP/2.0 {status} ")
    assert "Asterisk" not in answer


def test_a_number_with_more_behind_it_reaches_nothing(home: AsteriskHome, running: Supervisor) -> None:
    """Only whole numbers of the list are answered."""
    assert invite(home, "127.0.0.2", "0912345678", "1999%0a1").startswith("SIP/2.0 404 ")


def test_the_jobs_account_may_keep_members_and_nothing_else(home: AsteriskHome, running: Supervisor) -> None:
    """Least classes: no call, no command, no file, no variable."""
    with AMI.of(home.settings) as ami:
        for action in (
            "Command",
            "Originate",
            "Redirect",
            "GetConfig",
            "UpdateConfig",
            "Getvar",
            "Hangup",
            "Filter",
        ):
            with pytest.raises(ActionRefused, match="Permission denied"):
                ami.ask(action)
        apply_members(ami, AGENTS)
        state = agents_state(ami)
        assert {name: (one.state, one.on_break) for name, one in state.items()} == {
            "agent-1": ("unreachable", ""),
            "agent-2": ("unreachable", "lunch"),
        }
        assert apply_members(ami, AGENTS) == 0


def test_the_limits_account_looks_at_calls_and_nothing_else(home: AsteriskHome, running: Supervisor) -> None:
    """No command, no file, no queue."""
    with AMI.of(home.settings, ManagerAccount.LIMITS) as ami:
        for action in ("Command", "GetConfig", "UpdateConfig", "QueueAdd", "QueuePause", "CoreShowChannels"):
            with pytest.raises(ActionRefused, match="Permission denied"):
                ami.ask(action)
        with pytest.raises(ActionRefused, match="No such channel"):
            ami.ask("Setvar", Channel="test-1.1", Variable="CAP_AT", Value="1")


@pytest.mark.parametrize(
    ("account", "refused"),
    [
        (
            ManagerAccount.CALLBACKS,
            ("Redirect", "Hangup", "Setvar", "QueueAdd", "CoreShowChannels", "ShowDialPlan"),
        ),
        (ManagerAccount.TRANSFERS, ("Originate", "QueueAdd", "QueuePause", "ShowDialPlan")),
    ],
)
def test_other_accounts_do_their_one_thing(
    home: AsteriskHome, running: Supervisor, account: ManagerAccount, refused: tuple[str, ...]
) -> None:
    """Least classes: no account has a command, a file, the system or another's work;
    a wrong password opens none.
    """
    with AMI.of(home.settings, account) as ami:
        for action in ("Command", "GetConfig", "UpdateConfig", "ModuleLoad", "Reload", *refused):
            with pytest.raises(ActionRefused, match="Permission denied"):
                ami.ask(action)
    with pytest.raises(ActionRefused, match="Authentication failed"):
        AMI("127.0.0.1", home.settings.ami_port, account, ManagerAccount.JOBS.secret(home.settings))


def test_no_manager_account_runs_a_program(home: AsteriskHome, running: Supervisor) -> None:
    """Who may place calls may not have Asterisk run anything for them."""
    with AMI.of(home.settings, ManagerAccount.CALLBACKS) as ami:
        for program in ("System", "TrySystem", "AGI", "EAGI", "Exec", "MixMonitor"):
            with pytest.raises(ActionRefused):
                ami.ask("Originate", Channel="Local/s@end", Application=program, Data="touch /tmp/x")


def test_the_looks_account_looks_and_the_check_asks_by_it(home: AsteriskHome, running: Supervisor) -> None:
    """Patterns of its dialplan, and an exchange that does not answer;
    no call, no command, no variable set.
    """
    with AMI.of(home.settings, ManagerAccount.LOOKS) as ami:
        for action in (
            "Command",
            "Originate",
            "Redirect",
            "Setvar",
            "GetConfig",
            "UpdateConfig",
            "QueueAdd",
            "Hangup",
        ):
            with pytest.raises(ActionRefused, match="Permission denied"):
                ami.ask(action)
    then = Directory(
        clock.now(),
        agencies={"epb": Agency("epb", "環保局"), "far": Agency("far", "遠", True, "(02)2960-3456", "1922")},
        sections={"air": Section("air", "epb", "空氣"), "off": Section("off", "far", "外")},
        desks={"5112": Desk("5112", "air"), "1234567": Desk("1234567", "air"), "6101": Desk("6101", "off")},
        duty=(DutyOfficer(1, "值日", "0912-345-678"), DutyOfficer(2, "值日", "5112")),
    )
    told, why = of_asterisk(Pbx(lambda: home.settings), then)
    assert why is None and [(one.subject, sentence(one, ENGLISH).partition(";")[0]) for one in told] == [
        (
            "asterisk:officers",
            "The exchange of the officers does not answer, so none of its 3 extensions rings",
        ),
        ("agency:far", "Asterisk has no way to 1922"),
        ("desk:1234567", "Asterisk has no way to 1234567"),
    ]


def test_row_40_a_trunk_that_answers_no_options_is_seen_to_be_dead(
    home: AsteriskHome, running: Supervisor
) -> None:
    """Nobody listens where the exchange should be: the check that opens tickets sees it within seconds."""
    pause, by = Event(), clock.monotonic() + 30
    while (seen := states(home.rx("pjsip show contacts")))["officers"] != DEAD:
        assert clock.monotonic() < by, seen
        pause.wait(0.5)


def test_a_start_is_marked_in_the_event_log(home: AsteriskHome, running: Supervisor) -> None:
    """Also behind a line that a crash cut off, and Asterisk can still write to that file."""
    events = home.settings.cel / "hotline.json"
    with events.open("a") as file:
        file.write('{"eventtype":"ANS')
    home.mark_start()
    first, *_, torn, marker = events.read_text().splitlines()
    assert '"SYSTEM_START"' in first
    assert torn == '{"eventtype":"ANS'
    assert '"node": "ntpc1"' in marker
    assert home.user is None or home.user.may(events, 6)
