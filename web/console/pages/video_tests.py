"""RDEC's unannounced tests of counters (P6.7), and the log of misuse (P6.5)."""

from typing import Final

from flask import Response, request

from hotline.permissions import Action
from hotline.video import counter_tests, counters, misuse
from hotline.video.counter_rules import CounterTestKind
from web.console import agencies
from web.console.answers import lead_to, render
from web.console.forms import number_of
from web.console.gate import Pages, may, me, now, read_session, scope, stamp, today
from web.console.language import _, _l
from web.console.menu import CITY
from web.console.pages.video_counters import QUALITIES, page
from web.console.paging import page_of
from web.console.video_counter_forms import CounterTestForm, IncidentForm

pages = Pages("video_tests")
pages.in_menu(CITY, _l("臨櫃視訊點抽測"), "drawn", Action.VIDEO_TEST, place=41)
pages.in_menu(CITY, _l("手語視訊不當使用"), "incidents", Action.VIDEO_MISUSE, place=42)
MANY: Final = 5
MOST: Final = 50


@pages.read("/video/tests", Action.VIDEO_TEST)
def drawn() -> Response:
    """Counters drawn to be tested; the same lot all day, another by ``lot``. And what tests found."""
    many = min(number_of(request.args.get("many", "")) or MANY, MOST)
    another = number_of(request.args.get("lot", ""))
    with read_session() as session:
        lot = counter_tests.drawn(session, many, f"{today():%Y-%m-%d} {another}", now())
        tests = counter_tests.tests(session)
        overdue = [one for one in counters.register(session, now()) if one.is_overdue]
        rows = {one.row.key: one.row for one in counters.register(session, now())}
    return render(
        "video/tests.html",
        lot=lot,
        many=many,
        another=another + 1,
        overdue=overdue,
        page=page_of(tests),
        rows=rows,
        qualities=QUALITIES,
        kinds=CounterTestKind,
    )


@pages.change("/video/counters/<int:number>/tests", Action.VIDEO_TEST)
def record(number: int) -> Response:
    """Write down an unannounced test of a counter."""
    key, form = str(number), CounterTestForm()
    form.offer()
    kept = None
    if form.is_fit():
        kept = form.writes(
            lambda session: counter_tests.record(
                session, key, form.result(), form.at.data, form.text("tester"), **stamp()
            )
        )
    if kept:
        return lead_to("video_counters.one", _("已記下這次抽測。"), number=number)
    return page(key, test=form)


@pages.both("/video/misuse", Action.VIDEO_MISUSE)
def incidents() -> Response:
    """Incidents, and sessions that an interpreter marked; writing one down."""
    form, agency = IncidentForm(), scope(Action.VIDEO_MISUSE)
    with read_session() as session:
        there = counters.register(session, now(), agency)
        found = misuse.incidents(session, agency)
    form.counter.choices = [
        *([] if agency else [("", _("民眾自己的裝置"))]),
        *(
            (one.row.key, f"{agencies.name(one.row.agency)} {one.row.location}")
            for one in there
            if one.row.location
        ),
    ]
    kept = None
    if form.is_fit():
        kept = form.writes(
            lambda session: misuse.record(
                session, form.text("what"), form.at.data, **stamp(), counter=form.text("counter")
            )
        )
    if kept:
        return lead_to("video_tests.incidents", _("已記下。"))
    return render(
        "video/misuse.html",
        form.status,
        form=form,
        page=page_of(found),
        rows={one.row.key: one.row for one in there},
        may_write=may(Action.VIDEO_MISUSE, agency or me().agency),
    )
