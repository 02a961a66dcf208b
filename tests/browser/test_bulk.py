"""The import before a real browser: uploaded, tried, approved by mouse and by keyboard, on both screens."""

from pathlib import Path

from hotline.db import looking
from hotline.directory.rows import load_city
from tests.browser.conftest import Site
from tests.browser.hands import WAYS, Hand, Mouse, Way, every_screen, every_way

GOOD = "代碼,機關,名稱\nepb-air,epb,空品科\nepb-{key},epb,{key}新設科\n"
BAD = "分機,科室,電話\n51x2,nowhere,call me\n5113,epb-air,\n5199,epb-air,\n5199,epb-air,\n"


def uploads(hand: Hand, folder: Path, name: str, text: str) -> None:
    """Until the dry run is done. Which file it is, the system's own window asks, which no page has."""
    file, page = folder / name, hand.visit.page
    file.write_text(text, "utf-8")
    hand.goes("/import")
    with page.expect_file_chooser() as asked:
        hand.press(page.locator("input[type=file]"))
    asked.value.set_files(file)
    hand.press(page.locator("#submit"))
    page.wait_for_url("**/import/*")
    page.locator("main details").wait_for()


@every_screen
def test_import_and_export_are_fit_for_everybody(
    site: Site, tmp_path: Path, width: str, language: str
) -> None:
    """Nothing that axe-core would call serious, no wider than the screen:
    empty, with faults, with what changes.
    """
    visit = site.visit("admin-1", width=width, language=language)
    hand = Mouse(visit, language, "looks", visit.page.locator("main"))
    for path, name in (("/import", "import"), ("/export", "export")):
        visit.goes(path)
        visit.is_well(name)
    uploads(hand, tmp_path, "分機.csv", BAD)
    visit.is_well("import-faults")


@every_way
def test_a_file_is_imported(site: Site, tmp_path: Path, way: Way) -> None:
    """From the file to the confirmation; the directory of the day of effect has it."""
    hand, key = way.comes(site, "admin-1"), f"new{WAYS.index(way)}"
    uploads(hand, tmp_path, "科室.csv", GOOD.format(key=key))
    hand.is_well("import-tried")
    hand.fills("原因", "組織調整")
    hand.presses("核准匯入")
    hand.visit.page.get_by_role("heading", name=hand.said("匯入完成")).wait_for()
    hand.is_well("import-done")
    house, at = site.console.house, site.console.clock.at
    with looking(house.factory) as session:
        assert f"epb-{key}" in {key for key, *_ in load_city(session, at).rows["sections"]}


@every_way
def test_an_export_is_downloaded(site: Site, way: Way) -> None:
    """With its purpose."""
    hand = way.comes(site, "admin-1")
    hand.goes("/export")
    hand.fills("用途", "核對")
    with hand.visit.page.expect_download() as downloaded:
        hand.presses("下載")
    assert downloaded.value.suggested_filename.endswith(".xlsx")
