"""What a simulated agent does in a talk and says of it: the book, cases, transfers, promises, judgements."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.dispositions import Disposition, NoServiceGround, ServiceType, looked_up, proposed_services, tag
from calls.special_calls import SpecialStep, step
from calls.store import CallRow
from calls.topics import Topic, TopicKind, TopicWord
from hotline.news.store import MessageRow
from ivr.limits import Authorised, LimitHistory, Normal, after
from tests.simulated.cases import file_case
from tests.simulated.event_log import LoggedPhone
from transfer.reasons import TransferReason

if TYPE_CHECKING:
    from tests.simulated.calls import CallScene

DEEDS: Final = (
    *["book"] * 40,
    *["case"] * 22,
    *["transfer"] * 13,
    *["book and transfer"] * 5,
    *["word"] * 6,
    *["message"] * 4,
    *["promise"] * 4,
    *["nothing"] * 4,
    *["special"] * 2,
)
WANTED: Final = (
    "5112",
    "5113",
    "5116",
    "5203",
    "5204",
    "5301",
    "5311",
    "5401",
    "5411",
    "5501",
    "5601",
    "6101",
)
CAP: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class TalkWish:
    """How a talk ends: with a transfer, with a callback promised by key, or so."""

    extension: str = ""
    reason: str = ""
    promised: datetime | None = None


class AgentTalk:
    """A talk of an agent, in a call; ``before``: the one in that call before it."""

    def __init__(
        self, scene: "CallScene", agent: str, phone: LoggedPhone, before: "AgentTalk | None" = None
    ) -> None:
        self.scene, self.agent, self.phone = scene, agent, phone
        self.types = before.types if before else set[ServiceType]()
        self.topic = before.topic if before else None
        self.ground: NoServiceGround | None = None
        self.since = scene.at

    def talks(self) -> TalkWish:
        """What is done in it."""
        scene, city = self.scene, self.scene.city
        deed = city.draw.choice(DEEDS)
        scene.passes(scene.draws(10, 200))
        scene.flush()
        match deed:
            case "special":
                return self._is_judged()
            case "nothing":
                self.ground = city.draw.choice(tuple(NoServiceGround))
            case "word":
                self._is(ServiceType.CONSULTATION, Topic(TopicKind.WORD, city.draw.choice(tuple(TopicWord))))
            case "message":
                self._is(ServiceType.CONSULTATION, self._told_of())
            case "case":
                city.tries("file", lambda session: file_case(session, city, scene.id, scene.number, scene.at))
            case "book" | "book and transfer":
                self._reads()
        if city.chance(0.06):
            scene.hangs_up("line", "queue")
            self.phone.parts(scene.at)
            self.phone.ends(scene.at, 16, scene.log.name)
            return TalkWish()
        if deed == "promise":
            return TalkWish(promised=self._promises())
        if "transfer" in deed:
            self._is(ServiceType.TRANSFER)
            return TalkWish(city.draw.choice(WANTED), city.draw.choice(("", *TransferReason)))
        return TalkWish()

    def close(self) -> None:
        """What the call was for: at once, on another day, or never."""
        city, scene = self.scene.city, self.scene
        if city.chance(0.04):
            return
        late = timedelta(hours=city.draw.randrange(1, 60)) if city.chance(0.05) else timedelta(seconds=20)
        city.agenda.put(scene.at + late, self._closes)

    def _closes(self, at: datetime) -> None:
        city, call = self.scene.city, self.scene.id

        def closed(session: Session) -> CallRow:
            types = frozenset(self.types | proposed_services(session, call))
            if self.ground and not types:
                said = Disposition(ground=self.ground)
            else:
                chosen = types or frozenset({ServiceType.CONSULTATION})
                topic = self.topic or Topic(TopicKind.WORD, TopicWord.OTHER)
                is_proposed = ServiceType.QUICK in types  # by the category of the case
                said = Disposition(chosen, None, None if is_proposed else topic, self._why())
            return tag(session, call, said, by=self.agent, at=at)

        if city.tries("tag", closed) is None:
            other = Disposition(
                frozenset({ServiceType.CONSULTATION}),
                None,
                Topic(TopicKind.WORD, TopicWord.OTHER),
                "unstated",
            )
            city.tries("tag otherwise", lambda session: tag(session, call, other, by=self.agent, at=at))

    def _why(self) -> TransferReason:
        return self.scene.city.draw.choice(tuple(TransferReason))

    def _is(self, kind: ServiceType, topic: Topic | None = None) -> None:
        self.types.add(kind)
        self.topic = topic or self.topic

    def _reads(self) -> None:
        """The book is asked once or twice, and may have no answer."""
        scene, city = self.scene, self.scene.city
        for _time in range(city.draw.choice((1, 1, 1, 2))):
            entry = str(1 + int(city.draw.paretovariate(0.7)) % 24)
            is_answered = city.chance(0.85)
            at = scene.passes(scene.draws(5, 20))
            read = entry if is_answered or city.chance(0.5) else ""
            city.tries(
                "look up",
                lambda session, read=read, is_answered=is_answered, at=at: looked_up(
                    session, scene.id, read, answered=is_answered, by=self.agent, at=at
                ),
            )
            self._is(ServiceType.CONSULTATION, Topic(TopicKind.ENTRY, entry))
        if city.chance(0.1):
            self.topic = None

    def _told_of(self) -> Topic | None:
        """A message that stands, or is still to come: citizens know before the agency told."""

        def known(session: Session) -> int | None:
            chosen = select(MessageRow.id).order_by(MessageRow.id.desc()).limit(3)
            found = list(session.scalars(chosen))
            return self.scene.city.draw.choice(found) if found else None

        number = self.scene.city.tries("message known", known)
        return Topic(TopicKind.MESSAGE, str(number)) if number else None

    def _promises(self) -> datetime:
        """The agent's key: the dialplan's own line, and the whole second that it tells."""
        scene = self.scene
        second = scene.at.replace(microsecond=0)
        told = f"{scene.number}|{scene.call.wanted}|agent|{self.agent}|{second.timestamp():.0f}"
        scene.log.line(scene.at, "PROMISE", said=told, where=("promise", "s"))
        return second

    def _is_judged(self) -> TalkWish:
        """The agent asks a supervisor, who says that the call is special; the cap may end it."""
        scene, city = self.scene, self.scene.city
        rules = city.house.limit_rules
        scene.log.line(scene.at, "REVIEW", said=self.phone.name)
        scene.flush()
        at = scene.passes(20)
        before = Normal(LimitHistory(answered_at=self.since))
        done = SpecialStep("authorised", at, "supervisor-1", reason="無主題")
        judged = after(rules, before, Authorised(at, "supervisor-1"))
        city.tries("judge", lambda session: step(session, rules, scene.id, done, before, judged))
        self.ground = NoServiceGround.NO_TOPIC
        if city.chance(0.5):
            scene.passes(scene.draws(5, 60))
            return TalkWish()
        scene.at = max(scene.at, self.since + CAP)
        scene.log.line(scene.at, "END", said="cap", where=("line", "end"))
        scene.passes(5)
        self.phone.parts(scene.at)
        self.phone.ends(scene.at, 16)
        scene.log.hangs_up(scene.at, "dialplan/builtin")
        scene.is_over = True
        return TalkWish()
