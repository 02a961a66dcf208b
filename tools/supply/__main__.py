"""Command line of ``make sbom`` and ``make audit``."""

import sys

import click

from tools.supply import audit as auditing
from tools.supply import environments, sbom


@click.group()
def main() -> None:
    """Say what the product is built from."""


@main.command(name="sbom")
def write_bills() -> None:
    """Write CycloneDX bills of materials and licences' texts to build/sbom/, and THIRD_PARTY.md."""
    for path in sbom.write_sbom(environments.tools(), environments.product()):
        click.echo(path.relative_to(environments.CHECKOUT))


@main.command(name="audit")
def look_for_advisories() -> None:
    """Ask for known vulnerabilities of every locked package and of Asterisk.

    Fails if there is one, and where a service could not be asked.
    """
    audits = auditing.audit(environments.tools())
    for one in audits:
        click.echo(one)
    sys.exit(any(one.findings or one.unasked for one in audits))


if __name__ == "__main__":
    main()
