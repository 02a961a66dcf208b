"""A desk: who sits there, who rings if not, where everybody sits, what was changed, and a call that is tried out."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from hotline.directory.service import Unknown
from transfer.ladder import ladder
from web.console import facts, seats
from web.console.asof import instant, staying, then
from web.console.gate import Everyone, house, now
from web.console.moments import asked_moment, moment_of
from web.console.pages.directory import told
from web.console.tryit import edge_words, tried

pages = staying("desk")


@pages.read("/directory/desk/<extension>", Everyone.STAFF)
def one(extension: str) -> ResponseReturnValue:
    """Everything about an extension. Raises Unknown."""
    known = then()
    if extension not in known.desks:
        raise Unknown("desk", extension)
    desk, city = known.desks[extension], house().atlas.city(instant())
    rules = house().hunt_rules
    beside = seats.ring_order(known, desk, ladder(known, extension, rules, is_open=True, urgent=False))
    call = request.args.get("call", "")
    at = asked_moment(now(), "call") if moment_of(call) else instant()
    lines, names = told(facts.keys_of_desk(desk))
    return render_template(
        "directory/desk.html", desk=desk, known=known, marks=facts, beside=beside,
        plan=seats.plan_of(known, desk, beside),
        trial=tried(extension, at, urgent="urgent" in request.args, now=now()), edge_words=edge_words,
        misread=bool(call) and moment_of(call) is None,
        businesses=facts.businesses_of(known, desk.section, desk.person) if desk.person else (),
        forwards=facts.stretches(city, "forwards", extension, known),
        absences=facts.stretches(city, "away", desk.person, known) if desk.person else (),
        bookings=facts.stretches(city, "bookings", desk.section, known), lines=lines, names=names,
    )  # fmt: skip
