"""Work on cases in a real browser: the inbox, a case with its moves, letters and offices, on both screens."""

from io import BytesIO

import pytest
from PIL import Image

from hotline.cases import referrals
from hotline.cases.photographs import clean
from hotline.cases.referrals import Handover, ReferralRequest
from hotline.cases.rules import Move
from hotline.cases.words import CaseWords
from hotline.db import transaction
from tests.browser.conftest import Site
from tests.browser.hands import every_screen
from tests.store.cases import NOISE, PARKS, POTHOLE, Table, said


@pytest.fixture
def city(site: Site) -> Site:
    site.console.house.moving.categories = Table(POTHOLE, NOISE, PARKS)
    return site


def filed(site: Site, **fields: object) -> str:
    """The number of a case that an agent has filed now."""
    house, at = site.console.house, site.console.clock.at
    with transaction(house.factory) as session:
        row = house.case_filing.draft(session, said(**fields), "agent-1", at)
        return house.case_filing.file(session, row.id, "agent-1", at, is_another=True).number or ""


def picture() -> bytes:
    made = BytesIO()
    Image.linear_gradient("L").resize((800, 600)).save(made, "PNG")
    return clean(made.getvalue())


@every_screen
def test_work_on_cases_is_fit_for_everybody(city: Site, width: str, language: str) -> None:
    """The inbox with a signature that presses, a case before and after, what a form lacks."""
    number, house, at = filed(city), city.console.house, city.console.clock.at
    visit = city.visit("liaison-pwd", width, language)
    visit.goes("/inbox")
    visit.is_well("inbox")
    visit.goes(f"/cases/{number}")
    visit.is_well("case-to-sign")
    with transaction(house.factory) as session:
        house.case_work.move(session, number, Move.SIGN, CaseWords(), "liaison-pwd", at)
        house.case_work.photo(session, number, picture(), "liaison-pwd", at)
        house.case_work.move(
            session, number, Move.PROGRESS, CaseWords(note="已派工，材料明日到場。"), "liaison-pwd", at
        )
        house.case_work.open_contact(session, number, "officer-5301", at)
    visit.goes(f"/cases/{number}")
    visit.is_well("case-in-work")
    visit.page.locator("#move-ask-stage2 summary").click()
    visit.page.locator("#move-ask-stage2 button").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("case-lacks")
    visit.goes("/case-letters")
    visit.is_well("case-letters")
    rdec = city.visit("authorised-1", width, language)
    rdec.goes("/offices")
    rdec.is_well("offices")
    rdec.goes("/case-letters/new")
    rdec.is_well("case-letter-new")


@every_screen
def test_referrals_to_the_police_are_fit_for_everybody(city: Site, width: str, language: str) -> None:
    """Before and after the approval, with what was handed over; the letter; a form that lacks something."""
    number, house, at = (
        filed(city, place=f"林口區文化一路一段{width}{language}號"),
        city.console.house,
        city.console.clock.at,
    )
    rdec = city.visit("authorised-1", width, language)
    rdec.goes(f"/referrals/new?case={number}")
    rdec.page.locator("main form button").last.click()
    rdec.page.locator(".govuk-error-summary").wait_for()
    rdec.is_well("referral-lacks")
    with transaction(house.factory) as session:
        request = ReferralRequest(number, "陳大同", "0912345678", "有人冒用我的電話報案", "板橋分局")
        made = referrals.ask(session, request, by="authorised-1", at=at).id
    rdec.goes(f"/referrals/{made}")
    rdec.is_well("referral-asked")
    with transaction(house.factory) as session:
        referrals.approve(
            session, made, by="approver-1", at=at, letter="新北府研話字第1150000001號", letter_on=at.date()
        )
        handed = Handover("來電錄音兩檔", "板橋分局偵查隊", "新北檢字第1號", at)
        referrals.hand_over(session, made, handed, by="authorised-1", at=at)
    for address in ("", "/letter", "/hand-over", "/end"):
        rdec.goes(f"/referrals/{made}{address}")
        rdec.is_well(f"referral{address.replace('/', '-')}")
    rdec.goes("/referrals")
    rdec.is_well("referrals")
    auditor = city.visit("auditor-1", width, language)
    auditor.goes(f"/referrals/{made}")
    auditor.is_well("referral-masked")
