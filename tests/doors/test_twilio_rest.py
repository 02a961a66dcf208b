"""Twilio's REST API: every request against Twilio's own contract, and every fault as a named one."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from pydantic import SecretStr

from hotline.clock import taipei
from hotline.outbox.message import Letter
from hotline.outbox.rules import MessageChannel
from hotline.outbox.sms import TwilioSms
from hotline.outbox.templates import templates
from hotline.settings import Settings
from hotline.twilio_rest import CURRENT, Twilio, TwilioFault, twilio_of
from tests import prism
from tests.played_twilio import PERSONAL, Peer

ACCOUNT = "AC" + "0123456789abcdef" * 2
CALL = "CA" + "0123456789abcdef" * 2
PHONE = "PN" + "0123456789abcdef" * 2
SERVICE = "MG" + "0123456789abcdef" * 2
OURS, MOBILE = "+886222722345", "+886912345678"
WAIT = timedelta(seconds=30)


@pytest.fixture(scope="module")
def contract() -> Iterator[str]:
    """The address of Prism; on a developer's machine without it: skipped."""
    try:
        with prism.running() as address:
            yield address
    except prism.CannotRun as why:
        if why.is_failure:
            pytest.fail(str(why))
        pytest.skip(str(why))


@pytest.fixture
def twilio(contract: str) -> Twilio:
    return Twilio(ACCOUNT, lambda: ["present"], WAIT, contract)


# --- by the contract ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", [OURS, SERVICE])
def test_a_message_is_sent_as_the_contract_asks(twilio: Twilio, sender: str) -> None:
    """From a number or from a messaging service, with the address that is told of its delivery."""
    sid = twilio.send_sms(
        MOBILE, "【新北1999】您好。", sender, "https://1999.example/twilio/message?notice=1"
    )
    assert sid.startswith("SM")


@pytest.mark.parametrize(
    "name", [name for name, one in templates().items() if MessageChannel.SMS in one.channels]
)
def test_every_message_to_citizens_is_taken(twilio: Twilio, name: str) -> None:
    """At its longest, as the outbox gives it to the sender."""
    one = templates()[name]
    text = one.written(dict.fromkeys(one.longest, "字" * 99), MessageChannel.SMS)
    letter = Letter("k" * 24, name, MessageChannel.SMS, MOBILE, text, taipei("2026-11-24T12:30"), 7)
    assert TwilioSms(twilio, OURS, "https://1999.example").send(letter).startswith("SM")


def test_the_numbers_of_the_account(twilio: Twilio) -> None:
    """All of them, and one by its number."""
    (number,) = twilio.numbers()
    assert number.sid.startswith("PN") and number.number.startswith("+")
    assert twilio.number(OURS) == number


def test_a_number_is_changed_as_the_contract_asks(twilio: Twilio) -> None:
    """What is named and nothing else."""
    changes = {
        "voice_url": "https://1999.example/twilio/voice",
        "voice_method": "POST",
        "voice_fallback_url": "https://1999.example/fallback.xml",
        "voice_fallback_method": "GET",
        "status_callback": "https://1999.example/twilio/status",
        "status_callback_method": "POST",
    }
    assert twilio.change_number(PHONE, changes).sid.startswith("PN")


def test_a_recording_is_removed_as_the_contract_asks(twilio: Twilio) -> None:
    """By its sid."""
    twilio.delete_recording("RE" + "0123456789abcdef" * 2)


@pytest.mark.parametrize("silent", [True, False])
@pytest.mark.parametrize("sid", ["RE" + "0123456789abcdef" * 2, CURRENT])
def test_P4_12_a_recording_is_made_silent_as_the_contract_asks(
    twilio: Twilio, sid: str, silent: bool
) -> None:
    """And goes on again; by its call, and its sid or Twilio's word for the one that goes on."""
    twilio.silence_recording(CALL, sid, silent=silent)


@pytest.mark.parametrize("word", ["sid", "number", "trunk_sid"])
def test_only_what_is_known_can_be_changed(twilio: Twilio, word: str) -> None:
    """A word that is none of ours does not reach Twilio."""
    with pytest.raises(ValueError, match=word):
        twilio.change_number(PHONE, {word: "x"})


def test_a_request_that_breaks_the_contract_fails(contract: str) -> None:
    """The stand-in knows the contract: an account that is none, a method that is none,
    and a sid that is none.
    """
    with pytest.raises(TwilioFault) as fault:
        Twilio("AC1", lambda: ["present"], WAIT, contract).send_sms(MOBILE, "x", OURS)
    assert (fault.value.status, fault.value.is_final) == (422, True)
    good = Twilio(ACCOUNT, lambda: ["present"], WAIT, contract)
    with pytest.raises(TwilioFault):
        good.change_number(PHONE, {"voice_method": "FETCH"})
    with pytest.raises(TwilioFault):
        good.change_number("PN1", {"voice_method": "POST"})
    with pytest.raises(TwilioFault):
        good.send_sms(MOBILE, "x", "MGnothing")
    with pytest.raises(TwilioFault):
        good.delete_recording("RE1")
    with pytest.raises(TwilioFault):
        good.silence_recording("CA1", CURRENT, silent=True)


def test_a_field_that_twilio_does_not_know_is_refused(contract: str) -> None:
    """Bodies are closed: a field that is misspelt is not passed over in silence."""
    where = f"{contract}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    said = {"To": MOBILE, "From": OURS, "Body": "您好"}
    answers = [
        requests.post(where, {**said, **more}, auth=(ACCOUNT, "present"), timeout=30).status_code
        for more in (
            {},
            {"StatusCallback": "https://1999.example"},
            {"StatusCalback": "https://1999.example"},
        )
    ]
    assert answers == [201, 201, 422]


@pytest.mark.parametrize(("in_ci", "is_failure"), [("true", True), ("", False)])
def test_without_twilios_description_it_is_said_what_to_set(
    in_ci: str, is_failure: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is Twilio's and not kept here; on a developer's machine the tests that need it are passed over."""
    monkeypatch.setenv("CI", in_ci)
    monkeypatch.setenv(prism.NAMED, str(tmp_path / "nowhere.yaml"))
    with pytest.raises(prism.CannotRun, match="set TWILIO_OPENAPI to Twilio's published") as why:
        prism.description()
    assert why.value.is_failure is is_failure
    monkeypatch.setenv(prism.NAMED, "")
    monkeypatch.setattr(prism, "BESIDE", tmp_path / "beside.yaml")
    with pytest.raises(prism.CannotRun, match=r"beside\.yaml"):
        prism.description()
    (tmp_path / "beside.yaml").touch()
    assert prism.description() == tmp_path / "beside.yaml"


# --- faults ------------------------------------------------------------------------------------------


def asked(address: str, *tokens: str, wait: float = 30) -> str:
    return Twilio(ACCOUNT, lambda: tokens, timedelta(seconds=wait), address).send_sms(MOBILE, "您好", OURS)


def test_two_tokens_are_in_force_while_one_is_exchanged() -> None:
    """The second is tried when the first is refused, and only then."""
    with Peer(401, 201, 201) as peer:
        assert asked(peer.address, "next", "present") == "SM1"
        assert asked(peer.address, "next", "present") == "SM1"
    assert [token for token, _ in peer.asked] == ["next", "present", "next"]
    assert peer.asked[0][1] == {"To": [MOBILE], "From": [OURS], "Body": ["您好"]}


def test_no_token_is_a_refusal_without_a_request() -> None:
    """And one that a person can mend: it is tried again."""
    with pytest.raises(TwilioFault, match="no-token") as fault:
        asked("http://127.0.0.1:1")
    assert not fault.value.may_be_done and not fault.value.is_final


@pytest.mark.parametrize(
    ("status", "is_final", "may_be_done"),
    [(400, True, False), (401, False, False), (403, False, False), (429, False, False), (503, False, True)],
)
def test_a_refusal_says_whether_to_ask_again(status: int, is_final: bool, may_be_done: bool) -> None:
    """A wrong number will be wrong tomorrow; a busy service will not.
    Nothing of the citizen is in its words.
    """
    with Peer(status, status) as peer, pytest.raises(TwilioFault) as fault:
        asked(peer.address, "present")
    assert (fault.value.status, fault.value.number) == (status, 20003)
    assert (fault.value.is_final, fault.value.may_be_done) == (is_final, may_be_done)
    assert PERSONAL not in str(fault.value)


def test_nobody_there_means_nothing_was_sent() -> None:
    """No connection, so no doubt."""
    with pytest.raises(TwilioFault) as fault:
        asked("http://127.0.0.1:1", "present")
    assert not fault.value.may_be_done


@pytest.mark.parametrize("silence", [0, -1], ids=["hangs", "hangs up"])
def test_silence_leaves_a_doubt(silence: int) -> None:
    """The request left us: it may have been done."""
    with Peer(silence) as peer, pytest.raises(TwilioFault) as fault:
        asked(peer.address, "present", wait=0.5)
    assert fault.value.may_be_done and len(peer.asked) == 1


def test_the_client_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Neither numbers nor texts nor the account's addresses."""
    caplog.set_level(logging.INFO, "twilio")
    with Peer(201) as peer:
        asked(peer.address, "present")
    assert [record for record in caplog.records if record.name.startswith("twilio")] == []


def test_tokens_come_from_a_file_that_is_read_anew(tmp_path: Path) -> None:
    """A rotation needs no restart; the file's tokens are never shown with the settings."""
    file = tmp_path / "tokens"
    file.write_text("one\n")
    with Peer(201, 401, 201) as peer:
        settings = Settings(
            home=tmp_path, twilio_account=ACCOUNT, twilio_tokens_file=file, twilio_api=peer.address
        )
        twilio_of(settings).send_sms(MOBILE, "x", OURS)
        file.write_text("two\n one\n\n")
        twilio_of(settings).send_sms(MOBILE, "x", OURS)
    assert [token for token, _ in peer.asked] == ["one", "two", "one"]
    assert settings.twilio_wait == timedelta(seconds=10)


def test_tokens_in_the_environment_are_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown as stars, used as they are."""
    monkeypatch.setenv("HOTLINE_TWILIO_TOKENS", "secret-one, secret-two")
    settings = Settings(home=tmp_path)
    assert settings.twilio_secrets == ("secret-one", "secret-two")
    assert settings.twilio_tokens == (SecretStr("secret-one"), SecretStr("secret-two"))
    assert "secret-" not in repr(settings) and "secret-" not in str(settings.twilio_tokens)
