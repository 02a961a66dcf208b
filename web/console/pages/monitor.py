"""A supervisor at an agent's talk, from the board; the agent's desk always tells of it (decision 0023)."""

from collections.abc import Mapping

from flask import Response, abort, jsonify, request

from calls.monitor import AttemptOutcome, attempts
from control.ami import ActionRefused, ManagerGone
from control.monitor import AlreadyRings, Mode, MonitorStart, NoTalk, patience, supervise
from control.originate import NoPhone
from hotline.permissions import Action
from hotline.staff.store import Agent
from web.console import page_telephone
from web.console.answers import lead_to
from web.console.forms import text_of
from web.console.gate import Pages, factory, house, me, now, read_session, stamp
from web.console.language import _, in_words
from web.console.talk_words import called

pages = Pages("monitor")


def modes() -> Mapping[Mode, str]:
    """Names of what a supervisor does at a talk, as buttons say it."""
    return {Mode.LISTEN: _("聆聽"), Mode.WHISPER: _("耳語"), Mode.JOIN: _("加入")}


def standing_words() -> Mapping[str, str]:
    """Words for a supervisor at a talk, by the request's state; ``{by}`` is the supervisor's name."""
    return {
        "listen": _("{by}正在聆聽"),
        "whisper": _("{by}正在耳語"),
        "join": _("{by}已加入通話"),
        AttemptOutcome.RINGING: _("{by}的電話響鈴中"),
        AttemptOutcome.BUSY: _("{by}的電話忙線，沒有開始"),
        AttemptOutcome.NO_ANSWER: _("{by}沒有接電話，沒有開始"),
        AttemptOutcome.UNREACHABLE: _("{by}的電話沒有連上，沒有開始"),
        AttemptOutcome.TALK_OVER: _("{by}接起時，通話已經結束"),
        AttemptOutcome.NOT_RUNG: _("電話系統沒有接受{by}的要求；請再按一次"),
        AttemptOutcome.UNKNOWN: _("{by}的要求沒有結果（電話系統可能中斷過）；請再按一次"),
    }


def own_words() -> Mapping[str, object]:
    """Sentences for the supervisor who asked, by the request's state; ``{phone}`` is the agent's."""
    phone = "{phone}"
    return {
        "calling": _("正在撥您的電話…"),
        "failed": _("沒有完成，請再試一次。"),
        "over": _("您已離開這通通話。"),
        "own": {
            **{str(mode): _is_there(mode, phone) for mode in Mode},
            AttemptOutcome.RINGING: calling_words(phone),
            AttemptOutcome.BUSY: _("您的電話忙線，沒有開始。"),
            AttemptOutcome.NO_ANSWER: _("您沒有接電話，沒有開始。"),
            AttemptOutcome.UNREACHABLE: _("您的電話沒有連上，沒有開始。"),
            AttemptOutcome.TALK_OVER: _("您接起時，通話已經結束。"),
            AttemptOutcome.NOT_RUNG: _("電話系統沒有接受您的要求；請再按一次。"),
            AttemptOutcome.UNKNOWN: _("您的要求沒有結果（電話系統可能中斷過）；請再按一次。"),
        },
    }


def calling_words(phone: str) -> str:
    """Sentence while the supervisor's phone is called."""
    return _("正在撥您的電話；接起來就到 %(phone)s 的通話。", phone=phone)


@pages.change("/board/agent/<phone>/supervise", Action.CALL_LISTEN)
def begin(phone: str) -> Response:
    """Ring the supervisor's own phone and bring it to the talk, or lead on; the board tells the outcome."""
    kind = text_of("mode")
    if kind not in set(Mode):
        return _answer(_("請選擇聆聽、耳語或加入。"))
    try:
        is_page = text_of("telephone") == "page"
        begun = supervise(factory(), house().pbx, phone, Mode(kind), **stamp(), page=is_page)
    except (NoPhone, NoTalk, AlreadyRings, ActionRefused, ManagerGone) as error:
        return _answer(in_words(error), offers=isinstance(error, NoPhone))
    return _answer(_told(begun, is_page), calling=begun.rings)


def _answer(said: str, *, calling: bool = False, offers: bool = False) -> Response:
    """Sentence on the board, or for its script, which stays on the page.

    ``calling``: the outcome is told by the board. ``offers``: the page may be the telephone there is not.
    """
    if request.accept_mimetypes.best == "application/json":
        return jsonify(said=said, calling=calling, offers=offers)
    return lead_to("board.board", said, _code=303)


@pages.change("/board/telephone", Action.CALL_LISTEN)
def telephone() -> Response:
    """Make this page of the board the only one that is rung to listen (decision 0024)."""
    return page_telephone.sign_on()


@pages.change("/board/telephone/stay", Action.CALL_LISTEN)
def stay() -> Response:
    """The page is still there; 409 when another page or browser is the telephone now."""
    return page_telephone.stay()


@pages.change("/board/telephone/off", Action.CALL_LISTEN)
def no_telephone() -> Response:
    """The page is no telephone any more; nothing when another took over."""
    return page_telephone.sign_off()


def telephone_words() -> dict[str, object]:
    """Sentences that the script of the board's telephone shows."""
    return {
        "off": _("這一頁不是電話；按「聆聽」時響的是您的話機。"),
        "signing": _("正在連上電話系統。"),
        "ready": _("這一頁是您的電話；按「聆聽」後會自動接通。"),
        "there": _("已接通 %(phone)s 的通話。", phone="{phone}"),
        "called": {
            "emergency": _("緊急來電：話務人員請您加入通話，請按「接聽」。"),
            "asked": _("話務人員請您判斷來電，請按「接聽」聆聽。"),
        },
        "joined": {
            "emergency": _("您已加入緊急通話，雙方都聽得到您。"),
            "asked": _("您正在聆聽要判斷的通話。"),
        },
        "over": _("通話已結束；這一頁仍是您的電話。"),
        "lost": _("和電話系統的連線斷了，正在重新連線。"),
        "unreached": _("連不上電話系統，所以這一頁不是電話；請再按一次。"),
        "taken": _("另一個分頁或瀏覽器已接手您的電話；要在這裡聆聽，請再按一次。"),
        "signedOut": _("您的登入已結束，所以這一頁不是電話；請重新登入。"),
        "microphone": _("沒有麥克風的使用權；請在瀏覽器的設定裡允許，再按一次。"),
        "failed": _("沒有完成，請再試一次。"),
    }


@pages.read("/desk/supervises/<phone>", Action.CALL_LISTEN)
def supervises(phone: str) -> Response:
    """Sentence that says to whose talk the telephone that rings would bring who asks."""
    with read_session() as session:
        agent = session.get(Agent, phone)
        said = attempts(session, now(), patience(house().pbx))
    mode = next(
        (Mode(one.mode) for one in reversed(said) if (one.by, one.agent) == (me().login, phone)), None
    )
    if agent is None or mode is None:
        abort(404)
    return jsonify(ringing=_is_brought(mode, agent.name), talking=_is_there(mode, agent.name))


def _is_brought(mode: Mode, name: str) -> str:
    return {
        Mode.LISTEN: _("接起來就聆聽%(name)s的通話", name=name),
        Mode.WHISPER: _("接起來就對%(name)s耳語，民眾聽不到", name=name),
        Mode.JOIN: _("接起來就加入%(name)s的通話", name=name),
    }[mode]


def _told(begun: MonitorStart, is_page: bool) -> str:
    phone = begun.attempt.agent
    if begun.rings and is_page:
        return _("正在接到 %(phone)s 的通話。", phone=phone)
    if begun.rings:
        return calling_words(phone)
    return _is_there(Mode(begun.attempt.mode), phone)


def _is_there(mode: Mode, phone: str) -> str:
    return {
        Mode.LISTEN: _("您正在聆聽 %(phone)s 的通話；話務人員看得到。掛斷您的電話就結束。", phone=phone),
        Mode.WHISPER: _("您說的話只有 %(phone)s 聽得到，民眾聽不到。", phone=phone),
        Mode.JOIN: _("您已加入 %(phone)s 的通話，雙方都聽得到您。", phone=phone),
    }[mode]


@pages.read("/desk/supervised", Action.CALL_ANSWER)
def supervised() -> Response:
    """Supervisors at the talk of who asks, in a sentence each."""
    mine = [one for one in house().live_state.listeners() if one.phone == me().phone]
    with read_session() as session:
        lines = [_at_my_talk(one.mode, called(session, one.by, now())) for one in mine]
    return jsonify(lines)


def _at_my_talk(mode: Mode, name: str) -> str:
    return {
        Mode.LISTEN: _("%(name)s正在聆聽這通電話。", name=name),
        Mode.WHISPER: _("%(name)s在跟您耳語，民眾聽不到。", name=name),
        Mode.JOIN: _("%(name)s已加入這通電話。", name=name),
    }[mode]
