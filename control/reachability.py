"""Check of the directory's numbers against Asterisk: has it a way to each, and does the exchange answer?

Officers' phones stand behind one exchange, and Asterisk is told of none of them: it knows whether that
exchange answers, and which digits its dialplan would dial. That a single phone is dead only a ring tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

from control.ami import AMI, ManagerAccount
from control.pbx import Pbx
from hotline.dialling import DialRules
from hotline.directory.findings import Finding, Severity
from hotline.directory.rules import Directory
from hotline.errors import HotlineError
from hotline.terms import named
from transfer.lines import DeskLine, line_of, line_of_officer, outside

CLAUSE: Final = "P11"
INSIDE: Final = "from-transfer"
"""The context whose patterns are the extensions that anybody can be put through to."""
OUTSIDE: Final = "outbound"
"""The context that is the one way out."""
DEAD: Final = frozenset(("UNAVAILABLE", "INVALID"))
"""Device states of an exchange that does not answer, or that Asterisk was not told of."""
Way = tuple[str, str]
"""A context and the digits."""


@named("finding")
class Reach(StrEnum):
    """Fault of a number that only Asterisk can see."""

    EXCHANGE_SILENT = "exchange-silent"
    NO_WAY = "no-way"


class DialplanMissing(HotlineError, code="dialplan-missing"):
    """Asterisk answers, and has not loaded these contexts: it could tell of no number."""

    contexts: str


def of_asterisk(pbx: Pbx, then: Directory) -> tuple[list[Finding], HotlineError | None]:
    """Findings, and why it could not be asked; None when it was."""
    try:
        with pbx.any().manager(ManagerAccount.LOOKS, patience=10.0) as ami:
            return list(findings(ami, then, pbx.settings().dialling)), None
    except HotlineError as error:
        return [], error


def findings(ami: AMI, then: Directory, dialling: DialRules) -> Iterator[Finding]:
    """Ways that do not exist, each by whom it is of; the exchange once, for all behind it.

    Raises DialplanMissing: an Asterisk that starts answers its manager before it has loaded the dialplan.
    """
    if missing := [one for one in (INSIDE, OUTSIDE) if _asked(ami, f"DIALPLAN_EXISTS({one})") != "1"]:
        raise DialplanMissing(", ".join(missing))
    ways = dict(_ways(then, dialling))
    if (inside := behind_exchange(then, dialling)) and is_exchange_silent(ami):
        yield silent_exchange(len(inside))
    known = {way: _asked(ami, "DIALPLAN_EXISTS({},{},1)".format(*way)) == "1" for way in {*ways.values()}}
    for subject, way in sorted(ways.items()):
        if not known[way]:
            yield Finding(Severity.ERROR, CLAUSE, subject, Reach.NO_WAY, {"number": way[1]})


def behind_exchange(then: Directory, dialling: DialRules) -> Sequence[str]:
    """Owners of extensions that only the officers' exchange can ring."""
    return [subject for subject, (context, _) in _ways(then, dialling) if context == INSIDE]


def is_exchange_silent(ami: AMI) -> bool:
    """Tell whether the officers' exchange does not answer, or is not configured."""
    return _asked(ami, "DEVICE_STATE(PJSIP/officers)") in DEAD


def silent_exchange(count: int) -> Finding:
    """Finding of an exchange that does not answer, with so many extensions behind it."""
    facts = {"count": count}
    return Finding(Severity.ERROR, CLAUSE, "asterisk:officers", Reach.EXCHANGE_SILENT, facts)


def _ways(then: Directory, dialling: DialRules) -> Iterator[tuple[str, Way]]:
    """Ways that would be dialled, by owner; unreadable numbers are a finding of the directory check.

    One that is not dialled stays as it is written: the dialplan has no way to it either.
    """
    found: Mapping[str, DeskLine | None] = {
        **{f"desk:{key}": line_of(then, desk) for key, desk in then.desks.items()},
        **{f"duty:{one.order}": line_of_officer(then, one) for one in then.duty},
        **{f"agency:{key}": outside(one.alternative, "") for key, one in then.agencies.items()},
    }
    for subject, line in found.items():
        if line and line.number:
            yield subject, (OUTSIDE, dialling.line(line.number) or line.number)
        elif line:
            yield subject, (INSIDE, line.extension or subject.partition(":")[2])


def _asked(ami: AMI, function: str) -> str:
    return ami.ask("Getvar", Variable=function)[0].get("Value", "")
