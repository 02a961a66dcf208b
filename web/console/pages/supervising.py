"""A supervisor at an agent's talk, from the board; and the agent's desk, which always tells of it (decision 0023)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from threading import Lock
from typing import Any, Final

from flask import current_app, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue

from hotline import clock
from hotline.db import looking
from hotline.errors import HotlineError
from hotline.staff.rules import Action
from hotline.staff.service import UnknownStaff, staff
from ops.ami import ActionRefused, ManagerGone
from ops.calling import NoPhone
from ops.supervising import AlreadyRings, Begun, Came, Listener, Mode, NoTalk, Standing, listeners, supervise
from ops.wiring import House
from web.console import browser
from web.console.forms import text_of
from web.console.gate import Pages, factory, house, me, now
from web.console.language import _
from web.console.words import in_words, of

pages = Pages("supervising")
FRESH: Final = timedelta(seconds=1)
"""Who listens is asked of Asterisk at most so often, however many pages show it."""


def modes() -> Mapping[Mode, str]:
    """What a supervisor does at a talk, as buttons say it."""
    return {Mode.LISTEN: _("聆聽"), Mode.WHISPER: _("耳語"), Mode.JOIN: _("加入")}


def standing_words() -> Mapping[str, str]:
    """How it stands between a supervisor and a talk, by ``key_of``; ``{by}`` is the supervisor's name."""
    return {
        "listen": _("{by}正在聆聽"),
        "whisper": _("{by}正在耳語"),
        "join": _("{by}已加入通話"),
        Came.RINGING: _("{by}的電話響鈴中"),
        Came.BUSY: _("{by}的電話忙線，沒有開始"),
        Came.NO_ANSWER: _("{by}沒有接電話，沒有開始"),
        Came.UNREACHABLE: _("{by}的電話沒有連上，沒有開始"),
        Came.TALK_OVER: _("{by}接起時，通話已經結束"),
        Came.NOT_RUNG: _("電話系統沒有接受{by}的要求；請再按一次"),
        Came.UNKNOWN: _("{by}的要求沒有結果（電話系統可能中斷過）；請再按一次"),
    }


def key_of(one: Standing) -> str:
    """Which of ``standing_words``."""
    return one.mode if one.came is Came.THERE else one.came


class Listeners:
    """Who is at whose talk, as Asterisk told a moment ago; nobody while it does not answer."""

    def __init__(self, house: House) -> None:
        self._house, self._lock = house, Lock()
        self._told: Sequence[Listener] = ()
        self._at = 0.0

    def now(self) -> Sequence[Listener]:
        """All of them."""
        with self._lock:
            if clock.monotonic() - self._at > FRESH.total_seconds():
                try:
                    self._told = listeners(self._house.settings)
                except HotlineError:
                    self._told = ()
                self._at = clock.monotonic()
            return self._told


def who_listens(extensions: dict[str, Any]) -> Listeners:
    """Those of this process."""
    found: Listeners = extensions.setdefault("listeners", Listeners(extensions["house"]))
    return found


@pages.change("/board/agent/<phone>/supervise", Action.CALL_LISTEN)
def begin(phone: str) -> ResponseReturnValue:
    """Have the supervisor's own phone rung and brought to the talk, or led on; the board tells what becomes of it."""
    kind = text_of("mode")
    if kind not in set(Mode):
        browser.say(_("請選擇聆聽、耳語或加入。"))
        return redirect(url_for("floor.board"))
    try:
        begun = supervise(house(), phone, Mode(kind), by=me().login, at=now())
    except (NoPhone, NoTalk, AlreadyRings, ActionRefused, ManagerGone) as error:
        browser.say(in_words(error))
    else:
        browser.say(_told(begun))
    return redirect(url_for("floor.board"), 303)


def _told(begun: Begun) -> str:
    phone = begun.attempt.agent
    if begun.rings:
        return _("您的電話響了；接起來就到 %(phone)s 的通話。結果顯示在下表的「主管」一欄。", phone=phone)
    match Mode(begun.attempt.mode):
        case Mode.LISTEN:
            return _("您正在聆聽 %(phone)s 的通話；話務人員看得到。掛斷您的電話就結束。", phone=phone)
        case Mode.WHISPER:
            return _("您說的話只有 %(phone)s 聽得到，民眾聽不到。", phone=phone)
        case Mode.JOIN:
            return _("您已加入 %(phone)s 的通話，雙方都聽得到您。", phone=phone)


@pages.read("/desk/supervised", Action.CALL_ANSWER)
def supervised() -> ResponseReturnValue:
    """Who listens to the talk of whoever asks, in a sentence each."""
    mine = [one for one in who_listens(current_app.extensions).now() if one.phone == me().phone]
    with looking(factory()) as session:
        lines = [_at_my_talk(one.mode, _name(session, one.by)) for one in mine]
    return jsonify(lines)


def _at_my_talk(mode: Mode, name: str) -> str:
    match mode:
        case Mode.LISTEN:
            return _("%(name)s正在聆聽這通電話。", name=name)
        case Mode.WHISPER:
            return _("%(name)s在跟您耳語，民眾聽不到。", name=name)
        case Mode.JOIN:
            return _("%(name)s已加入這通電話。", name=name)


def _name(session: Any, login: str) -> str:
    try:
        return staff(session, login, now()).name
    except UnknownStaff:
        return login


@of(NoTalk)
def _no_talk(error: NoTalk) -> str:
    return _("%(phone)s 現在沒有和民眾通話。", phone=error.phone)


@of(AlreadyRings)
def _already_rings(_error: AlreadyRings) -> str:
    return _("您的電話已經在響；請先接起來，或等它停了再按。")


@of(ActionRefused)
def _refused(_error: ActionRefused) -> str:
    return _("電話系統沒有接受這個要求；請再試一次。")
