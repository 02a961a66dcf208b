"""The supervisors' board: who waits, who talks, who must be judged, and today by the hour (P7.1, P5.1.1)."""

from datetime import datetime
from typing import Final

from flask import Response

from control.ami import ManagerGone
from control.call_limits import NotUp
from control.special_calls import NotSet
from hotline.numbers import EMERGENCY
from hotline.permissions import Action
from ivr.limits import NotInThisState
from reporting.board import HOUR_COLUMNS, Attendance, floor, hour_rows
from reporting.table import csv_text
from web.console.answers import csv_file, heads, lead_to, render
from web.console.call_words import STATE_COLOURS, emergency_numbers, joins, phone_states
from web.console.forms import text_of
from web.console.gate import Pages, house, me, now, read_session, stamp
from web.console.language import _, _l, in_words
from web.console.lasting import lasts, strain, strain_words
from web.console.menu import TODAY
from web.console.menu_words import LANGUAGES
from web.console.pages.monitor import modes, own_words, standing_words, telephone_words
from web.console.queue_metric_words import level_counted, queue_counted, soon, wait_counted
from web.console.server_sent_events import answer
from web.console.streams import streams
from web.serving import board_picture

pages = Pages("board")
pages.in_menu(TODAY, _l("即時看板"), "board", Action.FLOOR_WATCH, place=3)
SHOWN: Final = 10
"""So many of those who wait are shown one by one."""
JUDGEMENTS: Final = {"authorised", "refused"}


@pages.read("/board", Action.FLOOR_WATCH)
def board() -> Response:
    """Board as it is when the page is opened; afterwards the page's stream keeps it true."""
    seen, stand = board_picture(house(), now())
    most = max((one.calls for one in seen.hours), default=1)
    words = standing_words()
    told = {
        agent.phone: "；".join(
            words[one.state].replace("{by}", one.by) for one in stand if one.agent == agent.phone
        )
        for agent in seen.agents
    }
    return render(
        "board/board.html",
        states=phone_states(),
        colours=STATE_COLOURS,
        languages_spoken=LANGUAGES,
        strains=strain_words(),
        duties={Attendance.MISSING: _("應在班，沒有到"), Attendance.EXTRA: _("不在班表")},
        lasts=lasts,
        due_at=datetime.fromisoformat,
        shown=SHOWN,
        strain=strain,
        modes=modes(),
        standing_words=words,
        own_words=own_words(),
        me=me().login,
        at_talk=told,
        names={one.phone: one.name for one in seen.agents},
        telephone=telephone_words() if house().settings.browser_phones else None,
        floor=seen,
        emergency_numbers=emergency_numbers(),
        soon=soon(),
        level_counted=level_counted(),
        counted=(*queue_counted(), wait_counted()),
        most=most,
        at=now(),
    )


@pages.read("/board/events", Action.FLOOR_WATCH)
def events() -> Response:
    """The picture, whenever it changes."""
    return answer(streams().board, lambda found: found.staff.may(Action.FLOOR_WATCH))


@pages.read("/board/today.csv", Action.FLOOR_WATCH)
def today() -> Response:
    """Today by the hour, for a spreadsheet."""
    with read_session() as session:
        seen = floor(session, now(), {})
    return csv_file(csv_text(heads(HOUR_COLUMNS), hour_rows(seen)), f"1999-{now():%Y%m%d}")


@pages.change("/board/call/<call_id>/emergency", Action.CALL_AUTHORISE)
def join_number(call_id: str) -> Response:
    """Have 110 or 119 join a call in which there is an emergency (P7.1)."""
    number = text_of("number")
    if number not in EMERGENCY:
        return lead_to("board.board", _("請選擇 110 或 119。"))
    try:
        house().special_steps.act(number, call_id, **stamp(), reason=text_of("reason"))
    except (NotInThisState, NotUp, NotSet, ManagerGone) as error:
        return lead_to("board.board", in_words(error))
    return lead_to("board.board", joins(number))


@pages.change("/board/call/<call_id>/judge", Action.CALL_AUTHORISE)
def judge(call_id: str) -> Response:
    """Authorise or refuse what an agent asked, under a name and for a reason (P7.1)."""
    kind, reason = text_of("kind"), text_of("reason")
    if kind not in JUDGEMENTS or not reason:
        return lead_to("board.board", _("請選擇授權或不授權，並寫下理由。"))
    try:
        house().special_steps.act(kind, call_id, **stamp(), reason=reason)
    except (NotInThisState, NotUp, NotSet, ManagerGone) as error:
        return lead_to("board.board", in_words(error))
    return lead_to(
        "board.board", _("已授權；到時限由系統結束。") if kind == "authorised" else _("已記錄為不授權。")
    )
