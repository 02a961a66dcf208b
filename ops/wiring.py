"""Construction of everything: what a process needs is made here and in ``ops.parts``, and nowhere else."""

from functools import cached_property
from pathlib import Path

from administration.closures import Closures
from administration.import_runs import Imports
from administration.overview import Lookout
from administration.runtime_settings import RuntimeChanges
from administration.uploads import Uploads
from hotline import clock
from hotline.db import sessions, transaction
from hotline.keys import checks
from hotline.settings import Settings
from ops.parts.calls import CallParts
from ops.parts.cases import CaseParts
from ops.parts.keeping import KeepingParts
from ops.parts.reports import ReportParts
from ops.parts.sso import SsoParts
from ops.parts.video import VideoParts

MIGRATIONS = Path(__file__).parent / "migrations"
SCHEMA_MARK, FORMER_MARK = "schema_version", "alembic_version"
"""Tables that hold the revision of the schema: ours; and that of releases up to 0.2.0, which start with no
other revision than their own, so that it stays as they left it.
"""


class House(CaseParts, CallParts, KeepingParts, ReportParts, SsoParts, VideoParts):
    """All parts, with those of whoever administers the house."""

    @cached_property
    def uploads(self) -> Uploads:
        return Uploads(self.settings.home / "uploads", self.settings.retention_uploads)

    @cached_property
    def closures(self) -> Closures:
        return Closures(self.factory, self.due_times, self.catalogue, self.bulletins, self.announcements)

    @cached_property
    def imports(self) -> Imports:
        return Imports(self.factory, self.uploads)

    @cached_property
    def runtime_settings(self) -> RuntimeChanges:
        return RuntimeChanges(self.factory, self.tuned, self.books, self.catalogue, self.announcements)

    @cached_property
    def lookout(self) -> Lookout:
        return Lookout(self.worktime, self.settings.change_notice_days)


def house(settings: Settings, name: str) -> House:
    """House of a process that makes decisions, among others: it waits for the database only a moment."""
    return House(settings, name, settings.decision_database_wait)


def workshop(settings: Settings, name: str) -> House:
    """House of jobs and commands: they may wait."""
    return House(settings, name, settings.job_database_wait)


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema, and make or check the keys by which it is sealed.

    The schema of a later release stays as it is. Processes that answer calls do without Alembic.
    Raises KeysAway, KeysLost.
    """
    from alembic import command
    from alembic.config import Config

    settings.home.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = settings.database
    command.upgrade(config, "head")
    settle_keys(settings)


def settle_keys(settings: Settings) -> None:
    """Make the first key of a new installation, and see that no key is lost. Raises KeysAway, KeysLost."""
    house = workshop(settings, "up")
    try:
        with transaction(sessions(house.engine)) as session:
            checks.settle(session, house.key_place, house.keys, clock.now())
    finally:
        house.engine.dispose()
