"""A call tried on the page, at any date and time: the same engine as callers meet, and nothing is stored.

All that is kept of a trial stands in its address: when, who calls, and what was answered so far. Each look
plays the call again from its beginning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from flask import Response, request, url_for

from hotline import clock
from hotline.directory.rows import load_city
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.worktime import NoCalendar
from ivr import steps
from ivr.engine import Book, Turn
from ivr.walk import turns
from transfer.reasons import TransferReason
from web.console.answers import render
from web.console.date_fields import for_input
from web.console.gate import Everyone, Pages, house, now, read_session
from web.console.language import _, _l, in_words, moment, names
from web.console.menu import VOICE
from web.console.menu_words import LANGUAGES, SpokenPrompt, said

pages = Pages("walk")
pages.in_menu(
    VOICE,
    _l("來電模擬"),
    "call",
    Everyone.STAFF,
    place=2,
    work=(Action.MENU_CHANGE, Action.FLOOR_WATCH),
)
MOST: Final = 60
"""Answers of one trial; a caller who needs more has been talking with the menu for ten minutes."""
LONGEST: Final = 200
"""Characters of one answer."""
CALLER: Final = "0912345678"
KEYPAD: Final = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")
QUEUE: Final = {
    "": _l("30 秒過去，還在等"),
    "1": _l("按 1：改為回電"),
    "a": _l("服務人員接聽，談完"),
    "n": _l("沒有服務人員"),
}
PHONE: Final = {
    "a": _l("接聽，談完"),
    "p": _l("接聽，並登記回電"),
    "b": _l("忙線"),
    "": _l("沒有人接"),
    "u": _l("分機不通"),
    "r": _l("拒接"),
    "f": _l("撥打失敗"),
}
AGENT: Final = {"a": _l("原服務人員接聽，談完"), "": _l("原服務人員沒空")}


class NotATime(HotlineError, code="not-a-time"):
    """A date and time that are none."""

    given: str


@dataclass(frozen=True, slots=True)
class TrialCall:
    """Call that is tried: its instant, caller and answers."""

    at: datetime
    caller: str
    listed: bool
    answers: tuple[str, ...] = ()

    def address(self, answers: Sequence[str]) -> str:
        """Address of the same call with other answers."""
        at, listed = for_input(self.at), "yes" if self.listed else None
        return url_for("walk.call", at=at, caller=self.caller, listed=listed, a=list(answers))


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A turn as the page tells it: when, the answer before it, what is heard, and what happens then."""

    at: datetime
    answered: str
    heard: Sequence[SpokenPrompt]
    done: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """Next question to answer; ``kind``: keys, digits, message, queue, phone, agent or nothing at the end."""

    kind: str
    choices: Sequence[tuple[str, Any]] = ()
    transfers: bool = False


class _OutOfAnswers(Exception):
    """The trial has no further answer."""


@pages.read("/menus/try", Everyone.STAFF)
def call() -> Response:
    """The call so far, and what can be answered now."""
    begun = "at" in request.args
    try:
        trial = _asked_for()
        played = _played(trial) if begun else []
    except (NotATime, NoCalendar) as error:
        told = in_words(error)
        return render("menus/try.html", 422, trial=None, fault=told, given=request.args)
    asked = [_next(turn) for _, turn in played]
    words = [
        _("電話接通。"),
        *(_answered(kind, one) for kind, one in zip(asked, trial.answers, strict=False)),
    ]
    heard = [_told(turn, event, one) for (event, turn), one in zip(played, words, strict=False)]
    return render(
        "menus/try.html",
        trial=trial,
        begun=begun,
        heard_so_far=heard,
        asked=asked[-1] if asked else None,
        keypad=KEYPAD,
        reasons={"": _("（不指定）"), **names(TransferReason)},
        is_long=len(trial.answers) >= MOST,
        given=request.args,
    )


def _asked_for() -> TrialCall:
    given = request.args.get("at", "")
    try:
        at = clock.taipei(given) if given else now()
    except ValueError as error:
        raise NotATime(given[:40]) from error
    answers = [answer.strip()[:LONGEST] for answer in request.args.getlist("a")]
    if extension := request.args.get("extension", "").strip():
        answers.append(_transfer(extension))
    return TrialCall(
        at,
        request.args.get("caller", CALLER).strip()[:20],
        bool(request.args.get("listed")),
        tuple(answers[:MOST]),
    )


def _transfer(extension: str) -> str:
    words = [
        "t",
        *extension.split()[:1],
        "urgent" if request.args.get("urgent") else "",
        request.args.get("why", ""),
    ]
    return " ".join(word for word in words if word)


def _played(trial: TrialCall) -> list[tuple[steps.Event, Turn]]:
    """Play every turn up to the last answer."""
    ahead, found = iter(trial.answers), list[tuple[steps.Event, Turn]]()

    def read(_ask: str) -> str:
        answer = next(ahead, None)
        if answer is None:
            raise _OutOfAnswers
        return answer

    try:
        for event, turn in turns(_book(trial), trial.caller, trial.at, read):
            found.append((event, turn))
    except _OutOfAnswers:
        pass
    return found


def _book(trial: TrialCall) -> Book:
    """The menus in force, the directory of that day, and this caller on the special list or not."""
    with read_session() as session:
        city = load_city(session, trial.at)
    entry = 1 if trial.listed else 0
    return replace(house().books.book(), city=city, listed=lambda number, at: entry)


def _told(turn: Turn, event: steps.Event, answer: str) -> SpokenTurn:
    language = turn.call.language
    prompts = [prompt for step in turn.steps for prompt in steps.words_of(step)]
    done = [words for step in turn.steps for words in _done(step)]
    facts = [words for fact in turn.facts for words in _fact(fact)]
    return SpokenTurn(event.at, answer, said(prompts, language), [*done, *facts])


def _done(step: steps.Step) -> Iterator[str]:
    match step:
        case steps.StartRecording():
            at_once = house().settings.recording_from == "answer"
            yield _("開始錄音") if at_once else _("有人接聽就開始錄音")
        case steps.Ask(_prompts, digits, seconds):
            if digits == 1:
                yield _("等候一個按鍵，%(seconds)s 秒", seconds=f"{seconds:g}")
            else:
                yield _("等候最多 %(digits)d 個數字，以 # 結束", digits=digits)
        case steps.Enqueue(language, _prompts, front):
            agents = _("等候會說%(language)s的服務人員", language=LANGUAGES[language])
            yield _("%(agents)s，排在最前面", agents=agents) if front else agents
        case steps.Ring(rung, seconds):
            yield _(
                "%(phone)s %(name)s 響鈴，最多 %(seconds)s 秒",
                phone=rung.number or rung.extension,
                name=rung.name,
                seconds=f"{seconds:g}",
            )
        case steps.RingAgent(phone, seconds):
            yield _("轉接的服務人員 %(phone)s 再響鈴，%(seconds)s 秒", phone=phone, seconds=f"{seconds:g}")
        case steps.TakeMessage(_name, seconds):
            yield _("錄下留言，最多 %(seconds)s 秒", seconds=f"{seconds:g}")
        case steps.End():
            yield _("線路掛斷")
        case steps.Say():
            return


def _fact(fact: steps.Fact) -> Iterator[str]:
    match fact:
        case steps.CallbackPromised(number=number, due_at=due):
            until = moment(datetime.fromisoformat(due))
            yield _("已登記回電給 %(number)s，時限 %(until)s", number=number or _("未顯示號碼"), until=until)
        case steps.VideoAddressTexted(number=number, address=address):
            yield _(
                "已傳簡訊給 %(number)s：手語視訊網址 %(address)s 和驗證碼", number=number, address=address
            )


def _next(turn: Turn) -> Question | None:
    """Question that the page asks; None when the call is over."""
    match turn.steps[-1] if turn.steps else None:
        case steps.Ask(digits=1):
            return Question("keys")
        case steps.Ask():
            return Question("digits")
        case steps.Enqueue():
            return Question("queue", tuple(QUEUE.items()), transfers=True)
        case steps.Ring():
            return Question("phone", tuple(PHONE.items()))
        case steps.RingAgent():
            return Question("agent", tuple(AGENT.items()), transfers=True)
        case steps.TakeMessage():
            return Question("message")
    return None


def _answered(asked: Question | None, answer: str) -> str:
    """An answer as the page tells it again."""
    match answer.split():
        case ["h"]:
            return _("來電者掛斷")
        case ["t", extension, *how] if asked and asked.transfers:
            urgent = _("（緊急）") if "urgent" in how else ""
            return _("服務人員轉接 %(extension)s%(urgent)s", extension=extension, urgent=urgent)
    known = dict(asked.choices) if asked else {}
    if answer in known:
        return str(known[answer])
    return (
        _("按 %(keys)s", keys=answer)
        if answer and asked and asked.kind != "message"
        else answer or _("沒有回應")
    )


@pages.app_template_filter("hour")
def _hour(at: datetime, form: str = "%H:%M") -> str:
    """The time of day, as ``form`` says it."""
    return f"{at.astimezone(clock.TAIPEI):{form}}"
