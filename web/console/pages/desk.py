"""A desk: who sits there, who rings if not, the seat plan, its changes, and a call that is tried out."""

from flask import Response, request

from hotline.directory.service import Unknown
from transfer.ladder import ladder
from web.console import directory_presenters, seat_plan
from web.console.answers import render
from web.console.as_of import instant, staying, then
from web.console.date_fields import asked_moment, moment_of
from web.console.gate import Everyone, house, now
from web.console.pages.directory import told
from web.console.route_preview import edge_words, tried

pages = staying("desk")


@pages.read("/directory/desk/<extension>", Everyone.STAFF)
def one(extension: str) -> Response:
    """Page of an extension. Raises Unknown."""
    known = then()
    if extension not in known.desks:
        raise Unknown("desk", extension)
    desk, city = known.desks[extension], house().atlas.city(instant())
    rules = house().hunt_rules
    beside = seat_plan.ring_order(known, desk, ladder(known, extension, rules, is_open=True, urgent=False))
    call = request.args.get("call", "")
    at = asked_moment(now(), "call") if moment_of(call) else instant()
    lines, names = told(directory_presenters.keys_of_desk(desk))
    return render(
        "directory/desk.html",
        desk=desk,
        known=known,
        marks=directory_presenters,
        beside=beside,
        plan=seat_plan.plan_of(known, desk, beside),
        trial=tried(extension, at, urgent="urgent" in request.args, now=now()),
        edge_words=edge_words,
        misread=bool(call) and moment_of(call) is None,
        businesses=directory_presenters.businesses_of(known, desk.section, desk.person)
        if desk.person
        else (),
        forwards=directory_presenters.stretches(city, "forwards", extension, known),
        absences=directory_presenters.stretches(city, "away", desk.person, known) if desk.person else (),
        bookings=directory_presenters.stretches(city, "bookings", desk.section, known),
        lines=lines,
        names=names,
    )
