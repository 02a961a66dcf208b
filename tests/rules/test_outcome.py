"""One ring, one outcome: every reader of a DIALSTATUS,
a Q.850 cause or a SIP status says the same (decision 0030).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Final

import pytest

from agi_scripts import variables as v
from agi_scripts.session import event_of
from calls.carrier_progress import RingProgress, leg_columns
from calls.cel import ChannelEvent
from calls.dialplan_lines import attempted, placed
from calls.in_time import InTime, OfficeRing
from calls.legs import legs_of
from hotline.callbacks import rules as callbacks
from ivr.steps import RingEnded
from reporting.answer_metrics import measure
from tests.parts import NO_MESSAGES
from transfer.outcome import LOST, OUT_OF_REACH, DialOutcome
from web import reported

TEN: Final = datetime(2026, 11, 24, 2, tzinfo=UTC)
CALL: Final = "ntpc1-1795566000.1"
DESK: Final = "desk/5112/5112/epb-clean/epb"
DIALSTATUSES: Final = ("ANSWER", "BUSY", "NOANSWER", "CANCEL", "CHANUNAVAIL", "CONGESTION", "INVALIDARGS")
CAUSES: Final = ("", *map(str, range(128)))
RINGS: Final = ("", "0", "300")
"""Milliseconds to the first 180 or 183; none came."""
STATUSES: Final = range(300, 700)
ASTERISK: Final[dict[int, tuple[str, int]]] = {
    302: ("CHANUNAVAIL", 0), 401: ("CHANUNAVAIL", 21), 403: ("CHANUNAVAIL", 21), 404: ("CHANUNAVAIL", 1),
    407: ("CHANUNAVAIL", 21), 408: ("CHANUNAVAIL", 18), 410: ("CHANUNAVAIL", 22), 420: ("CHANUNAVAIL", 3),
    480: ("NOANSWER", 19), 483: ("NOANSWER", 19), 484: ("CHANUNAVAIL", 28), 485: ("CHANUNAVAIL", 1), 486: ("BUSY", 17),
    500: ("CHANUNAVAIL", 38), 502: ("CHANUNAVAIL", 27), 504: ("CHANUNAVAIL", 102), 600: ("BUSY", 17),
    603: ("CHANUNAVAIL", 21), 604: ("CHANUNAVAIL", 1),
}  # fmt: skip
"""DIALSTATUS and HANGUPCAUSE of Asterisk 22 for a phone that answers so at once."""


def engine(status: str, cause: str, rang: str) -> RingEnded:
    event = event_of([v.RANG, status, cause, "", rang], TEN, NO_MESSAGES)
    assert isinstance(event, RingEnded)
    return event


def seen(kind: str, second: float, channel: str = CALL, **extra: object) -> ChannelEvent:
    return ChannelEvent(
        kind, TEN + timedelta(seconds=second), CALL, channel, "PJSIP/officers-00000001", extra=extra
    )


def legs(status: str, cause: str, rang: str) -> Iterator[DialOutcome]:
    """On record: of a phone that was dialled, and of a way that led to none."""
    begun, over = seen("RUNG", 0, extra=DESK), seen("RANG", 9, extra=f"{rang}|{status}|{cause}")
    lifted = [seen("ANSWER", 2, "b")] if status == "ANSWER" else []
    ends = seen("HANGUP", 8, "b", hangupcause=int(cause or 0))
    for events in ((begun, seen("CHAN_START", 1, "b"), *lifted, ends, over), (begun, over)):
        (leg,) = legs_of(events, TEN + timedelta(seconds=20))
        yield leg.outcome


def attempts(status: str, cause: str, rang: str) -> Iterator[callbacks.Outcome]:
    """Of a call to keep a promise, and of one that an agent had placed."""
    kept = attempted(seen("CALLED", 9, extra=f"{'0' * 32}|1|mei|1795566000|over|{status}|{cause}|{rang}"))
    rung = placed(seen("PLACED", 9, extra=f"{'0' * 32}|rung|1|{status}|{cause}|{rang}|"))
    assert kept and rung
    yield from (kept.outcome, rung.outcome)


def test_engine_and_record_say_the_same_of_every_dialstatus_and_cause() -> None:
    """The turn that follows, the leg's row, with and without a channel of the phone."""
    differ = [
        told
        for told in product(DIALSTATUSES, CAUSES, RINGS)
        if {engine(*told).status, *legs(*told)} != {engine(*told).status}
    ]
    assert differ == []


def test_P9_2_an_attempt_is_what_the_ring_was() -> None:
    """Each outcome of a ring is one outcome of an attempt, whatever DIALSTATUS and cause it came from."""
    found: dict[DialOutcome, set[callbacks.Outcome]] = {}
    for told in product(DIALSTATUSES, CAUSES, RINGS):
        found.setdefault(engine(*told).status, set()).update(attempts(*told))
    none = {callbacks.Outcome.NOT_PLACED}
    assert found == {
        DialOutcome.ANSWERED: {callbacks.Outcome.REACHED},
        DialOutcome.BUSY: {callbacks.Outcome.BUSY},
        DialOutcome.NO_ANSWER: {callbacks.Outcome.NO_ANSWER},
        DialOutcome.UNREACHABLE: {callbacks.Outcome.UNREACHABLE},
        DialOutcome.UNALLOCATED: {callbacks.Outcome.WRONG_NUMBER},
        DialOutcome.REFUSED: {callbacks.Outcome.REFUSED},
        DialOutcome.NO_ROUTE: none,
        DialOutcome.CANCELLED: none,
        DialOutcome.FAILED: none,
    }


def carried(status: str, code: str, to: str = "sip:5112@pbx") -> tuple[DialOutcome, str]:
    """By the turn that follows in Twilio's words, and on record."""
    inside = {"DialSipResponseCode": code} if to.startswith("sip:") else {}
    form = {"CallSid": "CA1", "CallStatus": status, "SipResponseCode": code, "To": to, "SequenceNumber": "1"}
    told: RingProgress = reported.news(form, f"rung={DESK}", TEN)
    return reported.rang({"DialCallStatus": status} | inside), leg_columns([told], InTime())["outcome"]


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed"])
def test_a_phone_is_the_same_over_asterisk_and_over_twilio(status: str) -> None:
    """For every SIP status but 487: that one ends what was cancelled, and Twilio's own word tells why."""
    for code in STATUSES:
        default = ("CONGESTION", 34) if 500 <= code < 600 else ("CHANUNAVAIL", 127)
        said, cause = ASTERISK.get(code, default)
        due = engine(said, str(cause), "").status
        assert due is DialOutcome.from_sip(code), code
        if code != 487:
            assert carried(status, str(code)) == (due, due), code


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("busy", DialOutcome.BUSY),
        ("no-answer", DialOutcome.NO_ANSWER),
        ("failed", DialOutcome.FAILED),
        ("canceled", DialOutcome.CANCELLED),
        ("completed", DialOutcome.ANSWERED),
        ("new word", DialOutcome.FAILED),
    ],
)
@pytest.mark.parametrize("code", ["487", "", "200", "4o4", "４０４", "99999999999999999999"])
def test_twilios_word_counts_where_no_sip_status_is_told(
    status: str, outcome: DialOutcome, code: str
) -> None:
    """Of an outside number the turn is told none at all, so the leg does not look at its own either."""
    known = status != "new word"
    assert carried(status, code)[0] is outcome
    assert carried(status, "404", "+886229603456")[0] is outcome
    if known:
        assert carried(status, code)[1] == carried(status, "404", "+886229603456")[1] == outcome


def test_P4_2_a_every_outcome_is_counted_once() -> None:
    """Answered, busy, or unanswered."""
    for outcome in DialOutcome:
        found = measure([OfficeRing("5112", "epb-clean", "epb", TEN, outcome)], InTime())
        answered, busy = outcome is DialOutcome.ANSWERED, outcome is DialOutcome.BUSY
        assert (found.in_time, found.busy, found.unanswered) == (answered, busy, not (answered or busy))


def test_P11_a_phone_that_cannot_be_rung_is_out_of_reach() -> None:
    """Not one that is busy, silent or declines, nor one that the network failed to ring;
    old rows know one word of it.
    """
    reached = {engine(*told).status for told in product(("ANSWER", "BUSY", "CANCEL"), CAUSES, RINGS)}
    for cause in (1, 2, 3, 18, 20, 22, 27, 28):
        assert engine("CHANUNAVAIL", str(cause), "").status in OUT_OF_REACH
    assert not reached & OUT_OF_REACH and DialOutcome("unreachable") in OUT_OF_REACH


@pytest.mark.parametrize(
    ("status", "cause", "rang", "outcome"),
    [
        ("NOANSWER", "0", "300", DialOutcome.NO_ANSWER),
        ("NOANSWER", "0", "", DialOutcome.NO_ROUTE),  # not a word came back
        ("NOANSWER", "19", "", DialOutcome.UNREACHABLE),  # 480 at once: not registered, switched off
        ("NOANSWER", "19", "300", DialOutcome.NO_ANSWER),  # its exchange gave up before us
        ("CHANUNAVAIL", "19", "", DialOutcome.UNREACHABLE),
        ("CHANUNAVAIL", "20", "", DialOutcome.UNREACHABLE),
        ("CHANUNAVAIL", "1", "", DialOutcome.UNALLOCATED),
        ("CHANUNAVAIL", "22", "", DialOutcome.UNALLOCATED),
        ("CHANUNAVAIL", "28", "", DialOutcome.UNALLOCATED),
        ("CHANUNAVAIL", "2", "", DialOutcome.NO_ROUTE),
        ("CHANUNAVAIL", "3", "", DialOutcome.NO_ROUTE),
        ("CHANUNAVAIL", "18", "", DialOutcome.NO_ROUTE),
        ("CHANUNAVAIL", "27", "", DialOutcome.NO_ROUTE),
        ("CHANUNAVAIL", "21", "300", DialOutcome.REFUSED),
        ("CONGESTION", "34", "", DialOutcome.FAILED),
        ("CHANUNAVAIL", "38", "", DialOutcome.FAILED),
        ("CHANUNAVAIL", "41", "", DialOutcome.FAILED),
        ("CHANUNAVAIL", "42", "", DialOutcome.FAILED),
        ("CHANUNAVAIL", "", "", DialOutcome.FAILED),
        ("CANCEL", "0", "300", DialOutcome.CANCELLED),
    ],
)
def test_the_disputed_cases_are_decided(status: str, cause: str, rang: str, outcome: DialOutcome) -> None:
    """As decision 0030 gives the reasons."""
    assert engine(status, cause, rang).status is outcome


@pytest.mark.parametrize(("cause", "lost"), [("16", False), (str(LOST), True)])
def test_a_phone_that_died_in_the_talk_had_answered(cause: str, lost: bool) -> None:
    """The ring was answered; that the caller is still there is said beside it."""
    event = engine("ANSWER", cause, "300")
    assert (event.status, event.lost) == (DialOutcome.ANSWERED, lost)
    assert engine("CHANUNAVAIL", str(LOST), "").lost is False


def test_a_dialplan_of_the_version_before_tells_no_ring() -> None:
    """While calls go on through an upgrade: then nobody says that it did not ring."""
    event = event_of([v.RANG, "NOANSWER", "0", ""], TEN, NO_MESSAGES)
    assert isinstance(event, RingEnded) and event.status is DialOutcome.NO_ANSWER
