"""``hotline directory agency|section|person|desk``: one row of the register, changed from a date of effect on."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from hotline import clock
from hotline.db import transaction
from hotline.directory import register as rows
from hotline.directory.importing import end_row
from hotline.directory.rules import Agency, Business, Contact, Desk, Person, Seat, Section
from hotline.periods import Period
from hotline.staff.rules import Action, Role
from hotline.staff.service import permitted
from ops.checking import brought
from ops.cli_changes import tell
from ops.cli_options import Instant, span
from ops.wiring import House

Told = Mapping[str, Any]
Changed = Callable[[Session, str, datetime, Told], rows.Register]


def _agency(session: Session, code: str, start: datetime, told: Told) -> Agency:
    before = rows.present(session, "agency", code, start) or Agency(code, "")
    return replace(before, **told)


def _section(session: Session, code: str, start: datetime, told: Told) -> Section:
    before = rows.present(session, "section", code, start) or Section(code, "", "")
    return replace(before, **told)


def _person(session: Session, code: str, start: datetime, told: Told) -> Person:
    before = rows.present(session, "person", code, start) or Person(code, "", "")
    return replace(before, **told)


def _desk(session: Session, extension: str, start: datetime, told: Told) -> Desk:
    before = rows.present(session, "desk", extension, start) or Desk(extension, "")
    words = dict(told)
    building = words.pop("building", before.seat.building if before.seat else "")
    if "seat" in words:
        floor, x, y = words["seat"]
        words["seat"] = Seat(floor, x, y, building)
    elif before.seat:
        words["seat"] = replace(before.seat, building=building)
    if "neighbours" in words:
        words["neighbours"] = tuple(words["neighbours"].replace(",", " ").split())
    return replace(before, **words)


def _business(session: Session, code: str, start: datetime, told: Told) -> Business:
    before = rows.present(session, "business", code, start) or Business(code, "")
    return replace(before, **told)


def _contact(session: Session, office: str, start: datetime, told: Told) -> Contact:
    match office.split("/"):
        case [agency, role, place] if role in OFFICES and place.isdigit() and place != "0":
            before = rows.present(session, "contact", office, start) or Contact(agency, role, int(place), "")
            return replace(before, **told)
    example = "epb/liaison/1, a deputy's epb/liaison/2"
    raise click.UsageError(f"{office!r} is no office; write {example} (one of {', '.join(OFFICES)})")


def _option(name: str, about: str = "", **more: Any) -> click.Option:
    return click.Option([name], help=about, default=None, **more)


OFFICES = tuple(map(str, (Role.LIAISON, Role.QUICK_LIAISON, Role.MANAGER, Role.CONTROL_OFFICER)))
_NAME, _EMAIL = _option("--name"), _option("--email")
_SECTION = _option("--section", "code of the section")
_SHARED = (
    click.Option(["--end", "ends"], is_flag=True, help="it is no more (from --from on, or now)"),
    _option("--from", "from when on (default: now)", type=Instant()),
    _option("--until", "to before when (default: open)", type=Instant()),
    click.Option(["--reason"], default="", help="why, for the record"),
    click.Option(["--by"], required=True, metavar="LOGIN", help="who gives the command (hotline staff list)"),
)


def _command(kind: str, key: str, about: str, changed: Changed, *options: click.Option) -> click.Command:
    @click.pass_obj
    def run(house: House, /, key: str, ends: bool, reason: str, by: str, **given: Any) -> None:
        at = clock.now()
        start, until = given.pop("from") or at, given.pop("until")
        told = {name: value for name, value in given.items() if value is not None}
        if bool(told) == ends:
            raise click.UsageError("give either what is other, or --end")
        with transaction(house.factory) as session, brought(session, start) as found:
            after = changed(session, key, start, told)
            for agency in rows.agencies_of(session, kind, key, after, start):
                permitted(session, by, Action.DIRECTORY_CHANGE, at, agency)
            if ends:
                end_row(session, kind, key, start, at=at, by=by, reason=reason)
            else:
                rows.set_row(session, after, Period(start, until), at=at, by=by, reason=reason)
        click.echo(f"{kind} {key} {'is no more' if ends else 'holds'} {span(start, until)}")
        tell(found)

    argument = click.Argument(["key"], metavar=key)
    return click.Command(kind, callback=run, params=[argument, *options, *_SHARED], help=about)


def register(directory: click.Group) -> None:
    """Add this file's commands."""
    directory.add_command(
        _command(
            "agency", "CODE", "An agency of the city (P2-a).", _agency, _NAME,
            _option("--off-site/--in-city-hall", "has a switchboard of its own (P2-b)"),
            _option("--number", "its switchboard"),
            _option("--alternative", "rung while the switchboard fails (P4.9)"),
            _option("--emergency", "phoned by an agent when nobody on duty answers (§9.1)"),
            _option("--parent", "code of the agency above it"),
            _option("--closed/--open", "it is no more; nobody of it answers"),
            _option("--successor", "code of the agency that has its open cases"),
        )
    )  # fmt: skip
    directory.add_command(
        _command(
            "section", "CODE", "A section (科/組/室) of an agency.", _section, _NAME,
            _option("--agency", "code of its agency"),
            _option("--closed/--staffed", "whether nobody of it answers"), _EMAIL,
        )
    )  # fmt: skip
    directory.add_command(
        _command(
            "person", "CODE", "A member of a section.", _person, _NAME, _SECTION, _option("--title"),
            _option("--duties", "the business in charge (業務職掌)"), _EMAIL,
        )
    )  # fmt: skip
    directory.add_command(
        _command(
            "desk", "EXTENSION", "An extension and where it stands.", _desk, _SECTION,
            _option("--person", 'code of the person; "" = nobody\'s own'),
            _option("--name", "\"\" = the person's name"),
            _option("--seat", "place on a floor plan, in metres", type=(str, float, float), metavar="FLOOR X Y"),
            _option("--building", "\"\" = the city hall"),
            _option("--neighbours", "extensions rung first for it, in this order; \"\" = by seat"),
            _option("--number", "outside number whose exchange takes the extension as keys"),
        )
    )  # fmt: skip
    directory.add_command(
        _command(
            "business", "CODE", "A business in charge (業務職掌, P4.1.1).", _business, _NAME, _SECTION,
            _option("--person", 'code of the person; "" = the whole section'),
            _option("--keywords", "other words that citizens use for it"),
        )
    )  # fmt: skip
    directory.add_command(
        _command(
            "contact", "AGENCY/ROLE/PLACE", "Who holds an office of an agency; place 2 and on are deputies.",
            _contact, _option("--person", "code of the person"),
        )
    )  # fmt: skip
