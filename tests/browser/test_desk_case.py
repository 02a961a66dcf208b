"""A case filed at the desk by keyboard: keys counted, few fields, a draft that survives, its number."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import pytest
from playwright.sync_api import Page, Route, expect

from hotline.cases.drafts import DraftFields
from hotline.cases.store import Case
from hotline.cases.words import ReplyWay
from hotline.db import looking, transaction
from tests.browser.conftest import Serves, Site, Visit
from tests.browser.played_telephone import Desk, comes_on_duty

NUMBERS = count(1)
FIELDS: Final = 12
"""A quick case asks for fewer."""
PRESSES: Final = 5
"""Keys of a quick case besides what is typed: the chord, on from matter, place and name, and to file."""
NUMBER: Final = re.compile(r"1\d{3}-\d{4}-\d{4}")
LARGE: Final = 32
"""Pixels of the number that was given."""
SHOWN: Final = "[data-case-form] :is(input, select, textarea):not([type=hidden])"


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """With telephones in browsers."""
    return serves(browser_phones="yes")


@pytest.fixture
def desk(site: Site) -> Iterator[Desk]:
    """An agent on duty."""
    made = comes_on_duty(site, site.visit("agent-1").page)
    yield made
    made.page.context.close()


def talks(desk: Desk, number: str = "+886912345678", **fields: Any) -> str:
    """A citizen's call that this agent has answered."""
    call = f"case-{next(NUMBERS)}"
    desk.begins(call, number, **fields)
    desk.rings(call)
    desk.page.keyboard.press("Alt+a")
    desk.stands("talking")
    return call


def presses(page: Page, *keys: str) -> int:
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def test_a_quick_case_is_filed_by_five_keys(desk: Desk) -> None:
    """From the caller's words to the number on the screen; the call is then closed as what it was for."""
    page = desk.page
    call = talks(desk)
    pressed = presses(page, "Alt+\\")
    expect(page.locator("#case-matter")).to_be_focused()
    page.keyboard.type("路面有坑洞，機車差點摔倒")
    pressed += presses(page, "Enter")
    expect(page.locator("#case-place")).to_be_focused()
    expect(page.locator("#case-category option:checked")).to_contain_text("路面損壞")
    expect(page.locator("[data-case-about]")).to_contain_text("快速")
    page.keyboard.type("板橋區中山路一段161號")
    pressed += presses(page, "Enter")
    expect(page.locator("#case-name")).to_be_focused()
    expect(page.locator("[data-case-place]")).to_contain_text("板橋區")
    page.keyboard.type("王小明")
    pressed += presses(page, "Enter")
    expect(page.locator("[data-file]")).to_be_focused()
    expect(page.locator("#case-phone")).to_have_value("0912-345-678")
    expect(page.locator("[data-fact=waited]")).to_have_text(re.compile(r"^\d+ 秒$"))
    shown = page.locator(SHOWN).evaluate_all("all => all.filter(one => one.checkVisibility()).length")
    assert shown < FIELDS, shown
    Visit(page, desk.site.base, "1280").is_well("case-typed")
    pressed += presses(page, "Enter")
    expect(page.locator("[data-filed-head]")).to_be_focused()
    expect(page.locator("[data-filed-number]")).to_have_text(NUMBER)
    large = page.locator("[data-filed-number]").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert large >= LARGE, large
    expect(page.locator("[data-filed-says]")).to_contain_text("簡訊")
    Visit(page, desk.site.base, "1280").is_well("case-filed")
    assert pressed == PRESSES
    desk.ends(call)
    page.keyboard.press("Alt+q")
    closing = page.locator(f'[data-wrap] [data-close="{call}"]')
    expect(closing.get_by_label("快速")).to_be_checked()


def test_a_landline_caller_is_read_the_number(desk: Desk) -> None:
    """In fours, as it is said; no message goes."""
    page = desk.page
    talks(desk, "+886229603456")
    presses(page, "Alt+\\")
    page.keyboard.type("路燈不亮，也有坑洞")
    presses(page, "Enter")
    page.keyboard.type("新莊區中正路100號")
    presses(page, "Enter")
    page.keyboard.type("陳先生")
    presses(page, "Enter")
    expect(page.locator("[data-file]")).to_be_focused()
    presses(page, "Enter")
    expect(page.locator("[data-filed-says]")).to_have_text(
        re.compile(r"請唸給民眾聽，四位一組：\d{4}、\d{4}、\d{4}，再重複一次。")
    )


def test_a_draft_outlives_the_page(desk: Desk) -> None:
    """Loaded anew in the middle of a word; the call that rings again has its draft."""
    page = desk.page
    call = talks(desk, "+886966000001")
    presses(page, "Alt+\\")
    page.keyboard.type("路面有坑洞")
    presses(page, "Enter")
    page.keyboard.type("三重區重新路一段1號")
    expect(page.locator("[data-case-saved]")).to_contain_text("已存草稿")
    page.keyboard.type("前面")
    page.reload()
    desk.stands("waiting")
    desk.rings(call)
    presses(page, "Alt+a", "Alt+\\")
    expect(page.locator("#case-matter")).to_be_focused()
    expect(page.locator("#case-matter")).to_have_value("路面有坑洞")
    expect(page.locator("#case-place")).to_have_value("三重區重新路一段1號前面")


def test_what_a_person_must_decide_is_chosen_by_a_digit(desk: Desk) -> None:
    """The cursor is led to it, and from there to the button that files."""
    page = desk.page
    for number in ("+886966000002", "+886966000003"):
        talks(desk, number)
        presses(page, "Alt+\\")
        page.keyboard.type("路面有坑洞")
        presses(page, "Enter")
        page.keyboard.type("林口區文化三路一段1號")
        presses(page, "Enter")
        page.keyboard.type("林小姐")
        presses(page, "Enter")
        if number.endswith("2"):
            expect(page.locator("[data-file]")).to_be_focused()
            presses(page, "Enter")
            expect(page.locator("[data-filed-head]")).to_be_focused()
            presses(page, "Alt+q")
            continue
        expect(page.locator("[data-decision] input").first).to_be_focused()
        Visit(page, desk.site.base, "1280").is_well("case-decides")
        presses(page, "1", "Enter")
        expect(page.locator("[data-file]")).to_be_focused()
        presses(page, "Enter")
        expect(page.locator("[data-filed-number]")).to_have_text(NUMBER)


def test_on_a_telephone_one_part_follows_another(desk: Desk) -> None:
    """The form, and the number that was given, at 390 px."""
    page = desk.page
    page.set_viewport_size({"width": 390, "height": 844})
    talks(desk, "+886966000004")
    presses(page, "Alt+\\")
    page.keyboard.type("路面有坑洞")
    presses(page, "Enter")
    page.keyboard.type("淡水區中正路1號")
    presses(page, "Enter")
    expect(page.locator("#case-name")).to_be_focused()
    Visit(page, desk.site.base, "390").is_well("case-typed")


def test_a_report_from_outside_is_taken_and_filed(desk: Desk) -> None:
    """It stands among the drafts; its answers are in the matter, and the point it came with stays."""
    made, page = desk.site.console, desk.page
    says = DraftFields(
        category="3003",
        matter="路面坑洞\n大概多大？ 約 30 公分",
        place="板橋區文化路一段301號",
        latitude=25.0201,
        longitude=121.4655,
        name="李大同",
        phone="0955123456",
        reply_way=ReplyWay.SMS,
    )
    with transaction(made.house.factory) as session:
        number = made.house.case_filing.receive(session, says, "agent-1", made.clock.at).id
    page.reload()
    desk.stands("waiting")
    presses(page, "Alt+\\")
    outside = page.locator("[data-case-drafts]").get_by_role("button", name=re.compile("外部通報"))
    expect(outside).to_be_visible()
    Visit(page, desk.site.base, "1280").is_well("case-outside")
    outside.click()
    expect(page.locator("#case-matter")).to_have_value(says.matter)
    page.locator("#case-matter").fill("路面坑洞，約 30 公分")
    expect(page.locator("[data-case-saved]")).to_contain_text("已存草稿")
    page.locator("[data-file]").click()
    expect(page.locator("[data-filed-number]")).to_have_text(NUMBER)
    with looking(made.house.factory) as session:
        row = session.get_one(Case, number)
    assert (row.filed_by, row.matter) == ("agent-1", "路面坑洞，約 30 公分")
    assert (row.latitude, row.longitude) == (25.0201, 121.4655)


def test_what_keeps_it_from_being_filed_is_said_at_its_field(desk: Desk) -> None:
    """The cursor goes there; what was typed stays, and typed anew the field is well again."""
    page = desk.page
    call = talks(desk, "+886933111222")
    presses(page, "Alt+\\")
    page.keyboard.type("路面有坑洞")
    page.locator("#case-place").fill("三重區重新路四段77號")
    page.locator("#case-name").fill("王小明")
    page.locator("#case-email").fill("nobody")
    page.locator("[data-file]").click()
    expect(page.locator("#blame-case-email")).to_contain_text("電子郵件")
    expect(page.locator("#case-email")).to_be_focused()
    expect(page.locator("#case-email")).to_have_value("nobody")
    Visit(page, desk.site.base, "1280").is_well("case-field-fault")
    page.locator("#case-email").fill("ming@example.com")
    expect(page.locator("#blame-case-email")).to_have_count(0)
    page.locator("[data-file]").click()
    expect(page.locator("[data-filed-number]")).to_have_text(NUMBER)
    desk.ends(call)


def test_who_types_before_the_number_is_known_still_has_it(desk: Desk) -> None:
    """The draft is saved without it first; once it comes it stands in its field, and in the draft."""
    page, asked = desk.page, list[Route]()
    page.route("**/desk/case?*", lambda route: asked.append(route))
    call = talks(desk, "+886933444555")
    presses(page, "Alt+\\")
    page.keyboard.type("路燈不亮")
    expect(page.locator("[data-case-saved]")).to_contain_text("已存草稿")
    expect(page.locator("#case-phone")).to_have_value("")
    for one in asked:
        one.continue_()
    page.unroute("**/desk/case?*")
    expect(page.locator("#case-phone")).to_have_value("0933-444-555")
    expect(page.locator("#case-reply")).to_have_value("sms")
    page.locator("[data-give-up]").click()
    desk.ends(call)
