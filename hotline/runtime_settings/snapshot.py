"""The process's copy of what is set at run time: refreshed beside decisions, kept in a file for outages."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy.orm import Session

from hotline.db import Sessions, is_away, looking
from hotline.errors import HotlineError
from hotline.runtime_settings.rules import fitting
from hotline.runtime_settings.service import InForce, what_is_set
from hotline.settings import Settings

FORM: Final = 1
"""Of the file; one of another form is not read."""
NOTHING: Final = InForce({}, None)


class RuntimeSettings:
    """Holder of what is set now. Nobody who asks waits: only ``refresh`` touches the database.

    ``refused`` hears of a value that does not fit; without it the next that has one counts. ``bring`` fetches
    what menus need beside their texts, before they count.
    """

    def __init__(
        self,
        base: Settings,
        file: Path,
        refused: Callable[[str, HotlineError], None] = lambda name, error: None,
        bring: Callable[[Session, Mapping[str, str]], None] = lambda session, menus: None,
    ) -> None:
        self.base, self._file, self._refused, self._bring = base, file, refused, bring
        self._lock = Lock()
        self._set, self.settings = NOTHING, base
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            # A missing or damaged file is none: then nothing is set until the database answers.
            self._take(_from_json(self._file.read_text("utf-8")))

    @property
    def menus(self) -> Mapping[str, str] | None:
        """The texts of the menus by file name; None = those of the folder."""
        return self._set.menus

    @property
    def values(self) -> Mapping[str, str]:
        """The settings that are set, as they were written."""
        return self._set.values

    def refresh(self, factory: Sessions, at: datetime) -> None:
        """Look what is set at an instant. While the database is away, what was set last stays."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            with looking(factory) as session:
                seen = what_is_set(session, at)
                if seen.menus:
                    self._bring(session, seen.menus)
            if seen != self._set:
                self._take(seen)
                with suppress(OSError):  # on a full disk what is in memory serves
                    self._keep(seen)
        except Exception as error:
            if not is_away(error):
                raise
        finally:
            self._lock.release()

    def _take(self, seen: InForce) -> None:
        self.settings, refused = fitting(self.base, seen.values)
        self._set = seen
        for name, error in refused.items():
            self._refused(name, error)

    def _keep(self, seen: InForce) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}.draft")
        body = {"form": FORM, "values": dict(seen.values), "menus": seen.menus}
        draft.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
        draft.replace(self._file)


def _from_json(text: str) -> InForce:
    read: Any = json.loads(text)
    if read["form"] != FORM:
        raise ValueError(f"a file of form {read['form']}, not {FORM}")
    values = {str(name): str(value) for name, value in read["values"].items()}
    menus = read["menus"]
    return InForce(values, None if menus is None else {str(name): str(one) for name, one in menus.items()})
