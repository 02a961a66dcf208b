"""``hotline staff``: who may give which command."""

from datetime import datetime

import click

from hotline import clock
from hotline.accounts import keys, seconds
from hotline.accounts import service as accounts
from hotline.accounts.rules import INVITED
from hotline.db import transaction
from hotline.periods import Period
from hotline.staff import giving
from hotline.staff.giving import give, open_proposals
from hotline.staff.rules import ALLOWED, Action, Role, Staff
from hotline.staff.service import end_staff, everybody, permitted, set_staff, with_role
from hotline.staff.service import staff as member_of
from ops import invitations
from ops.cli_audit import list_deeds
from ops.cli_options import NUMBER, Group, Instant, by, reason, say, since, span
from ops.invitations import NotMailed
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

    A login that somebody had is given to nobody else. A role that approves what others do is proposed; another
    administrator confirms it: hotline staff confirm.
    """
    at = clock.now()
    member = Staff(login, name, frozenset(map(Role, roles)), agency, section, phone, email)
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_CHANGE, at)
        number = give(session, member, Period(since or at), at=at, by=by, reason=reason, renamed=renamed)
    if number:
        _say_proposed(number, login)
        return
    say(f"{login}: {', '.join(sorted(roles))}")


@staff.command("proposals")
@click.pass_obj
def list_proposals(house: House) -> None:
    """Roles that wait for a second administrator."""
    with transaction(house.factory) as session:
        waiting = open_proposals(session)
    for one in waiting:
        roles = ", ".join(sorted(one.member.roles))
        say(
            f"{one.number:<4} {one.member.login:<16} {one.member.name:<12} {roles:<28} by {one.by} {_when(one.at)}  {one.reason}".rstrip()
        )


@staff.command()
@click.argument("number", type=NUMBER)
@by
@click.pass_obj
def confirm(house: House, number: int, by: str) -> None:
    """Write the proposal NUMBER of another administrator."""
    with transaction(house.factory) as session:
        done = giving.confirm(session, number, at=clock.now(), by=by)
    say(
        f"{done.member.login}: {', '.join(sorted(done.member.roles))}, proposed by {done.by}, confirmed by {by}"
    )


@staff.command()
@click.argument("number", type=NUMBER)
@reason
@by
@click.pass_obj
def refuse(house: House, number: int, reason: str, by: str) -> None:
    """Leave the proposal NUMBER unwritten."""
    with transaction(house.factory) as session:
        done = giving.refuse(session, number, reason, at=clock.now(), by=by)
    say(f"{done.member.login}: nothing is changed")


def _say_proposed(number: int, login: str) -> None:
    say(f"{login}: proposed; another administrator says: hotline staff confirm {number} --by LOGIN")


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


show = click.option("--show", is_flag=True, help="print the link also where it could go by e-mail")


@staff.command("create-admin")
@click.argument("login")
@click.argument("name")
@click.option("--email", default="")
@click.option("--by", default="", help="an administrator; not needed while there is none")
@show
@click.pass_obj
def create_admin(house: House, login: str, name: str, email: str, by: str, show: bool) -> None:
    """Make LOGIN an administrator called NAME, and send or print the link that lets them choose a password.

    The first two are made so; further ones are proposed by one administrator and confirmed by another.
    """
    at = clock.now()
    member = Staff(login, name, frozenset((Role.ADMINISTRATOR,)), email=email)
    with transaction(house.factory) as session:
        others = [one for one in with_role(session, Role.ADMINISTRATOR, at) if one.login != login]
        if others:
            permitted(session, by, Action.STAFF_CHANGE, at)
        number = None
        if len(others) < 2:
            set_staff(session, member, Period(at), at=at, by=by or "command", reason="create-admin")
        else:
            number = give(session, member, Period(at), at=at, by=by, reason="create-admin")
    if number:
        _say_proposed(number, login)
        return
    _invite(house, login, by or "command", at, show)


@staff.command()
@click.argument("login")
@show
@click.option(
    "--by", default="", help="who gives the command; not needed while no administrator has a password"
)
@click.pass_obj
def invite(house: House, login: str, show: bool, by: str) -> None:
    """A link with which LOGIN chooses a password for the pages: once, within three days; a forgotten one ends.

    It goes out by e-mail where that is set up; else it is printed, which is on record.
    """
    at = clock.now()
    with transaction(house.factory) as session:
        is_first = not by and login in accounts.administrators_without(session, at)
        if not is_first and not by:
            raise click.UsageError("Missing option '--by': who gives the command (hotline staff list)")
        if not is_first:
            permitted(session, by, Action.STAFF_INVITE, at)
    _invite(house, login, by or "command", at, show or is_first)


def _invite(house: House, login: str, by: str, at: datetime, show: bool) -> None:
    """Send the link, or print it."""
    with transaction(house.factory) as session:
        member = member_of(session, login, at)
        mailed = not show and bool(member.email) and invitations.is_mailed(house.settings, member)
        token = accounts.invite(session, login, at=at, by=by, mailed=mailed)
    link = invitations.address_of(house.settings, token)
    if not mailed:
        say(f"{login} chooses a password here, once, within three days:")
        say(link)
    elif invitations.send(house.settings, member, link, at + INVITED, at) is invitations.Sent.YES:
        say(f"the link for {login} went to {member.email}; it works once, within three days")
    else:
        raise NotMailed(login, member.email)


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
