"""Asterisk's configuration: what is rendered, and what a real Asterisk makes of it."""

import os
import re
import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from jinja2 import UndefinedError

from hotline import clock
from hotline.directory.rules import Agency, Desk, Directory, DutyOfficer, Section
from hotline.errors import CannotStart
from hotline.settings import Settings
from hotline.staff.store import Agent
from ivr.engine import NOTICE
from ops.ami import AMI, ActionRefused
from ops.asterisk import find_or_install
from ops.asterisk_files import TEMPLATES, render, rendered_dialplan, write
from ops.asterisk_home import AsteriskHome, can_unshare, create_user
from ops.asterisk_logs import rotate_logs
from ops.asterisk_program import is_fit
from ops.asterisk_prompts import put_prompts
from ops.marker import mark_start
from ops.passwords import secret
from ops.presence import agents_state, apply_members, asterisk_state
from ops.processes import Spec, Supervisor
from ops.reach import of_asterisk

AGENTS = (
    Agent(phone="agent-1", name="one", secret="first-secret", languages=["zh-TW"], paused=""),
    Agent(phone="agent-2", name="two", secret="other-secret", languages=["en", "zh-TW"], paused="lunch"),
)


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def settings(home: Path) -> Settings:
    return Settings(
        home=home,
        sip_port=free_port(socket.SOCK_DGRAM),
        ami_port=free_port(socket.SOCK_STREAM),
        rtp_from=23100,
        rtp_to=23199,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskHome]:
    """Everything written, nothing started; where this machine permits, in a folder others may not enter."""
    if os.geteuid() == 0:
        create_user()
    folder = tmp_path_factory.mktemp("hotline") if can_unshare() else Path(mkdtemp(dir="/var/tmp"))
    folder.chmod(0o711)
    chosen = settings(folder)
    one = AsteriskHome.of(chosen, find_or_install(chosen.cache))
    write(one, AGENTS)
    put_prompts(chosen.prompts, one.root / "sounds")
    yield one
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running(home: AsteriskHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """A real Asterisk over that configuration."""
    spec = Spec("asterisk", home.command(), before=lambda: mark_start(home))
    supervisor = Supervisor([spec], tmp_path_factory.mktemp("log"), lambda _line: None).start()
    by = clock.monotonic() + 20
    while clock.monotonic() < by and asterisk_state(home.settings):
        pass
    home.rx("core waitfullybooted")
    yield supervisor
    supervisor.stop()
    shutil.rmtree(home.base, ignore_errors=home.user is None)


def text(home: AsteriskHome, name: str) -> str:
    return (home.etc / name).read_text("utf-8")


def section(conf: str, name: str) -> str:
    """All sections of one name together."""
    return "".join(re.findall(rf"^\[{re.escape(name)}\][^\n]*\n([^\[]*)", conf, re.MULTILINE))


# --- what is rendered --------------------------------------------------------------------------------


def test_every_template_is_rendered_and_nothing_twice(home: AsteriskHome) -> None:
    """One file a template; written again, nothing has changed."""
    assert {path.name for path in home.etc.iterdir()} == {path.name for path in TEMPLATES.glob("*.conf")}
    assert write(home, AGENTS) == []


def test_a_name_nobody_gave_is_an_error() -> None:
    """Never empty text in a configuration."""
    with pytest.raises(UndefinedError):
        render("extensions.conf", {})


@pytest.mark.parametrize("secret", ["a\nb", "a;b", "a\rb"])
def test_a_value_cannot_bring_configuration_of_its_own(home: AsteriskHome, secret: str) -> None:
    """A line end or a comment mark in a row is refused, and the old file stays."""
    before = text(home, "pjsip.conf")
    wrong = Agent(phone="agent-1", name="one", secret=secret, languages=["en"], paused="")
    with pytest.raises(ValueError, match="cannot stand"):
        write(home, [wrong])
    assert text(home, "pjsip.conf") == before


def test_the_dialplan_can_be_examined_without_asterisk() -> None:
    """With plain paths and every delimiter gone."""
    plain = rendered_dialplan(Settings())
    assert "exten => 1999,1," in plain
    assert "<<" not in plain
    assert "<%" not in plain


def test_the_first_words_are_the_engines_and_wait_for_nobody() -> None:
    """Said between the answer and the first decision; noted only if they were heard, else the decision says them."""
    answer = rendered_dialplan(Settings()).split("\n[answer]\n")[1].split("\n[")[0]
    before, decided = answer.split("Playback(hotline/zh-TW/V-01)\n")
    assert [prompt.id for prompt in NOTICE.prompts] == ["V-01"]
    assert "Answer()" in before and "AGI(" not in answer
    steps = [line.partition(",")[2] for line in decided.splitlines() if line.startswith(" same")]
    assert steps == [
        'Set(NOTICE=${IF($["${PLAYBACKSTATUS}" = "SUCCESS"]?zh-TW)})',
        'ExecIf($["${NOTICE}" != ""]?CELGenUserEvent(NOTICE,${NOTICE}))',
        "Set(EVENT=arrived,${CALLERID(num)},${DIALLED},${NOTICE})",
        "Goto(line,turn,1)",
    ]


def test_modules_are_a_closed_list(home: AsteriskHome) -> None:
    """No ARI, no web server's parts, no shell, no other channel driver."""
    listed = re.findall(r"^load = (\w+)\.so$", text(home, "modules.conf"), re.MULTILINE)
    assert "autoload = no" in text(home, "modules.conf")
    assert [name for name in listed if name.startswith("chan_")] == ["chan_pjsip"]
    forbidden = re.compile(
        r"ari|stasis|http|curl|shell|system|func_env|func_db|pbx_(?!config)|voicemail|websocket"
    )
    assert [name for name in listed if forbidden.search(name)] == []


def test_the_carrier_is_known_by_address_only(home: AsteriskHome) -> None:
    """So that a user name "trunk" from elsewhere opens nothing; and there is no anonymous endpoint."""
    conf = text(home, "pjsip.conf")
    trunk = section(conf, "trunk")
    assert "identify_by = ip" in trunk
    assert re.findall(r"^match = (.*)$", trunk, re.MULTILINE) == ["127.0.0.1", "127.0.0.2"]
    assert "auth" not in trunk
    assert not re.search(r"^\[anonymous", conf, re.MULTILINE)


def test_every_agent_has_a_phone_with_a_password_and_a_watch(home: AsteriskHome) -> None:
    """Known dead within seconds, freed when silent, unable to dial."""
    conf = text(home, "pjsip.conf")
    for agent in AGENTS:
        own = section(conf, agent.phone)
        assert f"password = {agent.secret}" in own
        assert "context = from-agents" in own
    assert "rtp_timeout = 30" in section(conf, "phone")
    assert "qualify_frequency = 5" in section(conf, "reach")


def test_every_agent_is_in_every_queue_first_for_their_languages(home: AsteriskHome) -> None:
    """Penalty 10 for the others; a break is in it."""
    conf = text(home, "queues.conf")
    for language in ("zh-TW", "nan-TW", "hak-TW", "en", "ja"):
        lines = re.findall(r"^member => (.*)$", section(conf, f"agents-{language}"), re.MULTILINE)
        wanted = [0 if language in agent.languages else 10 for agent in AGENTS]
        assert lines == [
            f"PJSIP/agent-1,{wanted[0]},agent-1,,no,,no",
            f"PJSIP/agent-2,{wanted[1]},agent-2,,no,,yes",
        ]


def test_secrets_are_read_by_asterisk_and_its_owner_only(home: AsteriskHome) -> None:
    """0640 for what Asterisk reads, 0600 for what it does not."""
    for file in home.etc.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
    for file in (home.settings.home / "secrets").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("version", "fit"),
    [("22.10.1", True), ("22.11.0", True), ("22.9.0", False), ("20.15.2", False), ("23.0.0", False)],
)
def test_which_asterisk_is_fit(version: str, fit: bool) -> None:
    """22.10 or a later 22.x, nothing else."""
    assert is_fit(version) is fit


@pytest.mark.parametrize("name", ["with space", "semi;colon", "comma,here", "x" * 90])
def test_a_path_asterisk_would_misread_is_refused(home: AsteriskHome, tmp_path: Path, name: str) -> None:
    """In one sentence, before anything is written."""
    with pytest.raises(CannotStart, match="HOTLINE_HOME"):
        AsteriskHome(settings(tmp_path / name), home.program, None).prepare()


def test_prompts_are_copied_once_and_follow_their_source(tmp_path: Path) -> None:
    """A rerun copies only what changed, and removes what is gone."""
    build, sounds = tmp_path / "build", tmp_path / "sounds"
    (build / "zh-TW").mkdir(parents=True)
    for name in ("V-01.wav", "V-01.sln16", "V-16.wav"):
        (build / "zh-TW" / name).write_bytes(b"sound")
    assert put_prompts(build, sounds) == 3
    assert put_prompts(build, sounds) == 0
    (build / "zh-TW" / "V-01.wav").write_bytes(b"another")
    (build / "zh-TW" / "V-16.wav").unlink()
    assert put_prompts(build, sounds) == 1
    there = {path.name: path.read_bytes() for path in (sounds / "hotline" / "zh-TW").iterdir()}
    assert there == {"V-01.wav": b"another", "V-01.sln16": b"sound"}


def test_without_prompts_nothing_is_removed(tmp_path: Path) -> None:
    """An empty build is a mistake, not a wish."""
    with pytest.raises(CannotStart, match="holds no prompts"):
        put_prompts(tmp_path, tmp_path / "sounds")


# --- what a real Asterisk makes of it ----------------------------------------------------------------


@pytest.mark.live
def test_it_starts_without_a_complaint(home: AsteriskHome, running: Supervisor) -> None:
    """No warning and no error in its log."""
    assert running.is_running("asterisk")
    log = home.messages.read_text("utf-8")
    assert [line for line in log.splitlines() if re.search(r'"level":"(WARNING|ERROR)"', line)] == []


@pytest.mark.live
def test_it_loads_what_is_listed_and_nothing_else(home: AsteriskHome, running: Supervisor) -> None:
    """Every module on the list runs."""
    listed = set(re.findall(r"^load = (\w+\.so)$", text(home, "modules.conf"), re.MULTILINE))
    shown = home.rx("module show").splitlines()
    assert {line.split()[0] for line in shown if ".so " in line and " Running " in line} == listed


@pytest.mark.live
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give Asterisk a user of its own")
def test_it_runs_as_a_user_that_cannot_change_its_configuration(
    home: AsteriskHome, running: Supervisor
) -> None:
    """Its files belong to root; what it may write is log, spool, events and recordings."""
    status = Path(f"/proc/{running.pid('asterisk')}/status").read_text()
    assert not re.search(r"^Uid:\s+0\b", status, re.MULTILINE)
    assert re.search(r"^CapEff:\s+0+$", status, re.MULTILINE)
    for path in (home.root, home.etc, *home.etc.iterdir()):
        assert path.stat().st_uid == 0
        assert not path.stat().st_mode & 0o022


@pytest.mark.live
def test_it_listens_on_loopback_only(home: AsteriskHome, running: Supervisor) -> None:
    """SIP and manager there; elsewhere nothing but the pair of sockets its DNS client asks from."""
    own = {os.readlink(link) for link in Path(f"/proc/{running.pid('asterisk')}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in own and (fields[3] == "0A" or table.startswith("udp")):
                address, _, port = fields[1].partition(":")
                found.add((table, address, int(port, 16)))
    loopback = {("tcp", "0100007F", home.settings.ami_port), ("udp", "0100007F", home.settings.sip_port)}
    assert loopback <= found
    assert sorted(table for table, *_ in found - loopback) in ([], ["udp", "udp6"])


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


@pytest.mark.live
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


@pytest.mark.live
def test_a_number_with_more_behind_it_reaches_nothing(home: AsteriskHome, running: Supervisor) -> None:
    """Only whole numbers of the list are answered."""
    assert invite(home, "127.0.0.2", "0912345678", "1999%0a1").startswith("SIP/2.0 404 ")


@pytest.mark.live
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


@pytest.mark.live
def test_the_limits_account_looks_at_calls_and_nothing_else(home: AsteriskHome, running: Supervisor) -> None:
    """No command, no file, no queue."""
    with AMI("127.0.0.1", home.settings.ami_port, "limits", secret(home.settings, "ami-limits")) as ami:
        for action in ("Command", "GetConfig", "UpdateConfig", "QueueAdd", "QueuePause", "CoreShowChannels"):
            with pytest.raises(ActionRefused, match="Permission denied"):
                ami.ask(action)
        with pytest.raises(ActionRefused, match="No such channel"):
            ami.ask("Setvar", Channel="test-1.1", Variable="CAP_AT", Value="1")


@pytest.mark.live
def test_the_looks_account_looks_and_the_check_asks_by_it(home: AsteriskHome, running: Supervisor) -> None:
    """Patterns of its dialplan, and an exchange that does not answer; no call, no command, no variable set."""
    with AMI("127.0.0.1", home.settings.ami_port, "looks", secret(home.settings, "ami-looks")) as ami:
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
    told, why = of_asterisk(home.settings, then)
    assert why == "" and [(one.subject, one.what.partition(";")[0]) for one in told] == [
        ("asterisk:officers", "the exchange of the officers does not answer, so none of its 3 extensions rings"),
        ("agency:far", "Asterisk has no way to 1922"),
        ("desk:1234567", "Asterisk has no way to 1234567"),
    ]  # fmt: skip


@pytest.mark.live
def test_its_log_can_be_moved_on(home: AsteriskHome, running: Supervisor) -> None:
    """The full file is kept under a number, a new one begins."""
    assert rotate_logs(home) is False
    assert rotate_logs(home, largest=0) is True
    assert (home.root / "log" / "messages.0").exists()
    assert home.messages.exists()


@pytest.mark.live
def test_a_start_is_marked_in_the_event_log(home: AsteriskHome, running: Supervisor) -> None:
    """Also behind a line that a crash cut off, and Asterisk can still write to that file."""
    events = home.settings.cel / "hotline.json"
    with events.open("a") as file:
        file.write('{"eventtype":"ANS')
    mark_start(home)
    first, *_, torn, marker = events.read_text().splitlines()
    assert '"SYSTEM_START"' in first
    assert torn == '{"eventtype":"ANS'
    assert '"node": "ntpc1"' in marker
    assert events.stat().st_uid == home.settings.cel.stat().st_uid
