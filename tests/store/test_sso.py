"""Single sign-on over the database: who is whom, roles by claims, what ends and what stands still."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from hotline.accounts import endings, keys
from hotline.accounts import service as accounts
from hotline.accounts.bindings import BoundLogin, stands_still, still_phones
from hotline.accounts.break_glass import NoBreakGlass, break_glass, refuse_change, refuse_last, without_second
from hotline.accounts.endings import end_staff
from hotline.accounts.rules import RECHECK
from hotline.accounts.store import BindingRow, CredentialRow, SessionRow
from hotline.accounts.tries import Visitor
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.sso.checks import SsoChecks
from hotline.sso.listing import ListUnfit, withdraw_unlisted
from hotline.sso.mapping import BoundAlready, NoStranger, RuleThere, SsoBook, UnfitRole
from hotline.sso.proofs import forget
from hotline.sso.provider import ProofLapsed, ProviderAway, ProviderRefused
from hotline.sso.rules import ProviderAnswer, RoleRule, SsoRefusal, SsoTerms
from hotline.sso.service import ReturnParams, SingleSignOn, SsoDenial, SsoSignIn
from hotline.sso.store import SsoRuleRow, SsoUsedRow
from hotline.sso.tokens import BadToken, LogoutNotice
from hotline.staff.role_grants import DecidedAlready, NotAnother
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff, staff
from hotline.staff.store import Agent
from tests.keys import RING
from tests.signed_tokens import ISSUER

TEN = taipei("2026-11-24T10:00")
MINUTE = timedelta(minutes=1)
TERMS = SsoTerms(timedelta(hours=1), timedelta(days=14), ("mfa",))
BOOK = SsoBook(ISSUER, TERMS)
HERE = Visitor("192.0.2.7")


@dataclass
class Played:
    """A provider that says what the test has it say."""

    issuer: str = ISSUER
    answer: ProviderAnswer | Exception = field(default_factory=lambda: told())
    notice: LogoutNotice | Exception = field(default_factory=lambda: LogoutNotice("j-1", "u-1", ""))
    asked: list[tuple[str, str]] = field(default_factory=list)
    state: str = ""

    def address(self, state: str, nonce: str, verifier: str, at: datetime) -> str:
        self.state = state
        return f"{ISSUER}/authorize"

    def grant(self, code: str, verifier: str, nonce: str, told_issuer: str, at: datetime) -> ProviderAnswer:
        return self._said()

    def renew(self, access: str, refresh: str, subject: str, at: datetime) -> ProviderAnswer:
        self.asked.append((access, refresh))
        return self._said()

    def logout(self, token: str, at: datetime) -> LogoutNotice:
        if isinstance(self.notice, Exception):
            raise self.notice
        return self.notice

    def _said(self) -> ProviderAnswer:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def told(*groups: str, sub: str = "u-1", **more: object) -> ProviderAnswer:
    """What the provider says of somebody."""
    claims = {"sub": sub, "name": "王示範", "email": "wang@city.example", "groups": list(groups), **more}
    return ProviderAnswer(claims, "access", "refresh")


@dataclass
class Office:
    """Two administrators with passwords, an agent, and the provider."""

    factory: Sessions
    provider: Played = field(default_factory=Played)

    def __post_init__(self) -> None:
        self.door = SingleSignOn(self.factory, self.provider, BOOK, RING)  # type: ignore[arg-type]
        self.checks = SsoChecks(self.factory, self.provider, BOOK)  # type: ignore[arg-type]

    def comes(self, at: datetime = TEN) -> SsoSignIn | SsoDenial:
        """Somebody goes to the provider and comes back."""
        begun = self.door.begin("/desk", at)
        came = ReturnParams(self.provider.state, "code")
        return self.door.finish(begun.kept, came, at=at, visitor=HERE, browser="Firefox")

    def bound(self, login: str = "agent", at: datetime = TEN) -> None:
        """The person who comes is bound to a login, by two where that needs two."""
        assert self.comes(at) == SsoDenial(SsoRefusal.UNBOUND)
        with transaction(self.factory) as session:
            (stranger,) = BOOK.strangers(session)
            waits = BOOK.bind(session, stranger.id, login, at=at, by="one", reason="本人確認")
            if waits:
                BOOK.confirm(session, waits.id, at=at, by="two")

    def signed_in(self, at: datetime = TEN) -> str:
        """The token of who comes, bound already."""
        entered = self.comes(at)
        assert isinstance(entered, SsoSignIn), entered
        return entered.token

    def rule(self, value: str, role: Role, at: datetime = TEN) -> None:
        """A group gives a role, confirmed where that is needed."""
        with transaction(self.factory) as session:
            given = RoleRule("groups", value, role)
            if waits := BOOK.add_rule(session, given, at=at, by="one", reason="局務會議"):
                BOOK.confirm(session, waits.id, at=at, by="two")

    def roles(self, login: str = "agent", at: datetime = TEN) -> set[Role]:
        with looking(self.factory) as session:
            return set(staff(session, login, at).roles)

    def is_in(self, token: str, at: datetime) -> bool:
        with looking(self.factory) as session:
            return accounts.present(session, token, at) is not None

    def stays(self, token: str, at: datetime) -> None:
        """Somebody uses the pages."""
        with transaction(self.factory) as session:
            accounts.keep_alive(session, token, at)

    def said(self, action: str) -> list[tuple[str, str, object, str]]:
        """Who, of what, with what and why, of the rows of an action."""
        with looking(self.factory) as session:
            found = [row for row in audit_rows(session) if row.action == action]
            return [(row.by, row.subject, row.after, row.reason) for row in found]


@pytest.fixture
def office(factory: Sessions) -> Iterator[Office]:
    admin, agent = frozenset({Role.ADMINISTRATOR}), frozenset({Role.AGENT})
    people = (
        Staff("one", "甲", admin),
        Staff("two", "乙", admin),
        Staff("agent", "丙", agent, phone="agent-1"),
    )
    with transaction(factory) as session:
        for one in people:
            set_staff(session, one, Period(TEN - timedelta(days=1)), at=TEN - timedelta(days=1), by="test")
        for login in ("one", "two", "agent"):
            session.add(CredentialRow(login=login, password="x", changed_at=TEN, step=0))
        session.add(Agent(phone="agent-1", name="丙", secret="desk", languages=["zh-TW"], paused=""))
    yield Office(factory)


@pytest.mark.dialects
def test_nobody_is_signed_in_before_an_administrator_said_who_that_is(office: Office) -> None:
    """An e-mail address that is the same proves nothing; who came is seen, and on record."""
    assert office.comes() == office.comes() == SsoDenial(SsoRefusal.UNBOUND)
    with looking(office.factory) as session:
        assert [(one.subject, one.name) for one in BOOK.strangers(session)] == [("u-1", "王示範")]
    office.bound()
    assert isinstance(office.comes(), SsoSignIn)
    refused = office.said("staff.sign-in-failed")
    assert [row[2]["why"] for row in refused] == ["unbound"] * 3  # type: ignore[index]
    assert ("agent", "staff:agent", {"from": "192.0.2.7", "by": "sso"}, "") in office.said("staff.sign-in")


@pytest.mark.dialects
def test_a_way_counts_once_for_its_browser_and_for_ten_minutes(office: Office) -> None:
    """Replayed, forged, of another browser, too late, or in the clear."""
    office.bound()
    begun = office.door.begin("/desk", TEN)
    came = ReturnParams(office.provider.state, "code")

    def back(kept: str, came: ReturnParams, at: datetime = TEN) -> SsoSignIn | SsoDenial:
        return office.door.finish(kept, came, at=at, visitor=HERE, browser="")

    other = office.door.begin("/", TEN)
    plain = '{"state":"s","nonce":"n","verifier":"v","issuer":"https://id.example","after":"/","since":0}'
    for kept, state in ((begun.kept, "forged"), (other.kept, came.state), ("", came.state), (plain, "s")):
        assert back(kept, ReturnParams(state, "code")) == SsoDenial(SsoRefusal.STATE)
    assert back(begun.kept, came, TEN + timedelta(minutes=10)) == SsoDenial(SsoRefusal.STATE)
    assert isinstance(back(begun.kept, came), SsoSignIn)
    assert back(begun.kept, came) == SsoDenial(SsoRefusal.STATE)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (ProviderAway("timeout"), SsoRefusal.AWAY),
        (ProviderRefused("invalid_grant"), SsoRefusal.PROVIDER),
        (BadToken("aud"), SsoRefusal.TOKEN),
    ],
)
def test_what_the_provider_does_not_say_signs_nobody_in(
    office: Office, answer: Exception, why: SsoRefusal
) -> None:
    """And stands on record with its reason."""
    office.bound()
    office.provider.answer = answer
    assert office.comes() == SsoDenial(why)
    assert office.said("staff.sign-in-failed")[-1][2]["why"] == why  # type: ignore[index]


def test_the_password_ends_with_the_binding_and_comes_back_without_it(office: Office) -> None:
    """Who is shut out there is shut out here; the link for a new password is refused meanwhile."""
    office.bound()
    with transaction(office.factory) as session:
        assert not accounts.has_password(session, "agent")
        with pytest.raises(BoundLogin):
            accounts.invite(session, "agent", at=TEN, by="one")
    token = office.signed_in()
    with transaction(office.factory) as session:
        BOOK.unbind(session, "agent", at=TEN, by="one", reason="改用密碼")
        assert accounts.invite(session, "agent", at=TEN, by="one")
    assert not office.is_in(token, TEN)
    assert office.comes() == SsoDenial(SsoRefusal.UNBOUND)


def test_a_login_that_may_approve_is_bound_by_two(office: Office) -> None:
    """Neither who proposed it nor whom it is about; once, and with a reason on record."""
    office.comes()
    with transaction(office.factory) as session:
        (stranger,) = BOOK.strangers(session)
        waits = BOOK.bind(session, stranger.id, "one", at=TEN, by="two", reason="本人確認")
        assert waits is not None and session.get(BindingRow, "one") is None
        for login in ("one", "two"):
            with pytest.raises(NotAnother):
                BOOK.confirm(session, waits.id, at=TEN, by=login)
        set_staff(
            session, Staff("three", "丁", frozenset({Role.ADMINISTRATOR})), Period(TEN), at=TEN, by="test"
        )
        BOOK.confirm(session, waits.id, at=TEN, by="three")
        with pytest.raises(DecidedAlready):
            BOOK.confirm(session, waits.id, at=TEN, by="three")
    assert [row[:2] for row in office.said("staff.confirm")] == [("three", "staff:one")]


def test_one_administrator_keeps_a_password(office: Office) -> None:
    """Else nobody could sign in while the provider is away."""
    with transaction(office.factory) as session:
        session.delete(session.get_one(CredentialRow, "two"))
    office.comes()
    with transaction(office.factory) as session:
        (stranger,) = BOOK.strangers(session)
        with pytest.raises(NoBreakGlass):
            BOOK.bind(session, stranger.id, "one", at=TEN, by="two", reason="試")


def test_the_last_administrator_with_a_password_is_neither_ended_nor_made_another(office: Office) -> None:
    """A bound one is left, who gets in by the provider alone. Without anybody bound it is as it was."""
    with transaction(office.factory) as session:
        refuse_last(session, "two", TEN)
    office.bound("one")
    with transaction(office.factory) as session:
        with pytest.raises(NoBreakGlass):
            end_staff(session, "two", TEN, at=TEN, by="one", reason="離職")
        two = staff(session, "two", TEN)
        with pytest.raises(NoBreakGlass):
            refuse_change(session, replace(two, roles=frozenset((Role.AUDITOR,))), TEN)
        refuse_change(session, two, TEN)
        assert [break_glass(session, TEN), without_second(session, TEN)] == [[], ["two"]]
        session.get_one(CredentialRow, "two").second = "JBSWY3DP"
        session.flush()
        assert [break_glass(session, TEN), without_second(session, TEN)] == [["two"], []]


def test_a_person_has_one_login_and_a_login_one_person(office: Office) -> None:
    """Whoever is bound is no stranger any more."""
    office.bound()
    office.provider.answer = told(sub="u-2")
    office.comes()
    with transaction(office.factory) as session:
        (stranger,) = BOOK.strangers(session)
        with pytest.raises(BoundAlready):
            BOOK.bind(session, stranger.id, "agent", at=TEN, by="one", reason="試")
        with pytest.raises(NoStranger):
            BOOK.bind(session, stranger.id + 9, "agent", at=TEN, by="one", reason="試")


def test_a_rule_for_a_role_that_approves_needs_two(office: Office) -> None:
    """Until the second has confirmed it, it gives nothing; another role needs one."""
    office.bound()
    office.provider.answer = told("lead", "watch")
    with transaction(office.factory) as session:
        lead = RoleRule("groups", "lead", Role.SUPERVISOR)
        waits = BOOK.add_rule(session, lead, at=TEN, by="one", reason="局務會議")
        watch = RoleRule("groups", "watch", Role.AUDITOR)
        assert waits and BOOK.add_rule(session, watch, at=TEN, by="one", reason="局務會議") is None
        for rule in (lead, watch):
            with pytest.raises(RuleThere):
                BOOK.add_rule(session, rule, at=TEN, by="two", reason="再一次")
        with pytest.raises(NotAnother):
            BOOK.confirm(session, waits.id, at=TEN, by="one")
    office.signed_in()
    assert office.roles() == {Role.AGENT, Role.AUDITOR}
    with transaction(office.factory) as session:
        BOOK.confirm(session, waits.id, at=TEN, by="two")
    office.signed_in()
    assert office.roles() == {Role.AGENT, Role.AUDITOR, Role.SUPERVISOR}
    assert [by for by, *_ in office.said("sso.change")][-3:] == ["one", "one", "two"]


def test_no_claim_makes_an_administrator(office: Office) -> None:
    """Such a rule is refused, and gives nothing where it stands all the same."""
    with transaction(office.factory) as session:
        with pytest.raises(UnfitRole):
            rule = RoleRule("groups", "admins", Role.ADMINISTRATOR)
            BOOK.add_rule(session, rule, at=TEN, by="one", reason="試")
        by_hand = SsoRuleRow(issuer=ISSUER, claim="groups", value="admins", role="administrator")
        by_hand.made_at, by_hand.made_by = TEN, "nobody"
        session.add(by_hand)
    office.bound()
    office.provider.answer = told("admins", "administrator")
    office.signed_in()
    assert office.roles() == {Role.AGENT}


@pytest.mark.dialects
def test_roles_are_counted_anew_at_each_sign_in(office: Office) -> None:
    """What claims gave goes with them, or with their rule; what was given here stays. All is on record."""
    office.rule("watch", Role.AUDITOR)
    office.bound()
    office.provider.answer = told("watch")
    office.signed_in()
    assert office.roles() == {Role.AGENT, Role.AUDITOR}
    office.provider.answer = told()
    office.signed_in()
    assert office.roles() == {Role.AGENT}
    office.provider.answer = told("watch")
    office.signed_in(TEN + MINUTE)
    with transaction(office.factory) as session:
        (row,) = BOOK.rules(session)
        BOOK.end_rule(session, row.id, at=TEN + MINUTE, by="one", reason="組織調整")
    assert office.roles(at=TEN + MINUTE) == {Role.AGENT}
    assert [row[0] for row in office.said("staff.change")][-4:] == ["sso", "sso", "sso", "one"]


def test_a_claim_that_cannot_be_read_takes_what_claims_gave(office: Office) -> None:
    """Nobody goes on with the roles of a list that nobody can see the end of."""
    office.rule("watch", Role.AUDITOR)
    office.bound()
    office.provider.answer = told("watch")
    office.signed_in()
    office.provider.answer = told(*("x" for _each in range(1001)))
    assert office.comes() == SsoDenial(SsoRefusal.ROLES)
    assert office.roles() == {Role.AGENT}


def test_who_has_no_role_left_is_not_signed_in(office: Office) -> None:
    """A login whose only roles came by claims."""
    with transaction(office.factory) as session:
        set_staff(session, Staff("agent", "丙", frozenset()), Period(TEN), at=TEN, by="one")
    office.bound()
    assert office.comes() == SsoDenial(SsoRefusal.ROLES)


def test_an_administrator_is_asked_for_a_second_factor_there(office: Office) -> None:
    """The provider must say that one was used; the one set up here went with the password."""
    with transaction(office.factory) as session:
        set_staff(
            session, Staff("three", "丁", frozenset({Role.ADMINISTRATOR})), Period(TEN), at=TEN, by="test"
        )
    office.bound("three")
    assert office.comes() == SsoDenial(SsoRefusal.SECOND)
    office.provider.answer = told(amr=["pwd", "mfa"])
    token = office.signed_in()
    with looking(office.factory) as session:
        found = accounts.present(session, token, TEN)
    assert found is not None and not found.needs_second


def test_a_login_that_ended_and_began_anew_is_bound_anew(office: Office) -> None:
    """It may be somebody else's now."""
    office.bound()
    token = office.signed_in()
    ended = TEN + MINUTE
    with transaction(office.factory) as session:
        endings.end_staff(session, "agent", ended, at=ended, by="one", reason="離職")
    assert not office.is_in(token, ended)
    assert office.comes(ended) == SsoDenial(SsoRefusal.UNBOUND)


@pytest.mark.dialects
def test_a_session_is_asked_about_every_ten_minutes(office: Office) -> None:
    """Roles of now, fresh tokens, and nothing asked twice."""
    office.rule("watch", Role.AUDITOR)
    office.bound()
    token = office.signed_in()
    office.provider.answer = ProviderAnswer({"sub": "u-1", "groups": ["watch"]}, "access-2", "refresh-2")
    assert office.checks.run(TEN + RECHECK - timedelta(seconds=1)) == 0
    later = TEN + RECHECK
    assert (office.checks.run(later), office.checks.run(later)) == (1, 0)
    assert office.roles(at=later) == {Role.AGENT, Role.AUDITOR}
    office.checks.run(later + RECHECK)
    assert office.provider.asked == [("access", "refresh"), ("access-2", "refresh-2")]
    assert office.is_in(token, later + RECHECK)


@pytest.mark.dialects
def test_an_account_that_ends_there_takes_sessions_keys_and_telephones_with_it(office: Office) -> None:
    """Within ten minutes; keys and telephones go on once the provider confirms it again."""
    office.bound()
    token, other = office.signed_in(), office.signed_in()
    with transaction(office.factory) as session:
        key = keys.make(session, "agent", "看板", at=TEN, by="one")
        session.get_one(Agent, "agent-1").browser_secret = "page"
    office.provider.answer = ProviderRefused("invalid_grant")
    later = TEN + RECHECK
    office.checks.run(later)
    assert not office.is_in(token, later) and not office.is_in(other, later)
    with looking(office.factory) as session:
        assert keys.holder(session, key, later) is None
        assert still_phones(session, later) == {"agent-1"}
        assert session.get_one(Agent, "agent-1").browser_secret == ""
        assert not any(row.refresh or row.access for row in session.scalars(select(SessionRow)))
    (row,) = office.said("staff.sign-out")
    assert row[:2] == ("sso", "staff:agent") and "invalid_grant" in row[3]
    office.provider.answer = told()
    office.signed_in(later + MINUTE)
    with looking(office.factory) as session:
        assert keys.holder(session, key, later + MINUTE) is not None
        assert still_phones(session, later + MINUTE) == frozenset()


def test_while_the_provider_is_away_sessions_go_on_for_an_hour(office: Office) -> None:
    """The hour is in the row, so it ends where no job runs too; who is signed in is told in time."""
    office.bound()
    token = office.signed_in()
    office.provider.answer = ProviderAway("timeout")
    for minutes in range(10, 60, 10):
        office.stays(token, TEN + minutes * MINUTE)
        office.checks.run(TEN + minutes * MINUTE)
    with looking(office.factory) as session:
        early = accounts.present(session, token, TEN + 12 * MINUTE)
        late = accounts.present(session, token, TEN + 59 * MINUTE)
    assert early and early.away_until is None
    assert late and late.away_until == TEN + timedelta(hours=1)
    assert not office.is_in(token, TEN + timedelta(hours=1))
    with looking(office.factory) as session:
        assert still_phones(session, TEN + timedelta(hours=1)) == frozenset()


def test_a_session_that_can_be_asked_about_no_more_ends_alone(office: Office) -> None:
    """Without a refresh token, say: nothing is known against its owner, so keys go on."""
    office.bound()
    token = office.signed_in()
    with transaction(office.factory) as session:
        key = keys.make(session, "agent", "看板", at=TEN, by="one")
    office.provider.answer = ProofLapsed("401")
    office.checks.run(TEN + RECHECK)
    assert not office.is_in(token, TEN + RECHECK)
    with looking(office.factory) as session:
        assert keys.holder(session, key, TEN + RECHECK) is not None


def test_who_is_not_on_the_providers_list_is_shut_out_without_a_session(office: Office) -> None:
    """Once, until they sign in again; a list that lacks too many is not believed, nor is one of nobody's."""
    office.bound()
    with transaction(office.factory) as session:
        with pytest.raises(ListUnfit):
            withdraw_unlisted(session, ISSUER, set(), at=TEN, by="one")
        with pytest.raises(NotPermitted):
            withdraw_unlisted(session, ISSUER, {"u-1"}, at=TEN, by="agent")
        assert withdraw_unlisted(session, ISSUER, {"u-1", "u-9"}, at=TEN, by="one") == []
        two = BindingRow(login="two", issuer=ISSUER, subject="u-2", bound_at=TEN, bound_by="one", roles=[])
        two.holds_until = TEN + timedelta(days=14)
        session.add(two)
    with transaction(office.factory) as session:
        assert withdraw_unlisted(session, ISSUER, {"u-2"}, at=TEN, by="one") == ["agent"]
        assert withdraw_unlisted(session, ISSUER, {"u-2"}, at=TEN, by="one") == []
        assert stands_still(session, "agent", TEN) and not stands_still(session, "two", TEN)
    assert ("sso", "staff:agent") in [row[:2] for row in office.said("staff.sign-out")]


def test_keys_of_an_account_that_was_not_confirmed_for_two_weeks_stand_still(office: Office) -> None:
    """The provider may have ended it while nobody was signed in."""
    office.bound()
    office.signed_in()
    with transaction(office.factory) as session:
        key = keys.make(session, "agent", "看板", at=TEN, by="one")
        own = keys.make(session, "one", "報表", at=TEN, by="one")
    for after, works in ((timedelta(days=14) - MINUTE, True), (timedelta(days=14), False)):
        with looking(office.factory) as session:
            assert (keys.holder(session, key, TEN + after) is not None) is works
            assert keys.holder(session, own, TEN + after) is not None


@pytest.mark.dialects
def test_a_logout_token_ends_what_it_names_and_counts_once(office: Office) -> None:
    """The session that it names, else all of the person; keys go on."""
    office.bound()
    office.provider.answer = told(sid="s-1")
    first = office.signed_in()
    office.provider.answer = told(sid="s-2")
    second, third = office.signed_in(), office.signed_in()
    office.provider.notice = LogoutNotice("j-1", "u-1", "s-1")
    assert office.checks.log_out("token", "192.0.2.9", TEN) == 1
    assert (office.is_in(first, TEN), office.is_in(second, TEN)) == (False, True)
    with pytest.raises(BadToken):
        office.checks.log_out("token", "192.0.2.9", TEN)
    office.provider.notice = LogoutNotice("j-2", "", "s-2")
    assert office.checks.log_out("token", "192.0.2.9", TEN) == 2
    assert not office.is_in(third, TEN)
    assert office.said("staff.sign-out")[-1][0] == "sso"


def test_a_logout_token_of_a_stranger_ends_nothing(office: Office) -> None:
    """Nor one of another person."""
    office.bound()
    token = office.signed_in()
    office.provider.notice = LogoutNotice("j-1", "u-9", "")
    assert office.checks.log_out("token", "192.0.2.9", TEN) == 0
    assert office.is_in(token, TEN)


@pytest.mark.dialects
def test_the_desk_telephone_of_a_login_that_ends_has_a_new_password(office: Office) -> None:
    """Unless somebody else has the telephone; once, and on record."""
    later = TEN + MINUTE
    both = Staff("late", "戊", frozenset({Role.AGENT}), phone="agent-1")
    with transaction(office.factory) as session:
        set_staff(session, both, Period(TEN), at=TEN, by="one")
        endings.end_staff(session, "agent", later, at=later, by="one", reason="離職")
        assert session.get_one(Agent, "agent-1").secret == "desk"
        endings.end_staff(session, "late", 2 * MINUTE + TEN, at=later, by="one", reason="離職")
    over = TEN + 2 * MINUTE
    with transaction(office.factory) as session:
        assert endings.is_due(session, over)
        endings.destroy_ended(session, over)
        renewed = session.get_one(Agent, "agent-1").secret
        assert renewed != "desk" and not endings.is_due(session, over + MINUTE)
        endings.destroy_ended(session, over + MINUTE)
        assert session.get_one(Agent, "agent-1").secret == renewed
    assert [row[1] for row in office.said("agent.phone")] == ["agent:agent-1"]


def test_what_counts_no_more_is_forgotten(office: Office) -> None:
    """Used ways after two days, who came after a month, tokens of sessions that nobody uses."""
    office.bound()
    office.signed_in()
    office.provider.answer = told(sub="u-2")
    office.comes()
    with transaction(office.factory) as session:
        forget(session, TEN + timedelta(hours=1))
        assert not any(row.refresh for row in session.scalars(select(SessionRow)))
        assert session.scalars(select(SsoUsedRow)).all() and BOOK.strangers(session)
        forget(session, TEN + timedelta(days=31))
        assert not session.scalars(select(SsoUsedRow)).all() and not BOOK.strangers(session)
