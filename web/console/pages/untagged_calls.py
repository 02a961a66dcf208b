"""Calls of the days before that nobody has closed: the supervisor sees to it that each is (P3)."""

from collections.abc import Mapping

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
    return _list_page()


def _list_page(of: str = "", found: Mapping[str, str] | None = None) -> Response:
    """The list, with what is wrong (``found``, by field) with the closing of a call (``of``)."""
    with read_session() as session:
        rows = left_untagged(session, midnight(now()))
        page = page_of(rows)
        names = {one.phone: one.name for one in agents(session)}
        opened, may_choose = open_calls(session, page.items, now()), choices(session, now())
    return render(
        "untagged_calls/listed.html",
        422 if found else 200,
        page=page,
        opened=opened,
        choices=may_choose,
        names=names,
        of=of,
        summary={_place(of, name): text for name, text in (found or {}).items()},
        blamed=found or {},
    )


def _place(call_id: str, name: str) -> str:
    """Id of a field of a call's form; of the services, the first box."""
    return f"{call_id.replace('.', '-')}-{'1' if name == 'service' else name}" if name else ""


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
        return _list_page(call_id, {str(getattr(one, "field", "")): in_words(one) for one in error.together})
    return lead_to("untagged_calls.listed", _("已結案。"))
