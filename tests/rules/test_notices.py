"""Wording of messages, their limits, and when they go (spec §18, P0-c)."""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from hotline.outbox.rules import (
    FACTS,
    LINK,
    NEVER,
    SENDERS,
    DeliveryState,
    MessageChannel,
    Night,
    Template,
    faults,
    names,
    newest,
    next_try,
    segments,
    spoken_instant,
    units,
)
from hotline.outbox.service import Address, addressed
from hotline.outbox.templates import FOLDER, BadTemplates, load, templates, written

TEN = taipei("2026-11-24T10:00")
BOTH, SMS, EMAIL = (MessageChannel.SMS, MessageChannel.EMAIL), (MessageChannel.SMS,), (MessageChannel.EMAIL,)
IDS = "N-01 N-02 N-03 N-04 N-05 N-10 N-11 N-12 N-20 N-21 N-22 N-23 N-24 N-25 N-30 N-40 N-41 N-42 N-50".split()
OURS = (
    "N-26 N-27 N-28 N-29 N-31 N-32 N-33 N-51 N-60 N-61 N-62 N-63 N-64 N-65 N-70 N-71 N-72 N-73 N-74".split()
)
"""Beyond the specification: an agency's petitions, a case's code by e-mail, a cancelling taken back,
a petition that nobody keeps; what the owner of an account is told of it, who mends telephones, who tracks
what was forwarded outside the city, that an office of an agency changes, and what became of a retrieval;
the address and accounts of sign language; and the code of the survey.
"""
CITIZENS = ["N-04", "N-20", "N-22", "N-23", "N-24", "N-25", "N-70", "N-71", "N-72", "N-73", "N-74"]


# --- ours ----------------------------------------------------------------------------------------------


def test_every_message_of_the_specification_is_there() -> None:
    """One file an id, no more; texts to citizens go by SMS or e-mail, N-04 and N-70 to a mobile alone; all
    others by e-mail.
    """
    assert list(templates()) == sorted(IDS + OURS)
    assert [name for name, one in templates().items() if MessageChannel.SMS in one.channels] == CITIZENS
    assert [name for name, one in templates().items() if MessageChannel.EMAIL not in one.channels] == [
        "N-04",
        "N-70",
    ]


WORDED: Mapping[str, tuple[dict[str, str], str]] = {
    "N-01": (
        {"matter": "路燈不亮", "due": "11月24日 16:30"},
        "【1999】待回電：路燈不亮，請於11月24日 16:30前回覆民眾。",
    ),
    "N-04": (
        {"due": "11月24日 16:30", "number": "123"},
        "【新北1999】我們將於11月24日 16:30前回電給您，登記編號123。",
    ),
    "N-20": (
        {"case": "A1151124001"},
        "【新北1999】您反映的案件已成案，案號A1151124001。如非您本人反映，請撥1999取消。",
    ),
    "N-22": (
        {"case": "A1151124001", "agency": "交通部公路局"},
        "【新北1999】案號A1151124001已函轉交通部公路局辦理，本府將持續追蹤。",
    ),
    "N-24": (
        {"case": "A1151124001", "date": "12月4日"},
        "【新北1999】案號A1151124001需較長時間處理，預計12月4日前完成。",
    ),
    "N-41": ({"case": "115112400012", "count": "2"}, "【1999快速－第2次催辦簽收】案號115112400012"),
    "N-42": (
        {"date": "11月24日", "category": "路燈不亮", "count": "2", "list": "A1 路平\nA2 路燈"},
        "【1999快速－逾限未回覆】11月24日 路燈不亮 共2件\nA1 路平\nA2 路燈",
    ),
}


def test_messages_are_worded_as_in_the_specification() -> None:
    """The sketches of §18, with times as it writes them."""
    texts = {name: written(name, facts) for name, (facts, _) in WORDED.items()}
    assert texts == {name: text for name, (_, text) in WORDED.items()}


def test_an_sms_at_its_longest_is_one_segment() -> None:
    """70 characters with the longest number, agency and date: §18's limit where possible, and here it is."""
    for name in CITIZENS:
        one = templates()[name]
        longest = one.written(dict.fromkeys(one.longest, "字" * 99), MessageChannel.SMS)
        assert units(longest) <= 70 and segments(longest) == 1, name
        assert longest.startswith("【新北1999】"), name


def test_what_a_citizen_would_be_woken_by_can_wait() -> None:
    """That a case was filed cannot (P8.1), nor what an officer must do at once; the rest is for the day."""
    urgent = {
        "N-01",
        "N-02",
        "N-03",
        "N-04",
        "N-05",
        "N-20",
        "N-21",
        "N-25",
        "N-27",
        "N-30",
        "N-31",
        "N-32",
        "N-40",
        "N-41",
        "N-42",
        "N-60",
        "N-61",
        "N-70",
        "N-71",
    }
    assert {name for name, one in templates().items() if not one.can_wait} == urgent


@given(st.text())
def test_no_matter_breaks_a_message(matter: str) -> None:
    """Braces, line breaks, anything: one printable line, and the words around it stay."""
    for name in ("N-01", "N-02", "N-03", "N-30"):
        text = written(name, {"matter": matter, "due": "11月24日 16:30"})
        assert len(text.splitlines()) == 1 and text.startswith("【1999") and text.endswith(("。", "16:30。"))
        text.encode()


@pytest.mark.parametrize("matter", ["{due}", "{0}", "{matter.__class__}", "{{", "}", "%s", "\\n", "${x}"])
def test_braces_in_a_fact_are_only_braces(matter: str) -> None:
    """A fact is put in and never read."""
    assert f"待回電：{matter}，" in written("N-01", {"matter": matter, "due": "x"})


@pytest.mark.parametrize(
    "agency", ["http://a.example", "bit.ly/abc", "www.a", "line.me/x", "見 HTTPS://A.example/路"]
)
def test_no_fact_brings_a_link_into_an_sms(agency: str) -> None:
    """Whatever stands in the directory: the carrier would refuse it."""
    facts = {"case": "A1", "agency": agency}
    assert not LINK.search(written("N-22", facts, MessageChannel.SMS))
    assert agency in written("N-22", facts, MessageChannel.EMAIL)


def test_a_fact_that_is_too_long_is_cut() -> None:
    """And says so; a message keeps the length it was examined with."""
    text = written("N-01", {"matter": "路" * 200, "due": "x"})
    assert f"：{'路' * 59}…，" in text


def test_a_fact_that_is_missing_is_an_error() -> None:
    """Never a message with a hole."""
    with pytest.raises(KeyError):
        written("N-01", {"matter": "x"})


# --- whether a template may be used ---------------------------------------------------------------------


GOOD = Template(BOTH, "【新北1999】案號{case}。", {"case": 16})


def test_a_good_template_has_no_fault() -> None:
    """So that the faults below are the ones of the table."""
    assert list(faults(GOOD)) == []


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        (Template(EMAIL, "待回電。"), "does not begin with the sender"),
        (Template(BOTH, "【1999】案號。"), "an SMS begins with 【新北1999】"),
        (Template(EMAIL, "【1999】見 https://a.example 。"), "holds a link"),
        (Template(EMAIL, "【1999】見 ntpc.gov.tw 。"), "holds a link"),
        (Template((), "【1999】"), "has no channel"),
        (Template(EMAIL, "【1999】{name}來電。", {"name": 9}), "{name} is no fact a message may tell"),
        (Template(EMAIL, "【1999】{phone}來電。", {"phone": 9}), "{phone} is no fact a message may tell"),
        (Template(BOTH, "【新北1999】{place}。", {"place": 9}), "{place} may not be told by sms"),
        (Template(SMS, "【新北1999】{matter}。", {"matter": 9}), "{matter} may not be told by sms"),
        (Template(EMAIL, "【1999】{case}。"), "{case} must stand in the text"),
        (Template(EMAIL, "【1999】。", {"case": 9}), "{case} must stand in the text"),
        (Template(EMAIL, "【1999】{case", {"case": 9}), "braces that do not fit together"),
        (Template(EMAIL, "【1999】{}", {}), "{} is no fact"),
        (Template(EMAIL, "【1999】", lines="list"), "lines names 'list'"),
        (Template(SMS, "【新北1999】\n案號。"), "an SMS is one line"),
        (Template(SMS, "【新北1999】" + "字" * 63), "takes 2 SMS at its longest (71 characters), allowed: 1"),
        (Template(SMS, "【新北1999】{case}", {"case": 63}), "takes 2 SMS at its longest"),
    ],
)
def test_a_template_that_breaks_a_limit_is_refused(template: Template, fault: str) -> None:
    """Sender first, no link, no personal data, one segment (§18)."""
    assert any(fault in found for found in faults(template))


def test_a_longer_sms_must_say_so() -> None:
    """Where 70 are not possible."""
    long = "【新北1999】" + "字" * 120
    assert list(faults(Template(SMS, long, segments=2))) == []
    assert list(faults(Template(SMS, long))) != []


def test_every_fact_is_used() -> None:
    """And every fact of ours is in the list of what may be told."""
    assert {name for one in templates().values() for name in names(one.text)} == set(FACTS)


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("text = 1", "text = 1 is not understood"),
        ('sender = "x"', "sender = 'x' is not understood"),
        ('event = "x"', "to, channels, text must be given"),
        ('event="x"\nto="x"\nchannels=["fax"]\ntext="【1999】"', "'fax' is not a valid MessageChannel"),
        ('event="x"\nto="x"\nchannels=["email"]\ntext="x"', "does not begin with the sender"),
        ('event="x"\nto="x"\nchannels=["email"]\ntext="x"\n[longest]\ncase="9"', "[longest] holds numbers"),
        ("text = ", "Invalid value"),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, file: str, fault: str) -> None:
    """All faults together, each with its file; a good one beside it does not help."""
    (tmp_path / "N-01.toml").write_text(file, "utf-8")
    (tmp_path / "N-02.toml").write_text((FOLDER / "N-02.toml").read_text("utf-8"), "utf-8")
    with pytest.raises(BadTemplates) as refused:
        load(tmp_path)
    assert all(found.startswith("N-01.toml: ") for found in refused.value.faults)
    assert fault in str(refused.value)


def test_a_folder_without_templates_is_a_fault(tmp_path: Path) -> None:
    """Not a hotline that tells nobody anything."""
    with pytest.raises(BadTemplates, match="holds no template"):
        load(tmp_path)


# --- counting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("字" + "😀" * 66, 2),
        ("a" * 70, 1),
        ("a" * 71, 2),
    ],
)
def test_segments_as_an_sms_counts_them(text: str, count: int) -> None:
    """70 in one, 67 in each of more; an emoji counts two and is not cut in two."""
    assert segments(text) == count


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_segments_are_never_too_few(text: str) -> None:
    """Nor more than one beyond what the characters alone would need, for pairs that must not be cut."""
    if units(text) > 70:
        assert -(-units(text) // 67) <= segments(text) <= -(-units(text) // 66) + 1


# --- to whom -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channels", "recipient", "address"),
    [
        (BOTH, "0912-345-678", Address(MessageChannel.SMS, "+886912345678")),
        (BOTH, "me@mail.example", Address(MessageChannel.EMAIL, "me@mail.example")),
        (
            BOTH,
            "02-29603456分機12",
            Address(MessageChannel.SMS, "02-29603456分機12", "a landline takes no SMS"),
        ),
        (BOTH, "", Address(MessageChannel.SMS, "", "the number is hidden")),
        (BOTH, "anonymous", Address(MessageChannel.SMS, "anonymous", "the number is hidden")),
        (BOTH, "1999", Address(MessageChannel.SMS, "1999", "a short number takes no SMS")),
        (BOTH, "0800000000", Address(MessageChannel.SMS, "0800000000", "no number that surely takes an SMS")),
        (SMS, "me@mail.example", Address(MessageChannel.SMS, "me@mail.example", "no telephone number")),
        (EMAIL, "call-centre", Address(MessageChannel.EMAIL, "call-centre")),
        (EMAIL, "0912345678", Address(MessageChannel.EMAIL, "0912345678")),
        (EMAIL, "a@b\r\nBcc: c@d", Address(MessageChannel.EMAIL, "a@b | Bcc: c@d")),
        (EMAIL, f"{'x' * 200}@b", Address(MessageChannel.EMAIL, "x" * 128)),
    ],
)
def test_where_a_message_goes(channels: tuple[MessageChannel, ...], recipient: str, address: Address) -> None:
    """By what the recipient looks like; who cannot be told by SMS is on record with the reason."""
    assert addressed(channels, recipient) == address


# --- when --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "is_night"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("08:59", True), ("09:00", False)],
)
def test_night_goes_over_midnight(clock: str, is_night: bool) -> None:
    """From nine in the evening to before nine in the morning, in Taipei."""
    assert Night(time(21), time(9)).covers(taipei(f"2026-11-24T{clock}")) is is_night


def test_a_pause_by_day_and_no_pause() -> None:
    """12:30 to 13:30; and never."""
    noon = Night(time(12, 30), time(13, 30))
    assert [noon.covers(taipei(f"2026-11-24T{at}")) for at in ("12:29", "12:30", "13:29", "13:30")] == [
        False,
        True,
        True,
        False,
    ]
    assert not any(NEVER.covers(taipei(f"2026-11-24T{hour:02}:00")) for hour in range(24))


def test_times_are_written_as_in_the_specification() -> None:
    """11月24日 16:30, without leading zeros in the date."""
    assert spoken_instant(taipei("2026-11-24T16:30")) == "11月24日 16:30"
    assert spoken_instant(taipei("2026-01-02T09:05")) == "1月2日 09:05"


def test_P0_c_three_retries_then_given_up() -> None:
    """After 1, 5 and 15 minutes."""
    waits = [next_try(tries, TEN) for tries in (1, 2, 3, 4)]
    assert waits == [TEN + timedelta(minutes=minutes) for minutes in (1, 5, 15)] + [None]


@pytest.mark.parametrize(
    ("reports", "known"),
    [
        (["queued", "sent", "delivered"], DeliveryState.DELIVERED),
        (["delivered", "sent", "queued"], DeliveryState.DELIVERED),
        (["sent", "undelivered"], DeliveryState.UNDELIVERED),
        (["failed", "sending"], DeliveryState.UNDELIVERED),
        (["undelivered", "delivered", "failed"], DeliveryState.DELIVERED),
        (["a word of next year"], DeliveryState.ON_ITS_WAY),
        ([], DeliveryState.UNKNOWN),
    ],
)
def test_reports_in_any_order_say_the_same(reports: list[str], known: DeliveryState) -> None:
    """What was delivered stays delivered."""
    state = DeliveryState.UNKNOWN
    for report in reports:
        state = newest(state, report)
    assert state is known


def test_senders_are_the_lines_own() -> None:
    """The shorter one begins the longer ones of the staff."""
    assert SENDERS == ("【新北1999】", "【1999")
