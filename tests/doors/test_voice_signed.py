"""The door for calls over Twilio:
what is not signed by Twilio for this very address is refused and leaves nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.doors.twilio_door import (
    FIELDS,
    SECOND,
    Door,
)
from tests.turns.twilio_line import BASE, TOKEN
from web.app import create_app
from web.signatures import FORM, SETTINGS, SIGNATURE, Webhook, is_signed, signature

JSON = '{"CallSid": "CA11111111111111111111111111111111"}'
SHA = hashlib.sha256(JSON.encode()).hexdigest()


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ({SIGNATURE: ""}, {}),
        ({SIGNATURE: "None"}, {}),
        ({SIGNATURE: "A" * 5000}, {}),
        ({SIGNATURE: "\u00e9\u00e9"}, {}),
        ({}, {"token": "d" * 32}),
        ({}, {"token": ""}),
        ({}, {"url": f"http://{BASE[8:]}/twilio/voice"}),
        ({}, {"url": f"{BASE}:8000/twilio/voice"}),
        ({}, {"url": "https://attacker.example/twilio/voice"}),
        ({"Host": "attacker.example"}, {"url": "https://attacker.example/twilio/voice"}),
        (
            {"X-Forwarded-Host": "attacker.example", "X-Forwarded-Proto": "https"},
            {"url": "https://attacker.example/twilio/voice"},
        ),
        ({"X-Forwarded-Proto": "http"}, {"url": f"http://{BASE[8:]}/twilio/voice"}),
        ({}, {"url": f"{BASE}/twilio/voice/status"}),
        ({}, {"url": f"{BASE}/twilio/voice?more=1"}),
        ({}, {"body": urlencode({**FIELDS, "From": "+886900000000"})}),
        ({}, {"body": urlencode({**FIELDS, "Extra": "1"})}),
        ({}, {"body": urlencode({name: text for name, text in FIELDS.items() if name != "To"})}),
        ({}, {"body": urlencode(FIELDS) + "&From=%2B886900000000"}),
        ({}, {"body": ""}),
        ({}, {"body": "CallSid=%ff"}),
        ({}, {"body": "&".join(f"x{n}=1" for n in range(500))}),
        ({SETTINGS: "key=k,algorithm=HMAC_SHA256"}, {}),
        ({SETTINGS: "key=k,algorithm=NONE"}, {}),
        ({"Content-Type": "application/json"}, {}),
        ({"Content-Type": "application/json"}, {"body": JSON}),
        ({"Content-Type": "text/plain"}, {"body": JSON}),
    ],
)
def test_what_is_not_signed_is_refused_and_leaves_nothing(
    shut: Door, headers: dict[str, str], changes: dict[str, str]
) -> None:
    """Missing, foreign, for another address, behind a lying proxy, with a field changed,
    added or taken away.
    """
    answer = shut.post("/twilio/voice", FIELDS, headers, **changes)  # type: ignore[arg-type]
    assert (answer.status_code, answer.text, shut.rows()) == (403, "not signed\n", 0)


@pytest.mark.parametrize("account", ["AC" + "1" * 32, "ac" + "0" * 32, "", None])
@pytest.mark.parametrize("path", ["", "/turn/1/asked", "/status", "/recording", "/leg/1", "/whisper"])
def test_a_webhook_for_another_account_is_refused_and_leaves_nothing(
    shut: Door, path: str, account: str | None
) -> None:
    """Signed as ours are, also for the news of a call."""
    fields = {name: text for name, text in FIELDS.items() if name != "AccountSid"}
    fields |= {} if account is None else {"AccountSid": account}
    answer = shut.post(f"/twilio/voice{path}", fields)
    assert (answer.status_code, answer.text, shut.rows()) == (403, "not our account\n", 0)


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ({}, {}),
        ({}, {"token": SECOND}),
        ({}, {"url": f"{BASE}:443/twilio/voice"}),
        ({"Host": "10.0.0.1:8000", "X-Forwarded-Host": "attacker.example"}, {}),
        ({"Content-Type": f"{FORM}; charset=UTF-8"}, {}),
    ],
)
def test_what_is_signed_is_answered(door: Door, headers: dict[str, str], changes: dict[str, str]) -> None:
    """With either token, with the port or without; what a proxy says of itself changes nothing."""
    answer = door.post("/twilio/voice", FIELDS, headers, **changes)  # type: ignore[arg-type]
    assert answer.status_code == 200 and "<Gather" in answer.text


QUERIES = ("", "rung=desk/5112/5112/epb-clean/epb", "say=%E4%B8%AD&x=a+b", "a=1&a=2&empty=")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize("fields", [{}, FIELDS, {"b": "", "a": "ü&=?", "B": "2"}])
def test_we_sign_as_twilios_own_library_does(query: str, algorithm: str, fields: dict[str, str]) -> None:
    """Raw query text, every kind of sign, both hashes."""
    url = f"{BASE}/twilio/voice" + (f"?{query}" if query else "")
    theirs = RequestValidator(TOKEN).compute_signature(url, fields, algorithm)
    headers = {SIGNATURE: theirs, SETTINGS: f"key=k,algorithm={algorithm}", "Content-Type": FORM}
    webhook = Webhook("/twilio/voice", query, urlencode(fields).encode(), headers)
    assert is_signed(webhook, BASE, (SECOND, TOKEN))
    assert signature(TOKEN, url, list(fields.items()), algorithm) == theirs
    assert not is_signed(webhook, BASE, ())


def test_a_body_that_is_no_form_is_signed_by_its_hash(shut: Door) -> None:
    """Such a webhook is believed, but it names no account, as forms do: it is refused and leaves nothing."""
    path = f"/twilio/voice?bodySHA256={SHA}"
    headers = {"Content-Type": "application/json"}
    answer = shut.post(path, {}, headers, body=JSON)
    assert (answer.status_code, answer.text, shut.rows()) == (403, "not our account\n", 0)
    changed = shut.post(path, {}, headers, body=JSON.replace("1", "2"))
    assert (changed.status_code, changed.text, shut.rows()) == (403, "not signed\n", 0)


def test_every_token_and_address_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same comparisons, by the library's own, whether the first fits or none."""
    compared = list[bool]()

    def counting(
        one: bytes, other: bytes, real: Callable[[bytes, bytes], bool] = hmac.compare_digest
    ) -> bool:
        compared.append(real(one, other))
        return compared[-1]

    monkeypatch.setattr("web.signatures.hmac.compare_digest", counting)
    url = f"{BASE}/twilio/voice"
    for token in (TOKEN, SECOND, "nobody's"):
        headers = {SIGNATURE: signature(token, url), "Content-Type": FORM}
        compared.clear()
        found = is_signed(Webhook("/twilio/voice", "", b"", headers), BASE, (TOKEN, SECOND))
        assert (len(compared), found) == (4, token in (TOKEN, SECOND))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_a_webhook(shut: Door, method: str) -> None:
    """Nothing can be reported by opening a page."""
    assert shut.app.test_client().open("/twilio/voice", method=method).status_code == 405


def test_without_settings_there_is_no_door() -> None:
    """404, as for anything else that is not here."""
    assert create_app(list).test_client().post("/twilio/voice").status_code == 404


def test_base64_of_a_signature_is_what_the_header_holds() -> None:
    """28 signs of SHA-1."""
    assert len(base64.b64decode(signature(TOKEN, BASE))) == 20
