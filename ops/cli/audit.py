"""``hotline audit``: who did what, who saw whom, and whether the log is as it was written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

from hotline import clock
from hotline.clock import TAIPEI
from hotline.db import transaction
from hotline.ledger.store import AuditRow
from hotline.log_masking import masked
from hotline.permissions import Action
from hotline.staff.service import permitted
from ops.cli.options import NUMBER, Group, Instant, by, say, say_each
from ops.wiring import House


@click.group(cls=Group)
def audit() -> None:
    """The audit log: evidence that is only added to (P0-a)."""


@audit.command("list")
@click.option("--subject", default="", help="of one thing only, for example desk:5112")
@click.option("--from", "start", type=Instant(), default=None, help="from when on")
@by
@click.pass_obj
def list_deeds(house: House, subject: str, start: datetime | None, by: str) -> None:
    """The audit log: who, when, what, before and after, why; citizens masked. Reading it is written there too."""
    from hotline.ledger.audit import audit as write
    from hotline.ledger.audit import deeds
    from hotline.ledger.find import told

    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.AUDIT_READ, at)
        rows = deeds(session, subject=subject, since=start)
        write(session, at=at, by=by, action=Action.AUDIT_READ, subject=subject or "audit:all")
    for row in rows:
        say(_line(row, *told(row)))


@audit.command()
@click.argument("row", type=NUMBER)
@by
@click.option("--reason", required=True, help="why the row is told whole, for the record")
@click.pass_obj
def show(house: House, row: int, by: str, reason: str) -> None:
    """One row with all it tells of a citizen; who looked and why stays on record."""
    from hotline.ledger.find import is_of_citizens, row_of, told
    from hotline.ledger.looks import look

    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.AUDIT_READ, at)
        found = row_of(session, row)
        of_citizen = is_of_citizens(found)
        reading = look(session, at, by, found.subject, reason, f"audit row {row}") if of_citizen else None
    say(_line(found, *told(found, reading)))


def _line(row: AuditRow, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    change = f"{dict(before) or '-'} → {dict(after) or '-'}" if before or after else ""
    return f"{row.id:>6}  {_when(row.at)} {row.by} {row.action} {row.subject} {change} {row.reason}".rstrip()


@audit.command("who-read")
@click.argument("subject", metavar="KIND:KEY|NUMBER")
@by
@click.pass_obj
def who_read(house: House, subject: str, by: str) -> None:
    """Who looked at a subject (callback:4, call:ntpc1-1.2), or at all that is kept of a citizen's NUMBER."""
    from administration.personal_data import about_citizen
    from hotline.ledger.audit import audit as write
    from hotline.ledger.looks import looks_at

    at = clock.now()
    with transaction(house.factory) as session:
        permitted(session, by, Action.AUDIT_READ, at)
        about = [subject] if ":" in subject else about_citizen(session, subject)
        found = looks_at(session, *about)
        shown = subject if ":" in subject else f"citizen:{masked(subject)}"
        write(session, at=at, by=by, action=Action.AUDIT_READ, subject=shown)
    say_each(
        (f"{_when(one.at)} {one.subject} {one.by} {one.what}: {one.reason}" for one in found),
        f"nobody looked at {shown}",
    )


@audit.command()
@click.pass_obj
def verify(house: House) -> None:
    """Whether every row stands as and where it was written; exit 1 and name the first that does not."""
    from hotline.ledger import anchors
    from hotline.ledger.verification import verify as broken

    found = list(broken(house.factory, house.settings.anchors))
    known = sum(1 for _ in anchors.read(house.settings.anchors))
    for one in found:
        say(str(one))
    if found:
        say(f"{len(found)} places where the log is not as it was written")
        raise SystemExit(1)
    say(f"every row stands as and where it was written; {known} anchors say the same")


def _when(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M:%S}"


def register(main: click.Group) -> None:
    """Add this file's commands."""
    main.add_command(audit)
