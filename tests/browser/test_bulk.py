"""The import before a real browser: uploaded, tried, approved by mouse and by keyboard, on both screens."""

from pathlib import Path

from hotline.db import looking
from hotline.directory.rows import load_city
from tests.browser.conftest import Site, Visit
from tests.browser.hands import Way, every_screen, every_way

GOOD = "代碼,機關,名稱\nepb-air,epb,空品科\nepb-{key},epb,{key}新設科\n"
BAD = "分機,科室,電話\n51x2,nowhere,call me\n5113,epb-air,\n"


def uploads(visit: Visit, folder: Path, name: str, text: str) -> None:
    """By mouse, until the dry run is done."""
    file = folder / name
    file.write_text(text, "utf-8")
    visit.goes("/import")
    visit.page.get_by_label("檔案" if "zh" in visit.name else "File", exact=True).set_input_files(file)
    visit.page.locator("#submit").click()
    visit.page.wait_for_url("**/import/*")
    visit.page.locator("main details").wait_for()


@every_screen
def test_import_and_export_are_fit_for_everybody(
    site: Site, tmp_path: Path, width: str, language: str
) -> None:
    """Nothing that axe-core would call serious, no wider than the screen: empty, with faults, with what changes."""
    visit = site.visit("admin-1", width=width, language=language)
    for path, name in (("/import", "import"), ("/export", "export")):
        visit.goes(path)
        visit.is_well(name)
    uploads(visit, tmp_path, "分機.csv", BAD)
    visit.is_well("import-faults")
    uploads(visit, tmp_path, "科室.csv", GOOD.format(key="look"))
    visit.is_well("import-tried")


def test_a_file_is_imported_by_mouse(site: Site, tmp_path: Path) -> None:
    """From the file to the confirmation; the directory of the day of effect has it."""
    visit = site.visit("admin-1")
    uploads(visit, tmp_path, "科室.csv", GOOD.format(key="mouse"))
    visit.page.get_by_label("原因").fill("組織調整")
    visit.page.get_by_role("button", name="核准匯入").click()
    visit.page.get_by_role("heading", name="匯入完成").wait_for()
    visit.is_well("import-done")
    house, at = site.console.house, site.console.clock.at
    with looking(house.factory) as session:
        assert "epb-mouse" in {key for key, *_ in load_city(session, at).rows["sections"]}


def test_a_dry_run_is_approved_by_keyboard_alone(site: Site, tmp_path: Path) -> None:
    """The reason is typed, the return key sends it."""
    visit = site.visit("admin-1")
    uploads(visit, tmp_path, "科室.csv", GOOD.format(key="keys"))
    visit.tabs_to("查看")
    visit.tabs_to("原因")
    visit.page.keyboard.type("組織調整")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", name="匯入完成").wait_for()


@every_way
def test_an_export_is_downloaded(site: Site, way: Way) -> None:
    """With its purpose."""
    hand = way.comes(site, "admin-1")
    hand.goes("/export")
    hand.fills("用途", "核對")
    with hand.visit.page.expect_download() as downloaded:
        hand.presses("下載")
    assert downloaded.value.suggested_filename.endswith(".xlsx")
