"""The telephone in a video session: the interpreter rings, the citizen says whether it is recorded (§14)."""

from collections.abc import Callable
from typing import Final

from flask import Response, jsonify
from wtforms import HiddenField

from control.ami import ManagerGone
from control.outbound_calls import NobodyToRing
from hotline.directory.service import Unknown
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.video import relay
from hotline.video.relay import RecordingAnswer
from web.console import page_telephone, video_room
from web.console.forms import text_line, text_of
from web.console.gate import Everyone, Pages, house, now, stamp, write_session
from web.console.language import _, _l, moment
from web.console.notify_form import WhomForm
from web.console.pages.agent_desk import refused, refused_form
from web.console.video_visitor import needed

pages = Pages("video_relay")
ANSWERS: Final = (RecordingAnswer.AGREED, RecordingAnswer.REFUSED)


class RelayForm(WhomForm):
    """Whom the interpreter rings."""

    STEP = "relay"
    UNNAMED = _l("請寫要撥給誰。")
    BLAMED = {Unknown: "whom", NobodyToRing: "whom"}
    whom = text_line(_l("要撥給誰"), hint=_l("機關、科室、人、業務或分機。"))
    telephone = HiddenField()


@pages.change("/video/<int:number>/relay", Action.VIDEO_SERVE)
def ring(number: int) -> Response:
    """One's own phone rings; answered, an officer's and the neighbours', one after another."""
    form = RelayForm()
    if not form.is_fit():
        return refused_form(form)
    extension, is_page = form.text("extension"), form.text("telephone") == "page"
    return _rings(lambda: house().relay.ring(number, extension, **stamp(), page=is_page))


@pages.change("/video/<int:number>/relay/agents", Action.VIDEO_SERVE)
def ring_agents(number: int) -> Response:
    """One's own phone rings; answered, one waits for an agent as citizens do."""
    is_page = text_of("telephone") == "page"
    return _rings(lambda: house().relay.ring_agents(number, **stamp(), page=is_page))


def _rings(deed: Callable[[], object]) -> Response:
    return _done(deed, _("您的電話接通了，正在撥號。"))


@pages.change("/video/<int:number>/relay/hang-up", Action.VIDEO_SERVE)
def hang_up(number: int) -> Response:
    """End the call; the session goes on."""
    return _done(lambda: house().relay.hang_up(number, **stamp()), _("已掛斷。"))


@pages.change("/video/<int:number>/relay/ask", Action.VIDEO_SERVE)
def ask(number: int) -> Response:
    """Show the citizen the notice of recording, before a call."""

    def asked() -> None:
        with write_session() as session:
            relay.ask(session, number, **stamp())

    return _done(asked, _("已在畫面上請民眾回答。"))


@pages.change("/video/<int:number>/promise", Action.VIDEO_SERVE)
def promise(number: int) -> Response:
    """Promise the citizen an answer in writing, by who was rung or the call centre."""
    given = {name: text_of(name) for name in ("extension", "matter", "contact")}

    def promised() -> str:
        with write_session() as session:
            row = relay.promise(session, house().callbacks, number, **given, **stamp())
            return _("已登記，最晚 %(due)s 以文字回覆。", due=moment(row.owed_at))

    return _done(promised)


def _done(deed: Callable[[], object], said: str = "") -> Response:
    try:
        told = deed()
    except HotlineError as error:
        return refused(error)
    return jsonify(said=said or str(told))


@pages.change("/sign/room/<int:number>/recording", Everyone.PUBLIC)
def answer(number: int) -> Response:
    """What the citizen says of recording the telephone; a refusal holds for the session."""
    account = needed()
    mine = video_room.of_whom(
        number, lambda session: video_room.line().of_account(session, number, account).id
    )
    said = text_of("said")
    if said not in ANSWERS:
        return refused(_("請選擇可以或不可以。"))
    try:
        house().relay.answer(mine, RecordingAnswer(said), now())
    except ManagerGone:
        return refused(_unheard(RecordingAnswer(said)))
    except HotlineError as error:
        return refused(error)
    return jsonify(said=_("已記下您的回答。"))


def _unheard(said: RecordingAnswer) -> str:
    """What an answer does that is kept, but did not reach the telephone system."""
    if said is RecordingAnswer.REFUSED:
        return _(
            "已記下您不同意錄音，但電話系統暫時沒有回應，電話可能還在錄音；系統會一直試到停止，"
            "在那之前可以打字請翻譯員先掛斷。"
        )
    return _(
        "已記下您同意錄音，但電話系統暫時沒有回應；系統會一直試，太晚才接通的話，這通電話就不錄音。不用再按，其他需要請打字告訴翻譯員。"
    )


@pages.change("/video/telephone", Action.VIDEO_SERVE)
def telephone() -> Response:
    """Make this page the only one that is rung to relay."""
    return page_telephone.sign_on()


@pages.change("/video/telephone/stay", Action.VIDEO_SERVE)
def stay() -> Response:
    """The page is still there; 409 when another page or browser is the telephone now."""
    return page_telephone.stay()


@pages.change("/video/telephone/off", Action.VIDEO_SERVE)
def no_telephone() -> Response:
    """The page is no telephone any more; nothing when another took over."""
    return page_telephone.sign_off()


def telephone_words() -> dict[str, object]:
    """Sentences that the script of the page's telephone shows."""
    return {
        "off": _("這一頁不是電話；撥號時響的是您的話機。"),
        "signing": _("正在連上電話系統。"),
        "ready": _("這一頁是您的電話；撥號後會自動接通。"),
        "there": _("電話接在這一頁。"),
        "called": {},
        "joined": {},
        "over": _("通話已結束；這一頁仍是您的電話。"),
        "lost": _("和電話系統的連線斷了，正在重新連線。"),
        "unreached": _("連不上電話系統，所以這一頁不是電話；請再按一次。"),
        "taken": _("另一個分頁或瀏覽器已接手您的電話；要在這裡通話，請再按一次。"),
        "signedOut": _("您的登入已結束，所以這一頁不是電話；請重新登入。"),
        "microphone": _("沒有麥克風的使用權；請在瀏覽器的設定裡允許，再按一次。"),
        "failed": _("沒有完成，請再試一次。"),
    }
