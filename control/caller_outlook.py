"""What a caller would meet now: an agent or none, one of their language, officers whose telephones ring."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from threading import Condition
from typing import Final

from cachetools import LRUCache, cached
from sqlalchemy.orm import Session

from control.ami import ManagerAccount, ManagerGone
from control.pbx import Pbx
from control.presence import IDLE, Presence, agents_state
from control.reachability import behind_exchange, is_exchange_silent, silent_exchange
from hotline.db import Sessions, looking
from hotline.directory.findings import Finding, RegisterFault, Severity
from hotline.directory.rules import Directory
from hotline.permissions import Role
from hotline.staff.service import by_phone, with_role
from hotline.staff.store import AFTER_CALL, RECOVERY, Agent, agents
from hotline.terms import named
from ivr.numerals import Language

FRESH: Final = 10
"""Seconds that an answer serves all who ask."""
AWAY: Final = frozenset(IDLE) - {"free"}
"""States of a telephone that cannot be rung."""
AT_WORK: Final = frozenset(("", AFTER_CALL, RECOVERY))
"""Reasons why a member is not rung that are no break."""


@named("finding")
class CallersMeet(StrEnum):
    """What a caller meets that must not last."""

    NO_TELEPHONES = "no-telephones"
    NO_AGENTS = "no-agents"
    NO_AGENT_THERE = "no-agent-there"
    NO_AGENT_OF_LANGUAGE = "no-agent-of-language"
    EMERGENCY_PHONES = "emergency-phones"


class CallerOutlook:
    """Findings about what a caller would meet, at most once in ten seconds for all who ask."""

    def __init__(self, factory: Sessions, pbx: Pbx, then: Callable[[datetime], Directory]) -> None:
        self._factory, self._pbx, self._then = factory, pbx, then
        kept = cached(LRUCache(1), key=_moment, condition=Condition())
        self.now: Callable[[datetime], Sequence[Finding]] = kept(self._look)

    def _look(self, at: datetime) -> Sequence[Finding]:
        with looking(self._factory) as session:
            known = agents(session)
            strangers = list(_strangers(session, self._pbx.supervisors, at))
        return [*self._of_telephones(known, self._then(at)), *_of_rows(known, self._then(at), strangers)]

    def _of_telephones(self, known: Sequence[Agent], then: Directory) -> Iterator[Finding]:
        """What Asterisk must be asked for: who is at a telephone, whether the officers' exchange answers."""
        try:
            there = {phone for seen in self._pbx.everywhere(_members) for phone in _there(seen)}
            is_silent = all(self._pbx.everywhere(_exchange))
        except ManagerGone:
            yield _error("P11", "asterisk", CallersMeet.NO_TELEPHONES)
            return
        if known:
            yield from _of_agents([one for one in known if one.phone in there], len(known))
        count = len(behind_exchange(then, self._pbx.settings().dialling))
        if count and is_silent:
            yield silent_exchange(count)


def _moment(at: datetime) -> int:
    return int(at.timestamp()) // FRESH


def _of_agents(there: Sequence[Agent], count: int) -> Iterator[Finding]:
    if not there:
        yield _error("P3", "agent", CallersMeet.NO_AGENT_THERE, count=count)
        return
    spoken = {language for one in there for language in one.languages}
    if missing := tuple(one.value for one in Language if one not in spoken):
        yield _error("P3", "agent", CallersMeet.NO_AGENT_OF_LANGUAGE, spoken=missing)


def _of_rows(known: Sequence[Agent], then: Directory, strangers: Sequence[str]) -> Iterator[Finding]:
    if not known:
        yield _error("P3", "agent", CallersMeet.NO_AGENTS)
    if not then.duty:
        yield _error("P5.1.3", "duty", RegisterFault.NO_DUTY)
    if strangers:
        yield _error("P7.1", "staff", CallersMeet.EMERGENCY_PHONES, phones=tuple(strangers))


def _strangers(session: Session, phones: Iterable[str], at: datetime) -> Iterator[str]:
    """Telephones rung in an emergency that belong to no one who works here."""
    logins = {one.login for one in with_role(session, Role.SUPERVISOR, at)}
    yield from (one for one in phones if one not in logins and by_phone(session, one, at) is None)


def _members(pbx: Pbx) -> Mapping[str, Presence]:
    with pbx.manager(ManagerAccount.JOBS, patience=1.0) as ami:
        return agents_state(ami)


def _exchange(pbx: Pbx) -> bool:
    with pbx.manager(ManagerAccount.LOOKS, patience=1.0) as ami:
        return is_exchange_silent(ami)


def _there(seen: Mapping[str, Presence]) -> Iterator[str]:
    return (one.phone for one in seen.values() if one.state not in AWAY and one.on_break in AT_WORK)


def _error(clause: str, subject: str, wrong: StrEnum, **facts: object) -> Finding:
    return Finding(Severity.ERROR, clause, subject, wrong, facts)
