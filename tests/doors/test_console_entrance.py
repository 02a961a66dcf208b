"""The door of the pages: who gets in, how long they stay, and who does not (resilience.md §2, 21-26)."""

from datetime import datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from hotline.accounts.endings import end_staff
from hotline.accounts.rules import IDLE
from hotline.accounts.service import end_sessions, invite
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from tests.doors.console import PASSWORD, Console, Visitor, console

OFFICER, ADMIN = "officer-5112", "admin-1"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def test_a_stranger_is_asked_to_sign_in_and_comes_to_the_page_they_wanted(pages: Console) -> None:
    """The address they asked for is kept."""
    pages.gets_password(OFFICER)
    visitor = pages.stranger()
    asked = visitor.get("/account")
    assert (asked.status_code, asked.location) == (302, "/sign-in?after=/account")
    form = {"login": OFFICER, "password": PASSWORD, "code": ""}
    signed = visitor.post("/sign-in?after=/account", form, page="/sign-in")
    assert signed.location == "/account"
    assert OFFICER in visitor.get("/account").text


@pytest.mark.parametrize(
    "after", ["//evil.example/", "/\\evil.example", "https://evil.example/", "/a\r\nX: y"]
)
def test_nobody_is_sent_to_another_site(pages: Console, after: str) -> None:
    """What looks like ours but is not leads to the first page."""
    pages.gets_password(OFFICER)
    form = {"login": OFFICER, "password": PASSWORD, "code": ""}
    answer = pages.stranger().post("/sign-in", form, page="/sign-in", query_string={"after": after})
    assert answer.location == "/"


@pytest.mark.proves("security-contact")
def test_who_found_a_weakness_reads_whom_to_write_to(tmp_path: Path) -> None:
    """RFC 9116: contact, and an end that is never past; no such page while no contact is set."""
    address = "/.well-known/security.txt"
    contact = "mailto:security@city.example"
    set_up = console(
        tmp_path / "set", security_contact=contact, console_url="https://1999.city.example", console_hops=1
    )
    answer = set_up.app.test_client().get(address)
    assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == contact and fields["Canonical"] == f"https://1999.city.example{address}"
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < expires - set_up.clock.at < timedelta(days=366)
    assert console(tmp_path / "unset").app.test_client().get(address).status_code == 404


def test_an_address_that_leads_nowhere_is_a_page_of_the_product(pages: Console) -> None:
    """It says what to do, in the language that is asked for, to strangers as to the staff."""
    for words, language in (("找不到這一頁", "zh-TW"), ("This page was not found", "en")):
        answer = pages.app.test_client().get("/no-such-page", headers={"Accept-Language": language})
        assert answer.status_code == 404 and words in answer.text and "1999" in answer.text


def test_the_name_leads_strangers_to_the_front_page_of_their_service(pages: Console) -> None:
    """Staff come to the overview, as strangers do from where no public service is."""
    stranger, found = pages.stranger(), 'class="name" href="%s"'
    for address, front in {"/sign/in": "/sign", "/sign/x": "/sign", "/track": "/track", "/x": "/"}.items():
        assert found % front in stranger.get(address).text, address
    assert found % "/open" in stranger.get("/open").text
    assert found % "/" in pages.signed_in("agent-1").get("/open").text


def test_a_wrong_password_and_a_wrong_name_are_answered_alike(pages: Console) -> None:
    """Nobody learns which names exist."""
    pages.gets_password(OFFICER)
    answers = [
        pages.stranger().signs_in(login, "something else 123") for login in (OFFICER, "officer-who-is-not")
    ]
    said = {
        answer.text.replace(OFFICER, "-").replace("officer-who-is-not", "-").partition("csrf")[0]
        for answer in answers
    }
    assert [answer.status_code for answer in answers] == [422, 422]
    assert len(said) == 1
    assert "錯誤：</span>帳號或密碼不對。" in answers[0].text and "Error:" not in answers[0].text


def test_after_five_wrong_answers_this_address_waits_and_another_does_not(pages: Console) -> None:
    """So nobody can lock a colleague out."""
    pages.gets_password(OFFICER)
    guesser = pages.stranger()
    for _try in range(6):
        guesser.signs_in(OFFICER, "wrong wrong wrong")
    assert "錯誤次數太多" in guesser.signs_in(OFFICER).text
    colleague = pages.stranger()
    colleague.client.environ_base["REMOTE_ADDR"] = "127.0.0.9"
    assert colleague.signs_in(OFFICER).status_code == 302
    pages.clock.goes_on(timedelta(minutes=6))
    assert guesser.signs_in(OFFICER).status_code == 302


def test_wrong_old_passwords_count_as_at_the_door(pages: Console) -> None:
    """Who finds a browser signed in does not guess the password for ever."""
    visitor = pages.signed_in(OFFICER)
    form = {"old": "wrong wrong wrong", "password": "滑梯 鋼筆 海帶 月台 9999"}
    said = [visitor.post("/account", form, page="/account").text for _try in range(6)]
    assert all("目前的密碼不對" in text for text in said[:5]) and "錯誤次數太多" in said[5]
    assert "錯誤次數太多" in visitor.post("/account", {**form, "old": PASSWORD}, page="/account").text


def test_a_browser_that_signed_in_is_known_again(pages: Console) -> None:
    """By a mark of ours alone, which lets nobody in:
    somebody else's guesses at the same address do not hold it up.
    """
    visitor = pages.signed_in(OFFICER)
    visitor.post("/sign-out")
    mark = visitor.client.get_cookie("__Host-mark", domain="console.test")
    assert mark is not None and mark.secure and mark.http_only and mark.same_site == "Lax"
    guesser = pages.stranger()
    for _try in range(6):
        guesser.signs_in(OFFICER, "wrong wrong wrong")
    assert "錯誤次數太多" in pages.stranger().signs_in(OFFICER).text
    assert visitor.get("/").status_code == 302 and visitor.signs_in(OFFICER).status_code == 302


def test_an_administrator_sets_up_a_second_factor_before_anything_else(pages: Console) -> None:
    """And afterwards a password alone is not enough."""
    pages.gets_password(ADMIN)
    first = pages.stranger()
    first.signs_in(ADMIN)
    assert first.get("/").location == "/account/second-factor"
    secret = pages.gets_second(ADMIN)
    assert first.get("/").status_code == 200
    again = pages.stranger()
    again.signs_in(ADMIN, code="")
    assert again.get("/").status_code == 302
    again.secret = secret
    pages.clock.goes_on(timedelta(seconds=30))
    assert again.signs_in(ADMIN).status_code == 302
    assert again.get("/").status_code == 200


def offered(visitor: Visitor) -> str:
    """The secret that the page shows."""
    page = visitor.get("/account/second-factor").text
    return page.partition('<code class="govuk-!-font-weight-bold">')[2].partition("</code>")[0]


def shown_now(pages: Console, secret: str) -> str:
    return pyotp.TOTP(secret).at(int(pages.clock.at.timestamp()))


def test_the_page_keeps_its_secret_after_a_wrong_digit_and_takes_none_from_the_browser(
    pages: Console,
) -> None:
    """What is sent besides is not looked at, malformed or not;
    the right code brings recovery codes, shown once.
    """
    visitor, page = pages.signed_in(OFFICER), "/account/second-factor"
    secret = offered(visitor)
    for own in (pyotp.random_base32(), "not base32!", "", "\x00"):
        code = "000000" if own != own.upper() or len(own) < 16 else shown_now(pages, own)
        answer = visitor.post(page, {"secret": own, "code": code, "password": PASSWORD}, page=page)
        assert answer.status_code == 422 and "圖形和密鑰沒有變" in answer.text and secret in answer.text
    wrong = visitor.post(page, {"code": shown_now(pages, secret), "password": "x"}, page=page)
    assert wrong.status_code == 422 and "密碼不對" in wrong.text
    done = visitor.post(page, {"code": shown_now(pages, secret), "password": PASSWORD}, page=page)
    assert done.status_code == 200 and done.text.count('class="secret"') == 10
    assert "還剩 10 個" in visitor.get("/account").text and "secret" not in visitor.get("/account").text


def test_a_browser_left_open_changes_no_second_factor(pages: Console) -> None:
    """The password alone is not enough, nor a code alone; with both, codes of the old one count no more."""
    visitor, page = pages.signed_in(ADMIN), "/account/second-factor"
    pages.clock.goes_on(timedelta(seconds=30))
    old, new = visitor.code(), offered(visitor)
    for form in (
        {"password": PASSWORD, "old": ""},
        {"password": PASSWORD, "old": "000000"},
        {"password": "x", "old": old},
    ):
        assert visitor.post(page, {"code": shown_now(pages, new), **form}, page=page).status_code == 422
    done = visitor.post(page, {"code": shown_now(pages, new), "password": PASSWORD, "old": old}, page=page)
    assert done.status_code == 200 and visitor.get("/").status_code == 200
    again = pages.stranger()
    again.secret = visitor.secret
    pages.clock.goes_on(timedelta(seconds=30))
    assert again.signs_in(ADMIN).status_code == 422
    again.secret = new
    assert again.signs_in(ADMIN).status_code == 302


def test_a_recovery_code_lets_in_and_tells_how_many_are_left(pages: Console) -> None:
    """The next page says so; a new set is made for password and code."""
    visitor, page = pages.signed_in(OFFICER), "/account/second-factor"
    form = {"code": shown_now(pages, offered(visitor)), "password": PASSWORD}
    codes = visitor.post(page, form, page=page).text.split('class="secret">')[1:]
    first, second = (text.partition("</code>")[0] for text in codes[:2])
    lost = pages.stranger()
    assert lost.signs_in(OFFICER, code=first).status_code == 302
    assert "還剩 9 個" in lost.get("/").text
    page = "/account/recovery-codes"
    assert lost.post(page, {"password": PASSWORD, "old": first}, page=page).status_code == 422
    renewed = lost.post(page, {"password": PASSWORD, "old": second}, page=page)
    assert renewed.status_code == 200 and renewed.text.count('class="secret"') == 10
    assert pages.stranger().signs_in(OFFICER, code=codes[2].partition("</code>")[0]).status_code == 422


def test_a_code_counts_once(pages: Console) -> None:
    """Whoever looked over a shoulder comes too late."""
    pages.gets_password(ADMIN)
    secret = pages.gets_second(ADMIN)
    pages.clock.goes_on(timedelta(seconds=30))
    owner, onlooker = pages.stranger(), pages.stranger()
    owner.secret = onlooker.secret = secret
    assert owner.signs_in(ADMIN).status_code == 302
    assert onlooker.signs_in(ADMIN).status_code == 422


def test_a_session_ends_when_nobody_uses_it(pages: Console) -> None:
    """Half an hour; who goes on working stays, twelve hours at most."""
    visitor = pages.signed_in(OFFICER)
    pages.clock.goes_on(IDLE - timedelta(seconds=1))
    assert visitor.get("/").status_code == 200
    pages.clock.goes_on(IDLE - timedelta(seconds=1))
    assert visitor.get("/").status_code == 200
    pages.clock.goes_on(IDLE)
    assert visitor.get("/").status_code == 302
    worker = pages.signed_in(OFFICER)
    for _quarter in range(49):
        pages.clock.goes_on(timedelta(minutes=15))
        last = worker.get("/").status_code
    assert last == 302


def test_signing_out_ends_the_session_on_our_side(pages: Console) -> None:
    """A cookie that somebody copied is worth nothing afterwards."""
    visitor = pages.signed_in(OFFICER)
    cookie = visitor.client.get_cookie("__Host-session", domain="console.test")
    assert cookie is not None
    visitor.post("/sign-out")
    thief = pages.stranger()
    thief.client.set_cookie("__Host-session", cookie.value, domain="console.test", secure=True)
    assert thief.get("/").status_code == 302


def test_who_leaves_the_staff_is_out_at_once(pages: Console) -> None:
    """Also in the middle of a session; and an administrator can end anybody's sessions."""
    visitor = pages.signed_in(OFFICER)
    other = pages.signed_in("officer-5113")
    with transaction(pages.house.factory) as session:
        end_staff(session, OFFICER, pages.clock.at, at=pages.clock.at, by=ADMIN)
        assert end_sessions(session, "officer-5113", at=pages.clock.at, by=ADMIN, reason="lost laptop") == 1
    assert (visitor.get("/").status_code, other.get("/").status_code) == (302, 302)


def test_an_invitation_works_once_and_not_for_ever(pages: Console) -> None:
    """A second one ends the first."""
    with transaction(pages.house.factory) as session:
        first = invite(session, OFFICER, at=pages.clock.at, by=ADMIN)
        token = invite(session, OFFICER, at=pages.clock.at, by=ADMIN)
    visitor = pages.stranger()
    pages.clock.goes_on(timedelta(seconds=1))
    assert visitor.get(f"/invitation/{first}").status_code == 404
    page = f"/invitation/{token}"
    for password, why in (
        ("short", "至少要 12 個字元"),
        ("hotline1999!!", "別人一定先猜"),
        ("ji32k7au4a83", "注音按鍵"),
    ):
        refused = visitor.post(page, {"password": password}, page=page)
        assert refused.status_code == 422 and why in refused.text
    assert visitor.post(page, {"password": PASSWORD}, page=page).status_code == 302
    assert visitor.get(page).status_code == 404
    with transaction(pages.house.factory) as session:
        late = invite(session, OFFICER, at=pages.clock.at, by=ADMIN)
    pages.clock.goes_on(timedelta(days=3))
    assert visitor.get(f"/invitation/{late}").status_code == 404


def test_cookies_are_ours_alone(pages: Console) -> None:
    """``__Host-``, Secure, HttpOnly, SameSite; nothing of it is kept by us in clear."""
    pages.gets_password(OFFICER)
    answer = pages.stranger().signs_in(OFFICER)
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if "__Host-session=" in line]
    assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie


def test_what_happens_at_the_door_is_on_record(pages: Console) -> None:
    """Invited, chosen, signed in: with who did it."""
    pages.gets_password(OFFICER)
    pages.signed_in(OFFICER)  # who has a password gets another by an invitation
    with transaction(pages.house.factory) as session:
        told = [(row.action, row.by) for row in audit_rows(session, subject=f"staff:{OFFICER}")]
    assert told[-3:] == [("staff.invite", "test"), ("staff.password", OFFICER), ("staff.sign-in", OFFICER)]


def test_the_language_is_remembered(pages: Console) -> None:
    """Chinese first; English by a press, on the page where one is."""
    visitor = pages.stranger()
    assert '<html lang="zh-Hant-TW"' in visitor.get("/sign-in").text
    answer = visitor.post("/language?after=/sign-in", {"language": "en"}, page="/sign-in")
    assert answer.location == "/sign-in"
    english = visitor.get("/sign-in").text
    assert '<html lang="en"' in english and "Password" in english


def test_the_theme_is_remembered(pages: Console) -> None:
    """As the system is at first; dark by a press, told in the page's head, so that nothing flashes."""
    visitor = pages.stranger()
    page = visitor.get("/sign-in").text
    assert "data-theme" not in page and '<meta name="color-scheme" content="light dark">' in page
    for wanted in ("dark", "pink"):
        answer = visitor.post("/theme?after=/sign-in", {"theme": wanted}, page="/sign-in")
        assert answer.location == "/sign-in"
        page = visitor.get("/sign-in").text
        assert 'data-theme="dark"' in page and '<meta name="color-scheme" content="dark">' in page
    visitor.post("/theme", {"theme": "system"}, page="/sign-in")
    assert "data-theme" not in visitor.get("/sign-in").text


def test_the_database_away_is_said_and_not_a_fault(pages: Console) -> None:
    """A page that says that the telephone goes on."""
    pages.house.engine.dispose()
    database = pages.house.settings.home / "hotline.db"
    database.rename(database.with_name("gone"))
    database.mkdir()
    visitor = pages.stranger()
    visitor.client.set_cookie("__Host-session", "x", domain="console.test", secure=True)
    answer = visitor.get("/")
    assert answer.status_code == 503
