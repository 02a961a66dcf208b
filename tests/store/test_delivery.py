"""What becomes of messages after they were written, on both databases:
held, in doubt, delivered, mended (P0-c, §18).
"""

from collections.abc import Callable
from datetime import time, timedelta
from threading import Thread

import pytest
import structlog

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.outbox import service as mending
from hotline.outbox.message import Letter, NotSent
from hotline.outbox.rules import HIDDEN, DeliveryState, Night
from hotline.outbox.service import (
    LEASE,
    Post,
    SecretGone,
    delivered,
    drop_secrets,
    notices,
    shown_text,
    write,
)
from hotline.outbox.store import OutboxMessage, OutboxState
from hotline.staff.service import NotPermitted
from tests.promises import TEN, people

pytestmark = pytest.mark.dialects

MINUTE = timedelta(minutes=1)
CASE = {"case": "A1151124001"}
MOBILE, OTHER = "0912-345-678", "0922345678"


class Gateway:
    """Gives each letter the next name; ``meanwhile`` happens while it sends; ``fault``:
    raised instead of an answer.
    """

    def __init__(
        self, fault: Exception | None = None, meanwhile: Callable[[Letter], object] | None = None
    ) -> None:
        self.sent: list[Letter] = []
        self.fault, self._meanwhile = fault, meanwhile

    def send(self, letter: Letter) -> str:
        self.sent.append(letter)
        if self._meanwhile:
            self._meanwhile(letter)
        if self.fault:
            raise self.fault
        return f"SM{len(self.sent)}"


class Outbox:
    """The verbs of these scenes."""

    def __init__(self, factory: Sessions) -> None:
        self.factory = factory

    def written(self, template: str, *recipients: str, facts: dict[str, str] | None = None) -> int:
        with transaction(self.factory) as session:
            return write(session, template, "case:1", recipients, facts or CASE, TEN)

    def rows(self) -> list[OutboxMessage]:
        with transaction(self.factory) as session:
            return notices(session)

    def row(self) -> OutboxMessage:
        (row,) = self.rows()
        return row

    def told(self, name: str, status: str, code: str = "", number: int = 0) -> bool:
        with transaction(self.factory) as session:
            return delivered(session, number or self.row().id, name, status, TEN + MINUTE, code)


@pytest.fixture
def outbox(factory: Sessions) -> Outbox:
    return Outbox(factory)


# --- written ------------------------------------------------------------------------------------------------


def test_P8_1_no_mobile_no_sms_and_the_record_says_so(outbox: Outbox) -> None:
    """A landline, a hidden number, none: on record with the reason, sent to nobody, once."""
    for _ in range(2):
        outbox.written("N-20", MOBILE, "02-29603456分機12", "anonymous", "me@mail.example", "0912345678")
    gateway = Gateway()
    Post(outbox.factory, gateway, "one").deliver(TEN)
    assert [(letter.channel, letter.recipient) for letter in gateway.sent] == [
        ("sms", "+886912345678"),
        ("email", "me@mail.example"),
    ]
    assert [(row.recipient, row.state, row.result) for row in outbox.rows()] == [
        ("+886912345678", OutboxState.SENT, "SM1"),
        ("02-29603456分機12", OutboxState.SKIPPED, "a landline takes no SMS"),
        ("anonymous", OutboxState.SKIPPED, "the number is hidden"),
        ("me@mail.example", OutboxState.SENT, "SM2"),
    ]


@pytest.mark.parametrize(
    "recipient", ["a@b\r\nBcc: c@d", "x" * 300 + "@b", "\x00", "', DROP TABLE notice; --@b"]
)
def test_a_hostile_recipient_harms_no_transaction(outbox: Outbox, recipient: str) -> None:
    """The fact it tells of is written all the same; the sender will refuse the address."""
    outbox.written("N-03", recipient, facts={"matter": "{0}{x!r}\r\n\x00", "due": "x"})
    row = outbox.row()
    assert len(row.recipient) <= 128 and row.recipient.isprintable() and row.text.isprintable()


# --- by night -----------------------------------------------------------------------------------------------


def test_what_can_wait_is_not_sent_at_night(outbox: Outbox) -> None:
    """N-23 waits for nine in the morning, N-20 does not,
    also when both were written by day and are tried again.
    """
    outbox.written("N-23", MOBILE)
    outbox.written("N-20", MOBILE)
    gateway = Gateway()
    post = Post(outbox.factory, gateway, "one", lambda: Night(time(21), time(9)))
    for clock, sent in (("24T21:00", 1), ("25T00:00", 0), ("25T08:59", 0), ("25T09:00", 1)):
        assert post.deliver(taipei(f"2026-11-{clock}")) == sent
    assert [letter.template for letter in gateway.sent] == ["N-20", "N-23"]


# --- a gateway that is away ---------------------------------------------------------------------------------


def test_a_gateway_that_is_away_is_asked_once_a_run(outbox: Outbox) -> None:
    """The other messages of its channel keep their tries; those of the other channel go."""
    outbox.written("N-20", MOBILE, OTHER, "me@mail.example")

    class SmsAway(Gateway):
        def send(self, letter: Letter) -> str:
            self.fault = NotSent("away", gateway_away=True) if letter.channel == "sms" else None
            return super().send(letter)

    gateway = SmsAway()
    assert Post(outbox.factory, gateway, "one").deliver(TEN) == 1
    assert [letter.recipient for letter in gateway.sent] == ["+886912345678", "me@mail.example"]
    assert [row.tries for row in outbox.rows()] == [1, 0, 1]


def test_what_is_refused_for_good_is_for_a_person_at_once(outbox: Outbox) -> None:
    """A wrong number will be wrong in a quarter of an hour."""
    outbox.written("N-20", MOBILE)
    gateway = Gateway(NotSent("refused", "21614", for_good=True))
    for minute in (0, 1, 6, 21):
        Post(outbox.factory, gateway, "one").deliver(TEN + minute * MINUTE)
    row = outbox.row()
    assert (len(gateway.sent), row.state, row.result) == (1, OutboxState.FAILED, "refused: 21614")


# --- in doubt
# -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [NotSent("silence", may_be_done=True), RuntimeError("a fault of ours")])
def test_P0_c_in_doubt_it_is_sent_once_more_and_never_a_third_time(outbox: Outbox, fault: Exception) -> None:
    """Marked after the first doubt, for a person after the second."""
    outbox.written("N-20", MOBILE)
    gateway = Gateway(fault)
    post = Post(outbox.factory, gateway, "one")
    post.deliver(TEN)
    assert (outbox.row().state, outbox.row().doubts) == (OutboxState.WAITING, 1)
    for minute in (1, 2, 6, 21, 60):
        post.deliver(TEN + minute * MINUTE)
    row = outbox.row()
    assert (len(gateway.sent), row.state, row.doubts) == (2, OutboxState.FAILED, 2)
    assert row.result.startswith("may have arrived, not sent a third time")


def test_P0_c_after_a_doubt_it_may_go_and_stays_marked(outbox: Outbox) -> None:
    """Whoever reads the list sees that it may have arrived twice."""
    outbox.written("N-20", MOBILE)
    gateway = Gateway(NotSent("silence", may_be_done=True))
    post = Post(outbox.factory, gateway, "one")
    post.deliver(TEN)
    gateway.fault = None
    post.deliver(TEN + MINUTE)
    assert (outbox.row().state, outbox.row().doubts) == (OutboxState.SENT, 1)


def slow(outbox: Outbox, other: Gateway, fault: Exception | None = None) -> Gateway:
    """A gateway that takes so long that another worker has tried the same with its own before it answers."""
    return Gateway(fault, lambda letter: Post(outbox.factory, other, "two").deliver(TEN + LEASE))


def test_who_was_slower_than_the_lease_and_sent_it_is_believed(outbox: Outbox) -> None:
    """The other has failed meanwhile: it is not sent a third time."""
    outbox.written("N-20", MOBILE)
    other = Gateway(NotSent("busy"))
    assert Post(outbox.factory, slow(outbox, other), "one").deliver(TEN) == 1
    Post(outbox.factory, other, "two").deliver(TEN + LEASE + 10 * MINUTE)
    row = outbox.row()
    assert (row.state, row.doubts, row.provider_id, len(other.sent)) == (OutboxState.SENT, 1, "SM1", 1)


def test_who_was_slower_than_the_lease_and_failed_is_not_heard(outbox: Outbox) -> None:
    """What the other has found out stands: one try, its word, its next time."""
    outbox.written("N-20", MOBILE)
    other = Gateway(NotSent("busy"))
    failing = slow(outbox, other, NotSent("never", for_good=True))
    assert Post(outbox.factory, failing, "one").deliver(TEN) == 0
    row = outbox.row()
    assert (row.state, row.tries, row.result) == (OutboxState.WAITING, 1, "busy")


# --- delivered
# ------------------------------------------------------------------------------------------------


def test_the_carrier_says_what_became_of_it(outbox: Outbox) -> None:
    """On its way, then delivered; the same word again is no news."""
    outbox.written("N-20", MOBILE)
    Post(outbox.factory, Gateway(), "one").deliver(TEN)
    assert [outbox.told("SM1", word) for word in ("sent", "delivered", "delivered", "sent")] == [
        True,
        True,
        False,
        False,
    ]
    row = outbox.row()
    assert (row.state, row.delivery, row.delivered_at) == (
        OutboxState.SENT,
        DeliveryState.DELIVERED,
        TEN + MINUTE,
    )


def test_what_was_not_delivered_is_for_a_person(outbox: Outbox) -> None:
    """With the carrier's word and code; a late delivery takes it off the list."""
    outbox.written("N-20", MOBILE)
    Post(outbox.factory, Gateway(), "one").deliver(TEN)
    assert outbox.told("SM1", "undelivered", "30005")
    row = outbox.row()
    assert (row.state, row.delivery, row.result) == (
        OutboxState.FAILED,
        DeliveryState.UNDELIVERED,
        "undelivered, code 30005",
    )
    assert outbox.told("SM1", "delivered")
    assert outbox.row().state == OutboxState.SENT


@pytest.mark.parametrize(
    ("status", "state"), [("delivered", OutboxState.SENT), ("failed", OutboxState.FAILED)]
)
def test_a_report_may_be_faster_than_our_own_note(outbox: Outbox, status: str, state: OutboxState) -> None:
    """The carrier answers and reports before the sender has come back: nothing of it is written over."""

    def at_once(letter: Letter) -> None:
        thread = Thread(target=outbox.told, args=("SM1", status, "30003", letter.number))
        thread.start()
        thread.join()

    outbox.written("N-20", MOBILE)
    Post(outbox.factory, Gateway(meanwhile=at_once), "one").deliver(TEN)
    row = outbox.row()
    assert (row.state, row.tries, row.provider_id) == (state, 1, "SM1")
    assert (row.delivery, row.result) == (
        (DeliveryState.DELIVERED, "SM1")
        if status == "delivered"
        else (DeliveryState.UNDELIVERED, "failed, code 30003")
    )


def test_a_report_of_something_else_changes_nothing(outbox: Outbox) -> None:
    """Another message's name, a number that is no message, one that nobody has sent yet."""
    outbox.written("N-20", MOBILE)
    assert not outbox.told("SM1", "delivered"), "not sent yet"
    Post(outbox.factory, Gateway(), "one").deliver(TEN)
    assert not outbox.told("SM2", "delivered")
    assert not outbox.told("SM1", "delivered", number=4711)
    assert outbox.row().delivery == DeliveryState.UNKNOWN


def test_of_two_in_doubt_either_may_be_delivered(outbox: Outbox) -> None:
    """The first was sent by a worker that fell silent: nobody kept its name."""

    class Dies(Gateway):
        def send(self, letter: Letter) -> str:
            raise KeyboardInterrupt

    outbox.written("N-20", MOBILE)
    with pytest.raises(KeyboardInterrupt):
        Post(outbox.factory, Dies(), "one").deliver(TEN)
    Post(outbox.factory, Gateway(), "two").deliver(TEN + LEASE)
    assert outbox.told("SMfirst", "delivered")
    assert (outbox.row().state, outbox.row().delivery) == (OutboxState.SENT, DeliveryState.DELIVERED)


# --- mended
# ---------------------------------------------------------------------------------------------------


@pytest.fixture
def given_up(outbox: Outbox) -> OutboxMessage:
    """A message that was refused for good, in an office with its people."""
    with transaction(outbox.factory) as session:
        people(session)
    outbox.written("N-20", MOBILE)
    Post(outbox.factory, Gateway(NotSent("refused", for_good=True)), "one").deliver(TEN)
    return outbox.row()


def test_a_person_has_it_sent_again(outbox: Outbox, given_up: OutboxMessage) -> None:
    """Under a name and in the audit log; then it goes as if for the first time."""
    with transaction(outbox.factory) as session:
        mending.again(session, given_up.id, "admin", TEN + MINUTE)
    Post(outbox.factory, Gateway(), "one").deliver(TEN + MINUTE)
    row = outbox.row()
    assert (row.state, row.tries, row.result) == (OutboxState.SENT, 1, "SM1")
    with transaction(outbox.factory) as session:
        (deed,) = audit_rows(session, subject=f"notice:{row.id}")
    assert (deed.by, deed.action, deed.reason) == ("admin", "notice.mend", "again")


def test_a_person_takes_it_off_the_list(outbox: Outbox, given_up: OutboxMessage) -> None:
    """Told in another way: the reason is on record, and it is never sent."""
    with transaction(outbox.factory) as session:
        mending.leave(session, given_up.id, "told by telephone", "admin", TEN + MINUTE)
    gateway = Gateway()
    Post(outbox.factory, gateway, "one").deliver(TEN + MINUTE)
    assert gateway.sent == [] and outbox.row().state == OutboxState.SKIPPED
    with transaction(outbox.factory) as session:
        (deed,) = audit_rows(session, subject=f"notice:{given_up.id}")
    assert deed.reason == "told by telephone"


def test_only_what_was_given_up_is_mended_and_only_by_who_may(
    outbox: Outbox, given_up: OutboxMessage
) -> None:
    """Neither an officer nor twice, nor a number that is no message."""
    with pytest.raises(NotPermitted), transaction(outbox.factory) as session:
        mending.again(session, given_up.id, "mei", TEN)
    with pytest.raises(mending.NotGivenUp), transaction(outbox.factory) as session:
        mending.again(session, 4711, "admin", TEN)
    with transaction(outbox.factory) as session:
        mending.again(session, given_up.id, "admin", TEN)
    with pytest.raises(mending.NotGivenUp), transaction(outbox.factory) as session:
        mending.again(session, given_up.id, "admin", TEN)


# --- in the log
# -------------------------------------------------------------------------------------------------


def test_nothing_personal_is_logged(outbox: Outbox) -> None:
    """Neither who is written to, nor what, nor the words of the other side."""
    outbox.written("N-20", MOBILE, "me@mail.example")
    words = NotSent(
        "relay refuses the recipient (550)", "<me@mail.example> 0912345678 unknown", may_be_done=True
    )
    with structlog.testing.capture_logs() as logged:
        for minute in (0, 1, 6):
            Post(outbox.factory, Gateway(words), "one").deliver(TEN + minute * MINUTE)
        outbox.written("N-23", "me@mail.example")
        Post(outbox.factory, Gateway(ValueError("me@mail.example")), "one").deliver(TEN + 10 * MINUTE)
    assert {entry["event"] for entry in logged} == {"notice.not_sent", "notice.sender_failed"}
    text = repr(logged)
    assert "mail.example" not in text and "912345678" not in text and "A1151124001" not in text


PROOF = {"proof": "48151623"}


def test_a_code_is_kept_until_its_message_went_and_hidden_at_once(outbox: Outbox) -> None:
    """The gateway gets it; the row loses it with the sending, and what was refused never had it."""
    outbox.written("N-71", MOBILE, "02-29603456", facts=PROOF)
    assert [(row.holds_secret, "48151623" in row.text) for row in outbox.rows()] == [
        (True, True),
        (False, False),
    ]
    assert all(HIDDEN in shown_text(row) and "48151623" not in shown_text(row) for row in outbox.rows())
    gateway = Gateway()
    Post(outbox.factory, gateway, "one").deliver(TEN)
    assert [("48151623" in letter.text, letter.is_secret) for letter in gateway.sent] == [(True, True)]
    assert not any(row.holds_secret or "48151623" in row.text for row in outbox.rows())


def test_a_code_that_went_is_not_sent_again(outbox: Outbox) -> None:
    """What was given up before it went may be; what the carrier did not deliver is asked for again."""
    outbox.written("N-71", MOBILE, facts=PROOF)
    Post(outbox.factory, Gateway(NotSent("refused", for_good=True)), "one").deliver(TEN)
    number = outbox.row().id
    with transaction(outbox.factory) as session:
        people(session)
        mending.again(session, number, "boss", TEN)
    Post(outbox.factory, Gateway(), "one").deliver(TEN)
    assert outbox.told("SM1", "undelivered", "30005")
    with transaction(outbox.factory) as session, pytest.raises(SecretGone):
        mending.again(session, number, "boss", TEN)


def test_codes_that_an_earlier_release_kept_are_dropped(outbox: Outbox) -> None:
    """By the job, also where the wording was another."""
    outbox.written("N-71", MOBILE, OTHER, facts=PROOF)
    with transaction(outbox.factory) as session:
        for row, text in zip(notices(session), ("【新北1999】驗證碼48151623。", ""), strict=True):
            row.state, row.text = OutboxState.SENT, text or row.text
    with transaction(outbox.factory) as session:
        assert drop_secrets(session) == 2 and drop_secrets(session) == 0
    assert all(HIDDEN in row.text and "48151623" not in row.text for row in outbox.rows())
