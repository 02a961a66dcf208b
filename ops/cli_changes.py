"""``hotline directory forward|absence|booking|switchboard|duty``: changes of the day, each under a name."""

from collections.abc import Sequence
from datetime import datetime

import click

from hotline import clock
from hotline.db import transaction
from hotline.directory import service
from hotline.directory.findings import Finding
from hotline.directory.rules import Booking, DutyOfficer
from hotline.periods import Period
from hotline.staff.rules import Action
from hotline.staff.service import permitted
from ops.checking import brought
from ops.cli_options import Instant, by, reason, say, since, span, until
from ops.wiring import House

end = click.option("--end", "ends", is_flag=True, help="it no longer holds (from --from on, or now)")


@click.command()
@click.argument("extension")
@click.argument("target", required=False)
@end
@since
@until
@reason
@by
@click.pass_obj
def forward(
    house: House,
    extension: str,
    target: str | None,
    ends: bool,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    by: str,
) -> None:
    """Let EXTENSION follow TARGET for a time (跟隨, P5.1.2)."""
    _one_of(target, ends, "TARGET")
    at = clock.now()
    start = since or at
    with transaction(house.factory) as session, brought(session, start) as found:
        permitted(session, by, Action.DIRECTORY_FORWARD, at, service.agency_of(session, extension, start))
        if target:
            service.set_forward(session, extension, target, Period(start, until), at=at, by=by, reason=reason)
        else:
            service.end_forward(session, extension, start, at=at, by=by, reason=reason)
    click.echo(f"{extension} follows {target or 'nobody'} {span(start, until)}")
    tell(found)


@click.command()
@click.argument("person")
@click.argument("cause", required=False)
@end
@since
@until
@reason
@by
@click.pass_obj
def absence(
    house: House,
    person: str,
    cause: str | None,
    ends: bool,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    by: str,
) -> None:
    """PERSON is away for a CAUSE (leave, meeting, outside): passed over as a neighbour."""
    _one_of(cause, ends, "CAUSE")
    at = clock.now()
    start = since or at
    with transaction(house.factory) as session, brought(session, start) as found:
        agency = service.agency_of_person(session, person, start)
        permitted(session, by, Action.DIRECTORY_ABSENCE, at, agency)
        if cause:
            service.set_absence(session, person, cause, Period(start, until), at=at, by=by, reason=reason)
        else:
            service.end_absence(session, person, start, at=at, by=by, reason=reason)
    click.echo(f"{person} is {f'away, {cause},' if cause else 'here again'} {span(start, until)}")
    tell(found)


@click.command()
@click.argument("section")
@click.argument("cause", required=False)
@click.option("--cover", default="", metavar="EXTENSION", help="who answers meanwhile (default: nobody)")
@end
@since
@until
@reason
@by
@click.pass_obj
def booking(
    house: House,
    section: str,
    cause: str | None,
    cover: str,
    ends: bool,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    by: str,
) -> None:
    """The whole SECTION is away for a CAUSE (meeting, outside): its extensions follow who covers (P5.1.2)."""
    _one_of(cause, ends, "CAUSE")
    at = clock.now()
    start = since or at
    with transaction(house.factory) as session, brought(session, start) as found:
        agency = service.agency_of_section(session, section, start)
        permitted(session, by, Action.DIRECTORY_ABSENCE, at, agency)
        if cause:
            away = Booking(section, cause, cover)
            service.set_booking(session, away, Period(start, until), at=at, by=by, reason=reason)
        else:
            service.end_booking(session, section, start, at=at, by=by, reason=reason)
    click.echo(f"{section} is {f'away, {cause},' if cause else 'here again'} {span(start, until)}")
    tell(found)


@click.command()
@click.argument("agency")
@click.argument("state", type=click.Choice(["FAULT", "OK"], case_sensitive=False))
@click.option("--alternative", default="", help="number to ring instead (default: the one on file)")
@since
@until
@reason
@by
@click.pass_obj
def switchboard(
    house: House,
    agency: str,
    state: str,
    alternative: str,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    by: str,
) -> None:
    """The switchboard of AGENCY fails, or works again (P4.9)."""
    at = clock.now()
    start = since or at
    with transaction(house.factory) as session, brought(session, start) as found:
        permitted(session, by, Action.DIRECTORY_SWITCHBOARD, at, agency)
        if state == "FAULT":
            service.switchboard_fails(
                session, agency, alternative, Period(start, until), at=at, by=by, reason=reason
            )
        else:
            service.switchboard_works(session, agency, start, at=at, by=by, reason=reason)
    click.echo(f"the switchboard of {agency} is {state} {span(start, until)}")
    tell(found)


@click.command()
@click.argument("place", type=click.IntRange(1, 99), required=False)
@click.argument("name", required=False)
@click.argument("number", required=False)
@end
@since
@until
@reason
@click.option("--by", default=None, metavar="LOGIN", help="who gives the command (hotline staff list)")
@click.option("--at", type=Instant(), default=None, help="show the roster as of when (default: now)")
@click.pass_obj
def duty(
    house: House,
    place: int | None,
    name: str | None,
    number: str | None,
    ends: bool,
    since: datetime | None,
    until: datetime | None,
    reason: str,
    by: str | None,
    at: datetime | None,
) -> None:
    """The roster of city duty officers (P5.1.3): show it, or give PLACE to NAME with NUMBER for a time."""
    now = clock.now()
    if place is None:
        _show_roster(house, at or now)
        return
    if by is None:
        raise click.UsageError("--by is missing: whose command is it?")
    _one_of(number, ends, "NAME NUMBER")
    start = since or now
    with transaction(house.factory) as session, brought(session, start) as found:
        permitted(session, by, Action.DIRECTORY_DUTY, now)
        if name and number:
            officer = DutyOfficer(place, name, number)
            service.set_duty(session, officer, Period(start, until), at=now, by=by, reason=reason)
        else:
            service.end_duty(session, place, start, at=now, by=by, reason=reason)
    click.echo(f"place {place} of the roster is {name or 'nobody'}'s {span(start, until)}")
    tell(found)


def _show_roster(house: House, at: datetime) -> None:
    from hotline.directory.rows import load_city

    with transaction(house.factory) as session:
        roster = load_city(session, at).at(at).duty
    for officer in roster:
        click.echo(f"{officer.order}  {officer.name}  {officer.number}")
    if not roster:
        click.echo("nobody is on duty then; give a place: hotline directory duty 1 NAME NUMBER --by LOGIN")


def _one_of(given: str | None, ends: bool, what: str) -> None:
    if bool(given) == ends:
        raise click.UsageError(f"give either {what} or --end")


def tell(found: Sequence[Finding]) -> None:
    """What a change brings that is wrong or lacking: it is accepted, and whoever made it knows."""
    for one in found:
        say(str(one))


def register(directory: click.Group) -> None:
    """Add this file's commands."""
    for command in (forward, absence, booking, switchboard, duty):
        directory.add_command(command)
