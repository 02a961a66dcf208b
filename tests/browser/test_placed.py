"""Calls that 1999 places, with a real browser:
an agency's report noted, a petitioner's check decided (P5.3, P8.2).
"""

from hotline.callbacks.rules import Outcome
from hotline.db import transaction
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.caller_verification import Petitioner
from hotline.outbound_calls.gate import Touches
from hotline.outbound_calls.rules import OutboundEvent, Phase, Target
from tests.browser.conftest import Site
from tests.browser.hands import Way, every_screen, every_way

LIST = (Target("desk", "5112", "王小明", "epb"), Target("neighbour", "5111", "李小華", "epb"))


def placed(site: Site, *phases: Phase) -> int:
    """A call to an agency that stands so."""
    house, at = site.console.house, site.console.clock.at
    with transaction(house.factory) as session:
        row = service.begin_notify(
            session, LIST, call_id="", agency="epb", extension="5112", matter="瓦斯外洩", by="agent-1", at=at
        )
        for place, phase in enumerate(phases, 1):
            came = Outcome.REACHED if phase is Phase.ANSWERED else Outcome.BUSY
            heard = OutboundEvent(row.token, phase, place, came, at, phase is Phase.OVER)
            session.flush()
            service.heard(session, heard)
        return row.id


def opened(site: Site) -> int:
    """A check to be decided."""
    house, at = site.console.house, site.console.clock.at
    who = Petitioner("ntpc1-1.1", "+886912345678", "zh-TW", at)
    with transaction(house.factory) as session:
        return caller_verification.open_gate(
            session, who, Touches.REPUTATION, "鄰居違建", by="agent-1", at=at
        ).id


@every_screen
def test_calls_and_checks_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Full lists, a call under way, one that reached nobody, a check to be decided."""
    ringing, lost, check = placed(site), placed(site, Phase.RUNG, Phase.OVER), opened(site)
    visit = site.visit("agent-1", width, language)
    for path, name in (
        ("/placed", "placed"),
        (f"/placed/{ringing}", "placed-ringing"),
        (f"/placed/{lost}", "placed-lost"),
        ("/verify", "verify"),
        (f"/verify/{check}", "verify-one"),
    ):
        visit.goes(path)
        visit.is_well(name)


@every_way
def test_P5_3_a_who_took_the_report_is_noted(site: Site, way: Way) -> None:
    """The name the directory knows stands there already."""
    number = placed(site, Phase.RUNG, Phase.ANSWERED)
    hand = way.comes(site, "agent-1")
    hand.goes(f"/placed/{number}")
    hand.presses("記下")
    hand.sees("已記下受理通報人員和時間。")
    hand.visit.sees("李小華")
    hand.is_well("placed-taken")


@every_way
def test_P8_2_a_check_is_decided(site: Site, way: Way) -> None:
    """Withdrawn: not filed, and what was told of the neighbour is gone."""
    number = opened(site)
    hand = way.comes(site, "agent-1")
    hand.goes(f"/verify/{number}")
    hand.tick(hand.part.get_by_label(hand.said("民眾撤回")))
    hand.presses("記下結果")
    hand.sees("無法確認，不立案")
    hand.is_well("verify-decided")
    assert hand.visit.page.get_by_text("鄰居違建").count() == 0
