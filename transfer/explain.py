"""The words in which a route explains itself, in Traditional Chinese and in English.

A ladder comes in, lines come out; nothing is decided here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from hotline.worktime import explain
from hotline.worktime.explain import Words
from transfer.ladder import HuntRules, Ladder, LadderPlan, Rung
from transfer.reasons import RungKind, SkippedRung, WhyNot, WhyRung

NOTHING_KNOWN: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class RouteWords:
    """One language: a pattern for each kind of line."""

    times: Words
    join: str
    head_is: str
    open_is: str
    closed_is: str
    urgent_is: str
    rung_is: str
    now_is: str
    outside_is: str
    metres_are: str
    through_is: str
    skipped_is: str
    enough_is: str
    kinds: Mapping[RungKind, str]
    whys: Mapping[WhyRung, str]
    nots: Mapping[WhyNot, str]
    unknown_is: str
    message_is: str
    limit_is: str
    back_is: str
    emergency_is: str

    def lines(
        self,
        route: Ladder,
        at: datetime,
        rules: HuntRules,
        *,
        is_open: bool,
        urgent: bool,
        states: Mapping[str, str] = NOTHING_KNOWN,
    ) -> tuple[str, ...]:
        """The whole ladder: when, each rung and why, each person skipped and why, and where it ends.

        ``states``: the words for how each phone is now, by extension, where somebody looked.
        """
        hours = self.open_is if is_open else self.closed_is
        state = self.join.join((hours, self.urgent_is)) if urgent else hours
        head = self.head_is.format(asked=route.asked, at=self.times.instant(at), state=state)
        return (head, *self._plan(route, rules, states))

    def _plan(self, route: Ladder, rules: HuntRules, states: Mapping[str, str]) -> Iterator[str]:
        match route.plan:
            case LadderPlan.UNKNOWN:
                yield self.unknown_is.format(asked=route.asked)
                yield self.back_is
            case LadderPlan.MESSAGE:
                yield self.message_is
            case LadderPlan.RING:
                yield from (self._rung(place, rung, states) for place, rung in enumerate(route.rungs, 1))
                yield from self._skipped(route.skipped)
                yield self.limit_is.format(limit=self.times.length(rules.longest))
                yield self.back_is
                if route.emergency:
                    yield self.emergency_is.format(number=route.emergency)

    def why(self, rung: Rung) -> str:
        """Reason why a phone is rung."""
        why = self.whys[rung.why.reason].format(place=rung.why.place)
        if rung.why.metres is not None:
            why += self.metres_are.format(metres=f"{rung.why.metres:.1f}")
        if rung.why.through:
            why += self.through_is.format(through=" → ".join((*rung.why.through, rung.extension)))
        return why

    def why_not(self, skipped: SkippedRung) -> str:
        """Reason why somebody is not rung."""
        return self.nots[skipped.reason].format(detail=skipped.detail)

    def _rung(self, place: int, rung: Rung, states: Mapping[str, str]) -> str:
        phone = f"{rung.extension} {rung.name}".strip()
        if rung.number:
            keys = f" + {rung.keys}" if rung.keys else ""
            phone += self.outside_is.format(number=f"{rung.number}{keys}")
        state = states.get(rung.extension, "")
        line = self.rung_is.format(
            place=place,
            phone=phone,
            why=self.why(rung),
            seconds=self.times.length(rung.ring),
            kind=self.kinds[rung.kind],
        )
        return line + self.now_is.format(state=state) if state else line

    def _skipped(self, skipped: tuple[SkippedRung, ...]) -> Iterator[str]:
        """One line each; who was not needed any more shares one."""
        enough = [one for one in skipped if one.reason is WhyNot.ENOUGH]
        for one in skipped:
            if one.reason is not WhyNot.ENOUGH:
                phone = f"{one.extension} {one.name}".strip()
                yield self.skipped_is.format(phone=phone, kind=self.kinds[one.kind], reason=self.why_not(one))
        if enough:
            phones = self.join.join(one.extension for one in enough)
            yield self.enough_is.format(phones=phones, most=enough[0].detail)


ENGLISH = RouteWords(
    times=explain.ENGLISH,
    join=", ",
    head_is="extension {asked} at {at}: {state}",
    open_is="office hours",
    closed_is="outside office hours",
    urgent_is="urgent",
    rung_is="{place}. {phone}: {why}; rings {seconds}",
    now_is="; now {state}",
    outside_is=" by {number}",
    metres_are=", {metres} m away",
    through_is=" ({through})",
    skipped_is="-  {phone}: not rung as {kind}: {reason}",
    enough_is="-  {phones}: not rung, {most} neighbours are enough (P5.1.1)",
    kinds={
        RungKind.FORWARD: "forward",
        RungKind.DESK: "desk",
        RungKind.NEIGHBOUR: "neighbour",
        RungKind.DUTY: "officer on duty",
        RungKind.ALTERNATIVE: "alternative number",
        RungKind.EMERGENCY: "emergency contact",
    },
    whys={
        WhyRung.ASKED: "the extension asked for (P5.1.1)",
        WhyRung.FOLLOWED: "answers for it, a forward is in force (P5.1.2)",
        WhyRung.ORDERED: "neighbour by the order set for the desk (P5.1.1)",
        WhyRung.SAME_SECTION: "neighbour of the same section (P5.1.1)",
        WhyRung.SAME_FLOOR: "neighbour on the same floor (P5.1.1)",
        WhyRung.ROSTER: "officer on duty, number {place} of the roster (P5.1.3)",
        WhyRung.SWITCHBOARD: "its switchboard is out of order, the alternative number is rung (P4.9)",
    },
    nots={
        WhyNot.UNKNOWN: "{detail} follows it, but there is no such extension",
        WhyNot.CIRCLE: "{detail} follows it, but the forwards lead back in a circle",
        WhyNot.AWAY: "away ({detail})",
        WhyNot.CLOSED: "the section is closed ({detail})",
        WhyNot.FOLLOWS: "its extension follows {detail}",
        WhyNot.TRIED: "this phone is rung already",
        WhyNot.NO_LINE: "no number that could be dialled is on file",
        WhyNot.NOT_DIALLED: "its number is one that 1999 does not dial: abroad, at a premium, or somebody's service",
        WhyNot.ENOUGH: "{detail} neighbours are enough",
    },
    unknown_is="the directory has no extension {asked} then",
    message_is="closed and not urgent: the matter is taken as a message and a callback is promised (P5.1.3)",
    limit_is="the whole hunt ends after {limit}; the last ring is cut to what is left",
    back_is="then back: the agent who transferred if free, else the front of the queue, else a promise (§9.1)",
    emergency_is="and the agent phones the agency's emergency contact, {number} (§9.1)",
)

CHINESE = RouteWords(
    times=explain.CHINESE,
    join="、",
    head_is="{at} 分機{asked}：{state}",
    open_is="上班時間",
    closed_is="非上班時間",
    urgent_is="緊急",
    rung_is="{place}. {phone}：{why}，響鈴{seconds}",
    now_is="；現在{state}",
    outside_is="（撥{number}）",
    metres_are="，相距{metres}公尺",
    through_is="（{through}）",
    skipped_is="－ {phone}：不以{kind}撥打，{reason}",
    enough_is="－ {phones}：不撥打，鄰座至多{most}人，依精進計畫五（一）1",
    kinds={
        RungKind.FORWARD: "跟隨",
        RungKind.DESK: "所撥分機",
        RungKind.NEIGHBOUR: "鄰座",
        RungKind.DUTY: "值日人員",
        RungKind.ALTERNATIVE: "替代號碼",
        RungKind.EMERGENCY: "緊急聯絡電話",
    },
    whys={
        WhyRung.ASKED: "所撥分機，依精進計畫五（一）1",
        WhyRung.FOLLOWED: "已設定跟隨，代為接聽，依精進計畫五（一）2",
        WhyRung.ORDERED: "指定順序的鄰座，依精進計畫五（一）1",
        WhyRung.SAME_SECTION: "同科室鄰座，依精進計畫五（一）1",
        WhyRung.SAME_FLOOR: "同樓層鄰座，依精進計畫五（一）1",
        WhyRung.ROSTER: "值日人員，輪值第{place}位，依精進計畫五（一）3",
        WhyRung.SWITCHBOARD: "總機故障，改撥替代號碼，依精進計畫四（九）",
    },
    nots={
        WhyNot.UNKNOWN: "{detail}設定跟隨，但查無此分機",
        WhyNot.CIRCLE: "{detail}設定跟隨，但跟隨設定循環",
        WhyNot.AWAY: "不在（{detail}）",
        WhyNot.CLOSED: "科室未開放（{detail}）",
        WhyNot.FOLLOWS: "其分機跟隨{detail}",
        WhyNot.TRIED: "同一電話已列入撥打",
        WhyNot.NO_LINE: "沒有可撥打的號碼",
        WhyNot.NOT_DIALLED: "登記的號碼不得外撥（國外、付費或服務專線）",
        WhyNot.ENOUGH: "鄰座至多{detail}人",
    },
    unknown_is="當時通訊錄查無分機{asked}",
    message_is="非上班時間且不緊急：留下事由並登記回電，依精進計畫五（一）3",
    limit_is="全程至多{limit}，最後一次響鈴縮短為剩餘時間",
    back_is="最後：轉回原話務人員；忙線則排在等候最前；仍無人則登記回電",
    emergency_is="並由話務人員致電機關緊急聯絡電話{number}",
)
