"""What 1999 dials: Taiwan's numbers that cost what a call costs, and what a setting lists;
one rule for every way out.
"""

import re
from dataclasses import replace

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from control.outbound_calls import plan
from hotline.dialling import DialRules, Refusal
from hotline.numbers import EMERGENCY
from hotline.settings import Settings
from tests.rules.offices import ENVIRONMENT, HEALTH, RULES, climbed, desk, skipped, with_
from transfer.ladder import HuntRules

HOME, ABROAD = DialRules(), DialRules(("+81", "+8529"))
CITIZENS = {
    "+886912345678": "0912345678",
    "0912345678": "0912345678",
    "886912345678": "0912345678",
    "29603456": "0229603456",
    "+886229603456": "0229603456",
    "+88637332222": "037332222",
    "+88683622222": "083622222",
    "+8867012345678": "07012345678",
}
REFUSED = {
    "": Refusal.WITHHELD, "anonymous": Refusal.WITHHELD, "1999": Refusal.SERVICE, "110": Refusal.SERVICE,
    "0204123456": Refusal.PREMIUM, "+886204123456": Refusal.PREMIUM, "0209123456": Refusal.PREMIUM,
    "+886203123456": Refusal.PREMIUM, "0800123456": Refusal.SERVICE, "0501123456": Refusal.SERVICE,
    "+81312345678": Refusal.ABROAD, "+14155552671": Refusal.ABROAD, "0012345678": Refusal.MALFORMED,
    "5112": Refusal.MALFORMED, "09123456789": Refusal.MALFORMED, "99999999999999999999": Refusal.MALFORMED,
    "0912345678轉12": Refusal.MALFORMED, "0912345678&PJSIP/trunk": Refusal.MALFORMED,
}  # fmt: skip


@pytest.mark.parametrize(("number", "dialled"), CITIZENS.items())
def test_resilience_2_7_a_subscriber_of_taiwan_is_dialled_however_the_carrier_sends_the_number(
    number: str, dialled: str
) -> None:
    """Mobile, landline with or without its area code, Internet."""
    assert (HOME.subscriber(number), HOME.refusal(number), HOME.line(number)) == (dialled, None, dialled)


@pytest.mark.parametrize(("number", "why"), REFUSED.items())
def test_resilience_2_7_nothing_at_a_premium_nothing_abroad_no_service_is_dialled_for_a_citizen(
    number: str, why: Refusal
) -> None:
    """And the reason is known."""
    assert (HOME.subscriber(number), HOME.refusal(number)) == ("", why)


@pytest.mark.parametrize("number", EMERGENCY)
def test_resilience_2_7_rows_of_the_directory_may_hold_emergency_and_free_phone_numbers(number: str) -> None:
    """No other short number, and nothing that costs more than a call."""
    assert HOME.line(number) == number
    assert HOME.line("0800-123-456") == "0800123456"
    assert not any(
        HOME.line(one) for one in ("1999", "0204123456", "0209123456", "+81312345678", "0501123456")
    )


def test_a_country_that_a_setting_lists_is_dialled() -> None:
    """By the beginning of its numbers: of Hong Kong only what begins with 9."""
    assert ABROAD.subscriber("+81312345678") == ABROAD.line("+81 3 1234 5678") == "+81312345678"
    assert ABROAD.subscriber("+85291234567") == "+85291234567" and not ABROAD.subscriber("+85223456789")
    assert ABROAD.refusal("+14155552671") is Refusal.ABROAD


def test_what_costs_more_than_a_call_is_not_dialled_in_a_listed_country_either() -> None:
    """Japan's 0990."""
    premium = phonenumbers.example_number_for_type("JP", PhoneNumberType.PREMIUM_RATE)
    assert premium is not None
    number = phonenumbers.format_number(premium, PhoneNumberFormat.E164)
    assert (ABROAD.subscriber(number), ABROAD.refusal(number)) == ("", Refusal.PREMIUM)


@pytest.mark.parametrize("code", ["81", "+0", "+886", "+8869", "+81x", "+_X.", "+"])
def test_a_beginning_that_is_none_is_refused_at_the_start(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taiwan's own too: 0204 would come back by it."""
    monkeypatch.setenv("HOTLINE_OUTBOUND_ABROAD", f"+81,{code}")
    with pytest.raises(ValueError, match="no country"):
        Settings()


def dials(dialling: DialRules, number: str) -> bool:
    """Whether a pattern of the dialplan fits, as Asterisk reads patterns."""
    return any(
        re.fullmatch(one.replace("X", r"\d").replace("+", r"\+"), number) for one in dialling.patterns()
    )


PREMIUM = PhoneMetadata.metadata_for_region("TW").premium_rate.national_number_pattern  # type: ignore[union-attr]


@given(st.from_regex(re.compile(PREMIUM, re.ASCII), fullmatch=True))
def test_resilience_2_7_no_pattern_of_the_dialplan_fits_a_number_at_a_premium(number: str) -> None:
    """The last gate holds by itself, whatever a row holds."""
    assert not dials(ABROAD, f"0{number}")


@given(st.text("0123456789+", max_size=20))
def test_resilience_2_7_what_the_rule_dials_the_dialplan_has_one_pattern_for(number: str) -> None:
    """And nothing that it refuses is dialled by another spelling."""
    for dialled in (ABROAD.line(number), ABROAD.subscriber(number)):
        assert not dialled or dialled in EMERGENCY or dials(ABROAD, dialled)
    assert not dials(HOME, f"00{number}")
    if HOME.refusal(number):
        assert HOME.subscriber(number) == ""


def test_every_pattern_is_of_one_length() -> None:
    """A caller chooses nothing that an open pattern would match (resilience §2, 2)."""
    assert not any(set(pattern) & set(".!") for pattern in ABROAD.patterns())
    assert len(set(ABROAD.patterns())) == len(ABROAD.patterns())


# --- whoever is rung for a caller
# -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["0204-123-456", "+81 3 1234 5678", "1999", "0501-123-456"])
def test_resilience_2_7_a_desk_whose_number_is_not_dialled_is_passed_by(number: str) -> None:
    """Its neighbour rings, and the ladder says why the desk does not."""
    found = climbed(with_(desks={"5112": desk("5112", 0, number=number)}))
    assert skipped(found)["5112"] == "not dialled" and "5112" not in [one.extension for one in found.rungs]


def test_a_desk_abroad_is_rung_when_its_country_is_listed() -> None:
    """As the trunk dials it."""
    rules = HuntRules(dialling=ABROAD)
    found = climbed(with_(desks={"5112": desk("5112", 0, number="+81 3 1234 5678")}), rules=rules)
    assert found.rungs[0].number == "+81312345678"


def test_resilience_2_7_an_agencys_last_contact_at_a_premium_is_not_called() -> None:
    """P5.3: the list of who is rung at night ends before it."""
    known = with_(agencies={"env": replace(ENVIRONMENT, emergency="(02)2960-0119"), "health": HEALTH})
    paid = with_(agencies={"env": replace(ENVIRONMENT, emergency="0204-123-456"), "health": HEALTH})
    numbers = [
        [one.rung.number for one in plan(city, "5112", RULES, is_open=False).rings] for city in (known, paid)
    ]
    assert numbers[0] == [*numbers[1], "0229600119"] and len(numbers[1]) == 2
