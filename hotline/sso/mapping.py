"""Which claims give which roles, and who is whom there: kept by administrators, by two where it may approve.

A rule whose role approves what others do, and the binding of a login that has such a role, are proposed by
one administrator and confirmed by another. What takes something away needs one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.bindings import binding, destroy_passwords
from hotline.accounts.break_glass import NoBreakGlass
from hotline.accounts.service import has_password
from hotline.accounts.store import BindingRow, end_sessions
from hotline.db import numbered, one_at_a_time
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.permissions import GIVEN_BY_TWO, Action, Role
from hotline.sso.roles import take_back
from hotline.sso.rules import MAPPABLE, RoleRule, SsoTerms
from hotline.sso.store import SsoChangeRow, SsoRuleRow, SsoStrangerRow
from hotline.staff.role_grants import DecidedAlready, NoProposal, NotAnother, ProposalState
from hotline.staff.service import permitted, staff, with_role
from hotline.texts import fit

SUBJECT: Final = "setting:sso"
"""The subject under which rules stand in the audit log."""
LONGEST_CLAIM: Final = 64


class SsoChangeKind(StrEnum):
    """Kind of a change that waits for a second administrator."""

    RULE = "rule"
    BINDING = "binding"


class UnfitRole(HotlineError, code="unfit-role"):
    """A role that no claim may give."""

    role: str


class RuleThere(HotlineError, code="rule-there"):
    """A rule that holds already, or waits."""

    value: str


class NoRule(HotlineError, code="no-rule"):
    """A rule that is not in force."""

    number: int


class NoStranger(HotlineError, code="no-stranger"):
    """Nobody unbound has this number."""

    number: int


class BoundAlready(HotlineError, code="bound-already"):
    """A login that has a subject, or a subject that has a login."""

    login: str


class NotBound(HotlineError, code="not-bound"):
    """A login that signs in with a password."""

    login: str


@dataclass(frozen=True, slots=True)
class SsoBook:
    """The mapping, and whom it is about, of one identity provider; ``terms``: how long what holds."""

    issuer: str
    terms: SsoTerms

    def rules(self, session: Session) -> list[SsoRuleRow]:
        """List the rules in force, by claim and value."""
        chosen = select(SsoRuleRow).where(SsoRuleRow.issuer == self.issuer, SsoRuleRow.ended_at.is_(None))
        return list(session.scalars(chosen.order_by(SsoRuleRow.claim, SsoRuleRow.value, SsoRuleRow.role)))

    def waiting(self, session: Session) -> list[SsoChangeRow]:
        """List what waits for a second administrator, the oldest first."""
        is_open = SsoChangeRow.issuer == self.issuer, SsoChangeRow.state == ProposalState.OPEN
        return list(session.scalars(select(SsoChangeRow).where(*is_open).order_by(SsoChangeRow.id)))

    def strangers(self, session: Session) -> list[SsoStrangerRow]:
        """List who came and is bound to no login, the latest first."""
        chosen = select(SsoStrangerRow).where(SsoStrangerRow.issuer == self.issuer)
        return list(session.scalars(chosen.order_by(SsoStrangerRow.latest_at.desc())))

    def bindings(self, session: Session) -> list[BindingRow]:
        """List the logins that are bound, by login."""
        chosen = select(BindingRow).where(BindingRow.issuer == self.issuer)
        return list(session.scalars(chosen.order_by(BindingRow.login)))

    def add_rule(
        self, session: Session, rule: RoleRule, *, at: datetime, by: str, reason: str
    ) -> SsoChangeRow | None:
        """Let a value of a claim give a role; or propose it, where two must say so. Audited.

        Raises NotPermitted, UnfitRole, UnfitText, RuleThere.
        """
        permitted(session, by, Action.SSO_CHANGE, at)
        one_at_a_time(session, "sso")
        rule = RoleRule(fit("claim", rule.claim, LONGEST_CLAIM), fit("value", rule.value, 255), rule.role)
        if rule.role not in MAPPABLE:
            raise UnfitRole(rule.role)
        says = {"claim": rule.claim, "value": rule.value, "role": rule.role}
        is_open = any(one.says == says for one in self.waiting(session))
        if is_open or rule in map(rule_of, self.rules(session)):
            raise RuleThere(rule.value)
        if rule.needs_two:
            return self._propose(session, SsoChangeKind.RULE, says, at, by, reason)
        self._write_rule(session, rule, at, by, "")
        audit(session, at, by, Action.SSO_CHANGE, SUBJECT, after=says, reason=reason)
        return None

    def end_rule(self, session: Session, number: int, *, at: datetime, by: str, reason: str) -> None:
        """End a rule. Who has its role by claims loses it: at once where no other rule gives it, else with
        the next check. Audited.

        Raises NotPermitted, NoRule.
        """
        permitted(session, by, Action.SSO_CHANGE, at)
        row = session.get(SsoRuleRow, number, with_for_update=True)
        if row is None or row.ended_at or row.issuer != self.issuer:
            raise NoRule(number)
        row.ended_at, row.ended_by = at, by
        before = {"claim": row.claim, "value": row.value, "role": row.role}
        audit(session, at, by, Action.SSO_CHANGE, SUBJECT, before=before, reason=reason)
        if row.role not in {one.role for one in self.rules(session)}:
            for bound in self.bindings(session):
                if row.role in bound.roles:
                    take_back(session, bound, at, by, Role(row.role))

    def bind(
        self, session: Session, number: int, login: str, *, at: datetime, by: str, reason: str
    ) -> SsoChangeRow | None:
        """Say that an unbound person is the holder of a login; or propose it, where the login may approve.

        Audited. Raises NotPermitted, NoStranger, UnknownStaff, BoundAlready, NoBreakGlass.
        """
        permitted(session, by, Action.SSO_CHANGE, at)
        one_at_a_time(session, "sso")
        stranger = session.get(SsoStrangerRow, number)
        if stranger is None or stranger.issuer != self.issuer:
            raise NoStranger(number)
        member = staff(session, login, at)
        self._refuse_binding(session, login, stranger.subject, at)
        says = {"login": login, "subject": stranger.subject}
        if member.roles & GIVEN_BY_TWO:
            if any(one.says == says for one in self.waiting(session)):
                raise BoundAlready(login)
            return self._propose(session, SsoChangeKind.BINDING, says, at, by, reason)
        self._write_binding(session, login, stranger.subject, at, by)
        self._audit_binding(session, says, at, by, reason)
        return None

    def unbind(self, session: Session, login: str, *, at: datetime, by: str, reason: str) -> None:
        """Let a login sign in with a password again, once it is invited; what claims gave goes. Audited.

        Raises NotPermitted, NotBound.
        """
        permitted(session, by, Action.SSO_CHANGE, at)
        row = existing(binding(session, login), NotBound(login))
        take_back(session, row, at, by)
        before = {"subject": row.subject, "ended": end_sessions(session, login, at)}
        session.delete(row)
        audit(session, at, by, Action.SSO_CHANGE, f"staff:{login}", before=before, reason=reason)

    def confirm(self, session: Session, number: int, *, at: datetime, by: str) -> SsoChangeRow:
        """Write what another administrator proposed. Audited.

        Raises NotPermitted, NoProposal, DecidedAlready, NotAnother, and what it is refused for by now.
        """
        row = self._open(session, number, at, by)
        says = row.says
        if by in (row.proposed_by, says.get("login")):
            raise NotAnother(by)
        permitted(session, row.proposed_by, Action.SSO_CHANGE, at)
        if row.kind == SsoChangeKind.RULE:
            rule = RoleRule(says["claim"], says["value"], Role(says["role"]))
            if rule in map(rule_of, self.rules(session)):
                raise RuleThere(rule.value)
            self._write_rule(session, rule, at, row.proposed_by, by)
            audit(session, at, by, Action.SSO_CHANGE, SUBJECT, after=says, reason=row.reason)
        else:
            staff(session, says["login"], at)
            self._refuse_binding(session, says["login"], says["subject"], at)
            self._write_binding(session, says["login"], says["subject"], at, by)
            self._audit_binding(session, says, at, by, row.reason)
        self._decide(session, row, ProposalState.CONFIRMED, at, by, "")
        return row

    def refuse(self, session: Session, number: int, reason: str, *, at: datetime, by: str) -> None:
        """Refuse a proposal; its author may too. Audited. Raises NotPermitted, NoProposal, DecidedAlready."""
        self._decide(session, self._open(session, number, at, by), ProposalState.REFUSED, at, by, reason)

    def _refuse_binding(self, session: Session, login: str, subject: str, at: datetime) -> None:
        if binding(session, login) or self.login_of(session, subject):
            raise BoundAlready(login)
        others = [one.login for one in with_role(session, Role.ADMINISTRATOR, at) if one.login != login]
        if not any(has_password(session, one) for one in others):
            raise NoBreakGlass(login)

    def login_of(self, session: Session, subject: str) -> BindingRow | None:
        """The login to which a subject is bound."""
        which = BindingRow.issuer == self.issuer, BindingRow.subject == subject
        return session.scalar(select(BindingRow).where(*which))

    def _write_rule(self, session: Session, rule: RoleRule, at: datetime, by: str, confirmed_by: str) -> None:
        row = SsoRuleRow(issuer=self.issuer, claim=rule.claim, value=rule.value, role=rule.role)
        row.made_at, row.made_by, row.confirmed_by = at, by, confirmed_by
        session.add(row)

    def _write_binding(self, session: Session, login: str, subject: str, at: datetime, by: str) -> None:
        """From now on the login has no password: who is shut out there is shut out here."""
        destroy_passwords(session, login, at)
        holds_until = at + self.terms.unconfirmed
        row = BindingRow(login=login, issuer=self.issuer, subject=subject, bound_at=at, bound_by=by, roles=[])
        row.holds_until = holds_until
        session.add(row)
        for one in self.strangers(session):
            if one.subject == subject:
                session.delete(one)

    def _audit_binding(
        self, session: Session, says: Mapping[str, Any], at: datetime, by: str, reason: str
    ) -> None:
        told = {"subject": says["subject"], "issuer": self.issuer}
        audit(session, at, by, Action.SSO_CHANGE, f"staff:{says['login']}", after=told, reason=reason)

    def _propose(
        self,
        session: Session,
        kind: SsoChangeKind,
        says: Mapping[str, Any],
        at: datetime,
        by: str,
        reason: str,
    ) -> SsoChangeRow:
        row = SsoChangeRow(issuer=self.issuer, kind=kind, says=dict(says), reason=reason)
        row.proposed_by, row.proposed_at, row.state = by, at, ProposalState.OPEN
        numbered(session, row)
        after = {"proposal": row.id, **says}
        audit(session, at, by, Action.SSO_CHANGE, _about(row), after=after, reason=reason)
        return row

    def _open(self, session: Session, number: int, at: datetime, by: str) -> SsoChangeRow:
        permitted(session, by, Action.STAFF_CONFIRM, at)
        one_at_a_time(session, "sso")
        row = session.get(SsoChangeRow, number, with_for_update=True)
        if row is None or row.issuer != self.issuer:
            raise NoProposal(number)
        if row.state != ProposalState.OPEN:
            raise DecidedAlready(number, ProposalState(row.state), row.decided_by)
        return row

    def _decide(
        self, session: Session, row: SsoChangeRow, state: ProposalState, at: datetime, by: str, reason: str
    ) -> None:
        row.state, row.decided_by, row.decided_at = state, by, at
        after = {"proposal": row.id, "state": state}
        audit(session, at, by, Action.STAFF_CONFIRM, _about(row), after=after, reason=reason)


def rule_of(row: SsoRuleRow) -> RoleRule:
    """The rule of a row."""
    return RoleRule(row.claim, row.value, Role(row.role))


def may_confirm(row: SsoChangeRow, login: str) -> bool:
    """Tell whether a proposal waits for a word that this person may give: not its author, nor its subject."""
    return row.state == ProposalState.OPEN and login not in (row.proposed_by, row.says.get("login"))


def _about(row: SsoChangeRow) -> str:
    return f"staff:{row.says['login']}" if row.kind == SsoChangeKind.BINDING else SUBJECT
