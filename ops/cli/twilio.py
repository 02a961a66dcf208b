"""``hotline twilio``: a Twilio number that leads to us, and to a person when we are down."""

import click

from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.twilio_rest import Twilio, TwilioNumber, twilio_of
from ops.cli.options import CommandGroup, by
from ops.wiring import House
from web.twilio_numbers import NotReady, differences, to_a_human, wanted


@click.group(cls=CommandGroup)
def twilio() -> None:
    """Calls over Twilio (see docs/twilio.md)."""


@twilio.command()
@click.pass_obj
def fallback(house: House) -> None:
    """Write the document that sends callers to a person when we are down;
    put it where HOTLINE_TWILIO_FALLBACK says.
    """
    if not house.settings.twilio_operator:
        raise NotReady(("twilio_operator",))
    click.echo(to_a_human(house.settings.twilio_operator))


@twilio.command()
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...")
@click.option("--apply", "is_meant", is_flag=True, help="do it; without this it is only shown")
@by
def configure(house: House, numbers: tuple[str, ...], is_meant: bool, by: str) -> None:
    """Point numbers of the account (+886…) at us: calls, fallback and the news of their end.
    First shown, then done.
    """
    shall, api = wanted(house.settings), twilio_of(house.settings)
    with transaction(house.factory) as session:
        permitted(session, by, Action.TWILIO_CONFIGURE, clock.now())
    found = [_found(api, number) for number in numbers]
    changing = [(number, changes) for number in found if (changes := differences(number, shall))]
    for number in found:
        _tell(number, differences(number, shall))
    if not changing:
        click.echo("nothing to change")
    elif not is_meant:
        click.echo("nothing was changed; to do it: --apply")
    for number, changes in changing if is_meant else ():
        _change(house, api, number, changes, by)


def _found(api: Twilio, number: str) -> TwilioNumber:
    found = api.number(number)
    if found is None:
        raise click.ClickException(
            f"{number} is no number of this account; write it as Twilio does, for example +886277001999"
        )
    return found


def _tell(number: TwilioNumber, changes: dict[str, tuple[str, str]]) -> None:
    click.echo(f"{number.number} {number.name}".strip())
    for name, (now, then) in changes.items():
        click.echo(f"  {name}: {now or '-'} → {then}")


def _change(
    house: House, api: Twilio, number: TwilioNumber, changes: dict[str, tuple[str, str]], by: str
) -> None:
    api.change_number(number.sid, {name: then for name, (_, then) in changes.items()})
    with transaction(house.factory) as session:
        before = {name: now for name, (now, _) in changes.items()}
        after = {name: then for name, (_, then) in changes.items()}
        subject = f"twilio:{number.number}"
        audit(session, clock.now(), by, Action.TWILIO_CONFIGURE, subject, before=before, after=after)
    click.echo(f"{number.number} leads to us")
