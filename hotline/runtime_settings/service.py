"""Setting at run time, and taking it back: each change is an entry of the ledger with who, when and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, Final, Literal

from sqlalchemy.orm import Session

from hotline.errors import HotlineError, existing, faults, refuse
from hotline.ledger import changes
from hotline.ledger.changes import ChangeContext
from hotline.ledger.history import all_in_force, history, in_force
from hotline.ledger.periods import Period
from hotline.runtime_settings.rules import TUNABLE, NotTunable, tuned
from hotline.runtime_settings.store import MenusRow, SettingRow
from hotline.settings import Settings

IN_FORCE: Final = "in-force"
"""The key of the one set of menus there is."""


class NoReason(HotlineError, code="no-reason-given"):
    """A change that nobody could understand later."""

    field: ClassVar[str] = "reason"


class MovedOn(HotlineError, code="moved-on", varies_by="whose"):
    """Menus that somebody else has saved since these were opened."""

    by: str
    at: datetime | None

    @property
    def whose(self) -> Literal["", "unknown"]:
        """The word of the sentence: empty where it is known who did."""
        return "" if self.by else "unknown"


class ValueMovedOn(HotlineError, code="value-moved-on", varies_by="state"):
    """A setting that somebody else has set since it was opened; ``value`` as it was typed, empty for none."""

    field: ClassVar[str] = "value"

    setting: str
    value: str

    @property
    def state(self) -> Literal["set", "unset"]:
        """The word of the sentence: set where it has a value now, else unset."""
        return "set" if self.value else "unset"

    @property
    def now(self) -> timedelta | str:
        """Its value, a length of time as such."""
        is_length = Settings.model_fields[self.setting].annotation is timedelta
        return timedelta(seconds=float(self.value)) if is_length else self.value


class NoVersion(HotlineError, code="no-such-version"):
    """No version of the menus has this number."""

    number: int


@dataclass(frozen=True, slots=True)
class InForce:
    """The settings and menus set at run time, at an instant; ``menus`` None: those of the folder."""

    values: Mapping[str, str]
    menus: Mapping[str, str] | None


def what_is_set(session: Session, at: datetime) -> InForce:
    """Everything that is set at run time."""
    values = {row.key: row.value for row in all_in_force(session, SettingRow, at)}
    row = menus_in_force(session, at)
    return InForce(values, row.sources if row else None)


def menus_in_force(session: Session, at: datetime) -> MenusRow | None:
    """The set of menus saved last; None = those of the folder."""
    return in_force(session, MenusRow, IN_FORCE, at)


def set_value(
    session: Session, base: Settings, name: str, value: str, pen: ChangeContext, *, since: str | None = None
) -> bool:
    """Give a setting a value; False when it has it already.

    ``since``: the value that was opened, empty for none; None when nobody has looked. Raises NotTunable,
    WrongValue, ValueMovedOn, NoReason.
    """
    if name not in TUNABLE:
        raise NotTunable(name)
    values = what_is_set(session, pen.at).values
    refuse(
        faults(
            partial(tuned, base, {**values, name: value.strip()}),
            partial(_refuse_moved, name, values.get(name, ""), since),
            partial(_refuse_without_reason, pen),
        )
    )
    return changes.change(session, SettingRow, name, {"value": value.strip()}, Period(pen.at), pen)


def _refuse_moved(name: str, value: str, since: str | None) -> None:
    if since is not None and since != value:
        raise ValueMovedOn(name, value)


def unset(session: Session, name: str, pen: ChangeContext) -> bool:
    """Unset a value: environment, file or default counts; False when it does already. Raises NoReason."""
    _refuse_without_reason(pen)
    return changes.close(session, SettingRow, name, pen.at, pen)


def values_of(session: Session, name: str) -> list[SettingRow]:
    """List every value a setting was ever given, in the order of writing."""
    return history(session, SettingRow, name)


def save_menus(
    session: Session, sources: Mapping[str, str], version: str, pen: ChangeContext, *, since: str | None
) -> bool:
    """Put a set of menus that was examined in force; False when it is already.

    ``since``: the version that was opened, None for that of the folder. Raises MovedOn, NoReason.
    """
    _refuse_without_reason(pen)
    row = menus_in_force(session, pen.at)
    if (row.version if row else None) != since:
        raise MovedOn(row.author if row else "", row.recorded_at if row else None)
    says = {"version": version, "sources": dict(sources)}
    return changes.change(session, MenusRow, IN_FORCE, says, Period(pen.at), pen)


def menus_of_folder(session: Session, pen: ChangeContext) -> bool:
    """Let the files of the folder count again; False when they do already. Raises NoReason."""
    _refuse_without_reason(pen)
    return changes.close(session, MenusRow, IN_FORCE, pen.at, pen)


def menus_saved(session: Session) -> list[MenusRow]:
    """List every set of menus that was ever saved, the newest first."""
    rows = history(session, MenusRow, IN_FORCE)
    # What was left of a row's period when it was replaced is that row again, not another saving.
    saved = {(row.author, row.valid_from, row.version): row for row in reversed(rows)}
    return sorted(saved.values(), key=lambda row: (row.valid_from, row.id), reverse=True)


def menus_saved_as(session: Session, number: int) -> MenusRow:
    """One of them. Raises NoVersion."""
    return existing(session.get(MenusRow, number), NoVersion(number))


def _refuse_without_reason(pen: ChangeContext) -> None:
    if not pen.reason.strip():
        raise NoReason
