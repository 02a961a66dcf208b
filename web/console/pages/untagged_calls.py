"""Calls of the days before that nobody has closed: the supervisor sees to it that each is (P3)."""

from flask import Response

from calls.dispositions import left_untagged, tag
from control.ami import ManagerGone
from control.call_ownership import refuse_others
from hotline.clock import midnight
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.staff.store import agents
from web.console.answers import lead_to, render
from web.console.closing import choices, chosen, open_calls
from web.console.gate import Pages, factory, house, now, read_session, stamp, write_session
from web.console.language import _, _l, in_words
from web.console.menu import CALLS
from web.console.paging import page_of

pages = Pages("untagged_calls")
pages.in_menu(CALLS, _l("未結案的通話"), "listed", Action.FLOOR_WATCH, place=2)


@pages.read("/untagged", Action.FLOOR_WATCH)
def listed() -> Response:
    """Answered calls without a service type, from the day after they came, the oldest first."""
    with read_session() as session:
        rows = left_untagged(session, midnight(now()))
        page = page_of(rows)
        names = {one.phone: one.name for one in agents(session)}
        opened, may_choose = open_calls(session, page.items, now()), choices(session, now())
    return render("untagged_calls/listed.html", page=page, opened=opened, choices=may_choose, names=names)


@pages.change("/untagged/<call_id>", Action.CALL_TAG)
def close(call_id: str) -> Response:
    """Close a call that its agent has left open."""
    try:
        refuse_others(factory(), house().pbx, call_id, **stamp())
        with write_session() as session:
            tag(session, call_id, chosen(), **stamp())
    except ManagerGone:
        raise
    except HotlineError as error:
        return lead_to("untagged_calls.listed", in_words(error))
    return lead_to("untagged_calls.listed", _("已結案。"))
