"""Settings and menus put in force while calls go on:
this process follows at once, the others within a second or two.
"""

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from administration.house import House
from hotline.db import transaction
from hotline.ledger.changes import ChangeContext
from hotline.runtime_settings import service
from hotline.runtime_settings.rules import TUNABLE, NotTunable, Origin, origins
from ivr.check import checked
from ivr.menus import Sources, version_of


def set_value(house: House, name: str, value: str, pen: ChangeContext, *, since: str | None = None) -> bool:
    """Give a setting a value; False when it has it already. Raises what ``service.set_value`` raises."""
    with transaction(house.factory) as session:
        done = service.set_value(session, house.base, name, value, pen, since=since)
    house.tuned.refresh(house.factory, pen.at)
    return done


def unset(house: House, name: str, pen: ChangeContext) -> bool:
    """Let the environment, the file or the program say again what counts. Raises NotTunable, NoReason."""
    if name not in TUNABLE:
        raise NotTunable(name)
    with transaction(house.factory) as session:
        done = service.unset(session, name, pen)
    house.tuned.refresh(house.factory, pen.at)
    return done


def where_from(house: House, values: Mapping[str, str]) -> Mapping[str, Origin]:
    """Where the value of each setting comes from; ``values`` are those that are set at run time."""
    file: dict[str, Any] = {}
    with suppress(OSError, ValueError):
        file = tomllib.loads((house.base.home / "settings.toml").read_text("utf-8"))
    return origins(values, os.environ, file)


def save_menus(house: House, sources: Sources, pen: ChangeContext, *, since: str | None) -> bool:
    """Put menus in force after the check; False when they are already. Raises BadMenus, MovedOn, NoReason."""
    checked(sources, house.catalogue)
    with transaction(house.factory) as session:
        done = service.save_menus(session, sources, version_of(sources), pen, since=since)
    _look_again(house, pen.at)
    return done


def menus_of_folder(house: House, pen: ChangeContext) -> bool:
    """Let the files that came with the program count again; False when they do. Raises NoReason."""
    with transaction(house.factory) as session:
        done = service.menus_of_folder(session, pen)
    _look_again(house, pen.at)
    return done


def _look_again(house: House, at: datetime) -> None:
    house.tuned.refresh(house.factory, at)
    house.books.refresh()
