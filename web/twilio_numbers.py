"""Configuration of a number at Twilio by which its calls come to us, and to a person when we are down."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from twilio.twiml.voice_response import VoiceResponse

from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.twilio_rest import TwilioNumber
from ivr.catalogue import Catalogue
from ivr.numerals import Language

DOOR: Final = "/twilio/voice"
"""Where our web process takes webhooks of calls."""
OPERATOR_RINGS: Final = 60
"""Seconds."""
SPEAKS: Final = {
    Language.MANDARIN: "cmn-TW",
    Language.ENGLISH: "en-US",
    Language.JAPANESE: "ja-JP",
}
"""Our languages as Twilio's own voices have them."""
WAIT: Final = {
    Language.MANDARIN: "系統忙線中，將為您轉接專人，請稍候。",
    Language.ENGLISH: "Please hold for an operator.",
    Language.JAPANESE: "オペレーターにおつなぎします。少々お待ちください。",
}
NOBODY: Final = {
    Language.MANDARIN: "目前無人接聽，請稍後再撥。",
    Language.ENGLISH: "Nobody can answer now. Please call again later.",
    Language.JAPANESE: "ただいま応答できません。後ほどおかけ直しください。",
}
NEEDED: Final = (
    "public_url",
    "twilio_account",
    "twilio_exchange",
    "twilio_match",
    "twilio_operator",
    "twilio_fallback",
)


class NotReady(HotlineError, code="not-ready"):
    """Settings that a number needs before it may point at us."""

    missing: tuple[str, ...]


class OnOneMachine(HotlineError, code="on-one-machine"):
    """The fallback lies where our own web process answers."""

    host: str


def wanted(settings: Settings) -> dict[str, str]:
    """Settings that a number must have, by the names of ``TwilioNumber``. Raises NotReady, OnOneMachine."""
    missing = tuple(name for name in NEEDED if not getattr(settings, name))
    if not settings.twilio_secrets:
        missing = (*missing, "twilio_tokens")
    if missing:
        raise NotReady(missing)
    if urlsplit(settings.twilio_fallback).hostname == urlsplit(settings.public_url).hostname:
        raise OnOneMachine(urlsplit(settings.public_url).hostname or "")
    door = settings.public_url + DOOR
    return {
        "voice_url": door,
        "voice_method": "POST",
        "voice_fallback_url": settings.twilio_fallback,
        "voice_fallback_method": "GET",
        "status_callback": f"{door}/status",
        "status_callback_method": "POST",
    }


def differences(number: TwilioNumber, wanted: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Settings that would change: as each is, and as it shall be."""
    return {
        name: (getattr(number, name), text) for name, text in wanted.items() if getattr(number, name) != text
    }


def to_a_human(operator: str) -> str:
    """Needs none of our processes, not even our sounds: the notice (V-01) by Twilio's own voices, then the
    operator's number.
    """
    response, texts = VoiceResponse(), Catalogue.load()
    _say(response, {language: texts.text("V-01", language) for language in SPEAKS})
    _say(response, WAIT)
    response.dial(timeout=OPERATOR_RINGS).number(operator)
    _say(response, NOBODY)
    return str(response)


def _say(response: VoiceResponse, words: Mapping[Language, str]) -> None:
    for language, text in words.items():
        response.say(text, language=SPEAKS[language])
