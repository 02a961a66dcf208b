"""Asterisk's configuration: what is rendered, and where it is put."""

import re
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from jinja2 import UndefinedError

from calls.cel import read
from hotline.numbers import EXTENSION, EXTENSION_PATTERNS
from hotline.settings import Settings
from hotline.staff.store import Agent
from ivr.engine import GREETING
from ops.pbx.configuration import TEMPLATES, phone_digest, render, rendered_dialplan, write, write_telephones
from ops.pbx.home import AsteriskHome
from ops.pbx.program import is_fit
from ops.pbx.prompts import put_prompts
from ops.starting import PathFault
from tests.house.configured import AGENTS, section, settings, text


def test_every_template_is_rendered_and_nothing_twice(home: AsteriskHome) -> None:
    """One file a template; written again, nothing has changed."""
    assert {path.name for path in home.etc.iterdir()} == {path.name for path in TEMPLATES.glob("*.conf")}
    assert write(home, AGENTS) == []


def test_a_name_nobody_gave_is_an_error() -> None:
    """Never empty text in a configuration."""
    with pytest.raises(UndefinedError):
        render("extensions.conf", {})


@pytest.mark.parametrize("value", ["a\nb", "a;b", "a\rb"])
def test_a_value_cannot_bring_configuration_of_its_own(home: AsteriskHome, value: str) -> None:
    """A line end or a comment mark in a row is refused, and the old file stays."""
    before = text(home, "pjsip.conf")
    wrong = Agent(phone=f"agent-{value}", name="one", secret="x", languages=["en"], paused="")
    with pytest.raises(ValueError, match="cannot stand"):
        write(home, [wrong])
    assert text(home, "pjsip.conf") == before


def test_the_dialplan_can_be_examined_without_asterisk() -> None:
    """With plain paths and every delimiter gone."""
    plain = rendered_dialplan(Settings())
    assert "exten => 1999,1," in plain
    assert "<<" not in plain
    assert "<%" not in plain


def test_P7_1_110_and_119_are_no_extensions() -> None:
    """Dialled by an agent's phone or put through to, they have no way; 111 is an extension as others."""
    plain = rendered_dialplan(Settings())
    for context in ("from-agents", "from-transfer", "from-twilio"):
        found = re.findall(
            r"^exten => _([*]?)([^,*]+),", plain.split(f"[{context}]")[1].split("\n[")[0], re.MULTILINE
        )
        forms = {form for _, form in found if "X" in form or "[" in form}
        assert forms == set(EXTENSION_PATTERNS)
    assert [
        EXTENSION.fullmatch(one) is None for one in ("110", "119", "111", "112", "11", "1100", "5112")
    ] == [
        True,
        True,
        False,
        False,
        False,
        False,
        False,
    ]


def test_P7_1_supervisors_phones_and_pages_are_rung(home: AsteriskHome) -> None:
    """Written with the telephones, and again when a page comes."""
    assert "rings = PJSIP/supervisor-1\n" in text(home, "supervisors.conf")
    write_telephones(home, AGENTS, {"page-boss": "secret"}, {})
    assert "rings = PJSIP/supervisor-1&PJSIP/page-boss\n" in text(home, "supervisors.conf")


def test_the_first_words_are_the_engines_and_wait_for_nobody() -> None:
    """Said between the answer and the first decision;
    told only if they were heard, else the decision says them.
    """
    answer = rendered_dialplan(Settings()).split("\n[answer]\n")[1].split("\n[")[0]
    before, decided = answer.split("Playback(hotline/zh-TW/V-00)\n")
    assert [prompt.id for prompt in GREETING.prompts] == ["V-00"]
    assert "Answer()" in before and "AGI(" not in answer
    assert before.endswith("Set(CHANNEL(userfield)=${STRFTIME(,UTC,%s.%3q)})\n same => n,")
    decided = decided.partition("exten => full")[0]
    steps = [line.partition(",")[2] for line in decided.splitlines() if line.startswith(" same")]
    assert steps == [
        "Set(MENU=${FIRST_MENU})",
        'GotoIf($["${PLAYBACKSTATUS}${PAGE}${CROWDED}" = "SUCCESS" & 0${CUT(MENU,|,1)} > ${EPOCH}]'
        "?line,first-menu,1)",
        "Set(EVENT=arrived,${CALLERID(num)},${DIALLED},"
        '${IF($["${PLAYBACKSTATUS}" = "SUCCESS"]?greeted)}${CROWDED})',
        "Goto(line,turn,1)",
    ]


def test_a_torn_line_of_the_event_log_is_known_by_the_fields_before_the_number(home: AsteriskHome) -> None:
    """In the order in which they are written: what a caller sends may be anything."""
    written = re.search(r"^fields = (.*),Num,", text(home, "cel_custom.conf"), re.MULTILINE)
    assert written
    known = {
        "eventtype": "ANSWER",
        "eventtime": "1.5",
        "linkedid": "n-1.1",
        "uniqueid": "n-1.1",
        "userfield": "2.5",
    }
    head = ",".join(f'"{name}":"{known.get(name, "")}"' for name in written[1].lower().split(","))
    (line,) = read(f'{{{head},"num":"\\'.encode())
    assert (line.kind, line.body["userfield"]) == ("ANSWER", "2.5") and "torn" in line.body


def test_without_a_decision_the_language_is_asked_for_before_the_notice() -> None:
    """The menu as it is shipped, then V-01 in the language of the key, and only then is anything recorded."""
    alone = rendered_dialplan(Settings()).split("\n[to-a-human]\n")[1].split("\n[")[0]
    asked = "Read(KEY,hotline/zh-TW/V-02.1&hotline/zh-TW/V-02.2&hotline/zh-TW/V-02.3&hotline/en/V-02.4&"
    order = (asked, "MSet(WANTED=en,LANG=en)", "hotline/${LANG}/V-01", "Gosub(record,s,1)", "Queue(")
    places = [alone.index(words) for words in order]
    assert places == sorted(places)
    assert 'ExecIf($["${KEY}" = "2"]?MSet(WANTED=nan-TW,LANG=zh-TW))' in alone


def test_modules_are_a_closed_list(home: AsteriskHome) -> None:
    """No ARI, no web server's parts, no shell, no other channel driver."""
    listed = re.findall(r"^load = (\w+)\.so$", text(home, "modules.conf"), re.MULTILINE)
    assert "autoload = no" in text(home, "modules.conf")
    assert [name for name in listed if name.startswith("chan_")] == ["chan_pjsip"]
    forbidden = re.compile(
        r"ari|stasis|http|curl|shell|system|func_env|func_db|pbx_(?!config)|voicemail|websocket"
    )
    assert [name for name in listed if forbidden.search(name)] == []


def test_every_limit_of_calls_stands_where_asterisk_counts(home: AsteriskHome, tmp_path: Path) -> None:
    """The node's is the lesser of what is set and a sixth of its RTP ports;
    Asterisk's own lies above it, and bears two legs.
    """
    narrow = Settings(home=tmp_path, rtp_from=20000, rtp_to=20399, node_calls=150, caller_calls=4)
    assert (narrow.calls_at_once, narrow.channels_at_once) == (66, 100)
    assert Settings(home=tmp_path, rtp_from=20000, rtp_to=29999, node_calls=150).calls_at_once == 150
    dialplan = rendered_dialplan(narrow)
    assert "${GROUP_COUNT(@node)} <= 66" in dialplan and "${GROUP_COUNT(@caller)} <= 4" in dialplan
    assert f"maxcalls = {home.settings.channels_at_once}" in text(home, "asterisk.conf")
    assert f"sessionlimit = {home.settings.browser_sockets}" in render(
        "http.conf", {"settings": Settings(browser_phones=True)}
    )


def test_the_carrier_is_known_by_address_only(home: AsteriskHome) -> None:
    """So that a user name "trunk" from elsewhere opens nothing; and there is no anonymous endpoint."""
    conf = text(home, "pjsip.conf")
    trunk = section(conf, "trunk")
    assert "identify_by = ip" in trunk
    assert re.findall(r"^match = (.*)$", trunk, re.MULTILINE) == ["127.0.0.1", "127.0.0.2"]
    assert "auth" not in trunk
    assert not re.search(r"^\[anonymous", conf, re.MULTILINE)


@pytest.mark.parametrize(
    ("contact", "every", "asked"),
    [("192.0.2.1:5060", 30, True), ("192.0.2.1:5060", 0, False), ("127.0.0.2:5060", 30, False)],
)
def test_row_40_a_carrier_is_asked_whether_it_is_there(
    home: AsteriskHome, contact: str, every: int, asked: bool
) -> None:
    """So that one that is down is a ticket, and no call to it waits 32 s.
    The demo's is there only while a call is played.
    """
    other = replace(
        home,
        settings=home.settings.model_copy(
            update={"trunk_contact": contact, "trunk_options": timedelta(seconds=every)}
        ),
    )
    write(other, AGENTS)
    assert ("qualify_frequency = 30" in section(text(other, "pjsip.conf"), "trunk")) is asked


def test_every_agent_has_a_phone_with_a_password_and_a_watch(home: AsteriskHome) -> None:
    """Known dead within seconds, freed when silent, unable to dial."""
    conf = text(home, "pjsip.conf")
    for agent in AGENTS:
        own = section(conf, agent.phone)
        assert agent.secret not in conf
        assert f"password_digest = {phone_digest(agent.phone, agent.secret)}" in own
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
    with pytest.raises(PathFault, match="why=unfit"):
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


def test_what_is_played_in_a_talk_is_there_at_the_rate_of_no_phone(tmp_path: Path) -> None:
    """A tone keeps its pitch; what has not changed is left alone."""
    build, sounds = tmp_path / "build", tmp_path / "sounds"
    (build / "zh-TW").mkdir(parents=True)
    tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    (build / "zh-TW" / "beep.sln16").write_bytes(tone.astype("<i2").tobytes())
    put_prompts(build, sounds)
    file = sounds / "odd" / "zh-TW" / "beep.sln12"
    made, first = np.fromfile(file, "<i2"), file.stat().st_ino
    assert (len(made), np.abs(np.fft.rfft(made)).argmax()) == (12000, 440)
    put_prompts(build, sounds)
    assert file.stat().st_ino == first


def test_without_prompts_nothing_is_removed(tmp_path: Path) -> None:
    """An empty build is a mistake, not a wish."""
    with pytest.raises(PathFault, match="why=no-prompts"):
        put_prompts(tmp_path, tmp_path / "sounds")


def test_its_console_opens_no_shell_and_nothing_dangerous(home: AsteriskHome) -> None:
    """Nor may anybody but its group use the console."""
    conf = text(home, "asterisk.conf")
    for line in ("disable_remote_console_shell = yes", "live_dangerously = no", "astctlpermissions = 0660"):
        assert re.search(rf"^{line}$", conf, re.MULTILINE), line
