"""A desk: who sits there, who rings if not, the seat plan, its changes, and a call that is tried out."""

from flask import Response, request

from hotline.directory.service import Unknown
from hotline.errors import existing
from transfer.ladder import ladder
from web.console import directory_presenters, seat_plan
from web.console.answers import render
from web.console.as_of import instant, staying, then
from web.console.date_fields import asked_moment, moment_of
from web.console.gate import Everyone, house, now
from web.console.pages.directory import about
from web.console.route_preview import edge_words, tried

pages = staying("desk")


@pages.read("/directory/desk/<extension>", Everyone.STAFF)
def one(extension: str) -> Response:
    """Page of an extension. Raises Unknown."""
    known = then()
    desk = existing(known.desks.get(extension), Unknown("desk", extension))
    city = house().atlas.city(instant())
    rules = house().hunt_rules
    beside = seat_plan.ring_order(known, desk, ladder(known, extension, rules, is_open=True, urgent=False))
    call = request.args.get("call", "")
    at = asked_moment(now(), "call") if moment_of(call) else instant()
    return render(
        "directory/desk.html",
        desk=desk,
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
        **about(known, directory_presenters.keys_of_desk(desk)),
    )
