"""The wallboard: a screen that everybody in the room sees, opened by a token instead of a person.

A supervisor makes the token and revokes it here. What the screen shows has no number and no citizen's name.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from flask import Response, request, url_for
from wtforms.validators import InputRequired, Length

from hotline.accounts import wallboards
from hotline.accounts.store import WallboardRow
from hotline.accounts.wallboards import LONGEST_PLACE, WallboardRefusal
from hotline.allowances import NoAllowance
from hotline.errors import HotlineError, faults
from hotline.networks import UnfitNetwork, networks
from hotline.permissions import Action
from hotline.texts import UnfitText
from reporting.wallboard import WallState, wall
from web.console import browser
from web.console.answers import lead_to, redirect_to, render, render_form
from web.console.forms import Form, button, text_line, text_of
from web.console.gate import Everyone, Pages, address, factory, house, now, read_session, stamp, write_session
from web.console.language import _, _l, in_words
from web.console.lasting import lasts, strain, strain_words
from web.console.menu import CITY
from web.console.menu_words import LANGUAGES
from web.console.server_sent_events import told
from web.console.streams import streams
from web.serving import board_picture, serving

pages = Pages("wallboard")
pages.in_menu(CITY, _l("大螢幕看板"), "listed", Action.WALLBOARD_MAKE, place=43)
NOT_FOUND_BY_SEARCH: Final = {"X-Robots-Tag": "noindex, nofollow"}
CHIPS: Final = 10
"""So many agents of a state are shown one by one."""


class WallboardForm(Form):
    """The place of a screen, and whence it opens."""

    BLAMED = {UnfitText: "place", UnfitNetwork: "networks"}
    place = text_line(
        _l("位置"),
        InputRequired(_l("請寫下螢幕掛在哪裡")),
        Length(max=LONGEST_PLACE),
        hint=_l("例如 三樓話務中心。"),
    )
    networks = text_line(
        _l("准許的網路位址"),
        InputRequired(_l("請寫下這個螢幕的網路位址")),
        hint=_l("只能從這些位址開啟，例如 10.1.2.3 或 10.1.2.0/24；多個用逗號分開。"),
    )
    submit = button(_l("產生開啟碼"))

    def faults(self) -> Iterable[HotlineError]:
        """Addresses that are none."""
        return faults(partial(networks, self.text("networks")))


@pages.both("/wallboard", Everyone.PUBLIC)
def screen() -> Response:
    """The floor for everybody in the room; without a token that opens it, the field for one."""
    return _unlisted(_enter() if request.method == "POST" else _show())


def _enter() -> Response:
    """Keep a token that was typed, if it opens the wallboard; what it opens is put on record after it."""
    token = text_of("token")
    if not token:
        return _door(_("請輸入開啟碼。"), 422)
    if wallboards.is_open(factory(), token, address(), now()):
        seconds = browser.REMEMBERED.total_seconds()
        return browser.keep(redirect_to(url_for("wallboard.screen"), 303), browser.WALLBOARD, token, seconds)
    return _refused(token)


def _show() -> Response:
    token = request.cookies.get(browser.WALLBOARD, "")
    if not token:
        return _door()
    try:
        opened = wallboards.enter(factory(), token, address(), now())
    except NoAllowance as error:
        return _door(in_words(error), 429)
    if isinstance(opened, WallboardRefusal):
        return _door(_why(opened), 401)
    seen, _standing = board_picture(house(), now())
    return render(
        "wallboard/screen.html",
        wall=wall(seen),
        place=opened.place,
        at=now(),
        chips=CHIPS,
        states=state_words(),
        WallState=WallState,
        languages_spoken=LANGUAGES,
        strains=strain_words(),
        strain=strain,
        lasts=lasts,
    )


def _refused(token: str) -> Response:
    try:
        found = wallboards.enter(factory(), token, address(), now())
    except NoAllowance as error:
        return _door(in_words(error), 429)
    return _door(_why(found) if isinstance(found, WallboardRefusal) else "", 401)


def _door(fault: str = "", status: int = 200) -> Response:
    """The field for a token; what the browser kept of another is forgotten."""
    answer = render("wallboard/door.html", status, fault=fault)
    if request.cookies.get(browser.WALLBOARD):
        answer.delete_cookie(browser.WALLBOARD, secure=True, httponly=True, samesite="Lax")
    return answer


def _why(refusal: WallboardRefusal) -> str:
    return {
        WallboardRefusal.UNKNOWN: _("這個開啟碼不能用；請向督導要新的。"),
        WallboardRefusal.REVOKED: _("這個大螢幕看板已停用；要再使用，請督導產生新的開啟碼。"),
        WallboardRefusal.ELSEWHERE: _("這個開啟碼不能從這個網路位址開啟；請督導確認准許的網路位址。"),
    }[refusal]


@pages.read("/wallboard/events", Everyone.PUBLIC)
def events() -> Response:
    """The picture, whenever it changes, until the token is revoked; 401 without one."""
    token, here, session_of, at = request.cookies.get(browser.WALLBOARD, ""), address(), factory(), now
    clock = serving().clock
    if not token or not wallboards.is_open(session_of, token, here, at()):
        return _unlisted(Response("", 401, content_type="text/plain; charset=utf-8"))
    return _unlisted(told(streams().wallboard, lambda: wallboards.is_open(session_of, token, here, clock())))


@pages.both("/wallboards", Action.WALLBOARD_MAKE)
def listed() -> Response:
    """Screens that may show the floor, and a form for another; its token is shown once."""
    form = WallboardForm()
    if form.is_fit():
        place, bound_to = form.text("place"), form.text("networks")
        made = form.writes(lambda session: wallboards.make(session, place, bound_to, **stamp()), *form.BLAMED)
        if made:
            link = f"{house().settings.console}{url_for('wallboard.screen')}#{made}"
            return render("wallboard/made.html", place=place, token=made, link=link)
    elif request.method == "GET":
        form.networks.data = address()
    with read_session() as session:
        known = wallboards.wallboards(session)
    return render_form("wallboard/listed.html", form, known=known, is_live=_is_live)


@pages.change("/wallboards/<int:number>/revoke", Action.WALLBOARD_MAKE)
def revoke(number: int) -> Response:
    """Revoke a token: the screen is dark within seconds. Raises UnknownWallboard."""
    with write_session() as session:
        row = wallboards.revoke(session, number, **stamp())
        said = _("「%(place)s」已停用，畫面幾秒內關閉。", place=row.place)
    return lead_to("wallboard.listed", said, _code=303)


def state_words() -> Mapping[WallState, str]:
    """Names of the columns of agents."""
    return {
        WallState.FREE: _("待命"),
        WallState.RINGING: _("響鈴中"),
        WallState.TALKING: _("通話中"),
        WallState.AFTER_CALL: _("通話後處理"),
        WallState.BREAK: _("休息"),
        WallState.AWAY: _("未上線"),
    }


def _is_live(row: WallboardRow) -> bool:
    """Tell whether a screen showed the floor a moment ago."""
    return row.revoked_at is None and row.seen_at is not None and row.seen_at > now() - 2 * wallboards.NOTED


def _unlisted(answer: Response) -> Response:
    answer.headers.update(NOT_FOUND_BY_SEARCH)
    return answer
