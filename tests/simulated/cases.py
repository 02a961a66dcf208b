"""Simulated cases: filed in a call, then moved by agencies, Secretariat and RDEC until they are over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.callbacks.rules import Outcome
from hotline.cases.drafts import DraftFields
from hotline.cases.rules import CaseKind, CaseState, Move
from hotline.cases.store import Case
from hotline.cases.words import CancelGround, CaseWords, LateGround, NoActionGround, ReplyWay
from hotline.outbound_calls import service as placing
from hotline.outbound_calls.rules import OutboundEvent, Phase, Target
from hotline.reviews import feedback, records
from hotline.reviews.rules import FeedbackKind
from tests.simulated.city import AGENCIES, DAY, HOUR, MINUTE, SimulatedCity

QUICK: Final = ("1001", "1002", "1003", "2001", "3001", "3002", "3003", "3003", "3004")
KINDS: Final = (*[CaseKind.QUICK] * 11, *[CaseKind.PETITION] * 7, *[CaseKind.NOTIFY] * 2)
SECRETARIAT, AUTHORISED = "secretariat-1", "authorised-1"


def file_case(session: Session, city: SimulatedCity, call_id: str, number: str, at: datetime) -> str:
    """A report of the caller is filed as a case, or attached to one; its number."""
    draw, agent = city.draw, "agent-1"
    kind, agency = draw.choice(KINDS), draw.choice(AGENCIES)
    is_named = city.chance(0.85)
    fields = DraftFields(
        kind=CaseKind.NOTIFY if kind is CaseKind.NOTIFY else None,
        category=draw.choice(QUICK) if kind is CaseKind.QUICK else "",
        matter="路面有坑洞" if kind is CaseKind.QUICK else "希望改善",
        agency="" if kind is CaseKind.QUICK or (kind is CaseKind.PETITION and city.chance(0.2)) else agency,
        place=f"板橋區文化路一段{draw.randrange(1, 400)}號",
        name="王小明" if is_named else "",
        **_contact(city, number if is_named else ""),
    )
    filing = city.house.case_filing
    row = filing.draft(session, fields, agent, at, call_id)
    if kind is CaseKind.NOTIFY:
        filing.notify(session, row.id, _phoned(session, city, call_id, agency, at), agent, at + 4 * MINUTE)
        at += 5 * MINUTE
    lead = _open_one(session, row.category) if city.chance(0.1) else ""
    phoned_at = at - 40 * MINUTE if kind is CaseKind.QUICK and city.chance(0.03) else None
    filed = filing.file(
        session,
        row.id,
        agent,
        at,
        attach_to=lead,
        is_another=not lead,
        as_petition=not is_named,
        phoned_at=phoned_at,
    )
    assert filed.number
    if filed.lead_id is None:
        city.agenda.put(city.after(at, 2 * MINUTE, 25 * MINUTE), CaseLife(city, filed.number).goes_on)
    return filed.number


def _contact(city: SimulatedCity, number: str) -> dict[str, Any]:
    """How the petitioner is answered."""
    mobile = number if number.startswith("09") else ""
    way = city.draw.choice((ReplyWay.SMS, ReplyWay.SMS, ReplyWay.PHONE, ReplyWay.EMAIL, ReplyWay.NONE))
    mail = f"p{city.draw.randrange(300)}@citizen.example"
    match way:
        case ReplyWay.EMAIL:
            return {"phone": mobile, "email": mail, "reply_way": way}
        case ReplyWay.SMS | ReplyWay.PHONE if mobile:
            return {"phone": mobile, "reply_way": way}
    return {"reply_way": ReplyWay.NONE}


def _phoned(session: Session, city: SimulatedCity, call_id: str, agency: str, at: datetime) -> int:
    """The agency is phoned before the case is filed: reached, or rung in vain."""
    call = placing.begin_notify(
        session,
        [Target("desk", "5112", agency=agency)],
        call_id=call_id,
        agency=agency,
        extension="5112",
        matter="路面塌陷",
        by="agent-1",
        at=at,
    )
    answered = at + city.draw.randrange(20, 170) * timedelta(seconds=1)
    if city.chance(0.8):
        placing.heard(session, OutboundEvent(call.token, Phase.ANSWERED, 1, Outcome.REACHED, answered))
        placing.taken(session, call.id, "林組長", by="agent-1", at=answered + MINUTE)
        return call.id
    silent = Outcome.NO_ANSWER
    placing.heard(session, OutboundEvent(call.token, Phase.RUNG, 1, silent, answered))
    over = OutboundEvent(call.token, Phase.OVER, 1, silent, answered + MINUTE, is_whole=True)
    placing.heard(session, over)
    return call.id


def _open_one(session: Session, category: str) -> str:
    """A case to which a report may be attached; empty where there is none."""
    states = Case.state.in_((CaseState.FILED, CaseState.SIGNED, CaseState.IN_PROGRESS))
    chosen = select(Case.number).where(states, Case.category == category, Case.lead_id.is_(None))
    return session.scalar(chosen.order_by(Case.id.desc()).limit(1)) or ""


@dataclass
class CaseLife:
    """What is done with a case, a step at a time."""

    city: SimulatedCity
    number: str
    steps: int = 0
    is_slow: bool = False

    def __post_init__(self) -> None:
        self.is_slow = self.city.chance(0.15)

    def goes_on(self, at: datetime) -> None:
        """The next step; a while later the one after it."""
        self.steps += 1
        state = self.city.tries("case read", lambda session: self._step(session, at))
        if state is not None and self.steps < 25:
            least, most = (6 * HOUR, 5 * DAY) if self.is_slow else (5 * MINUTE, 9 * HOUR)
            self.city.agenda.put(self.city.open_after(at, least, most), self.goes_on)

    def _step(self, session: Session, at: datetime) -> str | None:
        row = session.scalars(select(Case).where(Case.number == self.number)).one()
        if row.state in (CaseState.CANCELLED, CaseState.NO_ACTION) and self.steps > 3:
            return None
        if self.city.chance(0.012):
            self.city.agenda.put(at, self._cancelled)
        else:
            self.city.agenda.put(at, lambda then: self._moved(row.kind, row.state, row.agency, then))
        return row.state

    def _cancelled(self, at: datetime) -> None:
        cancelling = self.city.house.cancelling
        done = self.city.tries(
            "cancel",
            lambda session: cancelling.by_agent(
                session, self.number, CancelGround.WITHDRAWN, "已自行處理", "agent-1", at
            ),
        )
        if done and self.city.chance(0.3):
            self.city.agenda.put(at + HOUR, self._taken_back)

    def _taken_back(self, at: datetime) -> None:
        cancelling = self.city.house.cancelling
        self.city.tries(
            "take back", lambda session: cancelling.take_back(session, self.number, "誤會", "agent-1", at)
        )

    def _moved(self, kind: str, state: str, agency: str, at: datetime) -> None:
        if state in (CaseState.CLOSED, CaseState.NO_ACTION):
            return self._judged(at)
        if state == CaseState.UNDER_AUDIT:
            return self._reviewed(agency, at)
        if state == CaseState.DONE:
            return self._called(agency, at)
        move, by, words = self._chosen(kind, CaseState(state), agency, at)
        self._does(move, by, at, **words)

    def _does(self, move: Move, by: str, at: datetime, **words: Any) -> Any:
        work = self.city.house.case_work
        return self.city.tries(
            f"case {move}",
            lambda session: work.move(session, self.number, move, CaseWords(**words), by, at),
        )

    def _chosen(
        self, kind: str, state: CaseState, agency: str, at: datetime
    ) -> tuple[Move, str, dict[str, Any]]:
        """A move that fits the state, mostly; the rules refuse what does not fit after all."""
        draw, liaison = self.city.draw, f"liaison-{agency}"
        other = draw.choice([one for one in AGENCIES if one != agency])
        doing: tuple[Move, dict[str, Any]] = (Move.START, {})
        if kind == CaseKind.PETITION:
            doing = (Move.ACCEPT, {})
        match state:
            case CaseState.FILED if kind == CaseKind.QUICK:
                if self.city.chance(0.07):
                    return Move.NOT_OURS, liaison, {"reason": "非轄區"}
                if self.city.chance(0.06):
                    return Move.ASSIGN, AUTHORISED, {"agency": other}
                return Move.SIGN, liaison, {}
            case CaseState.DISPATCHED if self.city.chance(0.1):
                return Move.NOT_OURS, liaison, {"reason": "非權責"}
            case CaseState.DISPATCHED if self.city.chance(0.06):
                return Move.FORWARD, SECRETARIAT, {"authority": "台電", "letter": "新北秘字第1號"}
            case CaseState.DISPATCHED if self.city.chance(0.08):
                return Move.INVOLVE, liaison, {"agencies": (other,)}
            case CaseState.REDISPATCH:
                return Move.ASSIGN, SECRETARIAT, {"agency": other}
            case CaseState.JOINT:
                joint = draw.choice(AGENCIES)
                return Move.CONFIRM_JOINT, f"liaison-{joint}", {"agency": joint}
            case CaseState.EXTERNAL:
                return Move.OUTCOME, SECRETARIAT, {"result": "已改善"}
            case CaseState.STAGE2_PENDING:
                return self._decided(at)
            case CaseState.SIGNED if self.city.chance(0.7):
                return Move.START, liaison, {}
            case CaseState.SIGNED | CaseState.IN_PROGRESS:
                return self._worked(kind, agency, at)
            case CaseState.REPLIED | CaseState.RESULT_RECORDED:
                return Move.CLOSE, liaison, {}
        return doing[0], liaison, doing[1]

    def _decided(self, at: datetime) -> tuple[Move, str, dict[str, Any]]:
        """Of more time; whichever was not asked for is refused by the rules."""
        wishes: tuple[tuple[Move, dict[str, Any]], ...] = (
            (Move.APPROVE_STAGE2, {"days": 1}),
            (Move.APPROVE_STAGE2, {"days": 1}),
            (Move.GRANT_BEYOND, {"until": at + 20 * DAY}),
            (Move.REFUSE_STAGE2, {"reason": "應可完成"}),
            (Move.REFUSE_BEYOND, {"reason": "應可完成"}),
        )
        move, words = self.city.draw.choice(wishes)
        return move, AUTHORISED, words

    def _worked(self, kind: str, agency: str, at: datetime) -> tuple[Move, str, dict[str, Any]]:
        draw, liaison = self.city.draw, f"liaison-{agency}"
        late = {"late_ground": LateGround.WEATHER, "late_reason": "連日大雨"}
        done = {
            "result": "已修復",
            "done_at": at - MINUTE,
            "doer": "工班",
            "no_photo": "夜間",
            "prevention": "加強巡查",
        }
        if kind == CaseKind.QUICK:
            quick: tuple[tuple[Move, str, dict[str, Any]], ...] = (
                *[(Move.COMPLETE, liaison, done | late)] * 5,
                (Move.UNFOUNDED, liaison, {"result": "現場未發現", "done_at": at - MINUTE} | late),
                (Move.PROGRESS, liaison, {"note": "備料中"}),
                (Move.ASK_STAGE2, liaison, {"reason": "待料", "days": 1}),
                (
                    Move.ASK_BEYOND,
                    f"control-officer-{agency}-x",
                    {"ground": LateGround.MATERIAL, "reason": "缺料", "analysis": "採購中"},
                ),
            )
            if self.city.chance(0.02):
                return Move.CONVERT, AUTHORISED, {"reason": "需研議", "agency": agency}
            return draw.choice(quick)
        replied = {
            "result": "已改善",
            "channel": ReplyWay.PHONE,
            "replied_at": at - MINUTE,
            "officer": "王大同",
            "officer_phone": "5112",
        }
        petition: tuple[tuple[Move, str, dict[str, Any]], ...] = (
            *[(Move.REPLY, liaison, replied)] * 4,
            *[(Move.RECORD_RESULT, liaison, {"result": "錄案參考"})] * 3,
            (Move.PROGRESS, liaison, {"note": "會勘中"}),
            (Move.EXTEND, AUTHORISED, {"reason": "待會勘"}),
            (Move.NO_ACTION, AUTHORISED, {"ground": NoActionGround.NO_CONTENT, "result": "無具體內容"}),
        )
        return draw.choice(petition)

    def _called(self, agency: str, at: datetime) -> None:
        """Who wants to be phoned is phoned; whoever is told by message needs nobody."""
        work = self.city.house.case_work
        self.city.tries(
            "phone record",
            lambda session: work.phone_record(
                session, self.number, "已告知", at - MINUTE, f"liaison-{agency}", at
            ),
        )

    def _judged(self, at: datetime) -> None:
        """A citizen says what they think of it; RDEC looks at some again."""
        if self.city.chance(0.12):
            kind = self.city.draw.choice(tuple(FeedbackKind))
            self.city.tries(
                "feedback",
                lambda session: feedback.record(
                    session, kind, "謝謝" if kind else "", at=at, by="agent-1", case=self.number
                ),
            )
        if self.city.chance(0.05):
            self.city.tries(
                "review",
                lambda session: records.ask(
                    session, self.city.house.case_work, self.number, "請查明", AUTHORISED, at
                ),
            )
        elif self.city.chance(0.75):
            self.steps = 25

    def _reviewed(self, agency: str, at: datetime) -> None:
        """The agency reports, or does not; RDEC accepts, or reopens: a defect."""
        fate = self.city.draw.random()
        if fate < 0.3:
            self.city.tries("report", lambda session: self._reports(session, agency, at))
        elif fate < 0.6:
            self._does(Move.ACCEPT_REVIEW, AUTHORISED, at, result="可接受")
        else:
            self._does(Move.REOPEN, AUTHORISED, at, reason="尚未完成")

    def _reports(self, session: Session, agency: str, at: datetime) -> object:
        row = session.scalars(select(Case).where(Case.number == self.number)).one()
        review = records.open_review(session, row)
        return review and records.report(session, review.id, "說明如下", f"liaison-{agency}", at)
