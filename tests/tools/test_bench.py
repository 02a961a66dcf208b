"""The bench's own sums: what it reads, divides and shows. How fast anything is, it tells by itself."""

import json
import re
import socket
import wave
from hashlib import md5
from io import BytesIO
from pathlib import Path

import pytest

from agi_scripts.head import KEYS, read_head
from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from tools.bench import agi_client, boards, desks, plain_agi, sounds, webhooks
from tools.bench.calls import highest
from tools.bench.homes import BenchHome, told
from tools.bench.plan import FULL, QUICK
from tools.bench.probe import SILENT
from tools.bench.report import (
    BenchFigure,
    BenchPart,
    BenchTable,
    as_json,
    goals,
    middle,
    percentile,
    ratio,
    shown,
)
from tools.bench.sipp import SCENARIOS, SippResult, read_notes
from tools.bench.switchboard import menu_sounds
from tools.bench.video_caller import SrtpKeys
from web.signatures import signature

# --- figures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1.0), (50, 50.0), (99, 99.0), (99.1, 100.0), (100, 100.0)]
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, value: float) -> None:
    """The least that so many of all do not exceed."""
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == value


def test_nothing_measured_is_no_figure() -> None:
    """Neither a percentile, nor a median, nor a ratio is invented."""
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)
    assert middle([None, None]) is None
    assert (ratio(None, 2.0), ratio(2.0, None), ratio(2.0, 0.0), ratio(3.0, 2.0)) == (None, None, None, 1.5)


def test_a_goal_is_reached_at_its_very_edge() -> None:
    """At most means at most; without a value or a goal nothing is claimed."""
    assert BenchFigure("a", 5.0, "ms", 5.0).reached is True
    assert BenchFigure("a", 5.01, "ms", 5.0).reached is False
    assert BenchFigure("a", 0.7, at_least=0.7).reached is True
    assert BenchFigure("a", 0.69, at_least=0.7).reached is False
    assert BenchFigure("a", None, at_most=5.0).reached is None
    assert BenchFigure("a", 5.0).reached is None
    assert (BenchFigure("a", 1.0, at_most=5.0).goal, BenchFigure("a", 1.0, at_least=0.7).goal) == (
        "<= 5",
        ">= 0.7",
    )


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0.123, "0.12"), (12.34, "12.3"), (123.4, "123"), (-6.64, "-6.64")]
)
def test_a_figure_shows_the_digits_that_mean_something(value: float | None, text: str) -> None:
    """Three at most."""
    assert shown(value) == text


def test_a_table_stands_in_columns_also_with_wide_characters() -> None:
    """Names to the left, numbers to the right."""
    table = BenchTable("t", ("who", "ms"), (("國語", "1.00"), ("x", "12.0")), "note")
    assert table.text().splitlines() == [
        "t",
        "  who     ms",
        "  ----  ----",
        "  國語  1.00",
        "  x     12.0",
        "note",
    ]


def test_json_holds_all_that_the_tables_show() -> None:
    """With the verdicts, and it is JSON."""
    figure = BenchFigure("a decision", 6.0, "ms", 5.0)
    found = json.loads(json.dumps(as_json({"cores": 2}, [BenchPart((goals([figure]),), (figure,))])))
    assert (found["machine"], found["figures"][0]["reached"]) == ({"cores": 2}, False)
    assert found["tables"][0]["rows"][0][:5] == ["a decision", "6.00", "ms", "<= 5", "NO"]


# --- the highest rate --------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 30, 119, 120, 150, 299, 300, 480, 959, 990, 5000])
def test_the_highest_rate_is_found_to_one_step(limit: int) -> None:
    """Nothing that broke is taken for good, nothing above the top is tried, and few steps are needed."""
    tried: list[int] = []

    def holds(rate: int) -> bool:
        tried.append(rate)
        return rate <= limit

    found = highest(holds, FULL)
    assert found <= limit
    assert limit - found < FULL.ladder_step or found + FULL.ladder_step > FULL.ladder_most
    assert len(tried) <= 9 and max(tried) <= FULL.ladder_most


# --- SIPp ----------------------------------------------------------------------------------------------


def test_sipp_notes_are_read_from_their_last_line() -> None:
    """Counted from the beginning; calls that never ended failed too."""
    head = "StartTime;SuccessfulCall(P);SuccessfulCall(C);FailedCall(C);Retransmissions(C);\n"
    assert read_notes(f"{head}a;1;90;0;3;\nb;9;199;1;4;\n", 200) == SippResult(200, 1, 4)
    assert read_notes(f"{head}a;1;90;0;3;\n", 200) == SippResult(200, 110, 3)
    assert read_notes(head, 200) == SippResult(0, 200, 0)


def test_a_step_is_clean_below_two_percent_of_retransmissions() -> None:
    """Of the four messages of a call; and without any failed call."""
    assert SippResult(100, 0, 7).is_clean
    assert not SippResult(100, 0, 8).is_clean
    assert not SippResult(100, 1, 0).is_clean


def test_every_caller_signs_off() -> None:
    """A scenario that leaves a call up would spoil what is measured next."""
    for file in SCENARIOS.glob("*.xml"):
        signs_off = re.search(r"^ *BYE (sip:|\[next_url])", file.read_text("utf-8"), re.MULTILINE)
        assert signs_off or file.name in {"callee.xml", "patient.xml"}, file


# --- pictures ------------------------------------------------------------------------------------------


def test_keys_of_pictures_are_derived_as_the_standard_says() -> None:
    """Its own example: RFC 3711, B.3."""
    key = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139")
    assert SrtpKeys.of(key, bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")) == (
        bytes.fromhex("C61E7A93744F39EE10734AFE3FF7A087"),
        bytes.fromhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"),
        0x30CBBC08863D8C85D49DB34A9AE1,
    )


# --- both sides of AGI ---------------------------------------------------------------------------------


def test_our_head_is_one_that_the_server_takes() -> None:
    """All keys in Asterisk's order, then the arguments."""
    caller = agi_client.Caller("ntpc1-1.1", "state", 1)
    head = read_head(BytesIO(b"".join(caller.head(4573))).readline)
    assert list(head.fields) == list(KEYS)
    assert (head.script, head.arguments) == ("turn", ("state", "pressed", "1"))


def test_an_answer_is_a_decision_only_with_its_variable() -> None:
    """The call's state is the first field; anything else counts as failed."""
    caller = agi_client.Caller("ntpc1-1.1")
    assert not caller.hear(b'VERBOSE "no"\n')
    assert caller.hear(b'SET VARIABLE IVR_TURN "abc,ask,zh-TW"\n')
    assert (caller.state, caller.turn) == ("abc", 1)


def test_the_plain_server_sets_one_variable() -> None:
    """And reads the answer, as ours does."""
    reader = BytesIO(b"".join(agi_client.Caller("1.1").head(1)) + b"200 result=1\n")
    writer = BytesIO()
    agi = plain_agi.LeanAGI(reader, writer)
    agi.set_variable("IVR_TURN", "x")
    assert (agi.env[b"agi_uniqueid"], writer.getvalue()) == (b"1.1", b'SET VARIABLE "IVR_TURN" "x"\n')


# --- homes and sounds ----------------------------------------------------------------------------------


def test_a_home_is_told_its_settings_by_the_environment(tmp_path: Path) -> None:
    """As an operator would, and so that they read back the same."""
    settings = Settings(home=tmp_path, agi_ports=(4001, 4002), rtp_from=12000)
    env = told(settings)
    assert (env["HOTLINE_AGI_PORTS"], env["HOTLINE_RTP_FROM"]) == ("4001,4002", "12000")
    assert Settings(agi_ports=env["HOTLINE_AGI_PORTS"]).agi_ports == (4001, 4002)  # type: ignore[arg-type]


def test_the_plain_menu_says_what_the_hotline_says(tmp_path: Path) -> None:
    """Greeting, language menu, notice, main menu, and the answer to key 4 with the main menu again."""
    greeting, first, notice, second, third = menu_sounds(BenchHome(Settings(home=tmp_path)))
    assert (greeting, notice) == ("hotline/zh-TW/V-00", "hotline/zh-TW/V-01")
    assert first.startswith("hotline/zh-TW/V-02.1&") and second.startswith("hotline/zh-TW/V-02b.1&")
    assert third == f"hotline/zh-TW/sign-language-hours&{second}"


def test_short_prompts_have_the_names_of_the_real_ones(tmp_path: Path) -> None:
    """The notice is shorter than a phrase, and loud from the first sample."""
    real = tmp_path / "real" / "zh-TW"
    real.mkdir(parents=True)
    for name in ("V-01.wav", "V-02.1.wav"):
        (real / name).touch()
    sounds.short_copies(tmp_path / "real", tmp_path / "copies")
    lengths = {}
    for name in ("V-01.wav", "V-02.1.wav"):
        with wave.open(str(tmp_path / "copies" / "zh-TW" / name)) as file:
            lengths[name] = file.getnframes() / file.getframerate()
            assert int.from_bytes(file.readframes(1), "little", signed=True) > 1000
    assert lengths == {"V-01.wav": sounds.NOTICE, "V-02.1.wav": sounds.MENU}
    assert 0xFF in SILENT and 0x2A not in SILENT


def test_the_quick_run_measures_everything_only_less() -> None:
    """The same concurrencies, fewer rounds."""
    assert QUICK.at_once == FULL.at_once and QUICK.offered == FULL.offered
    assert QUICK.rounds < FULL.rounds and QUICK.ladder_budget < FULL.ladder_budget
    assert (CHECKOUT / "tools" / "bench").is_dir()


def test_the_benched_webhook_is_signed_as_ours_are() -> None:
    """Else the door would only be benched at saying no."""
    form = {"CallSid": "CA1", "To": "+886277001999", "From": "+886912345678"}
    url = f"{webhooks.BASE}/twilio/voice"
    assert webhooks.signed(url, form) == signature(webhooks.TOKEN, url, list(form.items()))


def test_a_board_counts_whole_pictures() -> None:
    """One that comes in pieces is one; a call is seen when the first picture shows it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        reader = boards.BoardReader(ours)
        for piece in (
            b'retry: 2000\n\ndata: {"wai',
            b'ting": [{"id": "a"}]}\n\n: still here\n\ndata: {"waiting": []}\n\n',
        ):
            reader.hears(piece)
    assert (reader.pictures, list(reader.seen)) == (2, ["a"])


def test_a_benched_desk_proves_its_password_and_rings() -> None:
    """By digest, with the challenge's own words; a ring is answered under its own tag."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asterisk,
        socket.create_server(("127.0.0.1", 0)) as web,
    ):
        asterisk.bind(("127.0.0.1", 0))
        desk = desks.DeskPage(
            "agent-1", "secret", "c=1", web.getsockname()[1], asterisk.getsockname(), "127.0.0.1"
        )
        desk.registers('Digest realm="hotline",nonce="n/1",opaque="o",algorithm=MD5,qop="auth"')
        asked = asterisk.recv(4096).decode()
        one, two = (
            md5(text.encode()).hexdigest() for text in ("agent-1:hotline:secret", "REGISTER:sip:127.0.0.1")
        )
        assert md5(f"{one}:n/1:00000001:bench:auth:{two}".encode()).hexdigest() in asked
        desk.answers({"To": "<sip:agent-1>", "CSeq": "1 INVITE", "Via": "v"}, "180 Ringing")
        assert "To: <sip:agent-1>;tag=agent-1" in asterisk.recv(4096).decode()
        for line in (desk.line, desk.page, desk.stream):
            line.close()
