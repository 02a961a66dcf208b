"""Configuration for other programs of the machine: ``hotline proxy`` (nginx) and ``hotline fail2ban``."""

from pathlib import Path

import click

from ops.run.proxy import LISTEN, PER_ADDRESS, PLAIN, configuration, jail
from ops.wiring import House

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--certificate", required=True, type=FILE, help="the certificate with its chain (PEM)")
@click.option("--key", required=True, type=FILE, help="its private key (PEM)")
@click.option("--listen", multiple=True, default=LISTEN, show_default=True, help="address:port for TLS")
@click.option(
    "--plain",
    multiple=True,
    default=PLAIN,
    show_default=True,
    help="address:port that sends on to TLS; '' = none",
)
@click.option(
    "--per-address",
    type=click.IntRange(1),
    default=PER_ADDRESS,
    show_default=True,
    help="requests of one address at once",
)
@click.option("--pages", multiple=True, help="address:port of the pages of a machine, for each of several")
@click.option("--telephones", default="", help="address:port of the edge's WebSocket, if there is an edge")
@click.pass_obj
def proxy(
    house: House,
    certificate: Path,
    key: Path,
    listen: tuple[str, ...],
    plain: tuple[str, ...],
    per_address: int,
    pages: tuple[str, ...],
    telephones: str,
) -> None:
    """Write the configuration of nginx before the pages, to standard output."""
    click.echo(
        configuration(
            house.settings,
            certificate,
            key,
            listen=listen,
            plain=tuple(filter(None, plain)),
            per_address=per_address,
            pages=pages,
            telephones=telephones,
        ),
        nl=False,
    )


@click.command()
@click.pass_obj
def fail2ban(house: House) -> None:
    """Write fail2ban's jail for who tries passwords, to standard output (its filter:
    ops/run/fail2ban.conf).
    """
    click.echo(jail(house.settings), nl=False)
