"""What callers hear, on the pages: the flow is looked at and listened to, on a desk and on a telephone."""

from tests.browser.conftest import Site
from tests.browser.hands import Mouse, Way, every_screen, every_way, promised_way

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
    shots = {
        "begin": "",
        "keys": "",
        "main": "&a=1",
        "digits": "&a=1&a=2",
        "ring": "&a=1&a=2&a=5112",
        "queue": "&a=1&a=1",
        "message": "&a=1&a=3",
        "end": "&a=1&a=3&a=路燈不亮",
    }
    for name, answers in shots.items():
        visit.goes("/menus/try" if name == "begin" else f"{begun}{answers}")
        visit.is_well(f"try-{name}")
    visit.goes("/menus/try?at=soon")
    visit.is_well("try-wrong")


@every_way
def test_a_call_is_tried(site: Site, way: Way) -> None:
    """From the date to the desk that rings, and one step back.
    On a keyboard, digits press the telephone's keys.
    """
    hand = way.comes(site, OFFICER)
    page = hand.visit.page
    hand.goes("/menus/try")
    if way.hand is Mouse:
        hand.fills("日期和時間", "2026-11-24T12:00")
    hand.presses("撥打")
    for key in "12":
        page.locator("#now:focus").wait_for()
        if way.hand is Mouse:
            hand.press(page.locator(f".keypad button[value='{key}']"))
        else:
            page.keyboard.press(key)
        page.wait_for_url(f"**a={key}#now")
    page.locator("#typed:focus").wait_for()
    page.keyboard.type("5112")
    hand.presses("送出")
    page.wait_for_url("**a=5112#now")
    hand.is_well("try-rings")
    hand.presses("上一步")
    page.locator("#typed").wait_for()


@every_screen
def test_the_pages_that_change_menus_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """As they open, refused, checked; the texts and the versions."""
    visit = site.visit(ADMIN, width, language)
    page = visit.page
    visit.goes("/menus")
    visit.is_well("menus-admin")
    visit.goes("/menus/edit/main")
    page.locator(".phrase summary").first.click()
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


def test_a_phrase_is_recorded_in_the_browser_and_heard_before_it_is_saved(site: Site) -> None:
    """Key 1 in one's own voice, in each language; saving waits until all of them were listened to."""
    visit = site.visit(ADMIN)
    page = visit.page
    visit.goes("/menus/edit/main")
    page.locator(".phrase summary").first.click()
    for recorder in page.locator(".phrase").first.locator(".recorder").all():
        recorder.get_by_role("button", name="用麥克風錄音").click()
        recorder.locator("[data-seconds]").get_by_text("2").wait_for()
        recorder.get_by_role("button", name="停止錄音").click()
        recorder.get_by_text("錄好了").wait_for()
    page.locator("#reason").fill("換成同仁的聲音")
    page.locator("button[value=save]").click()
    visit.sees("還沒有儲存：有新的話還沒聽過。")
    visit.is_well("menu-edit-unheard")
    for player in page.locator(".phrase").first.locator("audio").all():
        player.evaluate("player => player.play()")
        page.wait_for_function("player => player.ended", arg=player.element_handle())
    page.locator("button[value=save]").click()
    visit.sees("選單已儲存；一秒內對新的來電生效，通話中的來電不受影響。")
    visit.goes("/menus/versions")
    page.get_by_role("button", name="恢復程式檔案中的選單").click()
    visit.sees("已恢復程式檔案中的選單；一秒內對新的來電生效。")


@promised_way("A menu is changed, heard and brought back")
def test_a_menu_is_changed_heard_in_a_trial_and_brought_back(site: Site, way: Way) -> None:
    """A wrong number is refused; key 4 leads to a person; one press, and it informs again."""
    hand = way.comes(site, ADMIN)
    page = hand.visit.page
    trial = "/menus/try?at=2026-11-24T12:00&caller=0912345678&a=1&a=4"
    hand.goes("/menus/edit/main")
    hand.fills("按錯幾次之後離開選單", "0")
    hand.fills("更改的原因", "手語改由服務人員處理")
    hand.presses("儲存並使用")
    page.locator(".govuk-error-summary:focus").wait_for()
    hand.fills("按錯幾次之後離開選單", "2")
    agents = page.locator("#does-3 option[value='queue:agents']").inner_text()
    hand.choose(page.locator("#does-3"), agents)
    hand.presses("儲存並使用")
    hand.sees("選單已儲存；一秒內對新的來電生效，通話中的來電不受影響。")
    hand.goes(trial)
    assert page.get_by_text("手語視訊服務時間").count() == 0
    hand.goes("/menus/versions")
    hand.is_well("menu-versions")
    hand.presses("恢復程式檔案中的選單")
    hand.sees("已恢復程式檔案中的選單；一秒內對新的來電生效。")
    hand.goes(trial)
    hand.visit.sees("手語視訊服務時間")
