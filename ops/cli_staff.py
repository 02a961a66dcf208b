"""``hotline staff``: who may give which command."""

from datetime import datetime

import click

from hotline import clock
from hotline.accounts import keys, seconds
from hotline.accounts import service as accounts
from hotline.db import transaction
from hotline.periods import Period
from hotline.staff.rules import ALLOWED, Action, Role, Staff
from hotline.staff.service import end_staff, everybody, permitted, set_staff, with_role
from ops.cli_audit import list_deeds
from ops.cli_options import NUMBER, Group, Instant, by, reason, say, since, span
from ops.wiring import House


@click.group(cls=Group)
def staff() -> None:
    """Staff identities and their roles (spec §1)."""


@staff.command("list")
@click.option("--at", type=Instant(), default=None, help="as of when (default: now)")
@click.pass_obj
def list_staff(house: House, at: datetime | None) -> None:
    """Everybody with login, roles, agency and phone."""
    with transaction(house.factory) as session:
        members = everybody(session, at or clock.now())
    for member in members:
        roles = ", ".join(sorted(member.roles))
        where = "/".join(filter(None, (member.agency, member.section)))
        say(f"{member.login:<16} {member.name:<12} {roles:<24} {where:<20} {member.phone}".rstrip())


@staff.command()
@click.argument("login")
@click.argument("name")
@click.option(
    "--role",
    "roles",
    metavar="ROLE",
    type=click.Choice([str(role) for role in Role]),
    multiple=True,
    required=True,
    help="what they may do (hotline staff roles); repeat for more",
)
@click.option("--agency", default="", help="code of the agency; empty = the city")
@click.option("--section", default="", help="code of the section")
@click.option("--phone", default="", help="SIP phone or extension")
@click.option("--email", default="")
@click.option("--renamed", is_flag=True, help="the person who has LOGIN is called NAME from now on")
@since
@reason
@by
@click.pass_obj
def add(
    house: House,
    login: str,
    name: str,
    roles: tuple[str, ...],
    agency: str,
    section: str,
    phone: str,
    email: str,
    renamed: bool,
    since: datetime | None,
    reason: str,
    by: str,
) -> None:
    """Give LOGIN to NAME, or change what is known of them from a date of effect on.

    A login that somebody had is given to nobody else.
    """
    at = clock.now()
    member = Staff(login, name, frozenset(map(Role, roles)), agency, section, phone, email)
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_CHANGE, at)
        period = Period(since or at)
        changed = set_staff(session, member, period, at=at, by=by, reason=reason, renamed=renamed)
    say(f"{login}: {', '.join(sorted(roles))}" + ("" if changed else "  (it was so already)"))


@staff.command()
@click.argument("login")
@since
@reason
@by
@click.pass_obj
def end(house: House, login: str, since: datetime | None, reason: str, by: str) -> None:
    """LOGIN is nobody's from now or a date on; what they did stays on record.

    Its password, keys, links and sessions are destroyed; the same person coming back needs a new invitation.
    """
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_CHANGE, at)
        end_staff(session, login, since or at, at=at, by=by, reason=reason)
    say(f"{login} is nobody's {span(since or at)}")


@staff.command("create-admin")
@click.argument("login")
@click.argument("name")
@click.option("--email", default="")
@click.option("--by", default="", help="an administrator; not needed while there is none")
@click.pass_obj
def create_admin(house: House, login: str, name: str, email: str, by: str) -> None:
    """Make LOGIN an administrator called NAME, and print the link that lets them choose a password."""
    at = clock.now()
    with transaction(house.factory) as session:
        if with_role(session, Role.ADMINISTRATOR, at):
            permitted(session, by, Action.STAFF_CHANGE, at)
        member = Staff(login, name, frozenset((Role.ADMINISTRATOR,)), email=email)
        set_staff(session, member, Period(at), at=at, by=by or "command", reason="create-admin")
        token = accounts.invite(session, login, at=at, by=by or "command")
    _show_link(house, login, token)


@staff.command()
@click.argument("login")
@by
@click.pass_obj
def invite(house: House, login: str, by: str) -> None:
    """A link with which LOGIN chooses a password for the pages: once, within three days; a forgotten one ends."""
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_INVITE, at)
        token = accounts.invite(session, login, at=at, by=by)
    _show_link(house, login, token)


def _show_link(house: House, login: str, token: str) -> None:
    say(f"{login} chooses a password here, once, within three days:")
    say(f"{house.settings.console}/invitation/{token}")


@staff.command("remove-second")
@click.argument("login")
@reason
@by
@click.pass_obj
def remove_second(house: House, login: str, reason: str, by: str) -> None:
    """Take LOGIN's authenticator and recovery codes away, and end every session; the owner is told by e-mail."""
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_SECOND, at)
        seconds.remove(session, login, at=at, by=by, reason=reason)
    say(f"{login} has no second factor any more")


@staff.command()
@click.argument("login")
@click.option("--for", "purpose", required=True, metavar="PROGRAM", help="which program it is for")
@click.option("--until", type=Instant(), default=None, help="when it ends (default: with the login)")
@by
@click.pass_obj
def key(house: House, login: str, purpose: str, until: datetime | None, by: str) -> None:
    """A key with which a program acts for LOGIN over the API: with the login's roles, for its agency."""
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_KEY, at)
        made = keys.make(session, login, purpose, at=at, by=by, ends_at=until)
    say(f"the key for {login}, shown this once:")
    say(made)


@staff.command("keys")
@click.argument("login")
@click.pass_obj
def list_keys(house: House, login: str) -> None:
    """Every key made for LOGIN, and whether it works."""
    at = clock.now()
    with transaction(house.factory) as session:
        rows = keys.keys_of(session, login)
    for row in rows:
        ended = row.revoked_at or (row.ends_at if row.ends_at and row.ends_at <= at else None)
        how = (
            f"ended {_when(ended)}"
            if ended
            else f"works until {_when(row.ends_at)}"
            if row.ends_at
            else "works"
        )
        say(
            f"{row.id:<4} {row.purpose:<24} made {_when(row.made_at)} by {row.by}, {how}, used {_when(row.used_at)}"
        )


@staff.command("revoke-key")
@click.argument("login")
@click.argument("number", type=NUMBER)
@reason
@by
@click.pass_obj
def revoke_key(house: House, login: str, number: int, reason: str, by: str) -> None:
    """The key NUMBER of LOGIN works no more."""
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_KEY, at)
        keys.revoke(session, login, number, at=at, by=by, reason=reason)
    say(f"key {number} of {login} works no more")


def _when(at: datetime | None) -> str:
    return f"{at.astimezone(clock.TAIPEI):%Y-%m-%d %H:%M}" if at else "-"


@staff.command()
def roles() -> None:
    """Which role may do what; all else is refused."""
    for role in Role:
        say(f"{role:<20} {', '.join(sorted(ALLOWED.get(role, ()))) or 'nothing by command'}")


staff.add_command(list_deeds, "audit")


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(staff)
