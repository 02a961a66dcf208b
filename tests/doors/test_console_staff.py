"""People and roles in the pages (spec §1):
added, changed, ended, invited, signed out, each within its limits.
"""

from pathlib import Path

import pytest

from hotline.accounts.endings import end_staff
from hotline.db import looking, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.ledger.versions import version
from hotline.outbox import senders
from hotline.outbox.message import Letter, NotSent
from hotline.permissions import Action, Role
from hotline.staff.rules import Staff
from hotline.staff.service import LastAdministrator, MoreThanOwn, UnknownStaff, set_staff, staff
from tests.doors.console import BEGINNING, Console, Visitor, console
from tests.doors.programs import Program

ADMIN, OFFICER = "admin-1", "officer-5112"
ANNA = {
    "login": "anna",
    "name": "示範新人",
    "roles": ["liaison", "officer"],
    "place": "epb/epb-air",
    "phone": "5113",
    "email": "anna@city.example",
    "since": "",
    "reason": "到職",
}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


@pytest.fixture
def admin(pages: Console) -> Visitor:
    return pages.signed_in(ADMIN)


def known(pages: Console, login: str) -> Staff:
    with looking(pages.house.factory) as session:
        return staff(session, login, pages.clock.at)


def test_somebody_is_added_and_found(pages: Console, admin: Visitor) -> None:
    """By name, by login, by place; from now on, when no date is given."""
    answer = admin.post("/staff/new", ANNA, page="/staff/new")
    assert (answer.status_code, answer.location) == (302, "/staff/anna")
    member = known(pages, "anna")
    assert member.roles == {Role.LIAISON, Role.OFFICER} and (member.agency, member.section) == (
        "epb",
        "epb-air",
    )
    for asked in ("示範新人", "anna", "空氣"):
        assert "/staff/anna" in admin.get("/staff", query_string={"q": asked}).text, asked
    assert "/staff/anna" not in admin.get("/staff", query_string={"role": "approver"}).text


@pytest.mark.parametrize(
    ("field", "given", "fault"),
    [
        ("login", "Anna Lin", "帳號以小寫英文字母開頭"),
        ("login", OFFICER, "請改用別的代碼"),
        ("name", "", "請輸入姓名"),
        ("roles", [], "請至少選一個角色"),
        ("email", "no address", "電子郵件的格式"),
        ("reason", "", "請寫下原因"),
        ("since", "tomorrow", "這不是日期"),
    ],
)
def test_what_is_lacking_is_said_at_its_field(
    pages: Console, admin: Visitor, field: str, given: object, fault: str
) -> None:
    """And nobody is added."""
    answer = admin.post("/staff/new", {**ANNA, field: given}, page="/staff/new")
    assert answer.status_code == 422 and fault in answer.text
    with pytest.raises(UnknownStaff):
        known(pages, "anna")


def test_a_change_planned_for_a_day_is_shown_and_takes_effect_then(pages: Console, admin: Visitor) -> None:
    """Until midnight all is as it was."""
    form = {
        **ANNA,
        "name": "示範承辦",
        "roles": ["manager"],
        "since": "2026-12-01",
        "reason": "升任",
        "renamed": "y",
    }
    page = f"/staff/{OFFICER}/change"
    with looking(pages.house.factory) as session:
        read = version(session, "staff", OFFICER)
    assert admin.post(page, {**form, "version": str(read)}, page=page).status_code == 302
    assert Role.MANAGER not in known(pages, OFFICER).roles
    assert "2026-12-01 00:00 起：督導主管" in admin.get(f"/staff/{OFFICER}").text
    with looking(pages.house.factory) as session:
        at = BEGINNING.replace(month=12, day=1)
        assert staff(session, OFFICER, at).roles == {Role.MANAGER}


def test_the_second_of_two_editors_is_told(pages: Console, admin: Visitor) -> None:
    """What they read is not what they would replace."""
    page = f"/staff/{OFFICER}/change"
    with looking(pages.house.factory) as session:
        read = str(version(session, "staff", OFFICER))
    form = {**ANNA, "renamed": "y", "version": read}
    first = admin.post(page, form, page=page)
    second = admin.post(page, {**form, "name": "另一個名字"}, page=page)
    assert (first.status_code, second.status_code) == (302, 422)
    assert "剛改過這筆資料" in second.text and known(pages, OFFICER).name == ANNA["name"]


def test_nobody_gives_themselves_more(pages: Console, admin: Visitor) -> None:
    """Fewer roles they may have; one more is another administrator's to give."""
    page = f"/staff/{ADMIN}/change"
    with looking(pages.house.factory) as session:
        read = str(version(session, "staff", ADMIN))
    more = {**ANNA, "roles": ["administrator", "approver"], "place": "rdec/rdec-plan", "version": read}
    answer = admin.post(page, more, page=page)
    assert answer.status_code == 422 and "不能給自己更多權限" in answer.text
    assert known(pages, ADMIN).roles == {Role.ADMINISTRATOR}


def test_a_login_is_given_to_nobody_else(pages: Console, admin: Visitor) -> None:
    """A change of the name is said to be the same person's;
    who left keeps the login, and comes back by a new link.
    """
    page = f"/staff/{OFFICER}/change"
    with looking(pages.house.factory) as session:
        read = str(version(session, "staff", OFFICER))
    form = {**ANNA, "roles": ["officer"], "version": read}
    refused = admin.post(page, form, page=page)
    assert refused.status_code == 422 and "不會再給別人" in refused.text
    pages.has_account(OFFICER)
    assert (
        admin.post(f"/staff/{OFFICER}/end", {"reason": "離職", "version": read}, page=page).status_code == 302
    )
    again = {**ANNA, "login": OFFICER, "roles": ["officer"]}
    assert "不會再給別人" in admin.post("/staff/new", again, page="/staff/new").text
    assert admin.post("/staff/new", {**again, "name": "示範承辦人"}, page="/staff/new").status_code == 302
    assert "尚未邀請" in admin.get(f"/staff/{OFFICER}").text
    assert pages.stranger().signs_in(OFFICER).status_code == 422


def test_the_last_administrator_stays(pages: Console, admin: Visitor) -> None:
    """Neither ended nor made something else; the page says what to do first, and all else that is wrong."""
    for path, form in (
        (f"/staff/{ADMIN}/end", {"reason": "離職"}),
        (f"/staff/{ADMIN}/change", {**ANNA, "roles": ["duty-officer"]}),
    ):
        with looking(pages.house.factory) as session:
            read = str(version(session, "staff", ADMIN))
        answer = admin.post(path, {**form, "version": read}, page=path)
        assert answer.status_code == 422 and "唯一的管理員" in answer.text, path
        assert ("（或曾是）" in answer.text) == path.endswith("change")
    assert Role.ADMINISTRATOR in known(pages, ADMIN).roles


def test_an_end_that_leaves_a_gap_is_refused(pages: Console) -> None:
    """Another administrator who goes before counts only until then."""
    at, later = BEGINNING, BEGINNING.replace(month=12)
    second = Staff("admin-2", "示範第二人", frozenset((Role.ADMINISTRATOR,)))
    with transaction(pages.house.factory) as session:
        set_staff(session, second, Period(at, later), at=at, by=ADMIN)
        with pytest.raises(LastAdministrator) as refused:
            end_staff(session, ADMIN, at, at=at, by=ADMIN)
        assert refused.value.at == later
        with pytest.raises(MoreThanOwn):
            more = Staff("admin-2", "示範第二人", frozenset((Role.ADMINISTRATOR, Role.APPROVER)))
            set_staff(session, more, Period(at), at=at, by="admin-2")
        set_staff(session, second, Period(at), at=at, by=ADMIN)
        end_staff(session, ADMIN, at, at=at, by=ADMIN)


def test_whoever_is_ended_is_out_at_once(pages: Console, admin: Visitor) -> None:
    """Their browser is asked to sign in; what they did stays."""
    visitor = pages.signed_in(OFFICER)
    page = f"/staff/{OFFICER}/end"
    with looking(pages.house.factory) as session:
        read = str(version(session, "staff", OFFICER))
    answer = admin.post(page, {"reason": "離職", "version": read}, page=page)
    assert answer.status_code == 302
    assert visitor.get("/account").status_code == 302
    assert admin.get(f"/staff/{OFFICER}").status_code == 404


def test_a_link_is_shown_once_and_resets_the_second_factor(pages: Console, admin: Visitor) -> None:
    """It stands in no address, no row and no other page; accepting it ends what was before."""
    pages.signed_in(OFFICER)
    secret = pages.gets_second(OFFICER)
    answer = admin.post(f"/staff/{OFFICER}/invite", page=f"/staff/{OFFICER}")
    link = answer.text.partition('<code class="secret" id="link">')[2].partition("</code>")[0]
    assert answer.status_code == 200 and "/invitation/" in link and secret
    assert answer.headers["Cache-Control"] == "no-store"
    assert link not in admin.get(f"/staff/{OFFICER}").text
    with looking(pages.house.factory) as session:
        assert link.rpartition("/")[2] not in str([(row.before, row.after) for row in audit_rows(session)])
    stranger = pages.stranger()
    path = "/invitation/" + link.rpartition("/")[2]
    assert stranger.post(path, {"password": "滑梯 鋼筆 海帶 月台 9999"}, page=path).status_code == 302
    shown = admin.get(f"/staff/{OFFICER}").text
    assert "未啟用" in shown and "目前沒有登入" in shown


class Mailbox:
    """A mail server that takes every letter, or none."""

    def __init__(self, takes: bool = True) -> None:
        self.takes, self.letters = takes, list[Letter]()

    def send(self, letter: Letter) -> str:
        if not self.takes:
            raise NotSent("away")
        self.letters.append(letter)
        return "known"


@pytest.mark.parametrize("takes", [True, False])
def test_where_mail_goes_out_nobody_else_sees_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: bool
) -> None:
    """It goes to its owner alone, or, when it cannot be sent, to nobody;
    who has no address gets one first.
    """
    box = Mailbox(takes)
    monkeypatch.setattr(senders, "sender", lambda settings: box)
    pages = console(tmp_path / "home", smtp_host="mail.test", mail_sender="1999@city.example")
    admin = pages.signed_in(ADMIN)
    answer = admin.post(f"/staff/{OFFICER}/invite", page=f"/staff/{OFFICER}")
    assert answer.status_code == 200 and "/invitation/" not in answer.text
    assert ("只有本人看得到" if takes else "沒有人看得到") in answer.text
    assert [letter.recipient for letter in box.letters] == ["officer-5112@city.example"][: int(takes)]
    with looking(pages.house.factory) as session:
        assert audit_rows(session, subject=f"staff:{OFFICER}")[-1].after == {"link": "mailed"}
    assert admin.post("/staff/new", {**ANNA, "email": ""}, page="/staff/new").status_code == 302
    refused = admin.post("/staff/anna/invite", page="/staff/anna")
    assert refused.status_code == 422 and "沒有電子郵件地址" in refused.text


def test_that_a_link_was_shown_is_on_record(pages: Console, admin: Visitor) -> None:
    """Where no mail goes out."""
    assert (
        "顯示給您看這件事會留在稽核紀錄"
        in admin.post(f"/staff/{OFFICER}/invite", page=f"/staff/{OFFICER}").text
    )
    with looking(pages.house.factory) as session:
        row = audit_rows(session, subject=f"staff:{OFFICER}")[-1]
    assert (row.action, row.by, row.after) == (Action.STAFF_INVITE, ADMIN, {"link": "shown"})


def test_a_role_that_approves_is_proposed_and_confirmed_by_another(pages: Console, admin: Visitor) -> None:
    """The first sees that it waits and cannot confirm it; the second sees before and after, and does."""
    with transaction(pages.house.factory) as session:
        second = Staff("admin-2", "示範第二人", frozenset((Role.ADMINISTRATOR,)))
        set_staff(session, second, Period(pages.clock.at), at=pages.clock.at, by=ADMIN)
    page = f"/staff/{OFFICER}/change"
    with looking(pages.house.factory) as session:
        read = str(version(session, "staff", OFFICER))
    form = {**ANNA, "name": "示範承辦人", "roles": ["officer", "supervisor"], "version": read}
    proposed = admin.post(page, form, page=page)
    assert proposed.location == "/staff/proposals/1" and Role.SUPERVISOR not in known(pages, OFFICER).roles
    shown = admin.get(proposed.location).text
    assert "請另一位管理員確認" in shown and "確認，給這個角色" not in shown and "現在：承辦人" in shown
    assert "等候另一位管理員確認" in admin.get(f"/staff/{OFFICER}").text
    assert admin.post("/staff/proposals/1/confirm").status_code == 422
    other = pages.signed_in("admin-2")
    assert "（1）" in other.get("/staff").text and "授權主管" in other.get("/staff/proposals").text
    assert other.post("/staff/proposals/1/confirm", page="/staff/proposals/1").status_code == 302
    assert known(pages, OFFICER).roles == {Role.OFFICER, Role.SUPERVISOR}
    assert other.post("/staff/proposals/1/refuse", {"reason": "x"}).status_code == 422
    assert other.get("/staff/proposals/9").status_code == 404


def test_a_proposal_is_refused_for_a_reason(pages: Console, admin: Visitor) -> None:
    """A new login with such a role is proposed too, and is nobody's until then."""
    answer = admin.post("/staff/new", {**ANNA, "roles": ["approver"]}, page="/staff/new")
    assert answer.location == "/staff/proposals/1" and admin.get("/staff/anna").status_code == 404
    assert admin.post("/staff/proposals/1/refuse", {"reason": ""}).status_code == 422
    assert admin.post("/staff/proposals/1/refuse", {"reason": "填錯"}).status_code == 302
    assert "已退回" in admin.get("/staff/proposals/1").text
    assert "沒有等候確認的角色" in admin.get("/staff/proposals").text


def test_an_authenticator_is_taken_away_by_somebody_else(pages: Console, admin: Visitor) -> None:
    """For a reason that stays on record; nobody takes their own."""
    pages.has_account(OFFICER)
    pages.gets_second(OFFICER)
    page = f"/staff/{OFFICER}/second-factor/remove"
    assert admin.post(page, {"reason": ""}, page=page).status_code == 422
    assert admin.post(page, {"reason": "手機遺失"}, page=page).status_code == 302
    assert pages.stranger().signs_in(OFFICER).status_code == 302
    own = f"/staff/{ADMIN}/second-factor/remove"
    assert "不能移除自己的驗證器" in admin.post(own, {"reason": "x"}, page=own).text
    with looking(pages.house.factory) as session:
        row = audit_rows(session, subject=f"staff:{OFFICER}")[-2]
    assert (row.action, row.reason, row.by) == (Action.STAFF_SECOND, "手機遺失", ADMIN)


def test_browsers_are_signed_out_for_a_reason(pages: Console, admin: Visitor) -> None:
    """Without one the page asks for it, and nobody is out."""
    visitor = pages.signed_in(OFFICER)
    page = f"/staff/{OFFICER}"
    assert admin.post(f"{page}/sign-out", {"reason": ""}, page=page).status_code == 422
    assert visitor.get("/account").status_code == 200
    assert admin.post(f"{page}/sign-out", {"reason": "手機遺失"}, page=page).status_code == 302
    assert visitor.get("/account").status_code == 302
    with looking(pages.house.factory) as session:
        row = audit_rows(session, subject=f"staff:{OFFICER}")[-1]
    assert (row.action, row.reason, row.by) == (Action.STAFF_SIGN_OUT, "手機遺失", ADMIN)


def test_a_key_is_shown_once_and_revoked(pages: Console, admin: Visitor) -> None:
    """It works over the API until then; no page or row shows it again."""
    page = "/staff/liaison-epb/keys"
    answer = admin.post(page, {"purpose": "目錄同步", "ends_on": "2026-12-31"}, page=page)
    key = answer.text.partition('<code class="secret" id="key">')[2].partition("</code>")[0]
    program = Program(pages.app.test_client(), key)
    assert program.asks("GET", "/desks?size=1").status_code == 200
    listed = admin.get(page).text
    assert "目錄同步" in listed and "2027-01-01 00:00" in listed and key not in listed
    assert admin.post(f"{page}/1/revoke", page=page).status_code == 302
    assert program.asks("GET", "/desks?size=1").status_code == 401
    assert admin.post("/staff/anna/keys/1/revoke", page=page).status_code == 422


@pytest.mark.parametrize("sent", [{"purpose": ""}, {"purpose": "x", "ends_on": "2026-11-23"}])
def test_a_key_says_for_what_and_ends_later(pages: Console, admin: Visitor, sent: dict[str, str]) -> None:
    """Else none is made."""
    page = "/staff/liaison-epb/keys"
    assert admin.post(page, sent, page=page).status_code == 422
    assert "這個帳號還沒有金鑰" in admin.get(page).text
