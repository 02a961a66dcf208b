"""Messages as SMS through the sender that the settings name, and gateways that callers know nothing of."""

from dataclasses import replace
from pathlib import Path

import pytest

from hotline.clock import taipei
from hotline.keys.ring import KeyRing
from hotline.outbox import senders
from hotline.outbox.message import Letter, NotSent, Sender
from hotline.settings import Settings
from hotline.settings.faults import BadSettings
from ops.run.preflight import before_anything
from tests.played_twilio import PERSONAL, Peer
from wording import ENGLISH, sentence

ACCOUNT = "AC" + "0123456789abcdef" * 2
OURS = "+886222722345"
TEXT = "【新北1999】案號A1151124001已辦理完畢，如有疑問請撥1999。"
LETTER = Letter("k" * 24, "N-23", "sms", "+886912345678", TEXT, taipei("2026-11-24T12:30"), 7)


def over_twilio(home: Path, address: str, **more: str) -> Sender:
    settings = Settings(
        home=home,
        sms_gateway="twilio",
        sms_sender=OURS,
        twilio_account=ACCOUNT,
        twilio_tokens="present",  # type: ignore[arg-type]
        twilio_api=address,
        twilio_wait="0.5",
        **more,  # type: ignore[arg-type]
    )
    return senders.sender(settings)


def test_an_sms_goes_to_twilio_with_where_to_report(tmp_path: Path) -> None:
    """The text as it stands, from our number, and the address that names the message."""
    with Peer(201) as peer:
        named = over_twilio(tmp_path, peer.address, public_url="https://1999.example/line").send(LETTER)
    assert named == "SM1"
    ((token, form),) = peer.asked
    assert token == "present"
    assert form == {
        "To": ["+886912345678"],
        "From": [OURS],
        "Body": [TEXT],
        "StatusCallback": ["https://1999.example/line/twilio/message?notice=7"],
    }


def test_without_a_public_address_nothing_is_reported(tmp_path: Path) -> None:
    """Twilio cannot reach us: the message goes all the same."""
    with Peer(201) as peer:
        over_twilio(tmp_path, peer.address).send(LETTER)
    assert "StatusCallback" not in peer.asked[0][1]


@pytest.mark.parametrize(
    "recipient", ["+886229603456", "02-29603456", "anonymous", "", "1999", "me@mail.example"]
)
def test_never_to_what_is_no_mobile(recipient: str, tmp_path: Path) -> None:
    """Whoever wrote it into the outbox: no request is made (§18)."""
    with Peer() as peer, pytest.raises(NotSent) as fault:
        over_twilio(tmp_path, peer.address).send(replace(LETTER, recipient=recipient))
    assert fault.value.for_good and peer.asked == []


@pytest.mark.parametrize(
    ("status", "for_good", "may_be_done", "gateway_away"),
    [
        (400, True, False, False),
        (401, False, False, True),
        (429, False, False, True),
        (500, False, True, True),
        (0, False, True, True),
    ],
)
def test_what_came_of_it_decides_what_is_done(
    status: int, for_good: bool, may_be_done: bool, gateway_away: bool, tmp_path: Path
) -> None:
    """A wrong number is for a person; a gateway that is away keeps the others; a doubt is one.
    No words of Twilio's.
    """
    with Peer(status) as peer, pytest.raises(NotSent) as fault:
        over_twilio(tmp_path, peer.address).send(LETTER)
    one = fault.value
    assert (one.for_good, one.may_be_done, one.gateway_away) == (for_good, may_be_done, gateway_away)
    assert PERSONAL not in str(one) and "912345678" not in str(one)


def test_a_file_of_tokens_that_is_gone_keeps_messages_waiting(tmp_path: Path) -> None:
    """Somebody is exchanging it: the message is tried again."""
    settings = Settings(
        home=tmp_path,
        sms_gateway="twilio",
        sms_sender=OURS,
        twilio_account=ACCOUNT,
        twilio_tokens_file=tmp_path / "gone",
    )
    with pytest.raises(NotSent, match="HOTLINE_TWILIO_TOKENS_FILE") as fault:
        senders.sender(settings).send(LETTER)
    assert fault.value.gateway_away and not fault.value.for_good


# --- another gateway --------------------------------------------------------------------------------------


class ShortCode:
    """A short code's rule: a text begins with the last three digits of its receiver's number."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, letter: Letter) -> str:
        self.sent.append(f"{letter.recipient[-3:]}{letter.text}")
        return "111-1"


def test_another_gateway_is_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named in the settings; nothing else of the house knows it."""
    gateway = ShortCode()
    monkeypatch.setitem(senders.GATEWAYS, "short-code", lambda settings, keys: gateway)
    sender = senders.sender(Settings(home=tmp_path, sms_gateway="short-code"))
    assert sender.send(LETTER) == "111-1"
    assert gateway.sent == [f"678{TEXT}"]


def test_without_mail_or_sms_both_are_files(tmp_path: Path) -> None:
    """What a fresh installation has: every message can be read."""
    sender = senders.sender(Settings(home=tmp_path))
    names = {
        sender.send(LETTER),
        sender.send(replace(LETTER, channel="email", template="N-01", recipient="a@b")),
    }
    assert names == {path.name for path in (tmp_path / "outbox").iterdir()}


@pytest.mark.proves("codes-by-gateway")
@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_code_goes_by_no_file_of_a_real_installation(tmp_path: Path, channel: str) -> None:
    """It is refused for good, with what to set; in a trial its file is sealed, and in clear for nobody."""
    letter = replace(
        LETTER, channel=channel, recipient="+886912345678", text="驗證碼48151623", is_secret=True
    )
    keys = KeyRing({"k1": bytes(32)})
    real = Settings(home=tmp_path, sip_address="192.0.2.1")
    for refusing in (senders.sender(real, keys), senders.sender(Settings(home=tmp_path))):
        with pytest.raises(NotSent, match="set HOTLINE_") as refused:
            refusing.send(letter)
        assert refused.value.for_good and not (tmp_path / "outbox").exists()
    senders.sender(Settings(home=tmp_path), keys).send(letter)
    (file,) = (tmp_path / "outbox").iterdir()
    assert "48151623" not in file.read_text("utf-8")
    assert senders.files_of(Settings(home=tmp_path), keys).opened(letter) == letter.text


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"sms_gateway": "pigeon"}, "HOTLINE_SMS_GATEWAY: 'pigeon' is none of files, twilio"),
        ({"sms_gateway": "twilio"}, "HOTLINE_SMS_SENDER: needed by sms_gateway = twilio"),
        ({"smtp_host": "mail.example"}, "HOTLINE_MAIL_SENDER: needed by smtp_host"),
    ],
)
def test_settings_that_do_not_fit_together_keep_us_from_starting(
    settings: dict[str, str], fault: str, tmp_path: Path
) -> None:
    """In one sentence, before anything is started."""
    chosen = Settings(home=tmp_path, **settings)  # type: ignore[arg-type]
    with pytest.raises(BadSettings) as refused:
        senders.sender(chosen)
    assert fault in sentence(refused.value, ENGLISH)
    assert any(fault in sentence(found, ENGLISH) for found in before_anything(chosen))
