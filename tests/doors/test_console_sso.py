"""The pages of single sign-on: the way there and back, and what administrators say of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from hotline.db import looking, transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.sso.store import SsoChangeRow
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff, staff
from tests.doors.console import BASE, BEGINNING, Console, Visitor, console
from tests.doors.identity import PlayedProvider, played, said
from tests.signed_tokens import CLIENT, logout_claims, signed

pytestmark = pytest.mark.matrix
OFFICER = "officer-5112"


@pytest.fixture
def provider() -> Iterator[PlayedProvider]:
    with played(BEGINNING) as one:
        yield one


@pytest.fixture
def pages(tmp_path: Path, provider: PlayedProvider) -> Console:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    made = console(
        tmp_path / "home",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_secret_file=secret,
        console_url=BASE,
    )
    second = Staff("admin-2", "示範第二位管理員", frozenset({Role.ADMINISTRATOR}))
    with transaction(made.house.factory) as session:
        set_staff(session, second, Period(made.clock.at), at=made.clock.at, by="test")
    made.clock.goes_on(timedelta(seconds=1))
    for admin in ("admin-1", "admin-2"):
        made.has_account(admin)
    return made


def comes(visitor: Visitor, provider: PlayedProvider, after: str = "", **more: str) -> TestResponse:
    """A browser goes to the provider, signs in there, and comes back."""
    there = visitor.get("/sign-in/sso", query_string={"after": after})
    told = {name: given[0] for name, given in parse_qs(urlsplit(there.location).query).items()}
    provider.nonce, provider.at = told["nonce"], visitor.clock.at
    back = {"state": told["state"], "code": "c-1", **more}
    return visitor.get("/sign-in/sso/return", query_string=back)


def bound(pages: Console, provider: PlayedProvider, login: str = OFFICER) -> None:
    """An administrator says who that is."""
    assert comes(pages.stranger(), provider).status_code == 403
    admin = pages.signed_in("admin-1")
    found = re.search(r"/single-sign-on/people/(\d+)", admin.get("/single-sign-on").text)
    assert found
    form = {"login": login, "reason": "本人確認"}
    done = admin.post(found[0], form, page=found[0])
    assert done.status_code == 302, done.text


def test_who_is_bound_comes_in_and_to_the_page_they_wanted(pages: Console, provider: PlayedProvider) -> None:
    """Before that nobody does; the cookie of the way is gone afterwards."""
    bound(pages, provider)
    visitor = pages.stranger()
    assert "以市府帳號登入" in visitor.get("/sign-in").text
    signed_in = comes(visitor, provider, after="/account")
    assert (signed_in.status_code, signed_in.location) == (302, "/account")
    assert OFFICER in visitor.get("/account").text
    assert visitor.client.get_cookie("__Host-sso", domain="console.test") is None


@pytest.mark.parametrize(
    "after", ["//evil.example/", "/\\evil.example", "https://evil.example/", "/a\r\nX: y"]
)
def test_nobody_is_led_to_another_site(pages: Console, provider: PlayedProvider, after: str) -> None:
    """Neither by the way there nor by the way back."""
    bound(pages, provider)
    assert comes(pages.stranger(), provider, after=after).location == "/"


def test_a_way_back_that_another_browser_began_signs_nobody_in(
    pages: Console, provider: PlayedProvider
) -> None:
    """So nobody is signed in to an account that an attacker chose; nor twice by one way."""
    bound(pages, provider)
    attacker, victim = pages.stranger(), pages.stranger()
    there = attacker.get("/sign-in/sso")
    state = parse_qs(urlsplit(there.location).query)["state"][0]
    back = {"state": state, "code": "c-1"}
    assert victim.get("/sign-in/sso/return", query_string=back).status_code == 403
    victim.get("/sign-in/sso")
    assert victim.get("/sign-in/sso/return", query_string=back).status_code == 403
    assert victim.get("/account").status_code == 302


def test_a_provider_that_is_away_leaves_the_door_of_the_house_open(
    pages: Console, provider: PlayedProvider
) -> None:
    """The page says so; a password lets in."""
    provider.answers["/.well-known/openid-configuration"] = lambda: said({}, 500)
    answer = pages.stranger().get("/sign-in/sso")
    assert answer.status_code == 503 and "沒有回應" in answer.text
    assert pages.signed_in("admin-1").get("/account").status_code == 200


def test_who_is_signed_in_is_told_that_the_provider_is_away(pages: Console, provider: PlayedProvider) -> None:
    """Until when the session holds; then it is over."""
    bound(pages, provider)
    visitor = pages.stranger()
    comes(visitor, provider)
    pages.clock.goes_on(timedelta(minutes=14))
    assert "市府登入服務目前沒有回應" in visitor.get("/account").text
    for _each in range(2):
        pages.clock.goes_on(timedelta(minutes=23))
        last = visitor.get("/account").status_code
    assert last == 302


def test_a_logout_token_ends_the_session(pages: Console, provider: PlayedProvider) -> None:
    """No page of ours sends it, so it bears a signature instead of a form's token."""
    bound(pages, provider)
    visitor = pages.stranger()
    comes(visitor, provider)

    def sends(token: str) -> TestResponse:
        form = {"logout_token": token}
        return pages.stranger().client.post("/sign-in/sso/logout", data=form, base_url=BASE)

    token = signed(logout_claims(pages.clock.at, iss=provider.issuer, sid=None))
    assert sends(token + "x").status_code == 400
    assert visitor.get("/account").status_code == 200
    done = sends(token)
    assert (done.status_code, done.headers["Cache-Control"]) == (200, "no-store")
    assert visitor.get("/account").status_code == 302
    assert sends(token).status_code == 400


def test_a_role_that_approves_is_given_by_two(pages: Console, provider: PlayedProvider) -> None:
    """By rule: one proposes on the page, another confirms; then the claim gives it."""
    bound(pages, provider)
    rule = {"claim": "groups", "value": "1999", "role": "supervisor", "reason": "局務會議"}
    first = pages.signed_in("admin-1")
    proposed = first.post("/single-sign-on/rules", rule, page="/single-sign-on")
    change = proposed.location
    assert re.fullmatch(r"/single-sign-on/changes/\d+", change)
    shown = first.get(change).text
    assert "請另一位管理員確認" in shown and "groups = 1999" in shown
    assert f'href="{change}">groups = 1999' in first.get("/single-sign-on").text
    assert first.post(f"{change}/confirm", page=change).status_code == 422
    comes(pages.stranger(), provider)
    assert Role.SUPERVISOR not in _roles(pages)
    second = pages.signed_in("admin-2")
    assert second.post(f"{change}/confirm", page=change).status_code == 302
    comes(pages.stranger(), provider)
    assert Role.SUPERVISOR in _roles(pages)


def test_a_rule_is_refused_or_ended(pages: Console, provider: PlayedProvider) -> None:
    """An administrator's role is not offered, and refused to who asks for it all the same."""
    admin = pages.signed_in("admin-1")
    rule = {"claim": "groups", "value": "1999", "role": "auditor", "reason": "局務會議"}
    assert 'value="administrator"' not in admin.get("/single-sign-on").text
    wrong = admin.post("/single-sign-on/rules", {**rule, "role": "administrator"}, page="/single-sign-on")
    assert wrong.status_code == 422
    assert admin.post("/single-sign-on/rules", rule, page="/single-sign-on").status_code == 302
    twice = admin.post("/single-sign-on/rules", rule, page="/single-sign-on")
    assert twice.status_code == 422 and "已有這條規則" in twice.text
    end = "/single-sign-on/rules/1/end"
    assert "groups = 1999" in admin.get(end).text
    assert admin.post(end, {"reason": "組織調整"}, page=end).status_code == 302
    assert admin.get("/single-sign-on").text.count("結束對應規則") == 0


def test_a_bound_login_is_not_invited_until_it_is_unbound(pages: Console, provider: PlayedProvider) -> None:
    """Its password is gone meanwhile."""
    bound(pages, provider)
    admin, person = pages.signed_in("admin-1"), f"/staff/{OFFICER}"
    refused = admin.post(f"{person}/invite", page=person)
    assert refused.status_code == 422 and "以市府帳號登入" in refused.text
    end = f"/single-sign-on/bindings/{OFFICER}/end"
    assert admin.post(end, {"reason": "改用密碼"}, page=end).status_code == 302
    assert admin.post(f"{person}/invite", page=person).status_code == 200


def test_a_proposal_is_refused_with_a_reason(pages: Console, provider: PlayedProvider) -> None:
    """Nothing is written."""
    admin = pages.signed_in("admin-1")
    rule = {"claim": "groups", "value": "1999", "role": "approver", "reason": "試"}
    change = admin.post("/single-sign-on/rules", rule, page="/single-sign-on").location
    assert admin.post(f"{change}/refuse", {"reason": "誤植"}, page=change).status_code == 302
    with looking(pages.house.factory) as session:
        assert [row.state for row in session.query(SsoChangeRow)] == ["refused"]


def test_without_a_provider_there_is_no_way(tmp_path: Path) -> None:
    """The page for administrators says how it is set up."""
    pages = console(tmp_path / "home")
    stranger = pages.stranger()
    assert stranger.get("/sign-in/sso").status_code == 404
    assert "以市府帳號登入" not in stranger.get("/sign-in").text
    sent = {"logout_token": "x"}
    assert stranger.client.post("/sign-in/sso/logout", data=sent, base_url=BASE).status_code == 400
    assert "還沒有設定市府登入服務" in pages.signed_in("admin-1").get("/single-sign-on").text


def _roles(pages: Console) -> frozenset[Role]:
    with transaction(pages.house.factory) as session:
        return staff(session, OFFICER, pages.clock.at).roles
