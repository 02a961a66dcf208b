"""Calls that 1999 places, with a real browser: an agency's report noted by keyboard, a petitioner's check by mouse (P5.3, P8.2)."""

from hotline.callbacks.rules import Outcome
from hotline.db import transaction
from hotline.outgoing import service, verifying
from hotline.outgoing.gate import Touches
from hotline.outgoing.rules import Heard, Phase, Target
from hotline.outgoing.verifying import Petitioner
from tests.browser.conftest import Site
from tests.browser.hands import every_screen

LIST = (Target("desk", "5112", "王小明", "epb"), Target("neighbour", "5111", "李小華", "epb"))


def placed(site: Site, *phases: Phase) -> int:
    """A call to an agency that stands so."""
    house, at = site.console.house, site.console.clock.at
    with transaction(house.factory) as session:
        row = service.begin_notify(
            session, LIST, call_id="", agency="epb", extension="5112", matter="瓦斯外洩", by="agent-1", at=at
        )
        for place, phase in enumerate(phases, 1):
            heard = Heard(row.token, phase, place, Outcome.BUSY, at, phase is Phase.OVER)
            session.flush()
            service.heard(session, heard)
        return row.id


def opened(site: Site) -> int:
    """A check to be decided."""
    house, at = site.console.house, site.console.clock.at
    who = Petitioner("ntpc1-1.1", "+886912345678", "zh-TW", at)
    with transaction(house.factory) as session:
        return verifying.open_gate(session, who, Touches.REPUTATION, "鄰居違建", by="agent-1", at=at).id


@every_screen
def test_calls_and_checks_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Full lists, a call under way, one that reached nobody, a check to be decided."""
    ringing, lost, check = placed(site), placed(site, Phase.RUNG, Phase.OVER), opened(site)
    visit = site.visit("agent-1", width, language)
    for path, name in (
        ("/placed", "placed"), (f"/placed/{ringing}", "placed-ringing"), (f"/placed/{lost}", "placed-lost"),
        ("/verify", "verify"), (f"/verify/{check}", "verify-one"),
    ):  # fmt: skip
        visit.goes(path)
        visit.is_well(name)


def test_P5_3_a_who_took_the_report_is_noted_by_keyboard(site: Site) -> None:
    """The name the directory knows stands there already."""
    number = placed(site, Phase.RUNG, Phase.ANSWERED)
    visit = site.visit("agent-1")
    visit.goes(f"/placed/{number}")
    visit.page.get_by_label("受理通報人員的姓名").focus()
    visit.page.keyboard.press("Enter")
    visit.sees("已記下受理通報人員和時間")
    visit.sees("李小華，")


def test_P8_2_a_check_is_decided_by_mouse(site: Site) -> None:
    """Withdrawn: not filed, and what was told of the neighbour is gone."""
    number = opened(site)
    visit = site.visit("agent-1")
    visit.goes(f"/verify/{number}")
    visit.page.get_by_label("民眾撤回").check()
    visit.page.get_by_role("button", name="記下結果").click()
    visit.sees("無法確認，不立案")
    assert visit.page.get_by_text("鄰居違建").count() == 0
