"""The supervisors' board: who waits, who talks, who must be judged, and today by the hour (P7.1, P5.1.1)."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from threading import Lock
from typing import Any, Final

from flask import Response, current_app, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from hotline import clock
from hotline.accounts.service import present as present_with
from hotline.db import looking
from hotline.errors import HotlineError
from hotline.staff.rules import Action
from ops.ami import AMI
from ops.floor import SOON_ENOUGH, Floor, floor
from ops.presence import agents_state
from ops.specials import act
from ops.supervising import Standing, standing
from ops.wiring import House
from web.console import browser
from web.console.call_words import phone_states
from web.console.forms import text_of
from web.console.gate import Pages, factory, house, me, now, present
from web.console.language import _, _l
from web.console.live import Live, TooMany
from web.console.menu import TODAY
from web.console.pages.supervising import key_of, modes, standing_words, telephone_words, who_listens

pages = Pages("floor")
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


class Phones:
    """How the agents' phones stand, as Asterisk told a moment ago; nothing while it does not answer."""

    def __init__(self, house: House) -> None:
        self._house, self._lock = house, Lock()
        self._told: dict[str, str] = {}
        self._at = 0.0

    def now(self) -> dict[str, str]:
        """Phone to state."""
        with self._lock:
            if clock.monotonic() - self._at > FRESH.total_seconds():
                self._at = clock.monotonic()
                try:
                    with AMI.of(self._house.settings, patience=1.0) as ami:
                        self._told = {phone: one.state for phone, one in agents_state(ami).items()}
                except HotlineError:
                    self._told = {}
            return self._told


def how_phones_stand(extensions: dict[str, Any]) -> Phones:
    """Those of this process."""
    found: Phones = extensions.setdefault("phones", Phones(extensions["house"]))
    return found


def _picture(extensions: dict[str, Any]) -> tuple[Floor, Sequence[Standing]]:
    """Asterisk is asked first; no transaction is open meanwhile."""
    here, at = extensions["house"], extensions["now"]()
    told, heard = how_phones_stand(extensions).now(), who_listens(extensions).now()
    with looking(here.factory) as session:
        return floor(session, at, told), standing(session, here, heard, at)


def _live() -> Live:
    """The one picture of this process."""
    extensions = current_app.extensions
    if "floor" not in extensions:

        def take() -> dict[str, Any]:
            seen, stand = _picture(extensions)
            told = [{"agent": one.agent, "by": one.by, "is": key_of(one)} for one in stand]
            return seen.plain() | {"standing": told}

        extensions["floor"] = Live(take)
    found: Live = extensions["floor"]
    return found


@pages.read("/board", Action.FLOOR_WATCH)
def board() -> ResponseReturnValue:
    """As it is when the page is opened; afterwards the page's stream keeps it true."""
    seen, stand = _picture(current_app.extensions)
    most = max((one.calls for one in seen.hours), default=1)
    words = standing_words()
    told = {
        phone: "；".join(words[key_of(one)].replace("{by}", one.by) for one in stand if one.agent == phone)
        for phone in seen.agents
    }
    return render_template(
        "floor/board.html", states=phone_states(), modes=modes(), standing_words=words, at_talk=told, telephone=telephone_words() if house().settings.browser_phones else None,
        floor=seen, soon=int(SOON_ENOUGH.total_seconds()), most=most, at=now(),
    )  # fmt: skip


@pages.read("/board/events", Action.FLOOR_WATCH)
def events() -> ResponseReturnValue:
    """The picture, whenever it changes."""
    found = present()
    token, session_of, at = found.token if found else "", factory(), current_app.extensions["now"]

    def may_look() -> bool:
        with looking(session_of) as session:
            still = present_with(session, token, at())
        return still is not None and still.staff.may(Action.FLOOR_WATCH)

    try:
        stream = _live().stream(may_look)
    except TooMany:
        return Response(_("看板開得太多；請關掉幾個。"), 503, {"Retry-After": "10"})
    answer = Response(stream, content_type="text/event-stream; charset=utf-8")
    answer.headers["X-Accel-Buffering"] = "no"
    answer.implicit_sequence_conversion = False
    return answer


@pages.read("/board/today.csv", Action.FLOOR_WATCH)
def today() -> ResponseReturnValue:
    """Today by the hour, for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    with looking(factory()) as session:
        seen = floor(session, now(), {})
    for one in seen.hours:
        mean = round(one.waited / one.answered, 1) if one.answered else ""
        writer.writerow(
            (one.hour, one.calls, one.queued, one.answered, one.promised, one.abandoned, one.soon, mean)
        )
    answer = make_response("\ufeff" + text.getvalue())
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="1999-{now():%Y%m%d}.csv"'
    return answer


@pages.change("/board/call/<call_id>/judge", Action.CALL_AUTHORISE)
def judge(call_id: str) -> ResponseReturnValue:
    """Authorise or refuse what an agent asked, under a name and for a reason (P7.1)."""
    kind, reason = text_of("kind"), text_of("reason")
    if kind not in JUDGEMENTS or not reason:
        browser.say(_("請選擇授權或不授權，並寫下理由。"))
        return redirect(url_for("floor.board"))
    told = list(act(house(), kind, call_id, by=me().login, reason=reason, at=now()))
    browser.say(
        _("已授權；到時限由系統結束。") if kind == "authorised" else _("已記錄為不授權。") if told else ""
    )
    return redirect(url_for("floor.board"))
