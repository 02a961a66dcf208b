"""Cases that citizens follow on the web: who opens one, what they read, how misses count (P5.2.4, P8.1)."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, select

from hotline.allowances import NoAllowance, forget
from hotline.cases.cancelling import CancelResult
from hotline.cases.events import events_of
from hotline.cases.rules import CaseState, Move
from hotline.cases.store import Case
from hotline.cases.tracking import (
    MISSED,
    OPENED,
    FollowedCase,
    MissLimits,
    NotTracked,
    Tracking,
    followed,
    impersonal,
    photo,
)
from hotline.cases.work import CaseWork
from hotline.db import looking, sessions, transaction
from hotline.ledger.store import AuditRow
from hotline.metrics import over_limit
from hotline.overflow import CallLimit
from tests.store.cases import TEN, Desk, staffed

HOME, ELSEWHERE = "192.0.2.7", "192.0.2.8"
NOBODYS, OTHERS = "115112499999", "115112499998"
"""Numbers of no case."""
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(staffed(sessions(database)))


@pytest.fixture
def tracking(desk: Desk) -> Tracking:
    return Tracking(desk.factory, desk.cancelling)


def number(case: Case) -> str:
    assert case.number
    return case.number


def opens(tracking: Tracking, number: str, digits: str, at: datetime = TEN, address: str = HOME) -> str:
    """By what a case was opened, or how it was refused."""
    try:
        return "code" if tracking.open(number, digits, address, at) else "phone"
    except NotTracked:
        return "nothing"
    except NoAllowance as error:
        return f"{error.wanted} until {error.again_at - TEN}"


def mailed(desk: Desk, **fields: object) -> tuple[Case, str]:
    """A case whose number went by e-mail, and its code."""
    usual = {"phone": "", "email": "wang@mail.example", "reply_way": "email"}
    case = desk.filed(**(usual | fields))
    found = re.search(r"取消碼(\d{6})", desk.messages("N-27")[-1].text)
    assert found
    return case, found[1]


def other(digits: str) -> str:
    return f"{(int(digits) + 1) % 10 ** len(digits):0{len(digits)}d}"


def seen(desk: Desk, case: Case) -> FollowedCase:
    with looking(desk.factory) as session:
        found = followed(session, number(case))
        assert found
        return found


# --- who opens one ----------------------------------------------------------------------------------


@pytest.mark.dialects
def test_P5_2_4_the_number_and_the_last_digits_of_the_telephone_open_a_case(
    desk: Desk, tracking: Tracking
) -> None:
    """Or the code of the e-mail; nothing else, and one's own digits at another's number neither."""
    called, (written, code) = desk.filed(), mailed(desk, is_another=True)
    assert opens(tracking, number(called), "5678") == "phone"
    assert opens(tracking, number(written), code) == "code"
    for which, digits in ((called, "5679"), (called, code), (written, other(code)), (written, "5678")):
        assert opens(tracking, number(which), digits, address=f"192.0.2.{digits[:2]}") == "nothing"
    assert opens(tracking, NOBODYS, "5678", address=ELSEWHERE) == "nothing"


def test_a_case_without_a_name_opens_to_nobody(desk: Desk, tracking: Tracking) -> None:
    """Neither by the telephone left nor by the code, and no code is used up by it."""
    nameless, (written, code) = desk.filed(name="", is_another=True), mailed(desk, name="", is_another=True)
    assert opens(tracking, number(nameless), "5678") == "nothing"
    assert opens(tracking, number(written), code) == "nothing"
    with looking(desk.factory) as session:
        assert followed(session, number(nameless)) is None and photo(session, number(nameless), 1) is None
        assert events_of(session, written.id, "wrong-code") == []


@pytest.mark.parametrize("digits", ["5679", "000000"])
def test_the_same_is_looked_up_whether_a_number_exists_or_not(
    desk: Desk, tracking: Tracking, database: Engine, digits: str
) -> None:
    """Statement by statement, but for the row that a case keeps of a wrong code; also when none is left."""
    case, nameless = number(desk.filed()), number(desk.filed(name="", is_another=True))
    limited = Tracking(desk.factory, desk.cancelling, lambda: MissLimits(case=1))
    opens(tracking, NOBODYS, digits, TEN)  # somebody missed before

    def statements(of: str, by: Tracking, second: int) -> list[str]:
        said = list[str]()
        listen = lambda *of: said.append(of[2])  # noqa: E731
        event.listen(database, "before_cursor_execute", listen)
        opens(by, of, digits, TEN + second * SECOND, f"192.0.2.{second}")
        event.remove(database, "before_cursor_execute", listen)
        return [one for one in said if "INSERT INTO case_event" not in one]

    first = [statements(one, tracking, second) for second, one in enumerate((OTHERS, case, nameless), 1)]
    again = [statements(one, limited, second) for second, one in enumerate((OTHERS, case, nameless), 11)]
    assert first[0] == first[1] == first[2] and again[0] == again[1] == again[2]


@pytest.mark.dialects
def test_every_look_is_on_record_and_tells_of_nobody(desk: Desk, tracking: Tracking) -> None:
    """A miss too, at a number that is none too."""
    case = number(desk.filed())
    for which, digits in ((case, "5678"), (case, "0000"), (NOBODYS, "000000")):
        opens(tracking, which, digits)
    with looking(desk.factory) as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.action.in_((OPENED, MISSED))))
        told = [(one.by, one.action, one.subject, one.before, one.after, one.reason) for one in rows]
    assert told == [
        ("citizen", "case.tracked", f"case:{case}", None, {"by": "phone"}, ""),
        ("citizen", "case.track-missed", f"case:{case}", None, {"by": "phone"}, ""),
        ("citizen", "case.track-missed", f"case:{NOBODYS}", None, {"by": "code"}, ""),
    ]


# --- misses -----------------------------------------------------------------------------------------


@pytest.mark.dialects
def test_an_address_misses_five_times_an_hour(desk: Desk, tracking: Tracking) -> None:
    """Of IPv6 the /64; what opens a case is not counted; then nothing opens from there until the first is
    an hour old, at equality; another address goes on.
    """
    case, network = number(desk.filed()), "2001:db8:0:1::"
    for second in range(5):
        at = TEN + second * SECOND
        assert opens(tracking, case, "0000", at, f"{network}{second}") == "nothing"
        assert opens(tracking, case, "5678", at, f"{network}f") == ("phone" if second < 4 else REFUSED)
    assert opens(tracking, case, "5678", TEN + HOUR - SECOND, f"{network}f") == REFUSED
    assert opens(tracking, case, "5678", TEN + HOUR, f"{network}f") == "phone"
    assert opens(tracking, case, "5678", TEN + 5 * SECOND, "2001:db8:0:2::1") == "phone"


REFUSED = "track-address until 1:00:00"


@pytest.mark.thorough
def test_a_case_is_missed_twenty_times_a_day_then_only_its_code_opens_it(
    desk: Desk, tracking: Tracking
) -> None:
    """By telephone left and code alike; the answer stays the same; a day after the first it opens again."""
    case, code = mailed(desk, phone="0229603456")
    for which in (number(case), NOBODYS):
        for miss in range(20):
            at, address = TEN + miss * SECOND, f"192.0.2.{miss}"
            assert opens(tracking, which, "0000", at, address) == "nothing"
    late = TEN + 23 * HOUR
    for which in (number(case), NOBODYS):
        assert opens(tracking, which, "3456", late, ELSEWHERE) == "nothing"
    assert opens(tracking, number(case), code, late) == "code"
    with transaction(desk.factory) as session:
        assert forget(session, late) > 0
    assert opens(tracking, number(case), "3456", late, ELSEWHERE) == "nothing"
    assert opens(tracking, number(case), "3456", TEN + DAY, HOME) == "phone"


def test_five_wrong_codes_a_day_and_none_is_taken(desk: Desk, tracking: Tracking) -> None:
    """By telephone and here together; a wrong one is on the case's record."""
    case, code = mailed(desk)
    with transaction(desk.factory) as session:
        desk.cancelling.wrong_code(session, number(case), TEN)
    for second in range(1, 5):
        assert opens(tracking, number(case), other(code), TEN + second * SECOND) == "nothing"
    assert opens(tracking, number(case), code, TEN + HOUR, ELSEWHERE) == "nothing"
    with looking(desk.factory) as session:
        assert len(events_of(session, case.id, "wrong-code")) == 5
    assert opens(tracking, number(case), code, TEN + DAY + 5 * SECOND, ELSEWHERE) == "code"


def test_over_all_so_many_misses_slow_every_look_and_close_nothing(desk: Desk) -> None:
    """For an hour from the first; whoever knows the digits comes in; the alarm counts each miss beyond."""
    case = number(desk.filed())
    tracking = Tracking(desk.factory, desk.cancelling, lambda: MissLimits(all=3))
    beyond = over_limit.labels(CallLimit.TRACK)._value
    before = beyond.get()
    for miss in range(4):
        assert tracking.is_slow(TEN + miss * SECOND) is (miss >= 3)
        assert opens(tracking, NOBODYS, "0000", TEN + miss * SECOND, f"192.0.2.{miss}") == "nothing"
    assert opens(tracking, case, "5678", TEN + 5 * SECOND, ELSEWHERE) == "phone"
    assert beyond.get() == before + 1
    assert tracking.is_slow(TEN + HOUR - SECOND) and not tracking.is_slow(TEN + HOUR)


# --- what they read ---------------------------------------------------------------------------------


def test_what_was_done_is_read_once_it_is_done_and_nobody_is_named(desk: Desk, tracking: Tracking) -> None:
    """Photographs when they are released; an attached report reads its lead's."""
    case = desk.filed()
    report = desk.filed(name="李大華", phone="0923456789", attach_to=case.number)
    work, said = CaseWork(desk.moving), "已聯絡王小明（0912-345-678、wang@mail.example）與李大華，坑洞補平。"
    desk.move(case, Move.SIGN, "quick-1", TEN + HOUR)
    with transaction(desk.factory) as session:
        shown, hidden = (
            work.photo(session, number(case), data, "quick-1", TEN).id for data in (b"one", b"two")
        )
        work.release_photo(session, shown, "quick-1", TEN)
    before = seen(desk, case)
    assert (before.case.state, before.result, before.done_at) == (CaseState.SIGNED, "", None)
    done_at = TEN + HOUR
    desk.move(
        case, Move.COMPLETE, "quick-1", TEN + 2 * HOUR, result=said, done_at=done_at, doer="工班", no_photo=""
    )
    for one in (case, report):
        after = seen(desk, one)
        assert (after.case.number, after.case.state, after.done_at) == (one.number, CaseState.DONE, done_at)
        assert after.result == "已聯絡王○○（0912***678、***）與李○○，坑洞補平。"
        with looking(desk.factory) as session:
            assert list(after.photos) == [shown] and photo(session, number(one), shown) == b"one"
            assert photo(session, number(one), hidden) is None
    another = desk.filed(**{"place": "板橋區府中路1號", "phone": "0934567890"})
    with looking(desk.factory) as session:
        assert photo(session, number(another), shown) is None


@pytest.mark.parametrize(
    ("text", "names", "told"),
    [
        ("王小明與王小明明", ["王小明", "王小明明"], "王○○與王○○"),
        ("路面補平，長 20.5 公尺", ["王"], "路面補平，長 20.5 公尺"),
        ("電02-2960-3456轉5112、a.b+c@d.example", [""], "電0229***456轉5112、***"),
        ("", ["王小明"], ""),
    ],
)
def test_a_text_names_nobody(text: str, names: list[str], told: str) -> None:
    assert impersonal(text, names) == told


# --- cancelling by the code -------------------------------------------------------------------------


@pytest.mark.dialects
def test_P8_1_the_code_of_the_e_mail_cancels_once(desk: Desk, tracking: Tracking) -> None:
    """It opens the case as often as one likes until then; taken back, it is still used up."""
    case, code = mailed(desk)

    def cancels(at: datetime) -> CancelResult:
        with transaction(desk.factory) as session:
            return tracking.cancel(session, number(case), at)

    assert [opens(tracking, number(case), code, TEN + n * SECOND) for n in range(2)] == ["code", "code"]
    assert cancels(TEN + HOUR) is CancelResult.CANCELLED
    assert seen(desk, case).case.state is CaseState.CANCELLED
    assert [one.recipient for one in desk.messages("N-25")] == ["wang@mail.example"]
    assert opens(tracking, number(case), code, TEN + HOUR) == "nothing"
    with transaction(desk.factory) as session:
        desk.cancelling.take_back(session, number(case), "誤按", "agent-1", TEN + 2 * HOUR)
    with pytest.raises(NotTracked):
        cancels(TEN + 3 * HOUR)
    assert not seen(desk, case).case.has_code and seen(desk, case).case.state is CaseState.FILED
