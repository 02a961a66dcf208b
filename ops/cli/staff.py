"""``hotline staff``: who may sign in where nobody can do it on the pages."""

from datetime import datetime
from typing import IO

import click

from administration import invitations
from administration.invitations import NotMailed
from hotline import clock
from hotline.accounts import seconds
from hotline.accounts import service as accounts
from hotline.accounts.rules import INVITED
from hotline.db import transaction
from hotline.ledger.periods import Period
from hotline.permissions import Action, Role
from hotline.sso.listing import withdraw_unlisted
from hotline.staff.role_grants import give
from hotline.staff.rules import Staff
from hotline.staff.service import permitted, set_staff, with_role
from hotline.staff.service import staff as member_of
from ops.cli.options import CommandGroup, by, reason, say
from ops.wiring import House


@click.group(cls=CommandGroup)
def staff() -> None:
    """Staff identities and their roles (spec §1)."""


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
        say(f"{login}: proposed; another administrator confirms it on the pages")
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
    """A link with which LOGIN chooses a password for the pages: once, within three days;
    a forgotten one ends.

    It goes out by e-mail where that is set up; else it is printed, which is on record.
    """
    at = clock.now()
    with transaction(house.factory) as session:
        is_first = not by and login in accounts.administrators_without(session, at)
        if not is_first and not by:
            raise click.UsageError("Missing option '--by': a login of the staff")
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
    elif invitations.send(house.settings, member, link, at + INVITED, at) is invitations.MailResult.YES:
        say(f"the link for {login} went to {member.email}; it works once, within three days")
    else:
        raise NotMailed(login, member.email)


@staff.command("remove-second")
@click.argument("login")
@reason
@by
def remove_second(house: House, login: str, reason: str, by: str) -> None:
    """Take LOGIN's authenticator and recovery codes away, and end every session;
    the owner is told by e-mail.
    """
    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.STAFF_SECOND, at)
        seconds.remove(session, login, at=at, by=by, reason=reason)
    say(f"{login} has no second factor any more")


@staff.command("compare-accounts")
@click.argument("file", type=click.File())
@by
def compare_accounts(house: House, file: IO[str], by: str) -> None:
    """Shut out who is bound to the identity provider and not in FILE, its list of accounts that are open:
    a subject a line. Daily, by a timer: somebody who is not signed in is asked about in no other way.
    """
    if (book := house.sso_book) is None:
        raise click.UsageError("no identity provider is set: HOTLINE_OIDC_ISSUER")
    subjects = {line.strip() for line in file if line.strip()}
    with transaction(house.factory) as session:
        gone = withdraw_unlisted(session, book.issuer, subjects, at=clock.now(), by=by)
    for login in gone:
        say(f"{login}: sessions ended, keys and telephones stand still")
    say(f"{len(gone)} shut out")
