"""Cases on the agencies' side: what waits for whom, and every move of the tables from one page."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from hotline.cases import false_reports
from hotline.cases.events import told
from hotline.cases.find import by_number
from hotline.cases.masking import RULES
from hotline.cases.rules import CaseState, Move
from hotline.cases.store import Case
from hotline.cases.words import CaseWords
from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.ledger.audit import SYSTEM
from hotline.ledger.looks import IN_HAND, looks_at
from hotline.retention.kinds import DeletionGround, RetentionKind
from tests.doors.console import Console, Visitor, console
from tests.doors.programs import program
from tests.store.cases import NOISE, PARKS, POTHOLE, Table, said

QUIET = replace(NOISE, agency="pwd")

Door = Callable[[str], Visitor]
(PHOTOS,) = (rule for rule in RULES if rule.kind is RetentionKind.CASE_PHOTOS)
SHOWN, MASKED = "0912345678", "0912***678"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    made = console(tmp_path_factory.mktemp("work") / "home", api_rate=1_000_000)
    made.house.moving.categories = Table(POTHOLE, QUIET, PARKS)  # type: ignore[assignment]
    return made


@pytest.fixture(scope="module")
def signed_in(pages: Console) -> Door:
    """Somebody who came in by the door once for all tests."""
    return cache(pages.signed_in)


def filed(pages: Console, **fields: Any) -> str:
    """The number of a case that an agent has filed now."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        row = pages.house.case_filing.draft(session, said(**fields), "agent-1", at)
        return pages.house.case_filing.file(session, row.id, "agent-1", at, is_another=True).number or ""


def case(pages: Console, number: str) -> Case:
    with looking(pages.house.factory) as session:
        found = by_number(session, number)
        assert found
        return found


def moves(visitor: Visitor, pages: Console, number: str, move: Move, **form: Any) -> int:
    """Status of what a form of a move came to."""
    sent = {"version": case(pages, number).version, **form}
    return visitor.post(f"/cases/{number}/moves/{move}", sent).status_code


def picture() -> bytes:
    made, exif = BytesIO(), Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    Image.new("RGB", (640, 480), "grey").save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_P5_4_2_who_signs_sees_the_minutes_and_signs_by_one_button(pages: Console, signed_in: Door) -> None:
    """The pile to be signed comes first; signed, it is gone from it."""
    number, liaison = filed(pages), signed_in("liaison-pwd")
    inbox = liaison.get("/inbox").text
    assert "還剩 10 分鐘" in inbox and number[:4] in inbox
    assert moves(liaison, pages, number, Move.SIGN) == 302
    assert case(pages, number).state == CaseState.SIGNED
    assert case(pages, number).signed_by == "liaison-pwd"
    assert "還剩 10 分鐘" not in liaison.get("/inbox?pile=sign").text


def test_P5_4_9_a_case_is_completed_with_evidence_or_not_at_all(pages: Console, signed_in: Door) -> None:
    """Neither photograph nor reason: refused at its field, and what was typed is still there."""
    number, liaison = filed(pages), signed_in("liaison-pwd")
    moves(liaison, pages, number, Move.SIGN)
    form = {"version": case(pages, number).version, "result": "坑洞已補平", "doer": "養護班"}
    form["done_at"] = "2026-11-24T10:00"
    refused = liaison.post(f"/cases/{number}/moves/complete", form)
    assert refused.status_code == 422 and "坑洞已補平" in refused.text
    assert 'href="#complete-no_photo"' in refused.text and case(pages, number).state == CaseState.SIGNED
    sent = {"photos": (BytesIO(picture()), "pothole.jpg")}
    assert liaison.post(f"/cases/{number}/photos", sent).status_code == 302
    assert (
        moves(liaison, pages, number, Move.COMPLETE, **{k: v for k, v in form.items() if k != "version"})
        == 302
    )
    assert case(pages, number).state in (CaseState.DONE, CaseState.CLOSED)


def test_a_photograph_is_kept_without_the_camera_s_data_and_shown_to_who_may(
    pages: Console, signed_in: Door
) -> None:
    """Re-encoded; released and taken back by a button; another agency does not get it."""
    number, liaison = filed(pages), signed_in("liaison-pwd")
    liaison.post(f"/cases/{number}/photos", {"photos": (BytesIO(picture()), "x.jpg")})
    page = liaison.get(f"/cases/{number}").text
    path = re.search(rf"/cases/{number}/photos/\d+\.jpg", page)
    assert path
    shown = liaison.get(path[0])
    assert shown.mimetype == "image/jpeg" and b"SECRETCAMERA" not in shown.data
    assert signed_in("officer-5112").get(path[0]).status_code == 403
    release = path[0].replace(".jpg", "/release")
    assert liaison.post(release, {"released": "yes"}).status_code == 302
    assert "民眾可以看" in liaison.get(f"/cases/{number}").text
    with transaction(pages.house.factory) as session:
        row = session.scalars(select(Case).where(Case.number == number)).one()
        PHOTOS.empty(session, [row.id], pages.clock.at)
        row.photos_masked_at, row.masked_ground = pages.clock.at, DeletionGround.PERIOD
    gone = liaison.get(f"/cases/{number}").text
    assert "1 張照片：" in gone and "已銷毀（保存期限屆滿）" in gone and path[0] not in gone
    assert liaison.get(path[0]).status_code == 404


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.jpg", b"<html>", "這個檔案不是照片"),
        ("b.jpg", picture()[:700], "照片檔案不完整"),
        ("", b"", "沒有收到照片"),
    ],
)
def test_what_is_no_photograph_is_refused_in_a_sentence(
    pages: Console, name: str, data: bytes, says: str, signed_in: Door
) -> None:
    number, liaison = filed(pages), signed_in("liaison-pwd")
    refused = liaison.post(f"/cases/{number}/photos", {"photos": (BytesIO(data), name)})
    assert refused.status_code == 422 and says in refused.text


def test_P5_4_4_one_person_answers_and_another_says_why(pages: Console, signed_in: Door) -> None:
    """Who opens the number first has it; the second is warned, and takes over with a reason."""
    number = filed(pages)
    first, second = signed_in("liaison-pwd"), signed_in("officer-5301")
    assert MASKED in first.get(f"/cases/{number}").text
    assert first.post(f"/cases/{number}/contact").status_code == 302
    assert SHOWN in first.get(f"/cases/{number}").text
    seen = second.get(f"/cases/{number}").text
    assert SHOWN not in seen and "示範工務局窗口 正在回復這位陳情人" in seen
    assert second.post(f"/cases/{number}/contact").status_code == 422
    assert second.post(f"/cases/{number}/take-over", {"reason": " "}).status_code == 422
    assert second.post(f"/cases/{number}/take-over", {"reason": "窗口請假"}).status_code == 302
    assert SHOWN in second.get(f"/cases/{number}").text and SHOWN not in first.get(f"/cases/{number}").text
    with looking(pages.house.factory) as session:
        looks = [(one.by, one.reason) for one in looks_at(session, f"case:{number}")]
    assert looks == [("liaison-pwd", IN_HAND), ("officer-5301", IN_HAND)]


def test_P4_12_an_agency_sees_its_own_cases_and_joint_ones(pages: Console, signed_in: Door) -> None:
    """Another's is refused by its address, until its agency asks it to join; then it sees, and confirms."""
    number = filed(pages, category="9001", matter="公園要加遊具")
    lead, other = signed_in("liaison-pwd"), signed_in("liaison-epb")
    assert other.get(f"/cases/{number}").status_code == 403
    assert moves(lead, pages, number, Move.INVOLVE, agencies=["epb"]) == 302
    seen = other.get(f"/cases/{number}")
    assert seen.status_code == 200 and "尚未確認" in seen.text and "回復陳情人" not in seen.text
    assert number[:4] in other.get("/inbox?pile=joint").text
    assert other.post(f"/cases/{number}/contact").status_code == 403
    assert moves(other, pages, number, Move.CONFIRM_JOINT) == 302
    assert case(pages, number).state == CaseState.IN_PROGRESS


@pytest.mark.matrix
def test_P5_2_2_what_is_not_ours_lies_with_the_secretariat(pages: Console, signed_in: Door) -> None:
    """Refused without a reason; re-dispatched, it is the other agency's."""
    number = filed(pages, category="9001", matter="公園樹木傾倒")
    liaison, secretary = signed_in("liaison-pwd"), signed_in("secretariat-1")
    assert moves(liaison, pages, number, Move.NOT_OURS, reason="") == 422
    assert moves(liaison, pages, number, Move.NOT_OURS, reason="屬環保局權責") == 302
    assert number[:4] in secretary.get("/inbox").text
    assert moves(secretary, pages, number, Move.ASSIGN, agency="epb") == 302
    assert (case(pages, number).agency, case(pages, number).hops) == ("epb", 1)
    assert liaison.get(f"/cases/{number}").status_code == 403


@pytest.mark.matrix
def test_what_was_sent_back_says_so_and_the_system_is_no_login(pages: Console, signed_in: Door) -> None:
    """To who sent it back, to who gives it away, and in the history: 系統, where no person acted."""
    number, orphan = filed(pages, category="1001"), filed(pages, category="", matter="希望增設長椅")
    liaison, rdec = signed_in("liaison-pwd"), signed_in("authorised-1")
    with transaction(pages.house.factory) as session:
        row = by_number(session, number)
        assert row
        row.agency, row.is_returned = "pwd", True
        told(session, row, SYSTEM, "reminded", row.state, pages.clock.at)
    for visitor in (liaison, rdec):
        page = visitor.get(f"/cases/{number}").text
        assert "退回，待改分" in page and 'data-head="誰">系統</td>' in page and "jobs" not in page
    assert "尚無機關，待分派" in rdec.get(f"/cases/{orphan}").text


@pytest.mark.matrix
def test_P5_4_7_stage_2_is_asked_by_the_agency_and_decided_by_rdec(pages: Console, signed_in: Door) -> None:
    """Not more days than the category has; the days asked for stand in RDEC's form."""
    number = filed(pages)
    liaison, rdec = signed_in("liaison-pwd"), signed_in("authorised-1")
    moves(liaison, pages, number, Move.SIGN)
    assert moves(liaison, pages, number, Move.ASK_STAGE2, days="9", reason="待料") == 422
    assert moves(liaison, pages, number, Move.ASK_STAGE2, days="3", reason="待料") == 302
    assert "延長待核" in rdec.get("/inbox").text
    page = rdec.get(f"/cases/{number}").text
    assert re.search(r'id="approve-stage2-days"[^>]*value="3"', page)
    assert "grant-beyond" not in page and "申請第二階段" in page
    assert moves(rdec, pages, number, Move.APPROVE_STAGE2, days="3") == 302
    assert case(pages, number).stage == 2


@pytest.mark.matrix
def test_of_two_people_one_wins_and_the_other_is_told(pages: Console, signed_in: Door) -> None:
    """The second's page is older: nothing changes, and what was typed is there."""
    number, liaison = filed(pages), signed_in("liaison-pwd")
    moves(liaison, pages, number, Move.SIGN)
    old = case(pages, number).version
    assert moves(liaison, pages, number, Move.PROGRESS, note="已派工") == 302
    late = liaison.post(f"/cases/{number}/moves/progress", {"version": old, "note": "材料已到"})
    assert late.status_code == 422 and "剛才有別人更新過" in late.text and "材料已到" in late.text


def test_each_office_is_shown_its_own_piles_and_nothing_else(pages: Console, signed_in: Door) -> None:
    """By role alone: who may sign, decide, re-dispatch or analyse has that pile."""
    piles = {
        "officer-5301": ("逾期未結", "待受理"),
        "secretariat-1": ("待分派", "函轉待追蹤"),
        "authorised-1": ("延長待核", "退回待重分", "待分派"),
        "control-epb": ("待寫逾期分析",),
    }
    others = {"待簽收", "延長待核", "待分派", "待寫逾期分析"}
    for login, has in piles.items():
        nav = signed_in(login).get("/inbox").text.partition('class="piles"')[2].partition("</ul>")[0]
        assert all(one in nav for one in has), login
        assert not [one for one in others - set(has) if one in nav], login
    assert signed_in("agent-1").get("/inbox").status_code == 403


@pytest.mark.matrix
def test_P5_4_8_the_control_officer_analyses_what_was_late(pages: Console, signed_in: Door) -> None:
    """Only what was late; the analysis stands on the case and in its history."""
    number = filed(pages, category="1001")
    control = signed_in("control-epb")
    assert control.post(f"/cases/{number}/analysis", {"analysis": "人力不足"}).status_code == 403
    with transaction(pages.house.factory) as session:
        row = by_number(session, number)
        assert row
        row.agency, row.overdue_at = "epb", pages.clock.at
    assert control.post(f"/cases/{number}/analysis", {"analysis": "人力不足"}).status_code == 302
    assert "人力不足" in control.get(f"/cases/{number}").text


@pytest.mark.matrix
def test_P5_4_10_a_letter_is_registered_after_three_findings_and_lifted(
    pages: Console, signed_in: Door
) -> None:
    """Fewer findings, no letter; its agency sees it, another does not."""
    rdec, liaison = signed_in("authorised-1"), signed_in("liaison-pwd")
    number = ""
    for _count in range(3):
        number = filed(
            pages, category="1001", matter="夜間喧嘩", place="板橋區文化路二段9號", is_safety=False
        )
        work, at = pages.house.case_work, pages.clock.at
        with transaction(pages.house.factory) as session:
            work.move(session, number, Move.SIGN, CaseWords(), "liaison-pwd", at)
            work.move(
                session, number, Move.UNFOUNDED, CaseWords(result="查無喧嘩", done_at=at), "liaison-pwd", at
            )
        form = {"case": number, "signed_by": "陳局長", "reason": "三次查無違規"}
        over = rdec.post("/case-letters/new", {**form, "ends_on": "2026-11-23"})
        assert over.status_code == 422 and (_count < 2 or "已經過了" in over.text)
        form["ends_on"] = "2026-11-24"
        status = rdec.post("/case-letters/new", form).status_code
        assert status == (302 if _count == 2 else 422)
    with looking(pages.house.factory) as session:
        ((letter,), _total) = false_reports.registered(session, "pwd", 1, 5)
        assert letter.ends_at == taipei("2026-11-25T00:00"), "through its last day"
    assert "陳局長" in liaison.get("/case-letters").text
    assert "陳局長" not in signed_in("liaison-epb").get("/case-letters").text
    assert liaison.post("/case-letters/1/lift", {"reason": "x"}).status_code == 403
    assert rdec.post("/case-letters/1/lift", {"reason": "現場已改變"}).status_code == 302
    assert "已解除" in rdec.get("/case-letters").text


def test_P5_4_6_gaps_of_offices_are_listed(pages: Console, signed_in: Door) -> None:
    """Vacant offices are named; an agency sees its own."""
    page = signed_in("authorised-1").get("/offices").text
    assert "出缺" in page and "工務局" in page and "環保局" in page
    own = signed_in("liaison-epb").get("/offices").text
    assert "環保局" in own and 'href="/agencies/pwd"' not in own


@pytest.mark.matrix
def test_a_program_has_the_same_moves(pages: Console) -> None:
    """The same use case: what may follow, what it needs, and the same refusals."""
    number, works = filed(pages), program(pages, "liaison-pwd")
    assert {one["move"] for one in works.reads(f"/cases/{number}/moves")["moves"]} == {"sign", "not-ours"}
    path = f"/cases/{number}/moves"
    signed: Any = works.asks("POST", path, {"move": "sign"}).json
    assert signed["state"] == "SIGNED"
    assert works.asks("POST", path, {"move": "sign"}).status_code == 409
    assert works.asks("POST", path, {"move": "progress", "note": "已派工", "version": 1}).status_code == 412
    refused: Any = works.asks("POST", path, {"move": "complete", "result": "已補平"}).json
    assert refused["status"] == 422 and refused["type"].endswith("case-word-missing")
    told: Any = works.asks("POST", f"/cases/{number}/contact").json
    assert told["phone"] == "+886912345678"
    assert works.reads("/inbox?pile=open")["total"] >= 1
    assert program(pages, "liaison-epb").asks("GET", path).status_code == 403


def test_another_system_replies_over_the_api(pages: Console) -> None:
    """Each is answered in its place; the number there finds the case, and sent again nothing is done."""
    number, works = filed(pages), program(pages, "liaison-pwd")
    replies = [
        {"id": "api-1", "number": number, "external_ref": "PET-1", "move": "sign"},
        {"id": "api-2", "external_ref": "PET-1", "move": "progress"},
        {"id": "api-3", "external_ref": "PET-1", "move": "progress", "note": "派員"},
    ]
    answers: Any = works.asks("POST", "/cases/replies", {"replies": replies}).json
    assert [(one["line"], one["outcome"], one["code"], one["state"]) for one in answers["answers"]] == [
        (1, "done", "", "SIGNED"),
        (2, "refused", "case-word-missing", ""),
        (3, "done", "", "SIGNED"),
    ]
    again: Any = works.asks("POST", "/cases/replies", {"replies": replies[::2]}).json
    assert {one["outcome"] for one in again["answers"]} == {"already-done"}
    assert program(pages, "agent-1").asks("POST", "/cases/replies", {"replies": replies}).status_code == 403


def test_P5_4_4_a_phone_record_is_kept_by_page_and_program_and_closes_the_case(
    pages: Console, signed_in: Door
) -> None:
    """Who called, when, what was said; a time that is none or to come is refused, another agency too."""
    place = "土城區中央路一段1號"
    number, liaison = filed(pages, reply_way="phone", place=place), signed_in("liaison-pwd")
    moves(liaison, pages, number, Move.SIGN)
    done = {"result": "坑洞已補平", "doer": "養護班", "done_at": "2026-11-24T10:00", "no_photo": "夜間施工"}
    assert moves(liaison, pages, number, Move.COMPLETE, **done) == 302
    assert case(pages, number).state == CaseState.DONE
    path, record = f"/cases/{number}/phone-records", {"note": "已電告補平", "called_at": "2026-11-24T10:00"}
    liaison.post(f"/cases/{number}/contact")
    for wrong in ({"called_at": "昨天"}, {"called_at": "2026-11-24T23:00"}, {"note": " "}):
        assert liaison.post(path, record | wrong).status_code == 422
    assert signed_in("liaison-epb").post(path, record).status_code == 403
    assert case(pages, number).state == CaseState.DONE
    assert liaison.post(path, record).status_code == 302
    assert "已電告補平" in liaison.get(f"/cases/{number}").text
    assert case(pages, number).state == CaseState.CLOSED

    works = program(pages, "liaison-pwd")
    other = filed(pages)
    works.asks("POST", f"/cases/{other}/contact")
    kept = works.asks("POST", f"/cases/{other}/phone-records", record | {"called_at": "2026-11-24T02:00:00Z"})
    assert kept.status_code == 201, kept.text
    late = works.asks("POST", f"/cases/{other}/phone-records", record | {"called_at": "2026-11-24T23:00:00Z"})
    assert late.status_code == 422


def test_P5_2_1_a_petition_without_an_agency_lies_with_the_secretariat(
    pages: Console, signed_in: Door
) -> None:
    """First on its pile, and given to an agency from there; nobody else may."""
    number = filed(pages, category="", matter="希望增設長者共餐據點")
    assert (case(pages, number).state, case(pages, number).agency) == (CaseState.REDISPATCH, "")
    secretary = signed_in("secretariat-1")
    assert number[:4] in secretary.get("/inbox?pile=redispatch").text
    assert 'id="assign-agency"' in secretary.get(f"/cases/{number}").text
    assert moves(signed_in("agent-1"), pages, number, Move.ASSIGN, agency="pwd") == 403
    assert moves(secretary, pages, number, Move.ASSIGN, agency="") == 422
    assert moves(secretary, pages, number, Move.ASSIGN, agency="pwd") == 302
    assert (case(pages, number).state, case(pages, number).agency) == (CaseState.DISPATCHED, "pwd")
    assert case(pages, number).due_at is not None


@pytest.mark.matrix
def test_the_first_page_counts_the_cases_of_who_looks_and_leads_to_their_piles(
    pages: Console, signed_in: Door
) -> None:
    """Each figure is as many as its pile has; who has no inbox has no figures of cases."""
    filed(pages)
    for login in ("liaison-pwd", "authorised-1", "secretariat-1"):
        page = signed_in(login).get("/").text
        figures = re.findall(
            r'href="(/inbox\?pile=[^"]+)">[^<]*</a>.*?<strong>(\d+)</strong>', page, re.DOTALL
        )
        assert figures, login
        for address, number in figures:
            listed = signed_in(login).get(address).text
            here = re.search(r'aria-current="page">[^<]*<strong>(\d+)</strong>', listed)
            assert here and here[1] == number, (login, address)
    assert "/inbox?pile=" not in signed_in("agent-1").get("/").text
