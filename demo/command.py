"""``hotline call 1999``: a real SIP call into the running system, played and told by programs."""

import sys

import click

from ops.wiring import House


def register(main: click.Group) -> None:
    """Add the command to the command line."""
    main.add_command(call)


@click.command("call")
@click.argument("number", default="1999")
@click.option(
    "--keys",
    default="",
    help='what to press, one a menu: "1,1"; - presses nothing, wait:SECONDS waits, '
    "say:zh-TW/V-08 (or a wav file) is said after the tone of a message",
)
@click.option(
    "--from",
    "caller",
    default=None,
    help="the caller's number; empty = hidden (default: 0912345678, or the next that no other such call has)",
)
@click.option(
    "--at-agent", default=None, help="programs as agents' phones: busy, silent or answer:RING[:TALK] seconds"
)
@click.option(
    "--officers",
    "at_officers",
    default="",
    help="programs as officers' phones, all others are unknown: 5112=busy,5111=silent,5113=answer:2; "
    "also dead, refuse or a SIP status",
)
@click.option("--info", is_flag=True, help="send keys as SIP INFO instead of RFC 4733 events")
@click.option("--json", "as_json", is_flag=True, help="tell the story as JSON")
@click.pass_obj
def call(
    house: House,
    number: str,
    keys: str,
    caller: str | None,
    at_agent: str | None,
    at_officers: str,
    info: bool,
    as_json: bool,
) -> None:
    """Place a real SIP call into the running system and tell its story."""
    from demo.trials import Phones, trial

    phones = Phones(caller, at_agent, at_officers, info)
    sys.exit(trial(house, number, keys, phones, as_json=as_json))
