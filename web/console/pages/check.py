"""Findings of what is wrong or lacking in the directory, each with the page where it is put right."""

from dataclasses import dataclass

from flask import Response, request

from administration.directory_check import checked
from control.reachability import of_asterisk
from hotline.clauses import cited
from hotline.directory.findings import Finding, Severity
from hotline.directory.owners import agency_of
from hotline.directory.rows import load_city
from hotline.directory.rules import Directory
from hotline.permissions import Action
from web.console.answers import render
from web.console.date_fields import asked_moment, for_input
from web.console.gate import Pages, house, me, now, read_session
from web.console.language import CHINESE, _l, current, in_words
from web.console.menu import DIRECTORY
from web.console.paging import page_of
from web.console.record_links import kind_name, name_of, place_of

pages = Pages("check")
pages.in_menu(DIRECTORY, _l("目錄檢查"), "wrong", Action.REPORT_READ, place=3)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding as the page tells it."""

    severity: Severity
    clause: str
    kind: str
    key: str
    name: str
    agency: str
    agency_name: str
    what: str
    place: str

    @property
    def is_extension(self) -> bool:
        """Tell whether its key is a number that people know it by."""
        return self.key.isdecimal()


@pages.read("/check", Action.REPORT_READ)
def wrong() -> Response:
    """List of findings, errors first; who acts for one agency sees what is its own."""
    at = asked_moment(now())
    with read_session() as session:
        city = load_city(session, at)
        found = checked(session, city, at)
    then, asks, silent = city.at(at), request.args.get("asterisk") == "yes", False
    if asks:  # a question for each number: on demand, and by night
        of_lines, why = of_asterisk(house().pbx, then)
        silent = why is not None
        found = sorted([*found, *of_lines], key=lambda one: one.severity)
    mine = [one for one in (_told(then, one) for one in found) if me().may(Action.REPORT_READ, one.agency)]
    agency, severity = request.args.get("agency", ""), request.args.get("severity", "")
    shown = [one for one in mine if agency in ("", one.agency) and severity in ("", one.severity)]
    return render(
        "check/wrong.html",
        page=page_of(shown),
        errors=sum(one.severity is Severity.ERROR for one in mine),
        total=len(mine),
        agencies=sorted({(one.agency, one.agency_name or one.agency) for one in mine if one.agency}),
        agency=agency,
        severity=severity,
        at=for_input(at),
        asks=asks,
        silent=silent,
    )


def _told(then: Directory, found: Finding) -> FindingLine:
    kind, key = found.about
    agency = agency_of(then, kind, key)
    return FindingLine(
        found.severity,
        cited(found.clause) if current() == CHINESE else found.clause,
        kind_name(kind),
        key,
        name_of(then, kind, key),
        agency,
        name_of(then, "agency", agency),
        in_words(found),
        place_of(then, kind, key),
    )
