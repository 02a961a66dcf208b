"""``hotline``: the command line. Each command is a few lines over a room's service."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import IO, Any

import click
import structlog
from sqlalchemy.exc import DataError, DBAPIError

from hotline import clock
from hotline.db import transaction
from hotline.directory.rules import City
from hotline.errors import HotlineError
from hotline.log_masking import is_text
from hotline.settings import Settings, load_settings
from hotline.settings.addresses import MachineRole
from hotline.settings.faults import BadSettings
from hotline.settings.kinds import as_written
from ops.cli.agents import agents
from ops.cli.backup import backup, restore
from ops.cli.bulletins import bulletin
from ops.cli.calendar import calendar
from ops.cli.callbacks import callback, due, why_callback
from ops.cli.cases import why_case
from ops.cli.categories import categories
from ops.cli.directory import directory
from ops.cli.exchange import exchange
from ops.cli.find import find
from ops.cli.keys import keys
from ops.cli.nodes import node
from ops.cli.options import HOW_MANY, INSTANT, CommandGroup, say_each
from ops.cli.outbox import notices
from ops.cli.proxy import fail2ban, proxy
from ops.cli.reports import report
from ops.cli.retention import hold, personal, retention, scrub
from ops.cli.special_callers import special
from ops.cli.staff import staff
from ops.cli.twilio import twilio
from ops.extensions import COMMANDS, extensions
from ops.machine.users import acting_as_caller, acting_in
from ops.terminal import in_words
from ops.wiring import House, workshop


class Commands(CommandGroup):
    """Group of all commands; an error that a person can mend is one sentence, never a traceback."""

    group_class = CommandGroup

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if strange := next((word for word in args if not is_text(word)), ""):
            raise click.UsageError(
                f"{strange[:40]!r} holds what is no text; type it without control characters"
            )
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HotlineError as error:
            raise click.ClickException(in_words(error)) from error
        except DataError as error:
            why = str(error.orig).partition("\n")[0]
            raise click.ClickException(
                f"The database does not take that ({why}); give a shorter value"
            ) from error
        except DBAPIError as error:
            raise click.ClickException(
                f"The database cannot be asked ({error.orig}). Start the hotline with `make up` first, "
                "or correct HOTLINE_DATABASE_URL or HOTLINE_HOME"
            ) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(ctx: click.Context) -> None:
    """The 1999 voice front end."""
    # What is told beside the answer of a command goes where it does not disturb it.
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.set_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    try:
        settings = load_settings()
        if ctx.invoked_subcommand != up.name:
            ctx.with_resource(acting_in(settings))
        ctx.obj = workshop(settings, "cli")
        ctx.call_on_close(ctx.obj.engine.dispose)
    except BadSettings as error:
        raise click.ClickException(in_words(error)) from error


@main.command()
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([str(role) for role in MachineRole]),
    help="what this machine runs, among several; may be repeated (default: HOTLINE_ROLES, or all)",
)
@click.pass_obj
def up(house: House, roles: tuple[str, ...]) -> None:
    """Run everything on this machine until Ctrl-C, or what its roles are."""
    from ops.machine.users import give_up_rights
    from ops.run.supervisor import run_up

    give_up_rights()
    chosen = tuple(map(MachineRole, roles)) or house.settings.roles
    sys.exit(run_up(house.settings.model_copy(update={"roles": chosen})))


@main.command()
@click.pass_obj
def prepare(house: House) -> None:
    """Bring database, configuration and prompts up to date and start nothing: what systemd does first."""
    from ops.run import supervisor

    with acting_as_caller():
        supervisor.prepare(house.settings, is_alone=False)


@main.command()
@click.pass_obj
def doctor(house: House) -> None:
    """Whether a call would be served now, and all that is amiss, as health tells it; what is not as
    docs/hardening.md asks, where anything outside reaches this machine; exit 1 if no call would be served.
    """
    from ops.backup.state import risks
    from ops.run.guidance import guidance
    from ops.run.readiness import Readiness, why_no_call

    verdict = Readiness(house, lambda: why_no_call(house.settings)).look()
    say_each((*verdict.lines(), *(f"note: {told}" for told in risks(house.settings))))
    say_each(f"guide: {told}" for told in guidance(house, clock.now()))
    sys.exit(1 if verdict.missing else 0)


@main.command()
@click.option("--at", type=INSTANT, default=None, help="date and time of the call (default: now)")
@click.option("--from", "caller", default="0912345678", help="the caller's number; empty = hidden")
@click.pass_obj
def walk(house: House, at: datetime | None, caller: str) -> None:
    """Talk to the menus by keyboard; nothing is stored."""
    from ivr.walk import walk as talk

    def read(prompt: str) -> str:
        try:
            return input(f"{prompt} > ")
        except EOFError:
            click.echo()
            return "h"

    moment, book = at or clock.now(), house.books.book()
    try:
        book = replace(book, city=_city_since(house, moment))
    except DBAPIError:
        click.echo(
            "no extension is known before the first start (`make up`); the menus can be walked", err=True
        )
    talk(book, caller, moment, read, click.echo)


@main.command()
@click.pass_obj
def check(house: House) -> None:
    """Examine settings, menus, prompts and dialplan; exit 1 if anything is wrong."""
    from ops.cli.check import examine
    from ops.pbx.configuration import rendered_dialplan

    dialplan = rendered_dialplan(house.settings)
    faults = examine(house.catalogue, house.shelf, house.settings.menus, dialplan, house.tuned.menus)
    for part, fault in faults:
        click.echo(f"{part}: {fault}")
    click.echo(
        f"{len(faults)} faults" if faults else "settings, menus, prompts and dialplan are fit to answer"
    )
    sys.exit(1 if faults else 0)


@main.command("settings")
@click.pass_obj
def show_settings(house: House) -> None:
    """Every setting: its value as it is set (durations in seconds) and its meaning."""
    for name, field in Settings.model_fields.items():
        value = as_written(getattr(house.settings, name))
        click.echo(f"HOTLINE_{name.upper():<24} {value:<40} {field.description}")


@main.command()
@click.argument("call_id", required=False)
@click.option("--last", default=10, type=HOW_MANY, help="how many calls to list")
@click.pass_obj
def calls(house: House, call_id: str | None, last: int) -> None:
    """The latest calls, or everything about one."""
    from ops.cli.format_calls import list_calls, show_call

    say_each(show_call(house.factory, call_id) if call_id else list_calls(house.factory, last))


@main.group()
def recordings() -> None:
    """The sound that is kept."""


@recordings.command("verify")
@click.pass_obj
def verify(house: House) -> None:
    """Compare every file with its checksum, and that with its day; exit 1 and name what was changed or
    removed.
    """
    from administration.day_anchors import verify_checksums
    from ops.jobs.recordings import verify_recordings

    faults = [*verify_recordings(house, clock.now()), *verify_checksums(house.factory)]
    say_each(map(str, faults))
    click.echo(f"{len(faults)} faults" if faults else "every recording is as it was stored")
    sys.exit(1 if faults else 0)


@recordings.command("verify-copy")
@click.argument("file", type=click.File("rb"))
@click.pass_obj
def verify_copy(house: House, file: IO[bytes]) -> None:
    """Compare a copy that was given away with its hashes, and with what our log says of it; exit 1 when it is
    not as it was made, or not ours.
    """
    from hotline.db import looking
    from recordings import package
    from recordings.retrieval_service import copied

    with acting_as_caller():
        found = package.checked(file)
    say_each(f"{one.name}: {one.what}" for one in found.faults)
    with looking(house.factory) as session:
        made = copied(session, found.digest)
    click.echo(
        f"{made.subject}, {made.at:%Y-%m-%d %H:%M}Z, {made.by}" if made else "this copy is not in our log"
    )
    sys.exit(0 if made and not found.faults else 1)


@recordings.command("seal")
@click.pass_obj
def seal(house: House) -> None:
    """Encrypt now what waits, and move what lies in another storage; exit 1 if something could not be."""
    from ops.jobs.sealing import seal_all

    report = seal_all(house, clock.now())
    click.echo(f"{report.sealed} sealed, {report.moved} moved, {report.waiting} wait")
    if report.fault:
        click.echo(report.fault)
        sys.exit(1)


@main.group()
def audit() -> None:
    """The audit log: evidence that is only added to (P0-a)."""


@audit.command("verify")
@click.option(
    "--collected", type=click.File(), help="also against what a collector has: the file of its lines"
)
@click.pass_obj
def verify_audit(house: House, collected: IO[str] | None) -> None:
    """Whether every row stands as and where it was written; exit 1 and name the first that does not."""
    from administration.day_anchors import verify_log
    from hotline.ledger import anchors, forwarding

    elsewhere = forwarding.kept(collected or ())
    found = list(verify_log(house.factory, house.settings.anchors, elsewhere))
    known = len(elsewhere) + sum(1 for _ in anchors.every(house.settings.anchors))
    say_each(map(str, found))
    if found:
        click.echo(f"{len(found)} places where the log is not as it was written")
        sys.exit(1)
    click.echo(f"every row stands as and where it was written; {known} anchors say the same")


@main.group()
def asterisk() -> None:
    """The private Asterisk."""


@asterisk.command("install")
@click.pass_obj
def install(house: House) -> None:
    """Find or fetch Asterisk 22 into the cache."""
    from ops.pbx.asterisk import find_or_install

    with acting_as_caller():
        click.echo(find_or_install(house.settings.cache).version)


@asterisk.command("configure")
@click.pass_obj
def configure(house: House) -> None:
    """Write Asterisk's configuration and the command that starts it:
    what systemd does ahead of each start.
    """
    from ops.run.supervisor import configure_asterisk

    configure_asterisk(house.settings)


@asterisk.command("stop")
@click.option("--now", is_flag=True, help="wait for no call")
@click.pass_obj
def stop(house: House, now: bool) -> None:
    """End Asterisk: new calls are refused, those that are up go on for drain_minutes;
    once more Ctrl-C: at once.
    """
    from ops.run import draining

    sys.exit(draining.stop(house.settings, now=now))


@asterisk.command("rx")
@click.argument("command")
@click.pass_obj
def rx(house: House, command: str) -> None:
    """Ask the running Asterisk's console, for example: hotline asterisk rx "core show channels"."""
    from ops.pbx.asterisk import running

    click.echo(running(house.settings).rx(command), nl=False)


@main.group()
def why() -> None:
    """Why a deadline is when it is, or why a call rings where it rings: the arithmetic and the clause."""


@why.command()
@click.argument("extension")
@click.option("--at", type=INSTANT, default=None, help="date and time of the call (default: now)")
@click.option("--urgent", is_flag=True, help="the matter cannot wait for office hours")
@click.pass_obj
def route(house: House, extension: str, at: datetime | None, urgent: bool) -> None:
    """Explain whom a call to EXTENSION rings, in which order, who is passed over, and why (P5.1.1-P5.1.3)."""
    import wording
    from control.desk_presence import DeskState, desk_states
    from transfer.explain import CHINESE, ENGLISH
    from transfer.ladder import ladder

    is_now, at = at is None, (at or clock.now()).astimezone(clock.TAIPEI)
    rules, is_open = house.hunt_rules, house.is_open(at)
    found = ladder(_city_since(house, at).at(at), extension, rules, is_open=is_open, urgent=urgent)
    now_is: Mapping[str, DeskState] = {}
    if is_now:
        now_is = desk_states(house.factory, house.pbx, found.rungs, at)
    for words, language in ((CHINESE, wording.CHINESE), (ENGLISH, wording.ENGLISH)):
        states = {extension: wording.name(one, language) for extension, one in now_is.items()}
        say_each(words.lines(found, at, rules, is_open=is_open, urgent=urgent, states=states))


def _city_since(house: House, at: datetime) -> City:
    """The city at an instant however long ago, and later, as the database has it."""
    from hotline.directory.rows import load_city

    with transaction(house.factory) as session:
        return load_city(session, at)


for command in (
    agents,
    backup,
    bulletin,
    calendar,
    callback,
    categories,
    due,
    directory,
    exchange,
    fail2ban,
    find,
    hold,
    keys,
    node,
    notices,
    personal,
    scrub,
    proxy,
    report,
    restore,
    retention,
    special,
    staff,
    twilio,
):
    main.add_command(command)
why.add_command(why_callback)
why.add_command(why_case)
for register in extensions(COMMANDS):
    register(main)
