"""What callers hear, on the pages: the flow is looked at and listened to, on a desk and on a telephone."""

from tests.browser.conftest import Serves, Site
from tests.browser.hands import every_screen

OFFICER, ADMIN = "officer-5112", "admin-1"


@every_screen
def test_the_flow_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Picture, tables and players; the prompts too, and when nothing is found."""
    visit = site.visit(OFFICER, width, language)
    visit.goes("/menus")
    visit.is_well("menus")
    visit.goes("/menus/prompts?q=V-02b")
    visit.is_well("menu-prompts")
    visit.goes("/menus/prompts?q=恐龍")
    visit.is_well("menu-prompts-none")


def test_a_prompt_is_heard_by_keyboard(site: Site) -> None:
    """The player is reached by the tabulator, and space plays it to its end."""
    visit = site.visit(OFFICER)
    visit.goes("/menus/prompts?q=V-02.1")
    for _press in range(60):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.tagName") == "AUDIO":
            break
    visit.page.keyboard.press("Space")
    visit.page.wait_for_function("() => document.querySelector('audio').ended")


@every_screen
def test_a_trial_is_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Its beginning, its keypad, a hunt, a message, its end."""
    visit = site.visit(OFFICER, width, language)
    begun = "/menus/try?at=2026-11-24T12:00&caller=0912345678"
    shots = {"begin": "", "keys": "", "main": "&a=1", "digits": "&a=1&a=2", "ring": "&a=1&a=2&a=5112",
             "queue": "&a=1&a=1", "message": "&a=1&a=3", "end": "&a=1&a=3&a=路燈不亮"}  # fmt: skip
    for name, answers in shots.items():
        visit.goes("/menus/try" if name == "begin" else f"{begun}{answers}")
        visit.is_well(f"try-{name}")
    visit.goes("/menus/try?at=soon")
    visit.is_well("try-wrong")


def test_a_call_is_tried_by_mouse(site: Site) -> None:
    """From the date to the desk that rings, and one step back."""
    visit = site.visit(OFFICER)
    page = visit.page
    visit.goes("/menus/try")
    page.get_by_label("日期和時間").fill("2026-11-24T12:00")
    page.get_by_role("button", name="撥打").click()
    for key in "12":
        page.locator(f".keypad button[value='{key}']").click()
    page.get_by_label("輸入數字").fill("5112")
    page.get_by_role("button", name="送出").click()
    visit.sees("響鈴")
    page.get_by_role("link", name="上一步").click()
    page.get_by_label("輸入數字").wait_for()


def test_a_call_is_tried_by_the_keys_of_the_keyboard(site: Site) -> None:
    """Digits press the telephone's keys as soon as the call is answered; the focus comes along."""
    visit = site.visit(OFFICER)
    page = visit.page
    visit.goes("/menus/try")
    page.get_by_label("日期和時間").fill("2026-11-24T12:00")
    visit.tabs_to("撥打")
    page.keyboard.press("Enter")
    for key in "12":
        page.locator("#now:focus").wait_for()
        page.keyboard.press(key)
        page.wait_for_url(f"**a={key}#now")
    page.locator("#typed:focus").wait_for()
    page.keyboard.type("5112#")
    page.keyboard.press("Enter")
    visit.sees("響鈴")


@every_screen
def test_the_pages_that_change_menus_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """As they open, refused, checked; the texts and the versions."""
    visit = site.visit(ADMIN, width, language)
    page = visit.page
    visit.goes("/menus")
    visit.is_well("menus-admin")
    visit.goes("/menus/edit/main")
    visit.is_well("menu-edit")
    page.locator("#tries").fill("0")
    page.locator("button[value=save]").click()
    page.locator(".govuk-error-summary").wait_for()
    visit.is_well("menu-edit-refused")
    page.locator("#tries").fill("2")
    page.locator("button[value=check]").click()
    page.locator(".difference").wait_for()
    visit.is_well("menu-edit-checked")
    visit.goes("/menus/text")
    visit.is_well("menu-text")


def test_a_menu_is_changed_by_mouse_heard_in_a_trial_and_brought_back(serves: Serves) -> None:
    """Key 4 leads to a person; one click, and it informs again."""
    site = serves()
    visit = site.visit(ADMIN)
    page = visit.page
    visit.goes("/menus/edit/main")
    page.locator("#does-3").select_option("queue:agents")
    page.get_by_label("更改的原因").fill("手語改由服務人員處理")
    page.get_by_role("button", name="儲存並使用").click()
    visit.sees("選單已儲存")
    visit.goes("/menus/try?at=2026-11-24T12:00&caller=0912345678&a=1&a=4")
    visit.sees("等候會說國語的服務人員")
    visit.goes("/menus/versions")
    visit.is_well("menu-versions")
    page.get_by_role("button", name="恢復程式檔案中的選單").click()
    visit.sees("已恢復程式檔案中的選單")
    visit.goes("/menus/try?at=2026-11-24T12:00&caller=0912345678&a=1&a=4")
    visit.sees("手語視訊服務時間")


def test_a_menu_is_changed_by_keyboard_alone(serves: Serves) -> None:
    """Tabulator, arrows and Enter; a wrong number is told and the focus is on what is wrong."""
    site = serves()
    visit = site.visit(ADMIN)
    page = visit.page
    visit.goes("/menus/edit/main")
    visit.tabs_to("沒按或按錯幾次之後離開選單")
    page.keyboard.press("Control+A")
    page.keyboard.type("0")
    visit.tabs_to("更改的原因", 120)
    page.keyboard.type("試")
    page.keyboard.press("Enter")
    page.locator(".govuk-error-summary:focus").wait_for()
    visit.tabs_to("沒按或按錯幾次之後離開選單")
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    visit.tabs_to("更改的原因", 120)
    page.keyboard.press("Enter")
    visit.sees("選單已儲存")
