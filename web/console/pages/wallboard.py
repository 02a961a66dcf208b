"""The supervisors' board: who waits, who talks, who must be judged, and today by the hour (P7.1, P5.1.1)."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from flask import current_app, make_response, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from control.ami import AMI, ManagerGone
from control.call_limits import NotUp
from control.monitor import Standing, standing
from control.presence import agents_state
from control.special_calls import NotSet, act
from hotline.db import looking
from hotline.permissions import Action
from hotline.staff.store import agents
from ivr.limits import NotNow
from reporting.table import csv_text
from reporting.wallboard import Floor, Hour, floor
from web.console import browser
from web.console.call_words import phone_states
from web.console.forms import text_of
from web.console.gate import Pages, factory, house, me, now
from web.console.language import _, _l
from web.console.menu import TODAY
from web.console.pages.monitor import key_of, modes, standing_words, telephone_words
from web.console.queue_metric_words import level_counted, queue_counted, soon, wait_counted
from web.console.server_sent_events import Broadcast, answer
from web.console.ttl_cache import fresh
from web.console.words import in_words, of

pages = Pages("wallboard")
pages.in_menu(TODAY, _l("即時看板"), "board", Action.FLOOR_WATCH, place=4)
FRESH: Final = timedelta(seconds=2)
"""How agents' phones stand is asked of Asterisk at most so often, however many boards are open."""
HEADS: Final = (
    "hour",
    "calls",
    "queued",
    "answered",
    "promised_callback",
    "abandoned",
    "within_20_s",
    "mean_wait_s",
)
JUDGEMENTS: Final = {"authorised", "refused"}


def _picture(extensions: dict[str, Any]) -> tuple[Floor, Sequence[Standing]]:
    """Asterisk is asked first; no transaction is open meanwhile."""
    here, at = extensions["house"], extensions["now"]()
    told, heard = extensions["phones"](), extensions["listeners"]()
    with looking(here.factory) as session:
        return floor(session, at, told), standing(session, here, heard, at)


@pages.record_once
def _for_all_boards(state: BlueprintSetupState) -> None:
    extensions = state.app.extensions
    settings = extensions["house"].settings

    def phones() -> Mapping[str, str]:
        with AMI.of(settings, patience=1.0) as ami:
            return {phone: one.state for phone, one in agents_state(ami).items()}

    def take() -> str:
        seen, stand = _picture(extensions)
        told = [{"agent": one.agent, "by": one.by, "is": key_of(one)} for one in stand]
        return f"data: {json.dumps(seen.plain() | {'standing': told}, ensure_ascii=False)}\n\n"

    extensions["phones"] = fresh(phones, {}, FRESH)
    extensions["floor"] = Broadcast("floor", take, every=0.4, beat=10.0, most=60)


@pages.read("/board", Action.FLOOR_WATCH)
def board() -> ResponseReturnValue:
    """As it is when the page is opened; afterwards the page's stream keeps it true."""
    seen, stand = _picture(current_app.extensions)
    with looking(factory()) as session:
        names = {one.phone: one.name for one in agents(session)}
    most = max((one.calls for one in seen.hours), default=1)
    words = standing_words()
    told = {
        phone: "；".join(words[key_of(one)].replace("{by}", one.by) for one in stand if one.agent == phone)
        for phone in seen.agents
    }
    return render_template(
        "wallboard/board.html", states=phone_states(), modes=modes(), standing_words=words, at_talk=told, names=names, telephone=telephone_words() if house().settings.browser_phones else None,
        floor=seen, soon=soon(), level_counted=level_counted(), counted=(*queue_counted(), wait_counted()), most=most, at=now(),
    )  # fmt: skip


@pages.read("/board/events", Action.FLOOR_WATCH)
def events() -> ResponseReturnValue:
    """The picture, whenever it changes."""
    broadcast: Broadcast = current_app.extensions["floor"]
    return answer(broadcast, lambda found: found.staff.may(Action.FLOOR_WATCH))


@pages.read("/board/today.csv", Action.FLOOR_WATCH)
def today() -> ResponseReturnValue:
    """Today by the hour, for a spreadsheet."""
    with looking(factory()) as session:
        seen = floor(session, now(), {})
    answer = make_response(csv_text(HEADS, [tuple(map(str, _figures(one))) for one in seen.hours]))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="1999-{now():%Y%m%d}.csv"'
    return answer


def _figures(one: Hour) -> tuple[float | str, ...]:
    mean = "" if one.mean_wait is None else round(one.mean_wait, 1)
    return one.hour, one.calls, one.queued, one.answered, one.called_back, one.abandoned, one.soon, mean


@pages.change("/board/call/<call_id>/judge", Action.CALL_AUTHORISE)
def judge(call_id: str) -> ResponseReturnValue:
    """Authorise or refuse what an agent asked, under a name and for a reason (P7.1)."""
    kind, reason = text_of("kind"), text_of("reason")
    if kind not in JUDGEMENTS or not reason:
        browser.say(_("請選擇授權或不授權，並寫下理由。"))
        return redirect(url_for("wallboard.board"))
    try:
        list(act(house(), kind, call_id, by=me().login, reason=reason, at=now()))
    except (NotNow, NotUp, NotSet, ManagerGone) as error:
        browser.say(in_words(error))
    else:
        browser.say(_("已授權；到時限由系統結束。") if kind == "authorised" else _("已記錄為不授權。"))
    return redirect(url_for("wallboard.board"))


@of(NotNow)
def _not_now(_error: NotNow) -> str:
    return _("這通來電現在不能這樣處理；可能已經結束，或已經有人判斷。")


@of(NotSet)
def _not_set(_error: NotSet) -> str:
    return _("已記錄，但電話系統沒有照辦；請再做一次。")
