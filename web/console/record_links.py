"""Names of the things of the directory on pages, and the page of each."""

from typing import Any, Final

from flask import g, url_for
from sqlalchemy.orm import Session

import wording
from hotline.directory.owners import agency_of
from hotline.directory.rows import KINDS
from hotline.directory.rules import Directory
from hotline.ledger.audit import SYSTEM
from hotline.ledger.entries import FOUNDING, EntryRecord
from hotline.sheets.rows import CASE_KINDS, by_district
from hotline.staff.service import everybody
from web.console import language
from web.console.gate import house, now, read_session
from web.console.language import _

INSTALLATION: Final = "installation"
"""Who made the first city, before there was anybody."""
NAMED: Final = frozenset(("agency", "section", "desk", "person", "business"))
ABOUT: Final = {"switchboard": "agency", "booking": "section", "forward": "desk", "absence": "person"}
"""Kinds of rows that are about a thing of another kind, by whose key they are known."""


def kind_name(kind: str) -> str:
    """Name of a kind of row."""
    return language.term(kind, "kind")


def ending(kind: str) -> str:
    """Words with which a row of the register is ended."""
    known = {
        "agency": _("移除這個機關"),
        "section": _("移除這個科室"),
        "person": _("移除這位人員"),
        "desk": _("停用這支分機"),
        "business": _("移除這項業務"),
        "contact": _("解除這項職務"),
    }
    return known[kind]


def column_name(column: str) -> str:
    """Name of a column."""
    return wording.column(column, language.current())


def name_of(then: Directory, kind: str, key: str) -> str:
    """Name of what a key stands for at an instant; empty when it has none."""
    kind = ABOUT.get(kind, kind)
    found = getattr(then, KINDS[kind].place).get(key) if kind in NAMED else None
    return found.name if found else ""


def thing(kind: str, key: str, then: Directory | None = None) -> str:
    """A row as people call it, with its kind; an extension by its name too."""
    then = then or _now()
    name = name_of(then, kind, key) if kind in ("desk", "forward") else ""
    return " ".join(filter(None, (kind_name(kind), called(then, kind, key), name)))


def called(then: Directory, kind: str, key: str) -> str:
    """What people call a row by: its name, an extension's number; its key where it has no name."""
    if kind in ("desk", "forward"):
        return key
    if kind == "contact" and key.count("/") == 2:
        agency, role, _place = key.split("/")
        return f"{name_of(then, 'agency', agency) or agency} {language.term(role, 'role')}"
    return name_of(then, kind, key) or key


def called_now(kind: str, code: str) -> str:
    """What people call a row by now."""
    return called(_now(), kind, code)


def authors(session: Session) -> dict[str, str]:
    """Names of those who change things, by their logins; of the system, where no person did."""
    return {INSTALLATION: _("系統安裝"), SYSTEM: _("系統")} | {
        one.login: one.name for one in everybody(session, now())
    }


def who(login: str) -> str:
    """Name of somebody of the staff now; of who is no more, the login."""
    if "people" not in g:
        with read_session() as session:
            g.people = authors(session)
    return str(g.people.get(login, login))


def who_exactly(login: str) -> str:
    """The same with the login, by which the audit log is searched; what no person is has none."""
    name = who(login)
    is_person = login not in (INSTALLATION, SYSTEM, name)
    return _("%(name)s（%(login)s）", name=name, login=login) if is_person else name


def reason_of(change: EntryRecord) -> str:
    """Reason of a change; that of the first is the same everywhere."""
    return _("建立示範城市") if change.action == FOUNDING else change.reason


def meaning(column: str, word: Any) -> Any:
    """A word of a row as people say it: what stands by its code, by its name now."""
    if column == "sections" and isinstance(word, str):
        return _("、").join(f"{district} {_in_charge(who)}" for district, who in by_district(word).items())
    if column == "state":
        return language.term(str(word), "counter-state")
    if column == "case_kind":
        return language.term(str(word), "case-kind") if word in CASE_KINDS else word
    kind = _NAMES.get(column, "")
    return (name_of(_now(), kind, word) or word) if kind and isinstance(word, str) else word


def _in_charge(who: str) -> str:
    """The names of an agency and its section."""
    agency, _sign, section = who.partition("/")
    return " ".join(filter(None, (called_now("agency", agency), section and called_now("section", section))))


_NAMES: Final = {
    "agency": "agency",
    "parent": "agency",
    "successor": "agency",
    "section": "section",
    "person": "person",
    "business": "business",
    "manager": "person",
}
"""Kind of what a column names by its code."""


def _now() -> Directory:
    """The directory at the instant of this request, read once."""
    if "directory" not in g:
        g.directory = house().atlas.at(now())
    found: Directory = g.directory
    return found


def place_of(then: Directory, kind: str, key: str) -> str:
    """The address of the page where a thing is put right; empty when it has none."""
    match kind:
        case "duty":
            return url_for("duty.roster")
        case "category":
            return url_for("categories.one", code=key)
        case "counter":
            return url_for("video_counters.one", number=key)
        case "switchboard":
            return url_for("switchboards.states")
        case "calendar" | "hours":
            return url_for("workdays.days")
        case "desk" | "forward":
            return url_for("desk.one", extension=key)
        case "section" | "booking":
            return url_for("directory.section", code=key) if key in then.sections else ""
        case "person" | "absence":
            return url_for("directory.person", code=key) if key in then.persons else ""
        case _:
            agency = agency_of(then, kind, key)
            return url_for("directory.agency", code=agency) if agency else ""
